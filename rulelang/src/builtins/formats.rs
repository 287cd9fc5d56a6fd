//! Strings that have a form of their own: versions and internet addresses.

use core::net::IpAddr;
use std::cmp::Ordering;

use super::{Builtin, Family, Kind, Meaning, Nulls, Parameter, Signature};
use crate::types::Type;
use crate::value::Value;

pub(super) const FAMILY: Family = Family {
    title: "Versions and addresses",
    members: &[
        Builtin {
            name: "VERSION_COMPARE",
            aliases: &[],
            signatures: &[Signature::new(
                &[Parameter::text("a"), Parameter::text("b")],
                Kind::Is(Type::Int),
            )],
            nulls: Nulls::Propagate,
            doc: "−1, 0 or 1 as version `a` comes before `b`, is the same or comes after it, by the \
                  precedence of Semantic Versioning 2.0.0. A `v` in front is passed over, parts \
                  that are missing count as 0, and there may be more than three. NULL where one is \
                  no version.",
            examples: &[
                ("VERSION_COMPARE('2.10.0', '2.9.1') >= 0", "TRUE"),
                ("VERSION_COMPARE('2.3', 'v2.3.0')", "0"),
                ("VERSION_COMPARE('1.0.0-beta.2', '1.0.0')", "-1"),
                ("VERSION_COMPARE('1.0.0-alpha.1', '1.0.0-alpha.beta')", "-1"),
                ("VERSION_COMPARE('latest', '1.0.0')", "NULL"),
            ],
            meaning: Meaning::Function(version_compare),
        },
        Builtin {
            name: "IP_IN",
            aliases: &[],
            signatures: &[Signature::new(
                &[Parameter::text("address"), Parameter::text("network")],
                Kind::Is(Type::Bool),
            )],
            nulls: Nulls::Propagate,
            doc: "Whether an IPv4 or IPv6 address is of a network in CIDR notation, or is that \
                  address. FALSE across the two kinds; NULL where one is malformed.",
            examples: &[
                ("IP_IN('10.1.2.3', '10.0.0.0/8')", "TRUE"),
                ("IP_IN('11.1.2.3', '10.0.0.0/8')", "FALSE"),
                ("IP_IN('2001:db8::7', '2001:db8::/32')", "TRUE"),
                ("IP_IN('10.1.2.3', '2001:db8::/32')", "FALSE"),
                ("IP_IN('10.1.2.300', '10.0.0.0/8')", "NULL"),
            ],
            meaning: Meaning::Function(ip_in),
        },
    ],
};

fn version_compare(arguments: &[Value]) -> Value {
    let [Value::String(a), Value::String(b)] = arguments else {
        return Value::Null;
    };
    let versions = Version::parse(a).zip(Version::parse(b));
    versions.map_or(Value::Null, |(a, b)| Value::Int(a.order(&b) as i64))
}

/// A version, its build metadata struck off: they have no part in precedence.
struct Version<'t> {
    numbers: Vec<&'t str>,
    /// Empty of a release.
    prerelease: Vec<&'t str>,
}

impl<'t> Version<'t> {
    fn parse(text: &'t str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (core, prerelease) = match text.split_once('-') {
            Some((core, prerelease)) => (core, prerelease.split('.').collect()),
            None => (text, vec![]),
        };
        let numbers: Vec<&str> = core.split('.').collect();
        let is_tag = |tag: &&str| {
            !tag.is_empty()
                && tag
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let is_version =
            numbers.iter().all(|number| is_number(number)) && prerelease.iter().all(is_tag);
        is_version.then_some(Self {
            numbers,
            prerelease,
        })
    }

    fn order(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let number = |version: &Self, at: usize| version.numbers.get(at).copied().unwrap_or("0");
        let mut numbers = (0..length).map(|at| numeric(number(self, at), number(other, at)));
        let release = numbers
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal);
        release.then_with(
            || match (self.prerelease.is_empty(), other.prerelease.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => self.prerelease_order(other),
            },
        )
    }

    /// Part by part; where all are equal, the one with fewer comes first.
    fn prerelease_order(&self, other: &Self) -> Ordering {
        let pairs = self.prerelease.iter().zip(&other.prerelease);
        let mut orders = pairs.map(|(a, b)| match (is_number(a), is_number(b)) {
            (true, true) => numeric(a, b),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => a.as_bytes().cmp(b.as_bytes()),
        });
        let first = orders.find(|order| order.is_ne());
        first.unwrap_or_else(|| self.prerelease.len().cmp(&other.prerelease.len()))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbers of any length.
fn numeric(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn ip_in(arguments: &[Value]) -> Value {
    let [Value::String(address), Value::String(network)] = arguments else {
        return Value::Null;
    };
    is_in(address.trim(), network.trim()).map_or(Value::Null, Value::Bool)
}

fn is_in(address: &str, network: &str) -> Option<bool> {
    let address: IpAddr = address.parse().ok()?;
    let (network, prefix) = match network.split_once('/') {
        Some((network, prefix)) => (network, Some(prefix.parse::<u32>().ok()?)),
        None => (network, None),
    };
    // An address is a number; of one in a network the bits that differ are those of the host.
    let (bits, differing) = match (address, network.parse().ok()?) {
        (IpAddr::V4(a), IpAddr::V4(b)) => (32, u128::from(a.to_bits() ^ b.to_bits())),
        (IpAddr::V6(a), IpAddr::V6(b)) => (128, a.to_bits() ^ b.to_bits()),
        (_, IpAddr::V4(_)) => return (prefix.unwrap_or(0) <= 32).then_some(false),
        (_, IpAddr::V6(_)) => return (prefix.unwrap_or(0) <= 128).then_some(false),
    };
    let host = u32::checked_sub(bits, prefix.unwrap_or(bits))?;
    Some(differing.checked_shr(host).unwrap_or(0) == 0)
}
