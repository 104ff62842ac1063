//! All that one look at the frames finds, before anything is put together.

use super::checksums::{Search, checksums};
use super::constants::{self, Terminator};
use super::drafts::MOST_LENGTHS;
use super::lengths::{LengthFit, lengths};
use super::sample::Sample;

pub(super) struct Findings {
    pub(super) start: usize,
    pub(super) lengths: Vec<LengthFit>,
    pub(super) terminators: Vec<Terminator>,
    pub(super) sums: Search,
}

impl Findings {
    pub(super) fn of(sample: &Sample) -> Self {
        let start = constants::start(sample);
        let lengths = lengths(sample);
        let terminators = if sample.codec().is_some() { Vec::new() } else { constants::terminators(sample) };
        let ends: Vec<usize> = terminators.iter().map(|end| end.size).chain([0]).collect();
        let mut starts = vec![0, start];
        starts.extend(sample.constant(0).map(|_| 1));
        starts.extend(lengths.iter().take(MOST_LENGTHS).flat_map(|length| [length.at, length.end()]));
        let sums = checksums(sample, &ends, &starts);
        Self { start, lengths, terminators, sums }
    }

    /// The end of this size.
    pub(super) fn terminator(&self, size: usize) -> Option<&Terminator> {
        self.terminators.iter().find(|end| end.size == size)
    }
}
