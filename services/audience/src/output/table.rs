//! Plain tables: a header, aligned columns, two spaces between them.

use std::io::{self, Write};

use super::Style;

/// Which side a column's cells keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table in the making.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns
            .iter()
            .map(|(name, align)| ((*name).to_owned(), *align));
        Self {
            columns: columns.collect(),
            rows: vec![],
        }
    }

    /// Adds a row, a cell a column.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Prints it, each line after `indent`.
    pub(crate) fn print(&self, indent: &str, style: Style, out: &mut impl Write) -> io::Result<()> {
        let header: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let line = self.line(&header);
        writeln!(out, "{indent}{}", style.dim(line.trim_end()))?;
        for row in &self.rows {
            writeln!(out, "{indent}{}", self.line(row).trim_end())?;
        }
        Ok(())
    }

    fn line(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for (index, ((_, align), cell)) in self.columns.iter().zip(cells).enumerate() {
            let padding = " ".repeat(self.width(index).saturating_sub(cell.chars().count()));
            line.push_str(if index == 0 { "" } else { "  " });
            match align {
                Align::Left => line.extend([cell.as_str(), &padding]),
                Align::Right => line.extend([padding.as_str(), cell]),
            }
        }
        line
    }

    fn width(&self, column: usize) -> usize {
        let header = self.columns.get(column).map(|(name, _)| name);
        let cells = self.rows.iter().filter_map(|row| row.get(column));
        let widths = header
            .into_iter()
            .chain(cells)
            .map(|cell| cell.chars().count());
        widths.max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up() {
        let mut table = Table::new(&[("segment", Align::Left), ("size", Align::Right)]);
        table.row(["vip".to_owned(), "1,234".to_owned()]);
        table.row(["big_spenders".to_owned(), "7".to_owned()]);
        let mut out = vec![];
        table.print("  ", Style::default(), &mut out).unwrap();
        let expected = "  segment        size\n  vip           1,234\n  big_spenders      7\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
