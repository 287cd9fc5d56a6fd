//! Tables of what Criterion measured, with ratios: a machine's speed drifts, so a figure stands
//! beside a baseline of the same run.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

/// The median of a benchmark's last run in nanoseconds an iteration; `None` if it did not run.
pub fn median_ns(group: &str, function: &str, parameter: &str) -> Option<f64> {
    let mut path = criterion_folder()?;
    path.extend([group, function, parameter, "new", "estimates.json"]);
    let text = fs::read_to_string(path).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    json.get("median")?.get("point_estimate")?.as_f64()
}

/// A table of a group: a line for each parameter, a column for each function, in `unit`s of
/// `unit_ns` nanoseconds.
pub fn table(group: &str, functions: &[&str], parameters: &[&str], unit: (&str, f64)) -> String {
    table_with(group, functions, parameters, unit, &[])
}

/// A [`table`] with what the first function takes in terms of each other one.
pub fn ratios(group: &str, functions: &[&str], parameters: &[&str], unit: (&str, f64)) -> String {
    let baselines = functions.get(1..).unwrap_or_default();
    table_with(group, functions, parameters, unit, baselines)
}

fn table_with(
    group: &str,
    functions: &[&str],
    parameters: &[&str],
    (unit, unit_ns): (&str, f64),
    baselines: &[&str],
) -> String {
    let mut table = format!("{group}, {unit}\n{:>12}", "");
    for function in functions {
        let _ = write!(table, " {function:>16}");
    }
    for function in baselines {
        let _ = write!(table, " {:>20}", format!("/ {function}"));
    }
    for parameter in parameters {
        let medians: Vec<Option<f64>> = functions
            .iter()
            .map(|function| median_ns(group, function, parameter))
            .collect();
        let _ = write!(table, "\n{parameter:>12}");
        for median in &medians {
            let _ = write!(table, " {:>16}", number(median.map(|ns| ns / unit_ns)));
        }
        let first = medians.first().copied().flatten();
        for median in medians.iter().skip(1).take(baselines.len()) {
            let ratio = first.zip(*median).map(|(first, other)| first / other);
            let _ = write!(table, " {:>20}", number(ratio));
        }
    }
    table.push('\n');
    table
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

/// Where Criterion keeps its results: beside the profile's folder that this program runs in.
fn criterion_folder() -> Option<PathBuf> {
    if let Some(home) = std::env::var_os("CRITERION_HOME") {
        return Some(home.into());
    }
    let program = std::env::current_exe().ok()?;
    Some(program.ancestors().nth(3)?.join("criterion"))
}
