//! The purchases that the binary carries, as `user-events` messages.

use std::fmt::Write;

use rulelang::time::{DAY_MS, format_timestamp, parse_date};

use crate::failure::Failure;

const COMPRESSED: &[u8] = include_bytes!("../../data/cdnow.zst");

/// 10:00, the instant of a customer's first purchase of a day; the next one is a minute later.
const FIRST_OF_DAY_MS: i64 = 10 * 3_600_000;
const MINUTE_MS: i64 = 60_000;

/// One purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Purchase {
    customer: u32,
    /// Days since the epoch.
    day: i32,
    /// How many came before on the same day.
    of_day: u32,
    quantity: u32,
    cents: u64,
}

/// All purchases, in the order of the file: by customer, then by day.
#[derive(Debug)]
pub(crate) struct Purchases {
    items: Vec<Purchase>,
}

impl Purchases {
    /// Unpacks the data.
    pub(crate) fn read() -> Result<Self, Failure> {
        let damaged = || Failure::message("the purchases in this binary are damaged");
        let bytes = zstd::decode_all(COMPRESSED).map_err(|_| damaged())?;
        let text = String::from_utf8(bytes).map_err(|_| damaged())?;
        let mut items: Vec<Purchase> = vec![];
        // The first line names the columns.
        for line in text.lines().skip(1) {
            let mut purchase = parse(line).ok_or_else(damaged)?;
            if let Some(last) = items.last() {
                let is_same_day = (last.customer, last.day) == (purchase.customer, purchase.day);
                purchase.of_day = if is_same_day { last.of_day + 1 } else { 0 };
            }
            items.push(purchase);
        }
        Ok(Self { items })
    }

    /// The day of the newest purchase, in days since the epoch.
    pub(crate) fn newest_day(&self) -> i32 {
        let days = self.items.iter().map(|purchase| purchase.day);
        days.max().unwrap_or_default()
    }

    /// All of them as messages, one a line, `shift_days` later than they happened.
    pub(crate) fn messages(&self, shift_days: i32) -> String {
        let mut text = String::new();
        for (purchase, number) in self.items.iter().zip(1..) {
            let Purchase {
                customer,
                quantity,
                cents,
                ..
            } = purchase;
            let timestamp = format_timestamp(purchase.timestamp(shift_days));
            let (dollars, cents) = (cents / 100, cents % 100);
            // Writing to a string does not fail.
            let _ = writeln!(
                text,
                concat!(
                    r#"{{"eventId":"cdnow-{:06}","userId":"cdnow-{:05}","eventType":"purchase","#,
                    r#""timestamp":"{}","properties":{{"amount":{}.{:02},"quantity":{}}}}}"#
                ),
                number, customer, timestamp, dollars, cents, quantity
            );
        }
        text
    }
}

impl Purchase {
    fn timestamp(&self, shift_days: i32) -> i64 {
        let midnight = i64::from(self.day + shift_days) * DAY_MS;
        midnight + FIRST_OF_DAY_MS + i64::from(self.of_day) * MINUTE_MS
    }
}

/// Reads `00002 19970112  5   77.00`.
fn parse(line: &str) -> Option<Purchase> {
    let mut columns = line.split_whitespace();
    let customer = columns.next()?.parse().ok()?;
    let (year, month_day) = columns.next()?.split_at_checked(4)?;
    let (month, day) = month_day.split_at_checked(2)?;
    let quantity = columns.next()?.parse().ok()?;
    let (dollars, cents) = columns.next()?.split_once('.')?;
    Some(Purchase {
        customer,
        day: parse_date(&format!("{year}-{month}-{day}"))?,
        of_day: 0,
        quantity,
        cents: dollars.parse::<u64>().ok()? * 100 + cents.parse::<u64>().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_purchase_is_there_and_those_of_a_day_are_minutes_apart() {
        let purchases = Purchases::read().unwrap();
        assert_eq!(purchases.items.len(), 69_659);
        assert_eq!(
            rulelang::time::format_date(purchases.newest_day()),
            "1998-06-30"
        );
        let messages = purchases.messages(1);
        let expected = concat!(
            r#"{"eventId":"cdnow-000002","userId":"cdnow-00002","eventType":"purchase","#,
            r#""timestamp":"1997-01-13T10:00:00Z","properties":{"amount":12.00,"quantity":1}}"#,
            "\n",
            r#"{"eventId":"cdnow-000003","userId":"cdnow-00002","eventType":"purchase","#,
            r#""timestamp":"1997-01-13T10:01:00Z","properties":{"amount":77.00,"quantity":5}}"#,
            "\n"
        );
        let second: String = messages.split_inclusive('\n').skip(1).take(2).collect();
        assert_eq!(second, expected);
        let cents: u64 = purchases.items.iter().map(|purchase| purchase.cents).sum();
        assert_eq!(cents, 250_031_563);
    }
}
