//! By how many days the purchases are moved, kept so that a later start moves them by as many.

use std::fs;
use std::path::Path;

use rulelang::time::DAY_MS;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;

const FILE: &str = "demo.json";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    shift_days: i32,
}

/// The shift that `directory` holds. Where it holds none, or a `fresh` one is wanted: whole days,
/// so that the newest purchase falls on the day before `now`; it is written down.
pub(crate) fn shift_days(
    directory: &Path,
    fresh: bool,
    newest_day: i32,
    now: i64,
) -> Result<i32, Failure> {
    let path = directory.join(FILE);
    let failed = |what: &str, error: &dyn std::error::Error| {
        Failure::new(
            format!("cannot {what} `{}`: {error}", path.display()),
            "start over with --fresh, or elsewhere with --data DIR",
        )
    };
    if path.exists() && !fresh {
        let text = fs::read_to_string(&path).map_err(|error| failed("read", &error))?;
        let state: State = serde_json::from_str(&text).map_err(|error| failed("read", &error))?;
        return Ok(state.shift_days);
    }
    let yesterday = now.div_euclid(DAY_MS) as i32 - 1;
    let state = State {
        shift_days: yesterday - newest_day,
    };
    let text = serde_json::to_string(&state).map_err(|error| failed("write", &error))?;
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| failed("write", &error))?;
    Ok(state.shift_days)
}
