//! One rule asked about everybody in a timeline, at one instant.
//!
//! Facts are grouped by user first, so that one user's are known at a time: memory is that of the
//! timeline, whatever the rule keeps of a user.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use kit::wire::{Decoder, WireError};
use rule_runtime::{Batch, Scratch, UserState};

use super::timeline::Entry;
use super::{Timeline, Unheard};
use crate::progress::Progress;

/// Who is in a segment: asked by the segment's id and the user's.
pub(crate) type IsMember<'a> = dyn Fn(&str, &str) -> bool + 'a;

/// Tells of every user who exists at the batch's instant whether its rule is TRUE of them. Of a
/// user's facts with one id the first counts. `unheard` hears all of them.
pub(crate) fn ask_everybody(
    batch: &Batch,
    timeline: &Timeline<'_>,
    is_member: &IsMember<'_>,
    unheard: &mut Unheard,
    tell: &mut dyn FnMut(&str, bool),
) -> Result<(), WireError> {
    let mut decoders = timeline.decoders();
    let users = by_user(timeline, &mut decoders)?;
    let mut scan = batch.scan();
    let mut scratch = Scratch::default();
    let mut progress = Progress::new("asking", users.len() as u64);
    for (user, entries) in users {
        progress.advance(1);
        let id: Arc<str> = user.as_ref().into();
        let mut state = UserState::new(Arc::clone(&id));
        let mut seen: HashSet<Arc<str>> = HashSet::with_capacity(entries.len());
        for entry in entries {
            let Some(decoder) = decoders.get_mut(entry.source) else {
                continue;
            };
            let (_, fact) = decoder.fact(timeline.text(entry), entry.line, batch.rules())?;
            if seen.insert(Arc::clone(fact.id())) {
                unheard.hear(&fact, batch.now());
                batch.learn(&mut state, &fact, &mut scratch);
            }
        }
        scan.push(user, state, |segment| is_member(segment, &id));
        if scan.is_full() {
            scan.answer(|user, is_match| tell(&user, is_match));
        }
    }
    scan.answer(|user, is_match| tell(&user, is_match));
    progress.finish();
    Ok(())
}

/// Each user's facts, in the order of the timeline; users in the order of their first.
type ByUser<'t, 'a> = Vec<(Cow<'a, str>, Vec<&'t Entry>)>;

fn by_user<'t, 'a>(
    timeline: &'t Timeline<'a>,
    decoders: &mut [Decoder],
) -> Result<ByUser<'t, 'a>, WireError> {
    let mut index: HashMap<Cow<'a, str>, usize> = HashMap::new();
    let mut users: ByUser<'t, 'a> = vec![];
    for entry in timeline.untimed.iter().chain(&timeline.timed) {
        let Some(decoder) = decoders.get_mut(entry.source) else {
            continue;
        };
        let user = decoder.header(timeline.text(entry), entry.line)?.user;
        let at = *index.entry(user).or_insert_with_key(|user| {
            users.push((user.clone(), vec![]));
            users.len() - 1
        });
        if let Some((_, entries)) = users.get_mut(at) {
            entries.push(entry);
        }
    }
    Ok(users)
}
