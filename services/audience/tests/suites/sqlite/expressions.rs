//! Expressions that mean the same in SQL and in our language. Division is not among them, nor LIKE: SQLite
//! divides ints without their fraction, and its LIKE ignores letter case.

use std::fmt::Write;

use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How deep generated expressions nest.
const DEPTH: u32 = 4;

const COMPARISONS: [&str; 8] = [
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
];
const TESTS: [&str; 6] = [
    "IS NULL",
    "IS NOT NULL",
    "IS TRUE",
    "IS NOT TRUE",
    "IS FALSE",
    "IS NOT FALSE",
];
const BOOLS: [&str; 5] = ["TRUE", "FALSE", "t", "f", "u"];
const NUMBERS: [&str; 8] = ["0", "1", "-3", "0.5", "2.0", "i2", "x1", "xu"];
const INTS: [&str; 6] = ["0", "3", "7", "i1", "i2", "iu"];
const TEXTS: [&str; 6] = ["''", "'a'", "'ä'", "s1", "s2", "su"];

/// A text in both languages.
pub(super) struct Expression {
    pub(super) text: String,
}

/// All operators over all pairs of values, and those of three over what is left of them.
pub(super) fn grids() -> Vec<Expression> {
    let mut texts = Vec::new();
    for left in BOOLS {
        texts.push(format!("NOT {left}"));
        texts.extend(TESTS.iter().map(|test| format!("{left} {test}")));
        texts.extend(pairs(left, &BOOLS, &["AND", "OR"]));
    }
    for values in [BOOLS.as_slice(), &NUMBERS, &TEXTS] {
        for left in values {
            texts.extend(pairs(left, values, &COMPARISONS));
            texts.extend(triples(left, values));
        }
    }
    texts.into_iter().map(|text| Expression { text }).collect()
}

fn pairs(left: &str, values: &[&str], ops: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for right in values {
        texts.extend(ops.iter().map(|op| format!("{left} {op} {right}")));
        texts.push(format!("COALESCE({left}, {right})"));
        texts.push(format!("NULLIF({left}, {right})"));
    }
    texts
}

fn triples(left: &str, values: &[&str]) -> Vec<String> {
    let mut texts = Vec::new();
    for low in values {
        for high in values {
            texts.push(format!("{left} BETWEEN {low} AND {high}"));
            texts.push(format!("{left} NOT BETWEEN {low} AND {high}"));
            texts.push(format!("{left} IN ({low}, {high})"));
            texts.push(format!("{left} NOT IN ({low}, {high})"));
        }
    }
    texts
}

/// The type of a generated expression.
#[derive(Clone, Copy)]
enum Kind {
    Bool,
    Number,
    /// A number of which a remainder is the same in both languages.
    Int,
    Text,
}

const KINDS: [Kind; 4] = [Kind::Bool, Kind::Number, Kind::Int, Kind::Text];

/// The same expressions for the same seed.
pub(super) struct Generator {
    seed: u64,
    drawn: u64,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// Half of them are conditions.
    pub(super) fn expression(&mut self) -> Expression {
        let kind = match self.below(2) {
            0 => Kind::Bool,
            _ => self.pick(&KINDS),
        };
        Expression {
            text: self.any(kind, DEPTH),
        }
    }

    fn below(&mut self, end: u64) -> u64 {
        self.drawn += 1;
        xxh3_64_with_seed(&self.drawn.to_le_bytes(), self.seed) % end
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    /// An expression that may stand beside any operator.
    fn any(&mut self, kind: Kind, depth: u32) -> String {
        if depth == 0 || self.below(5) == 0 {
            return match kind {
                Kind::Bool => self.pick(&BOOLS),
                Kind::Number => self.pick(&NUMBERS),
                Kind::Int => self.pick(&INTS),
                Kind::Text => self.pick(&TEXTS),
            }
            .to_owned();
        }
        let below = depth - 1;
        match (self.below(6), kind) {
            (0, _) => self.choice(kind, below),
            (1, _) => self.call("COALESCE", kind, below),
            (2, _) => self.call("NULLIF", kind, below),
            (_, Kind::Bool) => self.condition(below),
            (_, Kind::Number) => self.infix(kind, &["+", "-", "*"], below),
            (_, Kind::Int) => self.infix(kind, &["+", "-", "*", "%"], below),
            (_, Kind::Text) => self.choice(kind, below),
        }
    }

    fn infix(&mut self, kind: Kind, ops: &[&str], depth: u32) -> String {
        let (left, op) = (self.any(kind, depth), self.pick(ops));
        format!("({left} {op} {})", self.any(kind, depth))
    }

    fn call(&mut self, name: &str, kind: Kind, depth: u32) -> String {
        format!(
            "{name}({}, {})",
            self.any(kind, depth),
            self.any(kind, depth)
        )
    }

    fn choice(&mut self, kind: Kind, depth: u32) -> String {
        let mut text = "CASE".to_owned();
        for _ in 0..=self.below(2) {
            let (condition, value) = (self.any(Kind::Bool, depth), self.any(kind, depth));
            write!(text, " WHEN {condition} THEN {value}").unwrap();
        }
        if self.below(3) > 0 {
            write!(text, " ELSE {}", self.any(kind, depth)).unwrap();
        }
        text + " END"
    }

    fn condition(&mut self, depth: u32) -> String {
        let kind = self.pick(&KINDS);
        let not = self.pick(&["", "NOT "]);
        match self.below(7) {
            0 | 1 => self.infix(Kind::Bool, &["AND", "OR"], depth),
            2 => format!("(NOT {})", self.any(Kind::Bool, depth)),
            3 => format!("({} {})", self.any(Kind::Bool, depth), self.pick(&TESTS)),
            4 => self.infix(kind, &COMPARISONS, depth),
            5 => {
                let of = self.any(kind, depth);
                let items: Vec<String> =
                    (0..self.below(4)).map(|_| self.any(kind, depth)).collect();
                format!("({of} {not}IN ({}))", items.join(", "))
            }
            _ => {
                let (of, low) = (self.any(kind, depth), self.any(kind, depth));
                format!("({of} {not}BETWEEN {low} AND {})", self.any(kind, depth))
            }
        }
    }
}
