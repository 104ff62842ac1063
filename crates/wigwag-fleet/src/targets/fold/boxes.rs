//! Points covered by boxes.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::targets::MOST_NAMES;
use crate::targets::numbers::{Numbers, Span, joined};

/// Points, each a number for each dimension, and the boxes that cover them. A box is a set of numbers for each dimension;
/// no two boxes have a point in common, so what they cover is never more than the points.
pub(super) struct Boxes {
    dimensions: usize,
    /// The sides of all boxes, box after box: each a set of numbers, by its place in `sets`.
    sides: Vec<usize>,
    count: usize,
    sets: Sets,
}

/// Sets of numbers, equal ones once, so that comparing two is comparing two places.
#[derive(Default)]
struct Sets {
    sets: Vec<Arc<[Span]>>,
    places: HashMap<Arc<[Span]>, usize, RandomState>,
}

/// Folding goes on while it gets better. Each round needs the one before to have joined something; this many are never
/// needed in practice, and bound the time.
const MOST_ROUNDS: usize = 16;

impl Boxes {
    pub(super) fn new(dimensions: usize) -> Self {
        Self { dimensions, sides: Vec::new(), count: 0, sets: Sets::default() }
    }

    /// Adds a point.
    pub(super) fn push(&mut self, point: &[Span]) {
        self.count += 1;
        for number in point {
            let side = self.sets.place(&[*number]);
            self.sides.push(side);
        }
    }

    /// As few boxes as joining finds, each small enough to be a word.
    pub(super) fn merged(mut self) -> Vec<Vec<Numbers>> {
        if self.dimensions == 0 {
            return vec![Vec::new()];
        }
        for _round in 0..MOST_ROUNDS {
            let before = self.count;
            // The last number of a name runs fastest.
            (0..self.dimensions).rev().for_each(|dimension| self.join_along(dimension));
            if self.count == before {
                break;
            }
        }
        let mut boxes: Vec<Vec<Arc<[Span]>>> = self
            .sides
            .chunks(self.dimensions)
            .map(|sides| sides.iter().map(|side| self.sets.get(*side)).collect())
            .collect();
        boxes.sort_unstable();
        let mut small = Vec::with_capacity(boxes.len());
        boxes.into_iter().for_each(|sides| halve(sides, &mut small));
        small
    }

    /// Joins boxes that are equal but for their side in this dimension.
    fn join_along(&mut self, dimension: usize) {
        let sides = std::mem::take(&mut self.sides);
        let mut boxes: Vec<&[usize]> = sides.chunks(self.dimensions).collect();
        let others = |sides: &[usize]| {
            let (before, rest) = sides.split_at_checked(dimension).unwrap_or((sides, &[]));
            (before.to_vec(), rest.get(1..).unwrap_or_default().to_vec())
        };
        let compare = |a: &&[usize], b: &&[usize]| {
            let differ = a.iter().zip(b.iter()).enumerate().find(|(at, (a, b))| *at != dimension && a != b);
            differ.map_or(std::cmp::Ordering::Equal, |(_, (a, b))| a.cmp(b))
        };
        boxes.sort_unstable_by(compare);
        self.count = 0;
        for alike in boxes.chunk_by(|a, b| compare(a, b).is_eq()) {
            let Some(first) = alike.first() else { continue };
            let own = alike.iter().filter_map(|sides| sides.get(dimension)).copied();
            let side = self.sets.union(own);
            let (before, behind) = others(first);
            self.sides.extend(before);
            self.sides.push(side);
            self.sides.extend(behind);
            self.count += 1;
        }
    }
}

impl Sets {
    fn place(&mut self, set: &[Span]) -> usize {
        if let Some(place) = self.places.get(set) {
            return *place;
        }
        let set: Arc<[Span]> = set.into();
        self.sets.push(Arc::clone(&set));
        self.places.insert(set, self.sets.len() - 1);
        self.sets.len() - 1
    }

    fn get(&self, place: usize) -> Arc<[Span]> {
        self.sets.get(place).map(Arc::clone).unwrap_or_else(|| Arc::new([]))
    }

    /// The set of all numbers of these sets.
    fn union(&mut self, mut places: impl Iterator<Item = usize>) -> usize {
        let Some(first) = places.next() else { return self.place(&[]) };
        let mut places = places.peekable();
        if places.peek().is_none() {
            return first;
        }
        let mut spans = self.get(first).to_vec();
        places.for_each(|place| spans.extend_from_slice(&self.get(place)));
        spans.sort_unstable();
        self.place(&joined(spans))
    }
}

/// The box, or its halves if it has more points than one word may stand for, or theirs.
fn halve(sides: Vec<Arc<[Span]>>, small: &mut Vec<Vec<Numbers>>) {
    let counts: Vec<u64> = sides.iter().map(|side| count(side)).collect();
    let all = counts.iter().try_fold(1_u64, |all, count| all.checked_mul(*count));
    if all.is_some_and(|all| all <= MOST_NAMES) {
        small.push(sides.iter().filter_map(|side| Numbers::of(side.to_vec())).collect());
        return;
    }
    // The first of the longest sides, so that the names stay in their order as far as possible.
    let longest = counts.iter().copied().max().unwrap_or_default();
    let Some(at) = counts.iter().position(|count| *count == longest) else { return };
    let (lower, upper) = sides.get(at).map(|side| halves(side, longest / 2)).unwrap_or_default();
    for half in [lower, upper] {
        let mut sides = sides.clone();
        if let Some(side) = sides.get_mut(at) {
            *side = half.into();
        }
        halve(sides, small);
    }
}

fn count(side: &[Span]) -> u64 {
    // These have no steps.
    side.iter().map(|span| span.last - span.first + 1).sum()
}

/// The first `size` numbers, and the others.
fn halves(side: &[Span], size: u64) -> (Vec<Span>, Vec<Span>) {
    let (mut lower, mut upper) = (Vec::new(), Vec::new());
    let mut left = size;
    for span in side {
        let here = span.last - span.first + 1;
        if left >= here {
            lower.push(*span);
            left -= here;
        } else {
            if left > 0 {
                lower.push(Span { last: span.first + left - 1, ..*span });
            }
            upper.push(Span { first: span.first + left, ..*span });
            left = 0;
        }
    }
    (lower, upper)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_names_than_one_word_may_have_are_several_words() {
        let side: Arc<[Span]> = [Span { width: 4, first: 0, last: 1024, step: 1 }].into();
        let mut small = Vec::new();

        halve(vec![Arc::clone(&side), side], &mut small);

        let shown: Vec<String> =
            small.iter().map(|sides| sides.iter().map(Numbers::to_string).collect::<Vec<_>>().join(" x ")).collect();
        assert_eq!(shown, ["0000-0511 x 0000-1024", "0512-1024 x 0000-1024"]);
    }
}
