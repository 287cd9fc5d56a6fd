//! Aggregates over one user's events.

use crate::*;

fn quantities(values: &[i64]) -> Vec<Event> {
    let one = |(index, value): (usize, &i64)| {
        let properties = [("qty", Value::Int(*value))];
        event(&format!("e{index}"), "buy", NOON - HOUR, &properties)
    };
    values.iter().enumerate().map(one).collect()
}

#[test]
fn the_sum_of_decimals_is_the_sum_as_written() {
    let events = [buy("1", 33.33), buy("2", 33.33), buy("3", 33.34)];
    assert_eq!(after("SUM(buy.amount)", &events), Value::Float(100.0));
    assert_eq!(after("SUM(buy.amount) == 100", &events), TRUE);
    let tenths: Vec<Event> = (0..10).map(|n| buy(&n.to_string(), 0.1)).collect();
    assert_eq!(after("SUM(buy.amount)", &tenths), Value::Float(1.0));
}

#[test]
fn large_and_small_amounts_do_not_lose_one_another() {
    let events = [buy("1", 1e18), buy("2", 0.25), buy("3", -1e18)];
    assert_eq!(after("SUM(buy.amount)", &events), Value::Float(0.25));
}

#[test]
fn an_amount_beyond_the_bounds_is_null_to_sum_and_avg_alone() {
    let events = [buy("1", 2e18), buy("2", 4.0)];
    assert_eq!(after("SUM(buy.amount)", &events), Value::Float(4.0));
    assert_eq!(after("AVG(buy.amount)", &events), Value::Float(4.0));
    assert_eq!(after("MAX(buy.amount)", &events), Value::Float(2e18));
}

#[test]
fn nothing_sums_to_zero_and_counts_to_zero() {
    assert_eq!(after("SUM(buy.amount)", &[]), Value::Float(0.0));
    assert_eq!(after("SUM(buy.qty)", &[]), Value::Int(0));
    assert_eq!(after("COUNT(buy)", &[]), Value::Int(0));
    assert_eq!(after("COUNT DISTINCT(buy.sku)", &[]), Value::Int(0));
    assert_eq!(after("SUM(buy.amount) < 10", &[]), TRUE);
}

#[test]
fn of_nothing_the_others_are_null() {
    for function in ["AVG", "MIN", "MAX", "FIRST", "LAST"] {
        assert_eq!(after(&format!("{function}(buy.amount)"), &[]), NULL);
        let absent = [event("1", "buy", NOON, &[("amount", string("much"))])];
        assert_eq!(after(&format!("{function}(buy.amount)"), &absent), NULL);
    }
}

#[test]
fn a_sum_of_ints_is_exact_and_null_beyond_an_int() {
    let odd = (1 << 53) + 1;
    assert_eq!(
        after("SUM(buy.qty)", &quantities(&[odd, odd])),
        Value::Int(2 * odd)
    );
    assert_eq!(after("SUM(buy.qty)", &quantities(&[i64::MAX, 1])), NULL);
    let back_in = quantities(&[i64::MAX, 1, -1]);
    assert_eq!(after("SUM(buy.qty)", &back_in), Value::Int(i64::MAX));
}

#[test]
fn the_average_of_ints_divides_the_exact_sum() {
    assert_eq!(
        after("AVG(buy.qty)", &quantities(&[1, 2])),
        Value::Float(1.5)
    );
    let large = quantities(&[i64::MAX, i64::MAX]);
    assert_eq!(after("AVG(buy.qty)", &large), Value::Float(i64::MAX as f64));
}

#[test]
fn the_average_counts_only_the_values_there_are() {
    let events = [buy("1", 3.0), event("2", "buy", NOON, &[])];
    assert_eq!(after("AVG(buy.amount)", &events), Value::Float(3.0));
    assert_eq!(after("COUNT(buy)", &events), Value::Int(2));
}

#[test]
fn windows_are_half_open() {
    let at = |timestamp| [event("1", "buy", timestamp, &[])];
    let last = "COUNT(buy WITHIN LAST 1h)";
    assert_eq!(after(last, &at(NOON - HOUR)), Value::Int(0));
    assert_eq!(after(last, &at(NOON - HOUR + 1)), Value::Int(1));
    assert_eq!(after(last, &at(NOON)), Value::Int(1));
    assert_eq!(after(last, &at(NOON + 1)), Value::Int(0));
    let between = "COUNT(buy FROM 2h TO 1h AGO)";
    assert_eq!(after(between, &at(NOON - 2 * HOUR)), Value::Int(0));
    assert_eq!(after(between, &at(NOON - 2 * HOUR + 1)), Value::Int(1));
    assert_eq!(after(between, &at(NOON - HOUR)), Value::Int(1));
    assert_eq!(after(between, &at(NOON - HOUR + 1)), Value::Int(0));
}

#[test]
fn an_event_of_the_future_never_counts() {
    let at = |timestamp| [event("1", "buy", timestamp, &[])];
    assert_eq!(after("COUNT(buy)", &at(NOON + 1)), Value::Int(0));
    let during =
        "COUNT(buy DURING TIMESTAMP '2024-01-15T11:00:00Z' TO TIMESTAMP '2024-01-15T13:00:00Z')";
    assert_eq!(after(during, &at(NOON - HOUR - 1)), Value::Int(0));
    assert_eq!(after(during, &at(NOON - HOUR)), Value::Int(1));
    assert_eq!(after(during, &at(NOON)), Value::Int(1));
    assert_eq!(after(during, &at(NOON + 1)), Value::Int(0));
}

#[test]
fn where_counts_only_what_is_true() {
    let flagged = |id, flag| event(id, "buy", NOON, &[("flag", flag)]);
    let events = [flagged("1", TRUE), flagged("2", FALSE), flagged("3", NULL)];
    assert_eq!(after("COUNT(buy WHERE flag)", &events), Value::Int(1));
    assert_eq!(after("COUNT(buy WHERE NOT flag)", &events), Value::Int(1));
    assert_eq!(
        after("COUNT(buy WHERE flag IS NULL)", &events),
        Value::Int(1)
    );
}

#[test]
fn a_star_is_every_event_and_a_name_only_its_own() {
    let events = [event("1", "buy", NOON, &[]), event("2", "page", NOON, &[])];
    assert_eq!(after("COUNT(*)", &events), Value::Int(2));
    assert_eq!(after("COUNT(buy)", &events), Value::Int(1));
    assert_eq!(after("eventCount", &events), Value::Int(2));
}

#[test]
fn first_and_last_break_ties_by_the_bytes_of_the_id() {
    let sku = |id, timestamp, sku| event(id, "buy", timestamp, &[("sku", string(sku))]);
    let events = [
        sku("10", NOON, "ten"),
        sku("9", NOON, "nine"),
        sku("a", NOON - 1, "early"),
        sku("é", NOON - 2, "earliest"),
    ];
    assert_eq!(after("LAST(buy.sku)", &events), string("nine"));
    assert_eq!(after("FIRST(buy.sku)", &events), string("earliest"));
    let tied = [sku("10", NOON, "ten"), sku("9", NOON, "nine")];
    assert_eq!(after("FIRST(buy.sku)", &tied), string("ten"));
}

#[test]
fn first_and_last_skip_absent_values() {
    let events = [buy("1", 1.0), event("2", "buy", NOON, &[("amount", NULL)])];
    assert_eq!(after("LAST(buy.amount)", &events), Value::Float(1.0));
}

#[test]
fn the_timestamp_property_is_the_events_own() {
    let lying = event(
        "1",
        "buy",
        NOON - HOUR,
        &[("timestamp", string("2001-01-01T00:00:00Z"))],
    );
    let events = [lying, event("2", "view", NOON + 1, &[])];
    assert_eq!(
        after("lastActivity", &events),
        Value::Timestamp(NOON - HOUR)
    );
    assert_eq!(after("lastActivity WITHIN LAST 2h", &events), TRUE);
    assert_eq!(
        after("MAX(buy.timestamp)", &events),
        Value::Timestamp(NOON - HOUR)
    );
}

#[test]
fn distinct_values_are_equal_however_they_were_written() {
    let sku = |id, value| event(id, "bid", NOON, &[("thing", value)]);
    let events = [
        sku("1", Value::Int(1)),
        sku("2", Value::Float(1.0)),
        sku("3", string("1")),
        sku("4", Value::Float(-0.0)),
        sku("5", Value::Int(0)),
        sku("6", NULL),
        sku("7", strings(&["x"])),
        sku("8", FALSE),
    ];
    assert_eq!(after("COUNT DISTINCT(bid.thing)", &events), Value::Int(4));
}

#[test]
fn extremes_of_strings_are_by_bytes() {
    let sku = |id, sku| event(id, "buy", NOON, &[("sku", string(sku))]);
    let events = [sku("1", "b"), sku("2", "Z"), sku("3", "é")];
    assert_eq!(after("MIN(buy.sku)", &events), string("Z"));
    assert_eq!(after("MAX(buy.sku)", &events), string("é"));
}

#[test]
fn did_is_a_count_above_zero() {
    let events = [buy("1", 5.0)];
    assert_eq!(after("DID buy WITHIN LAST 2h", &events), TRUE);
    assert_eq!(after("DID NOT buy WITHIN LAST 1h", &events), TRUE);
    assert_eq!(
        after("DID(buy WITHIN LAST 2h WHERE amount > 9)", &events),
        FALSE
    );
    assert_eq!(after("DID NOT view WITHIN LAST 1d", &[]), TRUE);
}
