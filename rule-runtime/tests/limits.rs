//! `SEGMENT_DEPTH_MAX`: a chain of segments as long as it allows is taken, a longer one is refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use rule_runtime::{RuleSet, Segment};
use rulelang::limits::SEGMENT_DEPTH_MAX;
use rulelang::{Schema, check};

/// Segments of which each names the next, `names` times.
fn chain(names: usize) -> Vec<Segment> {
    let segment = |id: usize| {
        let text = match names - id {
            0 => "country == 'DE'".to_owned(),
            _ => format!("IN SEGMENT 's{}'", id + 1),
        };
        let rule = check(&text, &Schema::default()).unwrap().rule;
        let id = format!("s{id}").into();
        Segment { id, rule }
    };
    (0..=names).map(segment).collect()
}

#[test]
fn segment_depth_max() {
    assert!(RuleSet::build(chain(SEGMENT_DEPTH_MAX)).is_ok());
    let error = RuleSet::build(chain(SEGMENT_DEPTH_MAX + 1)).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains(&SEGMENT_DEPTH_MAX.to_string()),
        "{message}"
    );
    assert!(message.contains("`s0`"), "{message}");
}
