//! What a record of the log is.

use kit::control::{Control, DefinitionRecord, Phase};
use stores::Record;

use crate::incoming::{Incoming, Kind};
use crate::transfer::Transfer;

/// A record, read.
#[derive(Debug)]
pub(crate) enum Reading {
    /// Time has come this far.
    Tick,
    /// A step of a definition's way into force.
    Definition(Box<DefinitionRecord>),
    /// Part of what one user's history brings to another.
    Transfer(Box<Transfer>),
    /// Anything about one user.
    Incoming(Incoming),
}

impl Reading {
    /// Reads a record; else why it cannot be used.
    pub(crate) fn of(record: &Record) -> Result<Self, String> {
        if record.key.is_empty() {
            return match serde_json::from_slice(&record.value) {
                Ok(Control::Tick) => Ok(Self::Tick),
                Ok(Control::Definition(definition)) => Ok(Self::Definition(Box::new(definition))),
                Err(error) => Err(format!("not a control record: {error}")),
            };
        }
        if Transfer::is(&record.headers) {
            let transfer = Transfer::read(&record.value).map_err(|error| error.to_string())?;
            return Ok(Self::Transfer(Box::new(transfer)));
        }
        let incoming = Incoming::read(record).map_err(|error| error.to_string())?;
        Ok(Self::Incoming(incoming))
    }

    /// What the changes that it leads to tell as their cause; `None` of what is not about a user.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Tick | Self::Definition(_) => None,
            Self::Transfer(transfer) => Some(&transfer.cause),
            Self::Incoming(incoming) => Some(&incoming.id),
        }
    }

    /// Whether it puts a definition into force.
    pub(crate) fn is_switch(&self) -> bool {
        matches!(self, Self::Definition(definition) if definition.phase == Phase::Switch)
    }

    /// Whether taking it reads histories.
    pub(crate) fn needs_history(&self) -> bool {
        match self {
            Self::Tick => false,
            Self::Definition(_) | Self::Transfer(_) => true,
            Self::Incoming(incoming) => {
                matches!(incoming.kind, Kind::Alias(_) | Kind::Delete)
            }
        }
    }
}
