//! A key as its holder has it: `aud_`, 12 digits that name it, `_`, 40 digits that nobody guesses, and
//! 8 that tell a damaged copy from another key. All digits are hexadecimal.

use std::fmt::{self, Write};

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64;

use crate::StoreError;

/// What every key begins with, so that people and scanners for leaked secrets know one.
const PREFIX: &str = "aud_";
const ID_BYTES: usize = 6;
const SECRET_BYTES: usize = 20;
const CHECK_DIGITS: usize = 8;

/// A key as its holder has it. It does not show in logs.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    text: String,
}

impl ApiKey {
    /// A new one, of the system's random bits.
    ///
    /// # Errors
    /// The system has none.
    pub fn generate() -> Result<Self, StoreError> {
        let mut random = [0; ID_BYTES + SECRET_BYTES];
        getrandom::fill(&mut random)
            .map_err(|error| StoreError::Unavailable(format!("random bits: {error}")))?;
        let (id, secret) = random.split_at(ID_BYTES);
        let text = format!("{PREFIX}{}_{}", hex(id), hex(secret));
        let check = check(&text);
        Ok(Self {
            text: text + &check,
        })
    }

    /// The key that a text is; `None` for what is none, or not whole.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let is_whole = is_hex(id, 2 * ID_BYTES)
            && is_hex(secret, 2 * SECRET_BYTES + CHECK_DIGITS)
            && text.ends_with(&check(text.get(..text.len() - CHECK_DIGITS)?));
        let text = text.to_owned();
        is_whole.then_some(Self { text })
    }

    /// The part that names it.
    pub fn id(&self) -> &str {
        let start = PREFIX.len();
        let end = start + 2 * ID_BYTES;
        self.text.get(start..end).unwrap_or_default()
    }

    /// What is kept of it: its SHA-256.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.text).into()
    }

    /// All of it, for its holder.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ApiKey").field(&self.id()).finish()
    }
}

fn check(text: &str) -> String {
    format!("{:08x}", xxh3_64(text.as_bytes()) as u32)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn is_hex(text: &str, digits: usize) -> bool {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == digits && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_made_and_no_other_text_is_one() {
        let key = ApiKey::generate().unwrap();
        let text = key.text();
        assert_eq!(ApiKey::parse(text).as_ref(), Some(&key));
        assert_eq!((text.len(), key.id().len()), (65, 12));
        let cut = &text[..text.len() - 1];
        let twice = text.repeat(2);
        let other = text.replace('_', "-");
        let large = text.to_ascii_uppercase();
        for no_key in ["", "aud_", "aud__", "é", cut, &twice, &other, &large] {
            assert_eq!(ApiKey::parse(no_key), None, "{no_key}");
        }
    }

    #[test]
    fn a_digit_that_was_mistyped_is_noticed() {
        let key = ApiKey::generate().unwrap();
        for (place, _) in key.text().char_indices().skip(PREFIX.len()) {
            let mut damaged = key.text().to_owned();
            let digit = if damaged[place..].starts_with('0') {
                "1"
            } else {
                "0"
            };
            damaged.replace_range(place..=place, digit);
            assert_eq!(ApiKey::parse(&damaged), None, "{place}");
        }
    }

    #[test]
    fn two_keys_share_nothing_and_do_not_show() {
        let (one, other) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
        assert_ne!(one.id(), other.id());
        assert_ne!(one.hash(), other.hash());
        let shown = format!("{one:?}");
        assert_eq!(shown, format!("ApiKey({:?})", one.id()));
    }
}
