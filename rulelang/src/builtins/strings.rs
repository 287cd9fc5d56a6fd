//! Functions of strings. Positions and lengths count code points, from 1.

use super::{Builtin, Family, Kind, Nulls, Parameter, Signature, lists, made};
use crate::limits::MADE_STRING_BYTES_MAX;
use crate::types::{Scalar, Type};
use crate::value::Value;

const TEXT: Parameter = Parameter::text("text");
const PART: Parameter = Parameter::text("part");
const COUNT: Parameter = Parameter::int("count");
const CHARACTERS: Parameter = Parameter::text("characters").optional();
const FILL: [Parameter; 3] = [
    TEXT,
    Parameter::int("length"),
    Parameter::text("fill").optional(),
];
const STRING: Kind = Kind::Is(Type::String);
const INT: Kind = Kind::Is(Type::Int);
const BOOL: Kind = Kind::Is(Type::Bool);

const OF_TEXT: &[Signature] = &[Signature::new(&[TEXT], STRING)];
const OF_TEXT_AND_CHARACTERS: &[Signature] = &[Signature::new(&[TEXT, CHARACTERS], STRING)];
const OF_TEXT_AND_COUNT: &[Signature] = &[Signature::new(&[TEXT, COUNT], STRING)];
const OF_TEXT_AND_FILL: &[Signature] = &[Signature::new(&FILL, STRING)];
const OF_TEXT_AND_PART: &[Signature] = &[Signature::new(&[TEXT, PART], BOOL)];

pub(super) const FAMILY: Family = Family {
    title: "Strings",
    members: &[
        Builtin::strict(
            "LOWER",
            OF_TEXT,
            "The string in lower case, by Unicode.",
            &[("LOWER('KÖLN')", "'köln'"), ("LOWER(NULL)", "NULL")],
            |arguments| of_text(arguments, |text| made(&text.to_lowercase())),
        ),
        Builtin::strict(
            "UPPER",
            OF_TEXT,
            "The string in upper case, by Unicode.",
            &[("UPPER('de')", "'DE'")],
            |arguments| of_text(arguments, |text| made(&text.to_uppercase())),
        ),
        Builtin::strict(
            "TRIM",
            OF_TEXT_AND_CHARACTERS,
            "The string without the blanks, or the given characters, at both of its ends.",
            &[("TRIM('  x y ')", "'x y'"), ("TRIM('--x-', '-')", "'x'")],
            |arguments| trimmed(arguments, |text, strip| text.trim_matches(strip)),
        ),
        Builtin::strict(
            "LTRIM",
            OF_TEXT_AND_CHARACTERS,
            "As TRIM, at the start alone.",
            &[("LTRIM('007', '0')", "'7'")],
            |arguments| trimmed(arguments, |text, strip| text.trim_start_matches(strip)),
        ),
        Builtin::strict(
            "RTRIM",
            OF_TEXT_AND_CHARACTERS,
            "As TRIM, at the end alone.",
            &[("RTRIM('x! !', '! ')", "'x'")],
            |arguments| trimmed(arguments, |text, strip| text.trim_end_matches(strip)),
        ),
        Builtin::strict(
            "LENGTH",
            &[
                Signature::new(&[TEXT], INT),
                Signature::new(&[Parameter::new("list", Kind::List)], INT),
                Signature::new(&[Parameter::new("list", Kind::Is(Type::Objects))], INT),
            ],
            "How many code points a string has, or items a list.",
            &[
                ("LENGTH('größe')", "5"),
                ("LENGTH(['a', 'b'])", "2"),
                ("LENGTH('')", "0"),
            ],
            length,
        ),
        Builtin::strict(
            "SUBSTRING",
            &[Signature::new(
                &[TEXT, Parameter::int("start"), COUNT.optional()],
                STRING,
            )],
            "The characters from `start` on, at most `count`. What would stand before the first \
             character is counted and left out; NULL where `count` is negative.",
            &[
                ("SUBSTRING('abcdef', 2, 3)", "'bcd'"),
                ("SUBSTRING('abcdef', 4)", "'def'"),
                ("SUBSTRING('abcdef', -1, 3)", "'a'"),
                ("SUBSTRING('abc', 9)", "''"),
            ],
            substring,
        ),
        Builtin::strict(
            "LEFT",
            OF_TEXT_AND_COUNT,
            "The first `count` characters; of a negative count, all but the last so many.",
            &[("LEFT('abcde', 2)", "'ab'"), ("LEFT('abcde', -2)", "'abc'")],
            left,
        ),
        Builtin::strict(
            "RIGHT",
            OF_TEXT_AND_COUNT,
            "The last `count` characters; of a negative count, all but the first so many.",
            &[
                ("RIGHT('abcde', 2)", "'de'"),
                ("RIGHT('abcde', -2)", "'cde'"),
            ],
            right,
        ),
        Builtin::strict(
            "REPLACE",
            &[Signature::new(
                &[TEXT, Parameter::text("from"), Parameter::text("to")],
                STRING,
            )],
            "The string with each `from` in it replaced by `to`; an empty `from` is nowhere.",
            &[
                ("REPLACE('a-b-c', '-', '')", "'abc'"),
                ("REPLACE('abc', '', 'x')", "'abc'"),
            ],
            replace,
        ),
        Builtin::strict(
            "SPLIT_PART",
            &[Signature::new(
                &[TEXT, Parameter::text("delimiter"), Parameter::int("n")],
                STRING,
            )],
            "The `n`th part between delimiters, from the end where `n` is negative; empty where \
             there is none. NULL where `n` is 0.",
            &[
                ("SPLIT_PART('ann@example.com', '@', 2)", "'example.com'"),
                ("SPLIT_PART('a/b/c', '/', -1)", "'c'"),
                ("SPLIT_PART('a/b/c', '/', 4)", "''"),
            ],
            split_part,
        ),
        Builtin::strict(
            "SPLIT",
            &[Signature::new(
                &[TEXT, Parameter::text("delimiter")],
                Kind::Is(Type::List(Scalar::String)),
            )],
            "The parts between delimiters, as a list; of an empty delimiter the characters.",
            &[
                ("SPLIT('a/b//c', '/')", "['a', 'b', '', 'c']"),
                ("SPLIT('', '/')", "['']"),
                ("SPLIT('né', '')", "['n', 'é']"),
            ],
            split,
        ),
        Builtin {
            nulls: Nulls::Never,
            ..Builtin::strict(
                "CONCAT",
                &[Signature::new(&[TEXT.repeated()], STRING)],
                "The strings one after the other; a NULL adds nothing, so it is never NULL for \
                 want of a value.",
                &[("CONCAT('a', NULL, 'b')", "'ab'"), ("CONCAT(NULL)", "''")],
                concat,
            )
        },
        Builtin::strict(
            "STARTS_WITH",
            OF_TEXT_AND_PART,
            "`text STARTS WITH part`",
            &[("STARTS_WITH('abc', 'ab')", "TRUE")],
            |arguments| of_texts(arguments, |text, part| Value::Bool(text.starts_with(part))),
        ),
        Builtin::strict(
            "ENDS_WITH",
            OF_TEXT_AND_PART,
            "`text ENDS WITH part`",
            &[("ENDS_WITH('abc', 'ab')", "FALSE")],
            |arguments| of_texts(arguments, |text, part| Value::Bool(text.ends_with(part))),
        ),
        Builtin::strict(
            "CONTAINS",
            OF_TEXT_AND_PART,
            "`text CONTAINS part`, of strings.",
            &[("CONTAINS('abc', 'b')", "TRUE")],
            |arguments| of_texts(arguments, |text, part| Value::Bool(text.contains(part))),
        ),
        Builtin {
            aliases: &["STRPOS"],
            ..Builtin::strict(
                "POSITION",
                &[Signature::new(&[TEXT, PART], INT)],
                "Where `part` first stands in `text`; 0 where it does not.",
                &[
                    ("POSITION('größe', 'ß')", "4"),
                    ("POSITION('abc', 'x')", "0"),
                ],
                |arguments| of_texts(arguments, position),
            )
        },
        Builtin::strict(
            "REVERSE",
            OF_TEXT,
            "The code points from the last to the first.",
            &[("REVERSE('abc')", "'cba'")],
            |arguments| {
                of_text(arguments, |text| {
                    made(&text.chars().rev().collect::<String>())
                })
            },
        ),
        Builtin::strict(
            "REPEAT",
            OF_TEXT_AND_COUNT,
            "The string `count` times; empty where that is not positive.",
            &[("REPEAT('ab', 3)", "'ababab'"), ("REPEAT('ab', -1)", "''")],
            repeat,
        ),
        Builtin::strict(
            "LPAD",
            OF_TEXT_AND_FILL,
            "The string made `length` characters long by blanks, or `fill` over and over, before \
             it; one that is longer loses its end.",
            &[("LPAD('7', 3, '0')", "'007'"), ("LPAD('abcd', 2)", "'ab'")],
            |arguments| padded(arguments, |text, fill| format!("{fill}{text}")),
        ),
        Builtin::strict(
            "RPAD",
            OF_TEXT_AND_FILL,
            "As LPAD, filled at the end.",
            &[("RPAD('ab', 5, 'xy')", "'abxyx'")],
            |arguments| padded(arguments, |text, fill| format!("{text}{fill}")),
        ),
    ],
};

fn of_text(arguments: &[Value], answer: impl Fn(&str) -> Value) -> Value {
    match arguments {
        [Value::String(text)] => answer(text),
        _ => Value::Null,
    }
}

fn of_texts(arguments: &[Value], answer: impl Fn(&str, &str) -> Value) -> Value {
    match arguments {
        [Value::String(text), Value::String(part)] => answer(text, part),
        _ => Value::Null,
    }
}

fn trimmed(
    arguments: &[Value],
    trim: impl for<'t> Fn(&'t str, &dyn Fn(char) -> bool) -> &'t str,
) -> Value {
    match arguments {
        [Value::String(text)] => made(trim(text, &|character| character == ' ')),
        [Value::String(text), Value::String(characters)] => {
            let mut characters: Vec<char> = characters.chars().collect();
            characters.sort_unstable();
            made(trim(text, &|one| characters.binary_search(&one).is_ok()))
        }
        _ => Value::Null,
    }
}

fn length(arguments: &[Value]) -> Value {
    match arguments {
        [Value::String(text)] => Value::Int(text.chars().count() as i64),
        [Value::List(items)] => Value::Int(items.len() as i64),
        _ => Value::Null,
    }
}

fn split(arguments: &[Value]) -> Value {
    match arguments {
        [Value::String(text), Value::String(delimiter)] if delimiter.is_empty() => {
            let mut buffer = [0; 4];
            let characters = text.chars();
            lists::made(characters.map(|one| Value::string(one.encode_utf8(&mut buffer))))
        }
        [Value::String(text), Value::String(delimiter)] => {
            lists::made(text.split(&**delimiter).map(Value::string))
        }
        _ => Value::Null,
    }
}

/// The characters from place `from` on, counted from 0, up to place `to`.
fn slice(text: &str, from: i128, to: i128) -> &str {
    let at = |place: i128| {
        let place = usize::try_from(place.max(0)).unwrap_or(usize::MAX);
        let mut starts = text.char_indices();
        starts.nth(place).map_or(text.len(), |(at, _)| at)
    };
    text.get(at(from)..at(to)).unwrap_or("")
}

fn characters(text: &str) -> i128 {
    text.chars().count() as i128
}

fn substring(arguments: &[Value]) -> Value {
    let (text, start, count) = match arguments {
        [Value::String(text), Value::Int(start)] => (text, *start, i64::MAX),
        [Value::String(text), Value::Int(start), Value::Int(count)] => (text, *start, *count),
        _ => return Value::Null,
    };
    if count < 0 {
        return Value::Null;
    }
    let from = i128::from(start) - 1;
    made(slice(text, from, from + i128::from(count)))
}

fn left(arguments: &[Value]) -> Value {
    let [Value::String(text), Value::Int(count)] = arguments else {
        return Value::Null;
    };
    let count = i128::from(*count);
    let end = if count < 0 {
        characters(text) + count
    } else {
        count
    };
    made(slice(text, 0, end))
}

fn right(arguments: &[Value]) -> Value {
    let [Value::String(text), Value::Int(count)] = arguments else {
        return Value::Null;
    };
    let count = i128::from(*count);
    let start = if count < 0 {
        -count
    } else {
        characters(text) - count
    };
    made(slice(text, start, characters(text)))
}

fn replace(arguments: &[Value]) -> Value {
    let [Value::String(text), Value::String(from), Value::String(to)] = arguments else {
        return Value::Null;
    };
    if from.is_empty() {
        return made(text);
    }
    // The length is known before the string is made.
    let count = text.matches(&**from).count();
    let length = (text.len() - count * from.len()).saturating_add(count.saturating_mul(to.len()));
    if length > MADE_STRING_BYTES_MAX {
        return Value::Null;
    }
    made(&text.replace(&**from, to))
}

fn split_part(arguments: &[Value]) -> Value {
    let [Value::String(text), Value::String(delimiter), Value::Int(n)] = arguments else {
        return Value::Null;
    };
    if *n == 0 {
        return Value::Null;
    }
    let place = usize::try_from(n.unsigned_abs() - 1).unwrap_or(usize::MAX);
    let part = if delimiter.is_empty() {
        (place == 0).then_some(&**text)
    } else if *n > 0 {
        text.split(&**delimiter).nth(place)
    } else {
        text.rsplit(&**delimiter).nth(place)
    };
    made(part.unwrap_or(""))
}

fn concat(arguments: &[Value]) -> Value {
    let mut joined = String::new();
    for argument in arguments {
        match argument {
            Value::String(text) => joined.push_str(text),
            Value::Null => {}
            _ => return Value::Null,
        }
        if joined.len() > MADE_STRING_BYTES_MAX {
            return Value::Null;
        }
    }
    made(&joined)
}

fn position(text: &str, part: &str) -> Value {
    let place = text.find(part).and_then(|at| text.get(..at));
    Value::Int(place.map_or(0, |before| before.chars().count() as i64 + 1))
}

fn repeat(arguments: &[Value]) -> Value {
    let [Value::String(text), Value::Int(count)] = arguments else {
        return Value::Null;
    };
    let count = usize::try_from(*count).unwrap_or(0);
    if text.len().saturating_mul(count) > MADE_STRING_BYTES_MAX {
        return Value::Null;
    }
    made(&text.repeat(if text.is_empty() { 0 } else { count }))
}

fn padded(arguments: &[Value], join: impl Fn(&str, &str) -> String) -> Value {
    let (text, length, fill) = match arguments {
        [Value::String(text), Value::Int(length)] => (text, *length, " "),
        [Value::String(text), Value::Int(length), Value::String(fill)] => (text, *length, &**fill),
        _ => return Value::Null,
    };
    let missing = i128::from(length) - characters(text);
    if missing <= 0 || fill.is_empty() {
        return made(slice(text, 0, i128::from(length)));
    }
    // A character is at least a byte.
    let missing = usize::try_from(missing).unwrap_or(usize::MAX);
    if missing > MADE_STRING_BYTES_MAX {
        return Value::Null;
    }
    let fill: String = fill.chars().cycle().take(missing).collect();
    made(&join(text, &fill))
}
