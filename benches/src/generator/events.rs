//! The events: `user-events` messages in the order of their timestamps, over 75 days.

use std::io::Write as _;

use fastrand::Rng;
use rule_runtime::{Event, Fact, RuleSet};
use rulelang::Value;
use rulelang::time::format_timestamp;

use super::users::{self, Users};
use super::{CATEGORIES, DEVICES};

/// The instant before the first event, 2024-01-01T00:00:00Z.
pub const BEGIN: i64 = 1_704_067_200_000;
/// The instant after the last.
pub const END: i64 = BEGIN + 75 * 86_400_000;

/// The types of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Half of all events: a product was looked at.
    View,
    /// Something was put into the cart.
    Cart,
    /// Something was bought.
    Purchase,
    /// Something was looked for.
    Search,
    /// The user signed in.
    Login,
}

/// The value of one property.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Property {
    /// One of a few strings.
    Text(&'static str),
    /// `prod_` and this number.
    Product(u32),
    /// An amount of money in hundredths.
    Cents(u32),
    /// A whole number.
    Whole(u32),
}

/// One event.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeneratedEvent {
    /// Its place in the load, from 0; its id is made of it.
    pub number: u64,
    /// Who, by rank: 0 is the busiest.
    pub user: u32,
    /// What.
    pub kind: Kind,
    /// When, in milliseconds.
    pub timestamp: i64,
    category: &'static str,
    country: &'static str,
    device: &'static str,
    product: u32,
    cents: u32,
    few: u32,
    address: u16,
}

/// An iterator over the events of a load.
#[derive(Debug, Clone)]
pub struct Events {
    users: Users,
    rng: Rng,
    next: u64,
    count: u64,
}

impl Events {
    /// The load of `count` events.
    pub fn new(count: u64) -> Self {
        Self {
            users: Users::new(),
            rng: Rng::with_seed(0xa0d1_e7ce),
            next: 0,
            count,
        }
    }

    /// One user in fifty of the load of ten million events: about 200,000 events, as dense in
    /// time as the whole and with as busy a head. A short load is not: its users are nearly all
    /// new, and nearly every event of a new user flips a great deal.
    pub fn sample() -> impl Iterator<Item = GeneratedEvent> {
        Self::new(10_000_000).filter(|event| event.user % 50 == 10)
    }
}

impl Iterator for Events {
    type Item = GeneratedEvent;

    fn next(&mut self) -> Option<GeneratedEvent> {
        let number = self.next;
        if number == self.count {
            return None;
        }
        self.next += 1;
        let rng = &mut self.rng;
        let user = self.users.draw(rng);
        let span = (END - BEGIN) as u64;
        let usual = |rng: &mut Rng, often: u8| rng.u8(..100) < often;
        let category = if usual(rng, 60) {
            users::category(user)
        } else {
            CATEGORIES[rng.usize(..CATEGORIES.len())]
        };
        let device = if usual(rng, 97) {
            users::device(user)
        } else {
            DEVICES[rng.usize(..DEVICES.len())]
        };
        Some(GeneratedEvent {
            number,
            user,
            kind: Kind::draw(rng),
            timestamp: BEGIN
                + (u128::from(number) * u128::from(span) / u128::from(self.count)) as i64,
            category,
            country: users::country(user),
            device,
            product: rng.u32(..20_000),
            cents: price(rng),
            few: rng.u32(1..6),
            address: rng.u16(..),
        })
    }
}

/// Hundredths from 1.00 to 1,000.00: many small prices, few large ones.
fn price(rng: &mut Rng) -> u32 {
    let unit = rng.f64();
    (100.0 + 99_900.0 * unit * unit * unit) as u32
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::View,
        Self::Cart,
        Self::Purchase,
        Self::Search,
        Self::Login,
    ];

    fn draw(rng: &mut Rng) -> Self {
        match rng.u8(..100) {
            0..50 => Self::View,
            50..68 => Self::Cart,
            68..80 => Self::Purchase,
            80..92 => Self::Search,
            _ => Self::Login,
        }
    }

    /// Its name in events and rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Cart => "cart",
            Self::Purchase => "purchase",
            Self::Search => "search",
            Self::Login => "login",
        }
    }

    /// The property that aggregates sum up.
    pub fn measure(self) -> &'static str {
        match self {
            Self::View => "price",
            Self::Cart | Self::Purchase => "amount",
            Self::Search => "results",
            Self::Login => "attempts",
        }
    }
}

impl GeneratedEvent {
    /// Its user's id.
    pub fn user_id(&self) -> String {
        format!("user_{}", self.user)
    }

    /// Its properties, in order.
    pub fn properties(&self) -> impl Iterator<Item = (&'static str, Property)> {
        let category = ("category", Property::Text(self.category));
        let product = ("productId", Property::Product(self.product));
        let own = match self.kind {
            Kind::View => [
                Some(category),
                Some(product),
                Some(("price", Property::Cents(self.cents))),
            ],
            Kind::Cart | Kind::Purchase => [
                Some(("amount", Property::Cents(self.cents * self.few))),
                Some(category),
                Some(("quantity", Property::Whole(self.few))),
            ],
            Kind::Search => [
                Some(category),
                Some(("results", Property::Whole(self.product / 100))),
                None,
            ],
            Kind::Login => [
                Some(("method", Property::Text("password"))),
                Some(("attempts", Property::Whole(self.few))),
                None,
            ],
        };
        let shared = [
            ("country", Property::Text(self.country)),
            ("device", Property::Text(self.device)),
        ];
        own.into_iter().flatten().chain(shared)
    }

    /// Appends the message and a newline.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let timestamp = format_timestamp(self.timestamp);
        let (number, user, kind) = (self.number, self.user, self.kind.name());
        // Writing to memory cannot fail.
        let _ = write!(
            out,
            r#"{{"eventId":"evt_{number:09}","userId":"user_{user}","eventType":"{kind}","timestamp":"{timestamp}","properties":{{"#
        );
        for (index, (name, value)) in self.properties().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let _ = match value {
                Property::Text(text) => write!(out, r#"{comma}"{name}":"{text}""#),
                Property::Product(product) => write!(out, r#"{comma}"{name}":"prod_{product}""#),
                Property::Cents(cents) => {
                    write!(out, r#"{comma}"{name}":{}.{:02}"#, cents / 100, cents % 100)
                }
                Property::Whole(whole) => write!(out, r#"{comma}"{name}":{whole}"#),
            };
        }
        let [high, low] = self.address.to_be_bytes();
        let _ = writeln!(
            out,
            r#"}},"context":{{"sessionId":"sess_{:08x}","userAgent":"Mozilla/5.0","ipAddress":"198.18.{high}.{low}"}}}}"#,
            number / 7,
        );
    }

    /// The same as a fact for a rule set, as a decoder of messages would make it.
    pub fn fact(&self, rules: &RuleSet) -> Fact {
        let properties = self.properties().filter_map(|(name, value)| {
            let value = match value {
                Property::Text(text) => Value::string(text),
                Property::Product(product) => Value::string(&format!("prod_{product}")),
                Property::Cents(cents) => Value::float(f64::from(cents) / 100.0),
                Property::Whole(whole) => Value::Int(i64::from(whole)),
            };
            Some((rules.name(name)?, value))
        });
        Fact::Event(Event {
            id: format!("evt_{:09}", self.number).into(),
            event_type: rules.event_type(self.kind.name()),
            timestamp: self.timestamp,
            properties: properties.collect(),
            updates_fields: true,
        })
    }
}
