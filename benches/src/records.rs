//! 1,024 random records in the three forms that the engines read: values for the interpreter, a
//! [`Row`] for compiled code, a [`ByHandRow`] for rules written by hand.
//!
//! One field in sixteen is missing. The forms hold the same facts: a test asks all three.

use fastrand::Rng;
use rule_jit::{Columns, Row, Symbols};
use rulelang::{Inputs, Rule, Value};

use crate::by_hand::{ByHandRow, Slot};
use crate::rules::{FIELDS, sku};

/// How many records a benchmark goes through in turn.
pub const RECORDS: usize = 1_024;
/// The instant of every evaluation.
pub const NOW: i64 = 1_705_305_600_000;

const CATEGORIES: [&str; 4] = ["electronics", "books", "toys", "garden"];
const COUNTRIES: [&str; 8] = ["US", "CA", "GB", "DE", "FR", "ES", "IT", "JP"];
const PLANS: [&str; 3] = ["free", "plus", "pro"];
const HOSTS: [&str; 3] = ["https://shop.", "https://www.", "http://blog."];
const WORDS: [&str; 8] = [
    "wireless", "keyboard", "garden", "chair", "compact", "blue", "camera", "kettle",
];
const DAY_MS: i64 = 86_400_000;

/// One record: a value for each of [`FIELDS`].
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    values: Vec<Value>,
}

/// The records, the same each time.
pub fn records() -> Vec<Record> {
    let mut rng = Rng::with_seed(7);
    (0..RECORDS).map(|_| Record::random(&mut rng)).collect()
}

impl Record {
    fn random(rng: &mut Rng) -> Self {
        let text = |rng: &mut Rng, of: &[&str]| Value::string(of[rng.usize(..of.len())]);
        let values = vec![
            Value::Float(f64::from(rng.u32(..200_000)) / 100.0),
            Value::Int(rng.i64(0..100)),
            text(rng, &CATEGORIES),
            text(rng, &COUNTRIES),
            Value::Bool(rng.u8(..10) == 0),
            Value::Int(rng.i64(10..80)),
            Value::Timestamp(NOW - rng.i64(0..60 * DAY_MS)),
            text(rng, &PLANS),
            Value::Float(f64::from(rng.u32(..100)) / 100.0),
            Value::Int(rng.i64(0..40)),
            Value::string(&sku(rng.usize(..200))),
            Value::string(&format!(
                "{}example.com/products/{}",
                HOSTS[rng.usize(..HOSTS.len())],
                rng.u32(..100_000)
            )),
            Value::string(&title(rng)),
        ];
        let values = values.into_iter().map(|value| {
            let missing = rng.u8(..16) == 0;
            if missing { Value::Null } else { value }
        });
        Self {
            values: values.collect(),
        }
    }

    /// The inputs of the interpreter for a rule over [`FIELDS`].
    pub fn inputs<'a>(&'a self, rule: &Rule) -> RecordInputs<'a> {
        let value = |name: &str| {
            let place = FIELDS.iter().position(|(field, _)| *field == name);
            place.map_or(&Value::Null, |place| &self.values[place])
        };
        RecordInputs {
            fields: rule.fields.iter().map(|field| value(&field.name)).collect(),
        }
    }

    /// The row of compiled code; fill it when every rule has been lowered.
    pub fn row(&self, symbols: &Symbols) -> Row<'_> {
        let mut row = Row::new(FIELDS.len(), NOW);
        for (slot, value) in self.values.iter().enumerate() {
            row.set_value(slot as u32, value, symbols);
        }
        row
    }

    /// Adds it as a row of columns, which have a slot for each of [`FIELDS`].
    pub fn push_to(&self, columns: &mut Columns, symbols: &Symbols) {
        columns.push_row();
        for (slot, value) in self.values.iter().enumerate() {
            columns.set_value(slot as u32, value, symbols);
        }
    }

    /// The row of rules written by hand.
    pub fn by_hand_row(&self) -> ByHandRow<'_> {
        let text = |slot: usize| match &self.values[slot] {
            Value::String(text) => Some(&**text),
            _ => None,
        };
        let mut slots = Box::new([Slot::NULL; FIELDS.len()]);
        for (slot, value) in slots.iter_mut().zip(&self.values) {
            *slot = Slot::from(value);
        }
        ByHandRow {
            slots,
            now: NOW,
            url: text(11),
            title: text(12),
        }
    }
}

fn title(rng: &mut Rng) -> String {
    let words = (0..rng.usize(4..8)).map(|_| WORDS[rng.usize(..WORDS.len())]);
    words.collect::<Vec<_>>().join(" ")
}

/// The inputs of the interpreter.
#[derive(Debug)]
pub struct RecordInputs<'a> {
    fields: Vec<&'a Value>,
}

impl Inputs for RecordInputs<'_> {
    fn field(&self, index: usize) -> Value {
        self.fields[index].clone()
    }

    fn now(&self) -> i64 {
        NOW
    }
}
