//! The rules e1 to e6 as a Rust programmer would write them: the baseline.
//!
//! Fair to both sides: slots of the same size and meaning as those of compiled code, behind a
//! pointer, with the same checks for missing values, strings that are only compared as symbols,
//! the best substring search at hand, and constants known to rustc.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use rulelang::Value;

use crate::rules::FIELDS;

/// One input: a payload and, in `meta`, whether it is there; of a string the high half is its
/// symbol. NULL is a NaN.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    payload: u64,
    meta: u64,
}

/// The inputs of a rule.
#[derive(Debug)]
pub struct ByHandRow<'a> {
    pub(crate) slots: Box<[Slot; FIELDS.len()]>,
    pub(crate) now: i64,
    pub(crate) url: Option<&'a str>,
    pub(crate) title: Option<&'a str>,
}

/// A rule.
pub type ByHand = fn(&ByHandRow<'_>) -> bool;

/// The six rules.
pub const RULES: [ByHand; 6] = [e1, e2, e3, e4, e5, e6];

// Symbols of strings that the rules name; skus follow.
const NAMED: [&str; 7] = ["electronics", "US", "CA", "GB", "DE", "pro", "free"];
const ELECTRONICS: u64 = 2;
const US: u64 = 3;
const CA: u64 = 4;
const GB: u64 = 5;
const DE: u64 = 6;
const PRO: u64 = 7;
const FREE: u64 = 8;
const FIRST_SKU: u64 = 64;
/// The symbols of the skus that e5 names, every second one of 200.
const SKUS: [u64; 5] = [0, EVEN, EVEN, EVEN, 0x55];
const EVEN: u64 = 0x5555_5555_5555_5555;
const DAY_MS: i64 = 86_400_000;

static WIRELESS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("wireless"));

impl Slot {
    pub(crate) const NULL: Self = Self {
        payload: 0x7ff8_0000_0000_0000,
        meta: 0,
    };

    fn float(&self) -> f64 {
        f64::from_bits(self.payload)
    }

    fn int(&self) -> Option<i64> {
        (self.meta != 0).then_some(self.payload as i64)
    }

    fn is(&self, expected: bool) -> bool {
        self.meta != 0 && (self.payload != 0) == expected
    }

    fn symbol(&self) -> u64 {
        self.meta >> 32
    }
}

impl From<&Value> for Slot {
    fn from(value: &Value) -> Self {
        let (payload, meta) = match value {
            Value::Float(float) => (float.to_bits(), 1),
            Value::Int(int) | Value::Timestamp(int) => (*int as u64, 1),
            Value::Bool(bool) => (u64::from(*bool), 1),
            Value::String(text) => (0, symbol(text) << 32),
            _ => return Self::NULL,
        };
        Self { payload, meta }
    }
}

fn symbol(text: &str) -> u64 {
    let sku = text
        .strip_prefix("sku-")
        .and_then(|n| n.parse::<u64>().ok());
    let named = NAMED.iter().position(|name| *name == text);
    match (sku, named) {
        (Some(sku), _) => FIRST_SKU + sku,
        (_, Some(place)) => ELECTRONICS + place as u64,
        _ => 1,
    }
}

#[inline(never)]
fn e1(row: &ByHandRow<'_>) -> bool {
    row.slots[0].float() > 1000.0
}

#[inline(never)]
fn e2(row: &ByHandRow<'_>) -> bool {
    row.slots[0].float() > 1000.0 && row.slots[2].symbol() == ELECTRONICS
}

#[inline(never)]
fn e3(row: &ByHandRow<'_>) -> bool {
    let slots = &row.slots;
    (slots[0].float() > 1000.0 || slots[1].int().is_some_and(|count| count >= 50))
        && matches!(slots[3].symbol(), US | CA | GB | DE)
        && slots[4].is(false)
}

#[inline(never)]
fn e4(row: &ByHandRow<'_>) -> bool {
    let slots = &row.slots;
    let plan = slots[7].symbol();
    slots[0].float() > 500.0
        && slots[1].int().is_some_and(|count| count >= 5)
        && slots[5].int().is_some_and(|age| (18..=65).contains(&age))
        && matches!(slots[3].symbol(), US | CA | GB | DE)
        && (slots[2].symbol() == ELECTRONICS || plan == PRO)
        && slots[4].is(false)
        && slots[6]
            .int()
            .is_some_and(|at| row.now - 30 * DAY_MS < at && at <= row.now)
        && (slots[8].float() >= 0.5 || slots[9].int().is_some_and(|visits| visits > 20))
        && plan != 0
        && plan != FREE
}

#[inline(never)]
fn e5(row: &ByHandRow<'_>) -> bool {
    let symbol = row.slots[10].symbol();
    SKUS.get((symbol / 64) as usize)
        .is_some_and(|word| word >> (symbol % 64) & 1 != 0)
}

#[inline(never)]
fn e6(row: &ByHandRow<'_>) -> bool {
    row.title
        .is_some_and(|title| WIRELESS.find(title.as_bytes()).is_some())
        && row.url.is_some_and(|url| url.starts_with("https://shop."))
}

#[cfg(test)]
mod tests {
    use rule_jit::{Compiler, Question, Symbols, lower};
    use rulelang::{Value, evaluate_node};

    use super::RULES;
    use crate::records::records;
    use crate::rules::{checked, layout, texts};

    #[test]
    fn rules_by_hand_compiled_and_interpreted_agree_on_every_record() {
        let compiler = Compiler::for_host().unwrap();
        let mut symbols = Symbols::new();
        let records = records();
        for (text, by_hand) in texts().iter().zip(RULES) {
            let rule = checked(text);
            let lowered = lower(&rule, Question::Match, &layout, &mut symbols).unwrap();
            let code = compiler.compile(lowered.shape()).unwrap();
            let compiled = code.bind(lowered).unwrap();
            let mut matched = 0;
            for record in &records {
                let answer = by_hand(&record.by_hand_row());
                let expected = evaluate_node(&rule.root, &record.inputs(&rule));
                assert_eq!(answer, expected == Value::Bool(true), "{text}: {record:?}");
                assert_eq!(
                    compiled.matches(&record.row(&symbols)),
                    Ok(answer),
                    "{text}"
                );
                matched += usize::from(answer);
            }
            assert!((8..1_016).contains(&matched), "{text} matches {matched}");
        }
    }
}
