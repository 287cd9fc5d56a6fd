//! Exact decimals of nine places in an `i128`: how SUM and AVG add.
//!
//! A float stands for the decimal that it was written as: the shortest one that reads back as the
//! same float. Adding those exactly makes a sum independent of order, expiry and merges, and
//! 33.33 + 33.33 + 33.34 is 100.
//! Invariant: both directions are pure functions of the number, whichever path computes them.

/// The number 1: decimals count units of 10⁻⁹.
pub const ONE: i128 = 1_000_000_000;

/// Properties beyond this magnitude are NULL in SUM and AVG.
pub const MAGNITUDE_MAX: f64 = 1e18;

/// Every integer below this magnitude is an f64 exactly.
const TWO_POW_53: u128 = 1 << 53;

/// Whether a number has a decimal: it is within ±10¹⁸, and neither NaN nor infinite.
pub fn fits(value: f64) -> bool {
    value.abs() <= MAGNITUDE_MAX
}

/// The decimal that `value` was written as, in units of 10⁻⁹: the shortest one that reads back
/// as `value`, to nine places, ties to even. `None` beyond ±10¹⁸, for NaN and the infinities.
pub fn from_f64(value: f64) -> Option<i128> {
    if !fits(value) {
        return None;
    }
    from_cents(value).or_else(|| from_text(value))
}

/// The number of a decimal, rounded once to the nearest f64, ties to even.
pub fn to_f64(decimal: i128) -> f64 {
    if decimal.unsigned_abs() < TWO_POW_53 {
        // Both operands are exact, and IEEE division rounds its exact quotient once.
        decimal as f64 / ONE as f64
    } else {
        // Reading text is correctly rounded too, at any length.
        format!("{decimal}e-9").parse().unwrap_or(f64::NAN)
    }
}

/// The decimal of a value of at most two decimal places and fifteen digits; `None` for others.
///
/// Why it is the shortest one: let D be `cents / 100` with at most 15 significant digits. IEEE
/// division of two exact operands rounds D correctly, so `cents / 100.0 == value` says that D
/// reads as `value`. The shortest decimal S that reads as `value` has no more digits than D. Two
/// different decimals of at most 15 digits never read as one normal f64 (that is what
/// [`f64::DIGITS`] promises), and D is zero or at least 0.01, which is normal. So S is D.
fn from_cents(value: f64) -> Option<i128> {
    const FIFTEEN_DIGITS: f64 = 1e15;
    let cents = (value * 100.0).round();
    let is_shortest = cents.abs() < FIFTEEN_DIGITS && cents / 100.0 == value;
    is_shortest.then(|| cents as i128 * (ONE / 100))
}

/// The same for any value within the bounds, by way of its shortest text `d.ddde±x`.
fn from_text(value: f64) -> Option<i128> {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
    // `value` is `digits` × 10^power units of 10⁻⁹.
    let power = exponent.parse::<i32>().ok()? - fraction.len() as i32 + 9;
    let scale = 10_i128.checked_pow(power.unsigned_abs());
    match (scale, power >= 0) {
        (Some(scale), true) => digits.checked_mul(scale),
        (Some(scale), false) => Some(divide_half_even(digits, scale)),
        (None, true) => None,
        // Less than 10¹⁷ over more than 10³⁸.
        (None, false) => Some(0),
    }
}

/// `dividend / divisor` rounded to the nearest integer, ties to even; `divisor` is positive.
fn divide_half_even(dividend: i128, divisor: i128) -> i128 {
    let floor = dividend.div_euclid(divisor);
    let remainder = dividend.rem_euclid(divisor);
    // `divisor - remainder` cannot overflow, as `2 * remainder` could.
    match remainder.cmp(&(divisor - remainder)) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
        std::cmp::Ordering::Greater => floor + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_float_stands_for_the_decimal_it_was_written_as() {
        assert_eq!(from_f64(33.33), Some(33_330_000_000));
        assert_eq!(from_f64(0.1), Some(100_000_000));
        assert_eq!(from_f64(-0.0), Some(0));
        assert_eq!(from_f64(1.0 / 3.0), Some(333_333_333));
        assert_eq!(from_f64(123_456.789_012_345), Some(123_456_789_012_345));
        assert_eq!(from_f64(5e-324), Some(0));
        assert_eq!(from_f64(1e18), Some(1_000_000_000 * ONE * ONE));
        assert_eq!(from_f64(-1e18), Some(-1_000_000_000 * ONE * ONE));
    }

    #[test]
    fn beyond_the_bounds_there_is_no_decimal() {
        assert_eq!(from_f64(1e18_f64.next_up()), None);
        assert_eq!(from_f64(-1e18_f64.next_up()), None);
        assert_eq!(from_f64(f64::NAN), None);
        assert_eq!(from_f64(f64::INFINITY), None);
    }

    #[test]
    fn the_tenth_place_rounds_half_to_even() {
        assert_eq!(from_f64(0.000_000_000_5), Some(0));
        assert_eq!(from_f64(0.000_000_001_5), Some(2));
        assert_eq!(from_f64(0.000_000_002_5), Some(2));
        assert_eq!(from_f64(-0.000_000_001_5), Some(-2));
        assert_eq!(from_f64(-0.000_000_002_5), Some(-2));
        assert_eq!(from_f64(0.000_000_002_500_1), Some(3));
    }

    #[test]
    fn a_sum_of_decimals_is_the_sum_as_written() {
        let sum: i128 = [33.33, 33.33, 33.34].into_iter().filter_map(from_f64).sum();
        assert_eq!(to_f64(sum), 100.0);
    }

    #[test]
    fn large_sums_round_once_ties_to_even() {
        let tie = i128::from(1_i64 << 53) + 1;
        assert_eq!(to_f64(tie * ONE), 9_007_199_254_740_992.0);
        assert_eq!(to_f64((tie + 2) * ONE), 9_007_199_254_740_996.0);
        assert_eq!(to_f64(tie * ONE + 1), 9_007_199_254_740_994.0);
        assert_eq!(
            to_f64(i128::MIN),
            -170_141_183_460_469_231_731_687_303_715.9
        );
    }

    proptest! {
        #[test]
        fn the_short_way_from_a_float_agrees_with_the_long_one(
            value in prop_oneof![
                any::<f64>(),
                -1e18..1e18,
                (-2_000_000_000_000_000_i64..2_000_000_000_000_000).prop_map(|c| c as f64 / 100.0),
                (any::<i32>(), 0..12).prop_map(|(n, p)| f64::from(n) / 10_f64.powi(p)),
            ]
        ) {
            prop_assert_eq!(from_f64(value).is_some(), fits(value));
            if let Some(short) = from_cents(value) {
                prop_assert_eq!(Some(short), from_text(value));
            }
        }

        #[test]
        fn the_short_way_to_a_float_agrees_with_the_long_one(decimal in -(1_i64 << 54)..1 << 54) {
            let long: f64 = format!("{decimal}e-9").parse().unwrap();
            prop_assert_eq!(to_f64(decimal.into()).to_bits(), long.to_bits());
        }

        #[test]
        fn a_value_of_up_to_nine_places_comes_back(units in -(1_i64 << 53)..1 << 53) {
            let value = to_f64(units.into());
            prop_assert_eq!(from_f64(value).map(to_f64), Some(value));
        }
    }
}
