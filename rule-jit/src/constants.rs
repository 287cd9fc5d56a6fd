//! What distinguishes two rules of one shape: a table of 64-bit words that the code reads.
//!
//! INVARIANT: `words` holds, in the order of the shape's ops, what each of them takes. A word that
//! is an address points into one of `objects`, which live as long as the table.

use std::sync::Arc;

use rulelang::Type;
use rulelang::calendar::{Anniversary, CalendarSpan};
use rulelang::text::LikePattern;

use crate::calls::{Call, ListConstant};

/// Something that a word points to.
#[derive(Debug, Clone)]
pub(crate) enum Object {
    Text(Arc<str>),
    Like(Arc<LikePattern>),
    Regex(Arc<regex::Regex>),
    Finder(Arc<memchr::memmem::Finder<'static>>),
    Table(Arc<[u64]>),
    Call(Arc<Call>),
    List(Arc<ListConstant>),
    Calendar(Arc<CalendarSpan>),
    Anniversary(Arc<Anniversary>),
}

impl Object {
    /// Its address, for as long as any clone of it lives.
    pub(crate) fn address(&self) -> u64 {
        let address = match self {
            Self::Text(text) => text.as_ptr().expose_provenance(),
            Self::Like(pattern) => Arc::as_ptr(pattern).expose_provenance(),
            Self::Regex(regex) => Arc::as_ptr(regex).expose_provenance(),
            Self::Finder(finder) => Arc::as_ptr(finder).expose_provenance(),
            Self::Table(table) => table.as_ptr().expose_provenance(),
            Self::Call(call) => Arc::as_ptr(call).expose_provenance(),
            Self::List(list) => list.slots.as_ptr().expose_provenance(),
            Self::Calendar(calendar) => Arc::as_ptr(calendar).expose_provenance(),
            Self::Anniversary(asked) => Arc::as_ptr(asked).expose_provenance(),
        };
        address as u64
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Like(_) | Self::Regex(_) => 4096,
            Self::Finder(finder) => finder.needle().len() + size_of_val(&**finder),
            Self::Table(table) => size_of_val(&**table),
            Self::Call(call) => call.bytes(),
            Self::List(list) => list.bytes(),
            Self::Calendar(calendar) => size_of_val(&**calendar),
            Self::Anniversary(asked) => size_of_val(&**asked),
        }
    }
}

/// The constants of one rule.
#[derive(Debug)]
pub struct Constants {
    pub(crate) words: Box<[u64]>,
    pub(crate) objects: Box<[Object]>,
    /// How many slots a row must have.
    pub(crate) slots: u32,
    /// The type of the rule's value.
    pub(crate) ty: Type,
}

impl Constants {
    /// How many slots a row must have.
    pub fn slots(&self) -> usize {
        self.slots as usize
    }

    /// About how many bytes of memory it takes; a regular expression counts as 4 KiB.
    pub fn bytes(&self) -> usize {
        let objects: usize = self.objects.iter().map(Object::bytes).sum();
        size_of::<Self>() + size_of_val(&*self.words) + size_of_val(&*self.objects) + objects
    }
}
