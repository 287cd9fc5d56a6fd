//! JSON in which each object names a key once.
//!
//! `serde_json` keeps the last of two members with one name, and what a person wrote in the other
//! would be lost without a word.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::json_pointer::json_pointer;

/// A key that an object names twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// What to tell of it.
    pub message: String,
    /// The object, as an RFC 6901 pointer.
    pub pointer: String,
}

/// Looks through a JSON text; what is not well-formed in it is told elsewhere.
///
/// # Errors
/// The first key that is named twice.
pub fn check_keys(text: &str) -> Result<(), Repeated> {
    let mut json = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, Distinct>(&mut json) {
        Err(error) if error.inner().is_data() => {
            let message = error.inner().to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            Err(Repeated {
                message: message.to_owned(),
                pointer: json_pointer(error.path()),
            })
        }
        _ => Ok(()),
    }
}

/// A value of any shape.
struct Distinct;

impl<'de> Deserialize<'de> for Distinct {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Distinct {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut keys = BTreeSet::new();
        while let Some(key) = members.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("`{key}` is given twice")));
            }
            keys.insert(key);
            members.next_value::<Self>()?;
        }
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_named_twice_is_told_with_its_object() {
        let repeated = |text| check_keys(text).unwrap_err();
        let found = repeated(r#"{"a":[1,{"b/c":{"d":1,"e":null,"d":2.5}}]}"#);
        assert_eq!(found.message, "`d` is given twice");
        assert_eq!(found.pointer, "/a/1/b~1c");
        assert_eq!(repeated(r#"{"a":1,"\u0061":2}"#).pointer, "");
    }

    #[test]
    fn one_name_in_several_objects_is_none() {
        let text = r#"[{"a":"x","b":{"a":true}},{"a":-1},{"A":1,"a":18446744073709551616}]"#;
        assert_eq!(check_keys(text), Ok(()));
        assert_eq!(
            check_keys("{\"a\":1,\"a\""),
            Err(check_keys("{\"a\":1,\"a\":1}").unwrap_err())
        );
        assert_eq!(check_keys("{\"a\":"), Ok(()));
    }
}
