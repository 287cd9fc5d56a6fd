//! PostgreSQL's SQLSTATE codes.

use super::StoreError;

// https://www.postgresql.org/docs/current/errcodes-appendix.html
const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";
const UNTRANSLATABLE_CHARACTER: &str = "22P05";
const DISK_FULL: &str = "53100";
const DATA_CORRUPTED: &str = "XX001";
const INDEX_CORRUPTED: &str = "XX002";

// Classes are the first two characters.
const DATA_EXCEPTION: &str = "22";
const INTEGRITY_CONSTRAINT_VIOLATION: &str = "23";
const PROGRAM_LIMIT_EXCEEDED: &str = "54";

/// What a code means. What is wrong with the request itself is a conflict, for it would fail again:
/// a text that is too long for its column or its index, a character that cannot be stored.
pub(super) fn store_error(code: &str, message: String) -> StoreError {
    match code {
        CHARACTER_NOT_IN_REPERTOIRE | UNTRANSLATABLE_CHARACTER => {
            let message = "a text with the character U+0000 cannot be stored in PostgreSQL";
            StoreError::Conflict(message.to_owned())
        }
        DISK_FULL => StoreError::Full,
        DATA_CORRUPTED | INDEX_CORRUPTED => StoreError::Corrupt(message),
        _ => match code.get(..2) {
            Some(DATA_EXCEPTION | INTEGRITY_CONSTRAINT_VIOLATION | PROGRAM_LIMIT_EXCEEDED) => {
                StoreError::Conflict(message)
            }
            _ => StoreError::Unavailable(message),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fail_again_is_a_conflict_and_what_may_work_later_is_not() {
        let kind = |code: &str| store_error(code, "m".to_owned()).to_string();
        for code in ["23505", "23503", "22001", "22008", "54000"] {
            assert_eq!(kind(code), "m", "{code}");
        }
        for code in ["22021", "22P05"] {
            assert!(kind(code).contains("U+0000"), "{code}");
        }
        for code in [
            "40001", "40P01", "57014", "57P01", "55P03", "53300", "25006", "",
        ] {
            assert_eq!(kind(code), "the store is unavailable: m", "{code}");
        }
        assert_eq!(kind("53100"), "the disk is full");
        assert_eq!(kind("XX001"), "the store is corrupt: m");
    }
}
