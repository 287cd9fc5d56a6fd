//! How much memory a user's state takes: for caches that are bounded by bytes.
//!
//! What is asked of the allocator is summed, block by block; its own overhead is not. A text that
//! several share counts in parts.

use std::collections::VecDeque;
use std::sync::Arc;

use rulelang::Value;

use crate::event::Fact;
use crate::fields::{FieldState, SaidTrait, Stamped};
use crate::series::{End, Key, More, SeriesState, Staircase, WindowState};
use crate::state::UserState;

impl UserState {
    /// The bytes that the state takes, its heap included: an estimate, good to some percent.
    pub fn memory_bytes(&self) -> usize {
        let fields = self.fields.iter().map(|(_, field)| field_heap(field));
        let series = self.series.iter().map(|user| series_bytes(&user.state));
        let overrides = self.overrides.iter().map(|(_, said)| text_bytes(&said.id));
        let pending = self.pending.iter().map(fact_heap);
        size_of::<Self>()
            + list_bytes(&self.fields)
            + list_bytes(&self.series)
            + list_bytes(&self.sequences)
            + list_bytes(&self.members)
            + list_bytes(&self.overrides)
            + list_bytes(&self.armed)
            + list_bytes(&self.pending)
            + fields
                .chain(series)
                .chain(overrides)
                .chain(pending)
                .sum::<usize>()
            + self.dedupe.heap_bytes()
    }
}

/// The bytes of a hash table's block, as the standard library lays it out: a power of two of
/// places of which an eighth stays free, and a byte of control for each.
pub(crate) fn hash_table_bytes(capacity: usize, entry_bytes: usize) -> usize {
    if capacity == 0 {
        return 0;
    }
    let places = (capacity * 8).div_ceil(7).next_power_of_two();
    places * (entry_bytes + 1) + 16
}

pub(crate) fn queue_bytes<T>(queue: &VecDeque<T>) -> usize {
    queue.capacity() * size_of::<T>()
}

/// What a value holds beside itself.
pub(crate) fn value_heap(value: &Value) -> usize {
    match value {
        Value::String(text) => text_bytes(text),
        Value::List(items) => {
            let block = 2 * size_of::<usize>() + size_of_val(&**items);
            let values = items.iter().map(value_heap).sum::<usize>();
            (block + values) / Arc::strong_count(items)
        }
        Value::Object(members) => {
            let block = 2 * size_of::<usize>() + size_of_val(&**members);
            let each = members.iter();
            let each = each.map(|(name, value)| text_bytes(name) + value_heap(value));
            (block + each.sum::<usize>()) / Arc::strong_count(members)
        }
        _ => 0,
    }
}

fn list_bytes<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

/// A text's share of a block that may have other owners.
fn text_bytes(text: &Arc<str>) -> usize {
    let counts = 2 * size_of::<usize>();
    (counts + text.len()).next_multiple_of(size_of::<usize>()) / Arc::strong_count(text)
}

fn field_heap(field: &FieldState) -> usize {
    let said = field.said.as_deref();
    let said = said.map_or(0, |said| {
        size_of::<SaidTrait>() + stamped_heap(&said.stamped)
    });
    said + field.seen.as_ref().map_or(0, stamped_heap)
}

fn stamped_heap(stamped: &Stamped) -> usize {
    text_bytes(&stamped.id) + value_heap(&stamped.value)
}

fn fact_heap(fact: &Fact) -> usize {
    let (id, values) = match fact {
        Fact::Event(event) => (&event.id, &event.properties),
        Fact::Traits(traits) => (&traits.id, &traits.values),
        Fact::Override(said) => return text_bytes(&said.id) + text_bytes(&said.segment),
    };
    let each = values.iter().map(|(_, value)| value_heap(value));
    text_bytes(id) + list_bytes(values) + each.sum::<usize>()
}

fn series_bytes(series: &SeriesState) -> usize {
    let windows = series.windows.iter();
    size_of::<SeriesState>()
        + queue_bytes(&series.times)
        + series.values.heap_bytes()
        + queue_bytes(&series.ids)
        + series.ids.iter().map(text_bytes).sum::<usize>()
        + size_of_val(&*series.windows)
        + windows.map(window_heap).sum::<usize>()
}

fn window_heap(window: &WindowState) -> usize {
    let Some(more) = window.more.as_deref() else {
        return 0;
    };
    let stairs = more.min.iter().chain(&more.max).map(stairs_heap);
    let ends = more.first.iter().chain(&more.last).map(end_heap);
    let distinct = more.distinct.iter().map(|distinct| {
        let keys = distinct.counts.keys().map(|Key(value)| value_heap(value));
        let table = hash_table_bytes(distinct.counts.capacity(), size_of::<(Key, u32)>());
        table + keys.sum::<usize>()
    });
    size_of::<More>() + stairs.chain(ends).chain(distinct).sum::<usize>()
}

fn stairs_heap(stairs: &Staircase) -> usize {
    let values = stairs.steps.iter().map(|(_, value)| value_heap(value));
    queue_bytes(&stairs.steps) + values.sum::<usize>()
}

fn end_heap(end: &End) -> usize {
    text_bytes(&end.id) + value_heap(&end.value)
}
