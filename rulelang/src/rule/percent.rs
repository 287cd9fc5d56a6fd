//! A share of all users, drawn by a salt.

use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use crate::ast::{Expr, ExprKind, Literal, Name};
use crate::span::Span;

/// A share of all users: a condition, NULL where no user's id is known.
///
/// Whom it includes is a matter of their id alone, so it never changes. Whom a share includes, a
/// larger one by the same salt includes too; another salt draws anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Percent {
    /// How many users of 10,000, thus hundredths of a percent: at most [`Percent::OF`].
    pub hundredths: u16,
    /// What the users are drawn by.
    pub salt: Arc<str>,
}

impl Percent {
    /// The hundredths of a percent that are everybody.
    pub const OF: u16 = 10_000;

    /// Whether the share includes a user: `xxh3_64(salt ‖ 0x00 ‖ user) mod 10,000 < hundredths`.
    pub fn includes(&self, user: &str) -> bool {
        let mut hash = Xxh3::new();
        hash.update(self.salt.as_bytes());
        hash.update(&[0]);
        hash.update(user.as_bytes());
        hash.digest() % u64::from(Self::OF) < u64::from(self.hundredths)
    }

    /// How many percent, in as few digits as say it: `10`, `12.5`.
    pub fn percent(&self) -> String {
        match self.number() {
            Literal::Float(float) => float.to_string(),
            _ => (self.hundredths / 100).to_string(),
        }
    }

    /// Canonical text: `PERCENT(12.5, 'june')`.
    pub fn text(&self) -> String {
        let node = |kind| Expr {
            kind,
            span: Span::default(),
        };
        let salt = Literal::String(self.salt.to_string());
        let arguments = [self.number(), salt].map(|it| node(ExprKind::Literal(it)));
        crate::format(&node(ExprKind::Call {
            function: Name {
                text: "PERCENT".to_owned(),
                span: Span::default(),
            },
            arguments: arguments.into(),
        }))
    }

    fn number(&self) -> Literal {
        if self.hundredths.is_multiple_of(100) {
            Literal::Int(i64::from(self.hundredths / 100))
        } else {
            Literal::Float(f64::from(self.hundredths) / 100.0)
        }
    }
}
