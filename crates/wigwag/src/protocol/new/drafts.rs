//! Every layout that the findings allow, and how well each explains the frames.

use super::certainty::{Chance, Sureness};
use super::checksums::SumFit;
use super::constants;
use super::findings::Findings;
use super::lengths::LengthFit;
use super::sample::Sample;
use super::shape::{End, Shape, Written};

/// Further lengths are further from the start, and no likelier.
pub(super) const MOST_LENGTHS: usize = 8;
/// A checksum that fits by this many bits less than the best is an accident beside it.
pub(super) const MUCH_LESS_LIKELY_BITS: f64 = 20.0;
/// What an accident of this chance explains is not worth a part of its own.
const WORTH_BITS: f64 = 7.0;

/// A layout that is not proven yet.
pub(super) struct Draft<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) written: Written,
    /// How much better than nothing it explains the frames.
    pub(super) score: f64,
}

/// All of them, the best first.
pub(super) fn drafts<'a>(sample: &'a Sample, findings: &'a Findings) -> Vec<Draft<'a>> {
    let sums = &findings.sums.fits;
    let best = sums.first().map_or(0.0, |sum| sum.chance.bits());
    let sums = sums.iter().filter(|sum| sum.chance.bits() > best - MUCH_LESS_LIKELY_BITS);
    let has_certain_sum = sums.clone().any(|sum| sum.chance.sureness() == Sureness::Certain);
    let mut tails: Vec<Tail<'a>> = Vec::new();
    for sum in sums {
        let marks = constants::marks_before(sample, sum.behind + sum.kind.size);
        let choices = if sum.left_out > 0 { vec![sum.left_out] } else { vec![marks, 0] };
        tails.extend(choices.into_iter().map(|marks| Tail { sum: Some(sum), marks, terminator: sum.behind }));
    }
    if !has_certain_sum {
        // The first is the likeliest; a shorter one would leave its first bytes in the body.
        let shortest = findings.terminators.first().map_or(0, |end| end.size);
        let ends = findings.terminators.iter().map(|end| end.size).filter(|size| *size >= shortest).chain([0]);
        tails.extend(ends.map(|terminator| Tail { sum: None, marks: 0, terminator }));
    }
    let lengths = findings.lengths.iter().take(MOST_LENGTHS).map(Some).chain([None]);
    let longer = Some(constants::common_start(sample)).filter(|longer| *longer > findings.start);
    let starts: Vec<usize> = [findings.start].into_iter().chain(longer).collect();
    let mut drafts = Vec::new();
    for length in lengths {
        for tail in &tails {
            for end in ends(sample, length, tail) {
                // What stands before a length is told byte by byte anyway.
                let starts = if matches!(end, End::Terminator | End::Codec) { starts.get(..) } else { starts.get(..1) };
                let Tail { sum, marks, terminator } = *tail;
                drafts.extend(starts.unwrap_or_default().iter().filter_map(|&start| {
                    Draft::new(Shape { sample, start, length, sum, marks, terminator, end }, findings)
                }));
            }
        }
    }
    drafts.sort_by(|a, b| {
        let sizes = a.written.layout.len().cmp(&b.written.layout.len());
        b.score.total_cmp(&a.score).then(sizes)
    });
    drafts
}

/// What stands behind the body.
struct Tail<'a> {
    sum: Option<&'a SumFit>,
    marks: usize,
    terminator: usize,
}

fn ends(sample: &Sample, length: Option<&LengthFit>, tail: &Tail<'_>) -> Vec<End> {
    if length.is_some() {
        return vec![End::Length];
    }
    if sample.codec().is_some() {
        return vec![End::Codec];
    }
    let marked = tail.marks > 0 || tail.terminator > 0;
    match (marked, sample.sizes() == 1) {
        (true, true) if !sample.is_text() => vec![End::Terminator, End::Size],
        (true, _) => vec![End::Terminator],
        (false, true) => vec![End::Size],
        (false, false) => vec![End::Silence],
    }
}

impl<'a> Draft<'a> {
    /// A body and what ends anything: every sample fits it.
    pub(super) fn last_resort(sample: &'a Sample, findings: &Findings) -> Option<Self> {
        let tail = Tail { sum: None, marks: 0, terminator: 0 };
        let end = ends(sample, None, &tail).into_iter().next()?;
        Self::new(Shape { sample, start: 0, length: None, sum: None, marks: 0, terminator: 0, end }, findings)
    }

    fn new(shape: Shape<'a>, findings: &Findings) -> Option<Self> {
        let written = shape.write()?;
        let is_exact = written.is_exact();
        let worth = |chance: Chance| if chance.bits() < WORTH_BITS { -8.0 } else { chance.bits().min(64.0) };
        let mut score = 0.0;
        if let Some(length) = shape.length {
            score += worth(length_chance(shape.sample, length, is_exact));
            score -= f64::from(width_penalty(length, shape.start)) * 3.0 + length.at as f64 * 0.5;
            score -= if is_exact { 0.0 } else { 6.0 };
        }
        if let Some(sum) = shape.sum {
            // A wide checksum holds a narrow one whose upper bytes are zero.
            score += worth(sum.chance) + sum.kind.size as f64 * 0.5;
        }
        if let Some(end) = findings.terminator(shape.terminator) {
            // An end that stands nowhere else is the best guess even for a single frame.
            let is_doubtful = shape.end == End::Terminator && !end.only_there || end.is_printable;
            score += if is_doubtful { -8.0 } else { worth(end.chance).max(1.0) };
        }
        score -= match shape.end {
            End::Length | End::Terminator | End::Codec => 0.0,
            End::Size => 4.0,
            End::Silence => 6.0,
        };
        score += marks_worth(&shape);
        // A longer start fits as well, and forbids more.
        score -= if shape.start > findings.start { 4.0 } else { 0.0 };
        score -= written.layout.split(' ').count() as f64 * 0.1;
        Some(Self { shape, written, score })
    }
}

/// How unlikely it is that a number near the start is no length and fits.
pub(super) fn length_chance(sample: &Sample, length: &LengthFit, is_exact: bool) -> Chance {
    /// Pairs of parts that a length may count, roughly; and with them those that need a few bytes added.
    const SPANS: usize = 8;
    const SPANS_AND_OFFSETS: usize = 24;
    let tried = length.rank() * if is_exact { SPANS } else { SPANS + SPANS_AND_OFFSETS };
    Chance::of_accident(length.bits() * sample.sizes() as f64, sample.sizes(), tried)
}

/// Control characters before the checksum are there for a purpose; other signs may be what the body ends with.
fn marks_worth(shape: &Shape<'_>) -> f64 {
    let behind = shape.back() - shape.marks;
    let mut marks = (behind..behind + shape.marks).filter_map(|at| shape.sample.constant_from_end(at));
    match shape.marks {
        0 => 0.0,
        _ if marks.all(|byte| byte.is_ascii_control()) => 2.0,
        _ => -1.0,
    }
}

/// How unusual the width of a length is where zeros before or behind it leave the choice.
fn width_penalty(length: &LengthFit, start: usize) -> u8 {
    let is_at_start = length.at == 0 || length.at == start;
    let is_decimal = length.kind.word.starts_with("dec");
    match length.kind.size {
        2.. if is_at_start && is_decimal => 0,
        2.. if is_at_start => 1,
        2 => 1,
        1 => 2,
        4 => 3,
        _ => 4,
    }
}
