//! Segments that name segments: an order in which each comes after those it names.

use std::collections::HashMap;
use std::sync::Arc;

use rulelang::limits::SEGMENT_DEPTH_MAX;

use super::{BuildError, Segment};

/// Who names whom, by index, and everybody's rank.
#[derive(Debug)]
pub(crate) struct Order {
    /// For each segment, those that its rule names.
    pub(crate) named: Vec<Vec<u32>>,
    /// For each segment, those whose rules name it.
    pub(crate) dependents: Vec<Vec<u32>>,
    /// For each segment, its place in the order.
    pub(crate) rank: Vec<u32>,
}

/// Resolves the ids that rules name, and orders the segments.
pub(crate) fn order(segments: &[Segment]) -> Result<Order, BuildError> {
    let named = resolve(segments)?;
    let mut dependents = vec![vec![]; segments.len()];
    for (segment, names) in named.iter().enumerate() {
        for name in names {
            dependents[*name as usize].push(segment as u32);
        }
    }
    let depth = depths(segments, &named)?;
    let mut by_depth: Vec<u32> = (0..segments.len() as u32).collect();
    by_depth.sort_by_key(|segment| depth[*segment as usize]);
    let mut rank = vec![0; segments.len()];
    for (place, segment) in by_depth.into_iter().enumerate() {
        rank[segment as usize] = place as u32;
    }
    Ok(Order {
        named,
        dependents,
        rank,
    })
}

fn resolve(segments: &[Segment]) -> Result<Vec<Vec<u32>>, BuildError> {
    let mut index: HashMap<Arc<str>, u32> = HashMap::with_capacity(segments.len());
    for (place, segment) in segments.iter().enumerate() {
        if index.insert(segment.id.clone(), place as u32).is_some() {
            return Err(BuildError::DuplicateSegment(segment.id.to_string()));
        }
    }
    let resolve_one = |segment: &Segment| {
        let names = segment.rule.segments.iter().map(|name| {
            index
                .get(name.as_str())
                .copied()
                .ok_or_else(|| BuildError::UnknownSegment {
                    segment: segment.id.to_string(),
                    missing: name.clone(),
                })
        });
        names.collect()
    };
    segments.iter().map(resolve_one).collect()
}

/// The length of the longest chain of names below each segment, found without recursion: rounds
/// settle every segment whose named ones are settled.
fn depths(segments: &[Segment], named: &[Vec<u32>]) -> Result<Vec<usize>, BuildError> {
    let mut depth: Vec<Option<usize>> = vec![None; segments.len()];
    let mut waiting: Vec<usize> = (0..segments.len()).collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|segment| {
            let below = named[*segment].iter().map(|name| depth[*name as usize]);
            let deepest = below
                .map(|depth| depth.map(|depth| depth + 1))
                .try_fold(0, |most, depth| depth.map(|depth| most.max(depth)));
            depth[*segment] = deepest;
            deepest.is_none()
        });
        if waiting.len() == before {
            return Err(BuildError::Cycle(cycle(segments, named, &waiting)));
        }
    }
    let depth: Vec<usize> = depth.into_iter().flatten().collect();
    match depth.iter().position(|depth| *depth > SEGMENT_DEPTH_MAX) {
        Some(deep) => Err(BuildError::ChainTooLong {
            segment: segments[deep].id.to_string(),
        }),
        None => Ok(depth),
    }
}

/// Follows names among the segments that cannot be ordered until one comes again.
fn cycle(segments: &[Segment], named: &[Vec<u32>], waiting: &[usize]) -> Vec<String> {
    let mut path: Vec<usize> = waiting.first().copied().into_iter().collect();
    while let Some(last) = path.last() {
        let next = named[*last]
            .iter()
            .map(|name| *name as usize)
            .find(|name| waiting.contains(name));
        let Some(next) = next else { break };
        if let Some(start) = path.iter().position(|place| *place == next) {
            path.drain(..start);
            path.push(next);
            break;
        }
        path.push(next);
    }
    path.into_iter()
        .map(|place| segments[place].id.to_string())
        .collect()
}
