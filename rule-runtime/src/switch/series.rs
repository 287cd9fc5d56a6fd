//! A user's series from the old sets into the new one.
//!
//! Most series are planned alike in both and move as they are. Of the others each part is taken
//! from where it is kept: all-time and `DURING` results one by one, entries from the side that
//! keeps them for long enough; sliding windows follow from the entries.

use rulelang::rule::Window;

use crate::rule_set::RuleSet;
use crate::rule_set::plan::{Keeps, SeriesPlan, WindowPlan};
use crate::series::{More, Reach, SeriesState, WindowState};
use crate::state::UserSeries;

/// Where each series of the new set comes from.
#[derive(Debug)]
pub(super) struct SeriesCarry {
    /// For each series of `from` and of the shadow that moves as it is, its new index.
    whole: [Vec<Option<u32>>; 2],
    /// The others.
    parts: Vec<Parts>,
}

/// A series of the new set that is put together.
#[derive(Debug)]
struct Parts {
    to: u32,
    /// Its indexes in `from` and in the shadow.
    sides: [Option<u32>; 2],
}

/// A series as one of the old sets keeps it.
#[derive(Debug)]
struct Kept<'a> {
    plan: &'a SeriesPlan,
    /// `None` for a user who has none: of nothing it keeps nothing, and that is known.
    state: Option<SeriesState>,
}

impl SeriesCarry {
    pub(super) fn new(from: &RuleSet, shadow: Option<&RuleSet>, to: &RuleSet) -> Self {
        let none = |rules: &RuleSet| vec![None; rules.series.len()];
        let mut whole = [none(from), shadow.map(none).unwrap_or_default()];
        let mut parts = vec![];
        for (plan, to) in to.series.iter().zip(0..) {
            let in_from = from.series_like(plan);
            let in_shadow = shadow.and_then(|shadow| shadow.series_like(plan));
            let is_alike =
                |rules: &RuleSet, series: u32| is_alike(&rules.series[series as usize], plan);
            match (in_from, shadow.zip(in_shadow)) {
                (Some(series), _) if is_alike(from, series) => {
                    whole[0][series as usize] = Some(to);
                }
                (None, Some((shadow, series))) if is_alike(shadow, series) => {
                    whole[1][series as usize] = Some(to);
                }
                (None, None) => {}
                _ => parts.push(Parts {
                    to,
                    sides: [in_from, in_shadow],
                }),
            }
        }
        Self { whole, parts }
    }

    /// The series of a user in the new set, in no order and not settled. Both sides stand at
    /// `now`.
    pub(super) fn carry(
        &self,
        [from, shadow]: [Option<&RuleSet>; 2],
        to: &RuleSet,
        mut sides: [Vec<UserSeries>; 2],
        now: i64,
    ) -> Vec<UserSeries> {
        let mut carried = vec![];
        for parts in &self.parts {
            let plan = &to.series[parts.to as usize];
            let [in_from, in_shadow] = parts.sides;
            let [state, gathered] = &mut sides;
            let kept = [
                kept(from, in_from, state),
                kept(shadow, in_shadow, gathered),
            ];
            let state = joined(plan, kept, now);
            carried.extend(state.map(|state| UserSeries::new(parts.to, state)));
        }
        for (side, whole) in sides.into_iter().zip(&self.whole) {
            for user in side {
                let series = whole.get(user.series as usize).copied().flatten();
                carried.extend(series.map(|series| UserSeries { series, ..user }));
            }
        }
        carried
    }
}

/// Whether two plans keep the same, in the same places.
fn is_alike(a: &SeriesPlan, b: &SeriesPlan) -> bool {
    let windows = |plan: &SeriesPlan| -> Vec<(Window, Keeps)> {
        let windows = plan.windows.iter();
        windows.map(|plan| (plan.window, plan.keeps)).collect()
    };
    a.keeps_ids == b.keeps_ids && windows(a) == windows(b)
}

/// One side of a series, taken out of a user's.
fn kept<'a>(
    rules: Option<&'a RuleSet>,
    series: Option<u32>,
    user: &mut Vec<UserSeries>,
) -> Option<Kept<'a>> {
    let (rules, series) = rules.zip(series)?;
    let at = user.iter().position(|user| user.series == series);
    Some(Kept {
        plan: &rules.series[series as usize],
        state: at.map(|at| *user.swap_remove(at).state),
    })
}

/// A series put together, its sliding windows empty; `None` if no side has anything.
fn joined(plan: &SeriesPlan, kept: [Option<Kept<'_>>; 2], now: i64) -> Option<SeriesState> {
    let mut kept: Vec<Kept<'_>> = kept.into_iter().flatten().collect();
    if kept.iter().all(|kept| kept.state.is_none()) {
        return None;
    }
    let mut state = SeriesState::new(plan);
    for (plan, window) in plan.windows.iter().zip(&mut state.windows) {
        if matches!(plan.reach, Reach::Fixed { .. }) {
            *window = fixed(plan, &mut kept);
        }
    }
    if plan.keeps_entries() {
        entries(plan, &kept, now, &mut state);
    }
    Some(state)
}

/// The results of an all-time or `DURING` window, each from the first side that keeps it.
fn fixed(plan: &WindowPlan, kept: &mut [Kept<'_>]) -> WindowState {
    let mut window = WindowState::default();
    let keeps = plan.keeps;
    if let Some(found) = find(kept, plan.window, |_| true) {
        window.count = found.count;
    }
    if keeps.sum
        && let Some(found) = find(kept, plan.window, |keeps| keeps.sum)
    {
        window.sum = found.sum;
        window.negatives = found.negatives;
    }
    let mut more = |is_kept: fn(Keeps) -> bool, take: fn(&mut More, &mut More)| {
        let found = find(kept, plan.window, is_kept).filter(|_| is_kept(keeps));
        if let Some(found) = found.and_then(|found| found.more.as_deref_mut()) {
            take(window.more.get_or_insert_default(), found);
        }
    };
    more(|keeps| keeps.min, |to, from| to.min = from.min.take());
    more(|keeps| keeps.max, |to, from| to.max = from.max.take());
    more(
        |keeps| keeps.distinct,
        |to, from| to.distinct = from.distinct.take(),
    );
    more(|keeps| keeps.first, |to, from| to.first = from.first.take());
    more(|keeps| keeps.last, |to, from| to.last = from.last.take());
    window
}

/// A window's results on the first side that keeps what is asked; `None` if the user has none
/// there.
fn find<'a>(
    kept: &'a mut [Kept<'_>],
    window: Window,
    is_kept: impl Fn(Keeps) -> bool,
) -> Option<&'a mut WindowState> {
    kept.iter_mut().find_map(|kept| {
        let mut windows = kept.plan.windows.iter();
        let at = windows.position(|plan| plan.window == window && is_kept(plan.keeps))?;
        Some(kept.state.as_mut().map(|state| &mut state.windows[at]))
    })?
}

/// The entries that have not left at `now`: from the first side that keeps all of them as they are
/// needed, else the older ones from the side that keeps them longest, the newer ones from the one
/// with ids.
fn entries(plan: &SeriesPlan, kept: &[Kept<'_>], now: i64, to: &mut SeriesState) {
    let oldest = plan.left_through(now);
    let has_ids = |kept: &Kept<'_>| kept.plan.keeps_ids || !plan.keeps_ids;
    let is_enough = |kept: &&Kept<'_>| kept.plan.outlasts(plan) && has_ids(kept);
    if let Some(kept) = kept.iter().find(is_enough) {
        return copy(kept, oldest, i64::MAX, plan.keeps_ids, to);
    }
    let with_ids = kept.iter().find(|kept| has_ids(kept));
    let border = with_ids.map_or(i64::MAX, |kept| kept.plan.left_through(now));
    let border = border.max(oldest);
    let longest = kept.iter().min_by_key(|kept| kept.plan.left_through(now));
    if let Some(longest) = longest {
        copy(longest, oldest, border, plan.keeps_ids, to);
    }
    if let Some(with_ids) = with_ids {
        copy(with_ids, border, i64::MAX, plan.keeps_ids, to);
    }
}

/// Appends the entries after `oldest`, up to and including `newest`.
fn copy(kept: &Kept<'_>, oldest: i64, newest: i64, with_ids: bool, to: &mut SeriesState) {
    let Some(from) = &kept.state else { return };
    let start = from.times.partition_point(|time| *time <= oldest);
    let end = from.times.partition_point(|time| *time <= newest);
    for at in start..end {
        to.values.insert(to.times.len(), &from.values.get(at));
        to.times.push_back(from.times[at]);
        if with_ids {
            to.ids
                .push_back(from.ids.get(at).cloned().unwrap_or_default());
        }
    }
    to.lost_through = to.lost_through.max(from.lost_through);
}
