//! Calls of the language's functions and quantifiers by compiled code: the one way for all that it
//! does not do itself.
//!
//! Code puts the arguments' slots side by side, and the host turns them into values, calls the
//! function and turns its value into a slot. What a function makes, strings and lists, lives in the
//! [`Frame`] of the evaluation, which the caller of the code owns: rules without such calls
//! allocate nothing.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use rulelang::builtins::{self, Builtin};
use rulelang::{Type, Value};

use crate::quantifiers::Quantifier;
use crate::row::Slot;
use crate::symbols::SYMBOL_UNKNOWN;

/// What one evaluation writes: its answer, and what its calls made.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Frame {
    /// Compiled code writes here; INVARIANT: it is the first field.
    pub(crate) answer: Slot,
    /// `None` until a call makes something: most rules pay for one word.
    made: Option<Box<Made>>,
}

/// What slots of an evaluation point to. Neither moves when the lists here grow.
#[derive(Debug, Default)]
struct Made {
    values: Vec<Value>,
    items: Vec<Arc<[Slot]>>,
}

impl Frame {
    pub(crate) fn new() -> Self {
        Self {
            answer: Slot::NULL,
            made: None,
        }
    }
}

/// What a call calls.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Callee {
    /// A function.
    Builtin(&'static Builtin),
    /// What makes a list of its arguments.
    List,
    /// A quantifier, of the inputs that it reads.
    Quantifier(Arc<Quantifier>),
}

/// A call of one rule: what it calls, with what types.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) callee: Callee,
    pub(crate) types: Box<[Type]>,
    pub(crate) ty: Type,
    names: Arc<Names>,
}

/// The symbols of the strings that a rule names, so that what its calls make compares with them.
/// They are known when the whole rule is lowered.
#[derive(Debug, Default)]
pub(crate) struct Names(OnceLock<HashMap<Arc<str>, u32, foldhash::fast::RandomState>>);

impl Names {
    /// To be called once.
    pub(crate) fn set(&self, names: impl IntoIterator<Item = (Arc<str>, u32)>) {
        let _ = self.0.set(names.into_iter().collect());
    }

    fn symbol(&self, text: &str) -> u32 {
        let known = self.0.get().and_then(|names| names.get(text));
        known.copied().unwrap_or(SYMBOL_UNKNOWN)
    }
}

impl Call {
    pub(crate) fn new(callee: Callee, types: Box<[Type]>, ty: Type, names: Arc<Names>) -> Self {
        Self {
            callee,
            types,
            ty,
            names,
        }
    }

    /// About how many bytes of memory it takes; its names are counted with the rule's texts.
    pub(crate) fn bytes(&self) -> usize {
        let called = match &self.callee {
            Callee::Builtin(_) | Callee::List => 0,
            Callee::Quantifier(quantifier) => quantifier.bytes(),
        };
        size_of::<Self>() + size_of_val(&*self.types) + called
    }

    /// The slot of the call's value; what it points to lives as long as the frame.
    pub(crate) fn answer(&self, arguments: &[Value], frame: &mut Frame) -> Slot {
        let value = match &self.callee {
            Callee::Builtin(builtin) => builtin.call(arguments, self.ty),
            Callee::List => builtins::list_of(arguments),
            Callee::Quantifier(quantifier) => quantifier.answer(arguments),
        };
        self.keep(value, frame)
    }

    fn keep(&self, value: Value, frame: &mut Frame) -> Slot {
        let slot = match &value {
            Value::String(text) => Slot::text(text, self.names.symbol(text)),
            Value::List(items) => {
                let items: Arc<[Slot]> = items.iter().map(|item| self.item(item)).collect();
                let slot = Slot::list(&items);
                frame.made.get_or_insert_default().items.push(items);
                slot
            }
            number => return Slot::number(number),
        };
        frame.made.get_or_insert_default().values.push(value);
        slot
    }

    fn item(&self, item: &Value) -> Slot {
        match item {
            Value::String(text) => Slot::text(text, self.names.symbol(text)),
            item => Slot::number(item),
        }
    }
}

/// A list that is a constant of a rule: its slots, and the strings that they point to.
#[derive(Debug)]
pub(crate) struct ListConstant {
    pub(crate) slots: Arc<[Slot]>,
    strings: Vec<Arc<str>>,
}

impl ListConstant {
    /// `symbol` gives strings their symbols.
    pub(crate) fn new(items: &[Value], mut symbol: impl FnMut(&str) -> u32) -> Self {
        let mut strings = Vec::new();
        let slot = |item: &Value| match item {
            Value::String(text) => {
                strings.push(Arc::clone(text));
                Slot::text(text, symbol(text))
            }
            item => Slot::number(item),
        };
        let slots = items.iter().map(slot).collect();
        Self { slots, strings }
    }

    pub(crate) fn bytes(&self) -> usize {
        let strings: usize = self.strings.iter().map(|text| text.len()).sum();
        size_of_val(&*self.slots) + strings
    }
}
