//! Yearly returns of a day: `ANNIVERSARY(t) WITHIN NEXT 7 DAYS IN 'Europe/Berlin'`.
//!
//! A return is the first instant of the day of t's month and number, in t's own year and in each one
//! after it, but none before t. 29 February returns on 1 March where a year has none. The two
//! questions here answer each other: between two flips `holds` says the same.

use jiff::civil::Date;

use super::{CalendarSpan, Zone};

/// How far from now a return may lie; at most a year, as they lie no further apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reach {
    /// `WITHIN NEXT d`, in milliseconds: after now, up to now + d.
    Next(i64),
    /// `WITHIN LAST d`, in milliseconds: after now − d, up to now.
    Last(i64),
    /// `WITHIN LAST n CALENDAR DAYS`: from the window's start up to now.
    LastCalendar(CalendarSpan),
}

/// What is asked of the yearly returns of an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Anniversary {
    /// Where one of them has to lie.
    pub reach: Reach,
    /// Where the days begin.
    pub zone: Zone,
    /// Whether t is a date. Its day is the same everywhere, that of a timestamp is the zone's.
    pub of_date: bool,
}

impl Anniversary {
    /// Whether some return of `ts` lies within reach of `now`, both in milliseconds (a date as its
    /// midnight UTC). Beyond the years −9999 to 9999 none does.
    pub fn holds(self, ts: i64, now: i64) -> bool {
        // A return lies in the year before that of now, in that or the next; on New Year's Eve,
        // clocks may disagree about the year by one.
        let around = self.returns(ts, now, 2);
        around
            .into_iter()
            .any(|at| self.begins(at) <= now && now < self.ends(at))
    }

    /// The first instant after `after` at which [`Self::holds`] may say something else; `None`
    /// where none is left in the calendar.
    pub fn next_flip(self, ts: i64, after: i64) -> Option<i64> {
        let flips = self.flips(ts, after);
        flips.into_iter().filter(|at| *at > after).min()
    }

    /// The instants at which [`Self::holds`] flips within two years on both sides of an
    /// instant, or after `ts` where that is later; in any order, maybe with others.
    pub(crate) fn flips(self, ts: i64, around: i64) -> Vec<i64> {
        let returns = self.returns(ts, around.max(ts), 3);
        let flips = returns.into_iter();
        flips
            .flat_map(|at| [self.begins(at), self.ends(at)])
            .collect()
    }

    /// When a return at an instant comes within reach.
    fn begins(self, at: i64) -> i64 {
        match self.reach {
            Reach::Next(ahead) => at.saturating_sub(ahead),
            Reach::Last(_) | Reach::LastCalendar(_) => at,
        }
    }

    /// The first instant at which it is no longer within reach.
    fn ends(self, at: i64) -> i64 {
        match self.reach {
            Reach::Next(_) => at,
            Reach::Last(back) => at.saturating_add(back),
            Reach::LastCalendar(span) => span.end(at),
        }
    }

    /// The returns of `ts` in the year of an instant and so many on both sides of it, ascending.
    fn returns(self, ts: i64, around: i64, years: i16) -> Vec<i64> {
        let read_in = if self.of_date { Zone::utc() } else { self.zone };
        let days = read_in.day(ts).zip(self.zone.day(around));
        let Some((day, around)) = days else {
            return vec![];
        };
        let around = around.year();
        let years = around.saturating_sub(years)..=around.saturating_add(years);
        let years = years.filter(|year| *year >= day.year());
        let returns = years.filter_map(|year| self.zone.begins(in_year(day, year)?));
        // The day of a timestamp began before it.
        returns.filter(|at| self.of_date || *at >= ts).collect()
    }
}

/// A day's month and number in some year.
fn in_year(day: Date, year: i16) -> Option<Date> {
    let same = Date::new(year, day.month(), day.day());
    // Only 29 February is a day that a year may lack.
    same.or_else(|_| Date::new(year, 3, 1)).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::CalendarUnit;
    use crate::time::{DAY_MS, parse_timestamp};

    const ZONES: [&str; 6] = [
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "America/Sao_Paulo",
        "Pacific/Apia",
        "Asia/Kathmandu",
    ];

    fn anniversary(reach: Reach, zone: &str, of_date: bool) -> Anniversary {
        let zone = Zone::named(zone).unwrap();
        Anniversary {
            reach,
            zone,
            of_date,
        }
    }

    fn at(text: &str) -> i64 {
        parse_timestamp(text).unwrap()
    }

    #[test]
    fn a_birthday_is_near_from_local_midnight_to_local_midnight() {
        let born = at("1990-07-04T00:00:00Z");
        let next = anniversary(Reach::Next(7 * DAY_MS), "America/New_York", true);
        // Midnight in New York is at four in the morning.
        assert!(!next.holds(born, at("2026-06-27T03:59:59.999Z")));
        assert!(next.holds(born, at("2026-06-27T04:00:00Z")));
        assert!(next.holds(born, at("2026-07-04T03:59:59.999Z")));
        assert!(!next.holds(born, at("2026-07-04T04:00:00Z")));
        let last = anniversary(Reach::Last(DAY_MS), "America/New_York", true);
        assert!(!last.holds(born, at("2026-07-04T03:59:59.999Z")));
        assert!(last.holds(born, at("2026-07-05T03:59:59.999Z")));
        assert!(!last.holds(born, at("2026-07-05T04:00:00Z")));
    }

    #[test]
    fn a_timestamp_has_the_day_of_the_zone_and_does_not_return_on_it() {
        // Still the day before in New York.
        let signed_up = at("2024-03-10T02:00:00Z");
        let last = anniversary(Reach::Last(DAY_MS), "America/New_York", false);
        assert!(!last.holds(signed_up, at("2024-03-10T03:00:00Z")));
        assert!(last.holds(signed_up, at("2025-03-09T12:00:00Z")));
        assert!(!last.holds(signed_up, at("2025-03-10T12:00:00Z")));
        let of_date = anniversary(Reach::Last(DAY_MS), "UTC", true);
        assert!(of_date.holds(at("2024-03-10T00:00:00Z"), at("2024-03-10T03:00:00Z")));
        assert!(!of_date.holds(at("2024-03-10T00:00:00Z"), at("2023-03-10T03:00:00Z")));
    }

    #[test]
    fn a_leap_day_returns_on_the_first_of_march() {
        let born = at("2000-02-29T00:00:00Z");
        let span = CalendarSpan {
            count: 1,
            unit: CalendarUnit::Days,
            zone: Zone::utc(),
        };
        let today = anniversary(Reach::LastCalendar(span), "UTC", true);
        assert!(today.holds(born, at("2024-02-29T12:00:00Z")));
        assert!(!today.holds(born, at("2024-03-01T12:00:00Z")));
        assert!(!today.holds(born, at("2025-02-28T12:00:00Z")));
        assert!(today.holds(born, at("2025-03-01T12:00:00Z")));
    }

    #[test]
    fn nothing_returns_beyond_the_calendar() {
        let next = anniversary(Reach::Next(DAY_MS), "UTC", false);
        for ts in [i64::MIN, i64::MAX] {
            assert!(!next.holds(ts, 0));
            assert!(!next.holds(0, ts));
            assert_eq!(next.next_flip(ts, 0), None);
        }
        assert_eq!(next.next_flip(0, i64::MAX), None);
        assert_eq!(next.next_flip(0, i64::MIN), Some(-DAY_MS));
        assert_eq!(next.next_flip(0, at("9999-06-01T00:00:00Z")), None);
    }

    fn any_anniversary() -> impl Strategy<Value = Anniversary> {
        let zone = proptest::sample::select(ZONES.to_vec());
        (0..3, 1..=366_i64, zone, any::<bool>()).prop_map(|(kind, days, zone, of_date)| {
            let reach = match kind {
                0 => Reach::Next(days * DAY_MS),
                1 => Reach::Last(days * DAY_MS),
                _ => Reach::LastCalendar(CalendarSpan {
                    count: days as u32,
                    unit: CalendarUnit::Days,
                    zone: Zone::named(zone).unwrap(),
                }),
            };
            anniversary(reach, zone, of_date)
        })
    }

    proptest! {
        /// 1960 to 2040, often about the day itself.
        #[test]
        fn nothing_changes_between_two_flips(
            mut asked in any_anniversary(),
            ts in -315_619_200_000_i64..2_208_988_800_000,
            ahead in prop_oneof![-100_000_000..100_000_000_i64, 0..500_000_000_000_i64],
        ) {
            let ts = if asked.of_date { ts - ts.rem_euclid(DAY_MS) } else { ts };
            let mut now = ts + ahead;
            for _ in 0..5 {
                let flip = asked.next_flip(ts, now).unwrap();
                prop_assert!(flip > now);
                for at in [now + (flip - now) / 2, flip - 1] {
                    prop_assert_eq!(asked.holds(ts, at), asked.holds(ts, now), "{} {}", now, at);
                }
                now = flip;
            }
            // What the widest window takes in, one of the two days about it does.
            asked.reach = Reach::Last(366 * DAY_MS);
            prop_assert!(asked.holds(ts, ts + 400 * DAY_MS));
        }

        /// Told day by day: a return is where another day begins that has the month and the number.
        #[test]
        fn a_return_is_the_beginning_of_such_a_day(
            // All but the zone that once left out a day.
            zone in proptest::sample::select(ZONES[..4].to_vec()),
            ts in 0..1_600_000_000_000_i64,
            later in 0..4_000_i64,
        ) {
            let asked = anniversary(Reach::Last(1), zone, false);
            let zone = Zone::named(zone).unwrap();
            let (born, now) = (zone.day(ts).unwrap(), ts + later * DAY_MS);
            let day = zone.day(now).unwrap();
            let is_same = (day.month(), day.day()) == (born.month(), born.day());
            let is_leap = (born.month(), born.day()) == (2, 29);
            let stands_in = is_leap && (day.month(), day.day()) == (3, 1) && !day.in_leap_year();
            let begins = zone.begins(day).unwrap();
            prop_assert_eq!(asked.holds(ts, begins), (is_same || stands_in) && begins >= ts);
        }
    }
}
