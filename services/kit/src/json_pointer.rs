//! Places in JSON, as RFC 6901 pointers.

use std::fmt::Write;

use serde_path_to_error::{Path, Segment};

/// A key as it stands in a pointer: what parts a pointer is escaped.
pub fn reference_token(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The place at which reading stopped.
pub(crate) fn json_pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                let _ = write!(pointer, "/{index}");
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&reference_token(key));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}
