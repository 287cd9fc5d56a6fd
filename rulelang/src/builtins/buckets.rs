//! Shares of users for experiments.

use xxhash_rust::xxh3::xxh3_64;

use super::{Builtin, Family, Kind, Meaning, Nulls, Parameter, Signature};
use crate::types::Type;
use crate::value::Value;

const REST: [Parameter; 2] = [Parameter::text("salt"), Parameter::int("count")];
const OF_TEXT: &[Parameter] = &[Parameter::text("id"), REST[0], REST[1]];
const OF_INT: &[Parameter] = &[Parameter::int("id"), REST[0], REST[1]];

pub(super) const FAMILY: Family = Family {
    title: "Experiments",
    members: &[PERCENT, BUCKET],
};

const PERCENT: Builtin = Builtin {
    name: "PERCENT",
    aliases: &[],
    signatures: &[Signature::new(
        &[
            Parameter::new("n", Kind::Is(Type::Float)),
            Parameter::text("salt"),
        ],
        Kind::Is(Type::Bool),
    )],
    nulls: Nulls::Seen,
    doc: "Whether the user is among `n` percent of all, by their id alone: \
          `xxh3_64(salt ‖ 0x00 ‖ id) mod 10,000 < 100 n`. Both arguments are constants, `n` from 0 to \
          100 with at most two decimals. NULL where no user's id is known. Whom a share includes, a \
          larger one by the same salt does too; another salt draws anew.",
    examples: &[
        ("PERCENT(100, 'banner')", "TRUE"),
        ("PERCENT(0, 'banner')", "FALSE"),
    ],
    meaning: Meaning::Form,
};

const BUCKET: Builtin = Builtin {
    name: "BUCKET",
    aliases: &[],
    signatures: &[
        Signature::new(OF_TEXT, Kind::Is(Type::Int)),
        Signature::new(OF_INT, Kind::Is(Type::Int)),
    ],
    nulls: Nulls::Propagate,
    doc: "One of `count` buckets, from 0, that an id always falls into; another salt mixes \
              anew. It is `xxh3_64(salt ‖ 0x00 ‖ id) mod count`, an int as its digits. NULL where \
              `count` is not positive.",
    examples: &[
        (
            "BUCKET('user-1', 'banner', 100) == BUCKET('user-1', 'banner', 100)",
            "TRUE",
        ),
        ("BUCKET('user-1', 'banner', 1)", "0"),
        (
            "BUCKET(7, 'banner', 1000) == BUCKET('7', 'banner', 1000)",
            "TRUE",
        ),
        ("BUCKET('user-1', 'banner', 0)", "NULL"),
    ],
    meaning: Meaning::Function(bucket),
};

fn bucket(arguments: &[Value]) -> Value {
    let [id, Value::String(salt), Value::Int(count)] = arguments else {
        return Value::Null;
    };
    let digits;
    let id = match id {
        Value::String(text) => &**text,
        Value::Int(int) => {
            digits = int.to_string();
            &digits
        }
        _ => return Value::Null,
    };
    if *count <= 0 {
        return Value::Null;
    }
    let bytes = [salt.as_bytes(), &[0], id.as_bytes()].concat();
    Value::Int((xxh3_64(&bytes) % count.unsigned_abs()) as i64)
}
