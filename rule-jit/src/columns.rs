//! What compiled code reads of many users at once: a column for each slot.
//!
//! Rows stand in blocks of 64, as many as a mask has bits. In a block each slot has a column of 64
//! payloads, then one of the 64 meta words that belong to them; both are those of [`crate::row`]. So
//! what a rule does not look at, as the meta words of floats or the payloads of strings that it only
//! compares, never comes near the processor, and a block of a few slots stays in its first cache.
//!
//! INVARIANT: every slot of every block keeps to the invariant of [`crate::row`], those after the
//! last row too: they are NULL. What slots point to lives in `values`, `lists` and `objects`.

use std::sync::Arc;

use rulelang::Value;

use crate::row::{NULL_PAYLOAD, SLOT_BYTES, Slot};
use crate::symbols::Symbols;

/// Rows of a block.
pub(crate) const BLOCK_ROWS: usize = 64;
/// Words of a block for each slot.
const COLUMN_WORDS: usize = BLOCK_ROWS * SLOT_BYTES as usize / 8;
/// The distance from a payload to its meta word in bytes.
pub(crate) const COLUMN_META_OFFSET: i32 = BLOCK_ROWS as i32 * 8;

/// The inputs of a rule for many users at one instant. Strings and lists are shared, not copied.
#[derive(Debug, Clone)]
pub struct Columns {
    words: Vec<u64>,
    slots: usize,
    rows: usize,
    now: i64,
    /// The strings, and the lists whose items may be strings.
    values: Vec<Value>,
    /// The items of the lists.
    lists: Vec<Arc<[Slot]>>,
    /// The lists of objects, each where it stays.
    objects: Vec<Arc<Value>>,
}

impl Columns {
    /// No rows yet, of `slots` slots each, at the instant `now` (milliseconds).
    pub fn new(slots: usize, now: i64) -> Self {
        Self {
            words: Vec::new(),
            slots,
            rows: 0,
            now,
            values: Vec::new(),
            lists: Vec::new(),
            objects: Vec::new(),
        }
    }

    /// Adds a row of NULLs, which is the last from now on.
    pub fn push_row(&mut self) {
        if self.rows.is_multiple_of(BLOCK_ROWS) {
            for _ in 0..self.slots {
                let payloads = self.words.len() + BLOCK_ROWS;
                self.words.resize(payloads, NULL_PAYLOAD);
                self.words.resize(payloads + BLOCK_ROWS, 0);
            }
        }
        self.rows += 1;
    }

    /// A bool of the last row. Like all setters, it does nothing where there is no such slot, and
    /// none where there is no row.
    pub fn set_bool(&mut self, slot: u32, value: bool) {
        self.put(slot, Slot::number(&Value::Bool(value)));
    }

    /// A value of the last row that already has the type of its slot ([`Value::typed`]).
    pub fn set_value(&mut self, slot: u32, value: &Value, symbols: &Symbols) {
        let words = match value {
            Value::String(_) => {
                self.values.push(value.clone());
                Slot::scalar(value, symbols)
            }
            Value::List(items) if matches!(items.first(), Some(Value::Object(_))) => {
                let list = Arc::new(value.clone());
                let words = Slot::objects(&list);
                self.objects.push(list);
                words
            }
            Value::List(items) => {
                let items = items.iter().map(|item| Slot::scalar(item, symbols));
                let items: Arc<[Slot]> = items.collect();
                let words = Slot::list(&items);
                self.values.push(value.clone());
                self.lists.push(items);
                words
            }
            number => Slot::number(number),
        };
        self.put(slot, words);
    }

    /// Takes all rows away, and keeps the memory for others.
    pub fn clear(&mut self) {
        self.words.clear();
        self.values.clear();
        self.lists.clear();
        self.objects.clear();
        self.rows = 0;
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// How many slots a row has.
    pub fn slots(&self) -> usize {
        self.slots
    }

    /// The instant of the evaluation in milliseconds.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// The blocks: the words of each, and how many rows it has, from 1 to 64.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = (&[u64], usize)> {
        let block_words = self.slots * COLUMN_WORDS;
        (0..self.rows).step_by(BLOCK_ROWS).map(move |first| {
            let start = first / BLOCK_ROWS * block_words;
            let words = self.words.get(start..start + block_words);
            let rows = (self.rows - first).min(BLOCK_ROWS);
            (words.unwrap_or_default(), rows)
        })
    }

    fn put(&mut self, slot: u32, words: Slot) {
        let slot = slot as usize;
        let Some(row) = self.rows.checked_sub(1).filter(|_| slot < self.slots) else {
            return;
        };
        let column = (row / BLOCK_ROWS * self.slots + slot) * COLUMN_WORDS;
        let payload = column + row % BLOCK_ROWS;
        // The payload first: code never runs between the two.
        let places = [(payload, words.payload), (payload + BLOCK_ROWS, words.meta)];
        for (at, word) in places {
            if let Some(place) = self.words.get_mut(at) {
                *place = word;
            }
        }
    }
}
