//! The types of undeclared names, learnt from their uses.
//!
//! Each undeclared field and event property of a rule has one slot. Slots that are compared with
//! each other are linked and share a type. What is learnt does not depend on the order of uses:
//! int and float make float, any other two types are a conflict, reported once with both places.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::schema::Untyped;
use crate::{Code, Span, Type};

/// What a slot is for: a profile field, a property of an event type (`*` is any event), or what a
/// quantifier reads of a list's items.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum SlotKey {
    Field(Arc<str>),
    Property(Arc<str>, Arc<str>),
    /// A member of the items of a list of objects.
    Member(Arc<str>, Arc<str>),
    /// The items of a list themselves.
    Item(Arc<str>),
}

impl SlotKey {
    fn name(&self) -> &str {
        match self {
            Self::Field(name)
            | Self::Property(_, name)
            | Self::Member(_, name)
            | Self::Item(name) => name,
        }
    }

    /// ``field `plan` `` or ``property `sku` of `purchase` ``.
    fn describe(&self) -> String {
        match self {
            Self::Field(name) => format!("field `{name}`"),
            Self::Property(event, name) => format!("property `{name}` of `{event}`"),
            Self::Member(list, name) => format!("member `{name}` of the items of `{list}`"),
            Self::Item(list) => format!("item of `{list}`"),
        }
    }
}

/// What a slot turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolved {
    /// A type.
    Known(Type),
    /// Nothing is bound to the field: it is NULL.
    AlwaysNull,
    /// A mistake that is already reported.
    Error,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Untyped,
    Typed(Type, Span),
    Error,
}

#[derive(Debug)]
struct Slot {
    key: SlotKey,
    /// Itself for the root of a group of linked slots.
    parent: usize,
    /// Of a root: how many slots its group has.
    size: usize,
    state: State,
    /// The type if no other use says a narrower one: `tags CONTAINS 'x'` is text unless
    /// something else makes it a list.
    fallback: Option<(Type, Span)>,
    /// The type if no other use says any: `LENGTH(x)` is of text unless another use makes it a list.
    preference: Option<(Type, Span)>,
    /// The first use that needs a type.
    needed_at: Option<Span>,
    /// Whether a mistake elsewhere may be why it has no type.
    excused: bool,
}

/// All slots of one rule.
#[derive(Debug, Default)]
pub(super) struct Slots {
    index: HashMap<SlotKey, usize>,
    all: Vec<Slot>,
    resolved: Vec<Resolved>,
    conflicts: Vec<Diagnostic>,
    /// Lists, the slots of their items, and where that was learnt.
    lists: Vec<(usize, usize, Span)>,
    /// Slots of which uses say that they are text or a list, and where.
    text_or_list: Vec<(usize, Span)>,
    /// Warnings of those that are text because nothing else says what they are.
    pub(super) guessed: Vec<Diagnostic>,
    /// What the names lack that a mistake elsewhere excuses.
    pub(super) withheld: Vec<Diagnostic>,
}

impl Slots {
    /// The slot for a name. `needed_at` is the place of a use that needs its type; only
    /// `COUNT DISTINCT` does not.
    pub(super) fn intern(&mut self, key: SlotKey, needed_at: Option<Span>) -> usize {
        let slots = &mut self.all;
        let id = *self.index.entry(key).or_insert_with_key(|key| {
            slots.push(Slot {
                key: key.clone(),
                parent: slots.len(),
                size: 1,
                state: State::Untyped,
                fallback: None,
                preference: None,
                needed_at: None,
                excused: false,
            });
            slots.len() - 1
        });
        if let Some(slot) = self.all.get_mut(id) {
            slot.needed_at = slot.needed_at.or(needed_at);
        }
        id
    }

    fn root(&self, mut id: usize) -> usize {
        while let Some(slot) = self.all.get(id) {
            if slot.parent == id {
                break;
            }
            id = slot.parent;
        }
        id
    }

    fn root_mut(&mut self, id: usize) -> Option<&mut Slot> {
        let root = self.root(id);
        self.all.get_mut(root)
    }

    /// The type learnt so far.
    pub(super) fn known(&self, id: usize) -> Option<Type> {
        match self.all.get(self.root(id))?.state {
            State::Typed(ty, _) => Some(ty),
            State::Untyped | State::Error => None,
        }
    }

    /// A use at `place` says that the slot is a `ty`.
    pub(super) fn bind(&mut self, id: usize, ty: Type, place: Span) {
        let root = self.root(id);
        let Some(slot) = self.all.get_mut(root) else {
            return;
        };
        slot.state = match slot.state {
            State::Untyped => State::Typed(ty, place),
            State::Typed(old, first) => {
                if let Some(joined) = join(old, ty) {
                    State::Typed(joined, first)
                } else {
                    let what = slot.key.describe();
                    let message = format!("{what} is used as {old} and as {ty}");
                    self.conflicts
                        .push(conflict(message, (old, first), (ty, place)));
                    State::Error
                }
            }
            State::Error => State::Error,
        };
    }

    /// Two slots are compared: they have one type.
    pub(super) fn link(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (Some(left), Some(right)) = (self.all.get(a), self.all.get(b)) else {
            return;
        };
        let state = match (left.state, right.state) {
            (State::Error, _) | (_, State::Error) => State::Error,
            (State::Untyped, state) | (state, State::Untyped) => state,
            (State::Typed(one, first), State::Typed(other, second)) => {
                if let Some(joined) = join(one, other) {
                    State::Typed(joined, first)
                } else {
                    let (l, r) = (left.key.describe(), right.key.describe());
                    let message =
                        format!("{l} is used as {one}, {r} as {other}; they do not compare");
                    self.conflicts
                        .push(conflict(message, (one, first), (other, second)));
                    State::Error
                }
            }
        };
        let fallback = left.fallback.or(right.fallback);
        let preference = left.preference.or(right.preference);
        let excused = left.excused || right.excused;
        let size = left.size + right.size;
        // The smaller group goes under the larger one: roots stay near.
        let (root, other) = if left.size < right.size {
            (b, a)
        } else {
            (a, b)
        };
        if let Some(slot) = self.all.get_mut(other) {
            slot.parent = root;
        }
        if let Some(slot) = self.all.get_mut(root) {
            (slot.state, slot.fallback, slot.excused) = (state, fallback, excused);
            (slot.preference, slot.size) = (preference, size);
        }
    }

    /// What the slot is if no other use says a narrower type.
    pub(super) fn suppose(&mut self, id: usize, ty: Type, place: Span) {
        let Some(slot) = self.root_mut(id) else {
            return;
        };
        match slot.fallback {
            None => slot.fallback = Some((ty, place)),
            Some((old, _)) if old == ty => {}
            Some((old, first)) => {
                self.bind(id, old, first);
                self.bind(id, ty, place);
            }
        }
    }

    /// What the slot is if no other use says anything.
    pub(super) fn prefer(&mut self, id: usize, ty: Type, place: Span) {
        if let Some(slot) = self.root_mut(id) {
            slot.preference.get_or_insert((ty, place));
        }
    }

    /// A use at `place` takes text and lists alike.
    pub(super) fn text_or_list(&mut self, id: usize, place: Span) {
        self.text_or_list.push((id, place));
    }

    /// Warns of names that become text only because a use could be of text or of a list.
    fn guess(&mut self, untyped: &Untyped) {
        let mut guessed: BTreeMap<usize, Diagnostic> = BTreeMap::new();
        for (id, place) in &self.text_or_list {
            let root = self.root(*id);
            let (Some(group), Some(slot)) = (self.all.get(root), self.all.get(*id)) else {
                continue;
            };
            // In a list there are no lists.
            let may_be_list = matches!(slot.key, SlotKey::Field(_) | SlotKey::Property(..));
            let is_open = may_be_list && matches!(group.state, State::Untyped);
            if is_open && !group.excused && bound(&slot.key, untyped).is_none() {
                let told = || taken_for_text(&slot.key, *place);
                guessed.entry(root).or_insert_with(told);
            }
        }
        self.settle_fallbacks(untyped);
        guessed.retain(|root, _| self.known(*root) == Some(Type::String));
        self.guessed.extend(guessed.into_values());
    }

    /// A quantifier says that a slot is a list of what another one is.
    pub(super) fn list_of(&mut self, list: usize, item: usize, place: Span) {
        self.lists.push((list, item, place));
    }

    /// Something went wrong where the slot is used: lacking a type is not reported.
    pub(super) fn excuse(&mut self, id: usize) {
        if let Some(slot) = self.root_mut(id) {
            slot.excused = true;
        }
    }

    /// Ends the learning: fixes what every slot is, and reports what nothing or too much types.
    ///
    /// What is excused is withheld: it is told only if nothing else turns out to be wrong.
    pub(super) fn finish(&mut self, untyped: &Untyped) -> Vec<Diagnostic> {
        self.settle_lists(untyped);
        self.guess(untyped);
        self.settle_lists(untyped);
        let mut unknown: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut resolved = Vec::with_capacity(self.all.len());
        for (id, slot) in self.all.iter().enumerate() {
            let root = self.root(id);
            let group = self.all.get(root).unwrap_or(slot);
            resolved.push(match group.state {
                State::Typed(ty, _) => Resolved::Known(ty),
                State::Error => Resolved::Error,
                State::Untyped => unlearnt(slot, untyped).unwrap_or_else(|| {
                    unknown.entry(root).or_default().push(id);
                    Resolved::Error
                }),
            });
        }
        self.resolved = resolved;
        let mut found = std::mem::take(&mut self.conflicts);
        for (root, group) in &unknown {
            let excused = self.all.get(*root).is_some_and(|root| root.excused);
            match self.untyped(group) {
                Some(untyped) if excused => self.withheld.push(untyped),
                untyped => found.extend(untyped),
            }
        }
        found
    }

    /// What is known of a list or of its items becomes known of the other.
    fn settle_lists(&mut self, untyped: &Untyped) {
        for (list, item, place) in self.lists.clone() {
            let supposed = self.all.get(self.root(item)).and_then(|slot| {
                let (ty, _) = slot.fallback.or(slot.preference)?;
                Some(ty)
            });
            let item_type = self.known(item).or(supposed);
            match (self.known(list), item_type.and_then(Type::as_scalar)) {
                (Some(Type::List(known)), None) => self.bind(item, known.as_type(), place),
                (Some(Type::List(known)), Some(used)) => {
                    let (known, used) = (known.as_type(), used.as_type());
                    if join(known, used).is_none() {
                        self.bind(item, known, place);
                    }
                }
                (None, Some(used)) => self.bind(list, Type::List(used), place),
                (None, None) => {
                    let key = self.all.get(list).map(|slot| &slot.key);
                    if let Some(ty @ Type::List(_)) = key.and_then(|key| bound(key, untyped)) {
                        self.bind(list, ty, place);
                    }
                }
                _ => {}
            }
        }
    }

    /// A fallback becomes the type where there is none, and must go with the one there is. Where a
    /// use takes text and lists alike, a list that is bound to the field decides.
    fn settle_fallbacks(&mut self, untyped: &Untyped) {
        for id in 0..self.all.len() {
            let Some(slot) = self.all.get(id).filter(|slot| slot.parent == id) else {
                continue;
            };
            let state = slot.state;
            let supposed = slot.fallback.or(slot.preference);
            if let (State::Untyped, Some((Type::String | Type::List(_), place))) = (state, supposed)
                && let Some(list) = bound(&slot.key, untyped).filter(|ty| ty.is_list())
            {
                self.bind(id, list, place);
                continue;
            }
            let Some((fallback, place)) = slot.fallback else {
                if let (State::Untyped, Some((ty, place))) = (state, slot.preference) {
                    self.bind(id, ty, place);
                }
                continue;
            };
            let goes_with = matches!(
                (slot.state, fallback),
                (State::Typed(Type::Date, _), Type::Timestamp)
                    | (State::Typed(Type::List(_), _), Type::String)
            );
            if !goes_with {
                self.bind(id, fallback, place);
            }
        }
    }

    fn untyped(&self, group: &[usize]) -> Option<Diagnostic> {
        let mut members = group.iter().filter_map(|id| {
            let slot = self.all.get(*id)?;
            Some((&slot.key, slot.needed_at?))
        });
        let (key, place) = members.next()?;
        let name = key.name();
        let help = match key {
            // Nothing that it is compared with, as in `EXISTS email`: no text is meant.
            SlotKey::Field(_) if group.len() == 1 => format!(
                "declare `{name}` in the schema, as in `{{\"fields\": {{\"{name}\": \"string\"}}}}`, or compare it with a typed value"
            ),
            SlotKey::Field(_) => format!(
                "declare `{name}` in the schema, compare it with a typed value, or write `'{name}'` if text is meant"
            ),
            SlotKey::Property(event, _) => format!(
                "declare the type of `{name}` for the event `{event}` in the schema, or compare it with a typed value"
            ),
            SlotKey::Member(..) | SlotKey::Item(_) => {
                format!("compare `{name}` with a typed value")
            }
        };
        let message = format!("nothing says what type {} has", key.describe());
        let first = Diagnostic::error(Code::UntypedField, place, message).with_help(help);
        Some(members.fold(first, |found, (key, place)| {
            found.with_label(place, format!("nor {}", key.describe()))
        }))
    }

    /// The type of a name that was learnt: in the first walk so far, in the second in the end.
    pub(super) fn learnt(&self, key: &SlotKey) -> Option<Type> {
        self.known(*self.index.get(key)?)
    }

    /// What a name is, after [`Slots::finish`].
    pub(super) fn resolved(&self, key: &SlotKey) -> Resolved {
        let id = self.index.get(key).copied();
        id.and_then(|id| self.resolved.get(id).copied())
            .unwrap_or(Resolved::Error)
    }
}

fn taken_for_text(key: &SlotKey, place: Span) -> Diagnostic {
    let message = format!(
        "{} is taken for a string: of a list this is unknown",
        key.describe()
    );
    let help =
        "declare its type in the schema; whether a list holds a value is `CONTAINS ANY ('…')`";
    Diagnostic::warning(Code::GuessedType, place, message).with_help(help)
}

/// The type of what is bound to a field.
fn bound(key: &SlotKey, untyped: &Untyped) -> Option<Type> {
    match (key, untyped) {
        (SlotKey::Field(name), Untyped::FromBindings(bindings)) => bindings.get(&**name).copied(),
        _ => None,
    }
}

/// What a name is that no use types; `None` where that is a mistake.
fn unlearnt(slot: &Slot, untyped: &Untyped) -> Option<Resolved> {
    match (&slot.key, untyped) {
        // Its list has no type, which is the mistake, or has one that says what it is.
        (SlotKey::Item(_), _) => Some(Resolved::Error),
        (SlotKey::Property(..) | SlotKey::Member(..), _) => slot
            .needed_at
            .is_none()
            .then_some(Resolved::Known(Type::Any)),
        (SlotKey::Field(_), Untyped::Refused) => None,
        (SlotKey::Field(name), Untyped::FromBindings(bindings)) => {
            Some(match bindings.get(&**name) {
                None | Some(Type::Null) => Resolved::AlwaysNull,
                Some(ty) => Resolved::Known(*ty),
            })
        }
    }
}

/// The type of a slot that is used as both; `None` where they disagree.
fn join(a: Type, b: Type) -> Option<Type> {
    match (a, b) {
        _ if a == b => Some(a),
        (Type::Int, Type::Float) | (Type::Float, Type::Int) => Some(Type::Float),
        (Type::Date, Type::Timestamp) | (Type::Timestamp, Type::Date) => Some(Type::Timestamp),
        _ => None,
    }
}

fn conflict(message: String, first: (Type, Span), second: (Type, Span)) -> Diagnostic {
    // The later place is where the reader finds out, the earlier one explains why.
    let (first, second) = if first.1 <= second.1 {
        (first, second)
    } else {
        (second, first)
    };
    Diagnostic::error(Code::ConflictingUses, second.1, message)
        .with_label(second.1, format!("used as {} here", second.0))
        .with_label(first.1, format!("used as {} here", first.0))
        .with_help("declare the type in the schema, or use one type throughout")
}
