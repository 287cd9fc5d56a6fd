//! Where Aerospike is, and where in it the view's records are.

use std::fmt;
use std::str::FromStr;

/// Bytes of a namespace's name, by Aerospike's own limit.
const NAMESPACE_BYTES_MAX: usize = 31;
/// Bytes of a set's name; with more an index that is named after it would have too long a name.
const SET_BYTES_MAX: usize = 40;

/// A namespace of Aerospike, or a set in one; as text `namespace` or `namespace/set`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub(super) namespace: String,
    /// Empty for none.
    pub(super) set: String,
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (namespace, set) = text.split_once('/').unwrap_or((text, ""));
        let is_name = |name: &str, bytes_max: usize| {
            let is_letter = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'$');
            (1..=bytes_max).contains(&name.len()) && name.bytes().all(is_letter)
        };
        let has_set = text.contains('/');
        if !is_name(namespace, NAMESPACE_BYTES_MAX) || has_set && !is_name(set, SET_BYTES_MAX) {
            return Err(format!(
                "`{text}` is not `namespace` or `namespace/set`, with names of letters, digits, `_`, `-` \
                 and `$` of up to {NAMESPACE_BYTES_MAX} and {SET_BYTES_MAX} bytes"
            ));
        }
        Ok(Self {
            namespace: namespace.to_owned(),
            set: set.to_owned(),
        })
    }
}

/// Where Aerospike is, and where in it the platform's records are.
#[derive(Clone)]
pub struct AerospikeOptions {
    /// Some servers, as `host:port,host:port`.
    pub hosts: String,
    /// Who the process is to a cluster that asks; empty where it does not.
    pub user: String,
    /// The user's password.
    pub password: String,
    /// Where `user:<id>` is.
    pub user_profiles: Place,
    /// Where `segment:<id>:count` and what else is counted is.
    pub analytics: Place,
    /// Where `ratelimit:api:<who>`, `session:<id>` and `rule:<segment id>` are.
    pub cache: Place,
}

impl fmt::Debug for AerospikeOptions {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AerospikeOptions")
            .field("hosts", &self.hosts)
            .field("user_profiles", &self.user_profiles)
            .field("analytics", &self.analytics)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_namespace_or_a_set_in_one() {
        let place: Place = "cache/analytics".parse().unwrap();
        assert_eq!((&*place.namespace, &*place.set), ("cache", "analytics"));
        let place: Place = "user_profiles".parse().unwrap();
        assert_eq!((&*place.namespace, &*place.set), ("user_profiles", ""));
        for wrong in ["", "/", "a/", "/a", "a/b/c", "a b", &"a".repeat(32)] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }
}
