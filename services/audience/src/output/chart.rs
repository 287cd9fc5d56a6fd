//! Charts of one line.

const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// One bar a value, the highest a full block; zero is a space.
pub(crate) fn sparkline(values: &[u64]) -> String {
    let highest = values.iter().copied().max().unwrap_or(0);
    let bar = |value: u64| {
        let level = (value * BARS.len() as u64).div_ceil(highest.max(1));
        let index = level.checked_sub(1)? as usize;
        BARS.get(index).copied()
    };
    values
        .iter()
        .map(|value| bar(*value).unwrap_or(' '))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_relative_to_the_highest_value() {
        assert_eq!(sparkline(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(sparkline(&[0, 0]), "  ");
        assert_eq!(sparkline(&[]), "");
    }
}
