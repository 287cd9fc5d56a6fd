//! On which side of rules' constants a count or a sum stands, without making its value.

use rulelang::decimal;
use rulelang::rule::AggregateFunction;
use rulelang::{Type, Value};

use super::matcher::{Cut, key};

/// The cuts of one aggregate. A *side* is how many of them lie below a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cuts {
    /// Ascending, each once.
    pub(crate) cuts: Vec<Cut>,
    /// For COUNT and SUM: the least count, or exact sum, above each cut.
    thresholds: Vec<i128>,
}

impl Cuts {
    /// `ty` is the type of the values that are added.
    pub(crate) fn new(cuts: Vec<Cut>, function: AggregateFunction, ty: Type) -> Self {
        let thresholds = match (function, ty) {
            (AggregateFunction::Count, _) | (AggregateFunction::Sum, Type::Int) => cuts
                .iter()
                .map(|(key, is_above)| i128::from(*key) + i128::from(*is_above))
                .collect(),
            (AggregateFunction::Sum, _) => cuts.iter().map(|cut| least_sum(*cut)).collect(),
            _ => vec![],
        };
        Self { cuts, thresholds }
    }

    /// The side of a count, or of an exact sum.
    pub(crate) fn side_of_number(&self, number: i128) -> u32 {
        let below = self.thresholds.partition_point(|least| *least <= number);
        below as u32
    }

    /// The side of any value; `None` for NULL.
    pub(crate) fn side_of(&self, value: &Value) -> Option<u32> {
        key(value).map(|key| self.side_of_key(key))
    }

    pub(crate) fn side_of_key(&self, key: i64) -> u32 {
        self.cuts.partition_point(|cut| *cut <= (key, false)) as u32
    }
}

/// The least decimal whose float is above a cut, by halving: floats of decimals are in their
/// order. [`i128::MAX`], which no sum reaches, where none is.
fn least_sum(cut: Cut) -> i128 {
    let is_above = |sum: i128| {
        let key = key(&Value::float(decimal::to_f64(sum)));
        key.is_some_and(|key| cut <= (key, false))
    };
    let (mut low, mut high) = (i128::MIN, i128::MAX);
    while low < high {
        let middle = (low & high) + ((low ^ high) >> 1);
        if is_above(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_set::matcher::float_key;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_sum_is_on_the_side_of_its_value(
            constants in proptest::collection::vec((-1e6..1e6, any::<bool>()), 1..6),
            sum in -2_000_000_000_000_000..2_000_000_000_000_000_i128,
            place in any::<prop::sample::Index>(),
        ) {
            let mut cuts: Vec<Cut> = constants
                .iter()
                .map(|(constant, is_above)| (float_key((constant * 100.0_f64).round() / 100.0), *is_above))
                .collect();
            cuts.sort_unstable();
            cuts.dedup();
            let constant = (place.get(&constants).0 * 100.0).round() / 100.0;
            let at = decimal::from_f64(constant).unwrap();
            let cuts = Cuts::new(cuts, AggregateFunction::Sum, Type::Float);
            for sum in [sum, at - 1, at, at + 1, sum * 1_000_000] {
                let value = Value::float(decimal::to_f64(sum));
                prop_assert_eq!(Some(cuts.side_of_number(sum)), cuts.side_of(&value));
            }
        }
    }
}
