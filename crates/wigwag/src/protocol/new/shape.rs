//! The shape of a frame, written as a layout.
//!
//! ```text
//! start | bytes before the length | length | bytes before the span | body | marks | checksum | terminator
//! ```
//!
//! Everything but the body is of fixed size, and only what was found is there. Parts other than these are called after
//! the offset at which they stand: `at2`.

use std::ops::Range;

use super::checksums::SumFit;
use super::lengths::{LARGEST_OFFSET, LengthFit};
use super::literal::one_literal;
use super::sample::Sample;

/// What ends a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Length,
    Terminator,
    /// The stuffing has its own end.
    Codec,
    /// All frames have the same size.
    Size,
    /// Nothing that was found.
    Silence,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Shape<'a> {
    pub(super) sample: &'a Sample,
    /// Bytes of the mark at the start.
    pub(super) start: usize,
    pub(super) length: Option<&'a LengthFit>,
    pub(super) sum: Option<&'a SumFit>,
    /// Bytes of the marks before the checksum.
    pub(super) marks: usize,
    /// Bytes of the terminator.
    pub(super) terminator: usize,
    pub(super) end: End,
}

/// A shape as a layout, and what its length counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) layout: String,
    /// The span of the length, and whether it is counted as it is, without adding anything.
    pub(super) counts: Option<(String, bool)>,
    /// Where bytes without a known meaning are written as constants.
    pub(super) constants: Vec<Range<usize>>,
}

impl Written {
    /// Whether the length, if there is one, counts its span without anything added.
    pub(super) fn is_exact(&self) -> bool {
        self.counts.as_ref().is_none_or(|(_, exact)| *exact)
    }
}

/// A part before the body.
struct Part {
    at: usize,
    name: String,
    text: PartText,
}

enum PartText {
    /// A literal, which needs its name only if a span starts there.
    Mark(String),
    /// A part with type and value.
    Typed { text: String, size: usize, is_constant: bool },
    /// Filled in when the span is known.
    Length,
}

impl Shape<'_> {
    /// The layout, if the parts do not overlap in the shortest frame and the length counts something sensible.
    pub(super) fn write(&self) -> Option<Written> {
        let front = self.front();
        let back = self.back();
        let room = self.sample.shortest().checked_sub(front + back)?;
        if self.end == End::Size && room == 0 {
            return None;
        }
        let parts = self.parts(front)?;
        let counts = match self.length {
            Some(length) => Some(self.counts(length, &parts, front, back)?),
            None => None,
        };
        let summed = self.sum.map(|sum| self.summed(sum, &parts));
        let is_spanned = |name: &str| {
            let starts = |span: &str| span.split("..").next() == Some(name) || span.ends_with(&format!("..{name}"));
            counts.iter().map(|(span, _)| span.as_str()).chain(summed.as_deref()).any(starts)
        };
        let mut words: Vec<String> = Vec::new();
        for part in &parts {
            words.push(match &part.text {
                PartText::Mark(literal) if !is_spanned(&part.name) => literal.clone(),
                PartText::Mark(text) | PartText::Typed { text, .. } => format!("{}:{text}", part.name),
                PartText::Length => self.length_part(counts.as_ref()),
            });
        }
        words.push(if self.end == End::Size { format!("body:{room}") } else { "body".to_owned() });
        if self.marks > 0 {
            let literal = self.literal_before(back - self.marks, self.marks)?;
            words.push(if is_spanned("end") { format!("end:{literal}") } else { literal });
        }
        if let (Some(sum), Some(span)) = (self.sum, &summed) {
            let modulus = sum.modulus.map(|modulus| format!(" % {modulus}")).unwrap_or_default();
            words.push(format!("sum:{}={}({span}){modulus}", sum.kind.word, sum.name));
        }
        if self.terminator > 0 {
            words.push(self.literal_before(0, self.terminator)?);
        }
        if self.end == End::Silence {
            words.push("<IDLE 200ms|EOF>".to_owned());
        }
        let constants = parts.iter().filter_map(|part| match part.text {
            PartText::Typed { is_constant: true, size, .. } => Some(part.at..part.at + size),
            PartText::Typed { is_constant: false, .. } | PartText::Mark(_) | PartText::Length => None,
        });
        let constants = constants.collect();
        Some(Written { layout: words.join(" "), counts, constants })
    }

    /// How many bytes stand before the body.
    pub(super) fn front(&self) -> usize {
        let length = self.length.map_or(0, LengthFit::end);
        self.start.max(length).max(self.sum.map_or(0, |sum| sum.start))
    }

    /// How many bytes stand behind the body.
    pub(super) fn back(&self) -> usize {
        self.marks + self.sum.map_or(0, |sum| sum.kind.size) + self.terminator
    }

    /// The parts before the body; `None` if a span or the mark would end inside the length.
    fn parts(&self, front: usize) -> Option<Vec<Part>> {
        let mut cuts = vec![0, self.start, front];
        cuts.extend(self.length.iter().flat_map(|length| [length.at, length.end()]));
        cuts.extend(self.sum.map(|sum| sum.start));
        cuts.sort_unstable();
        cuts.dedup();
        let mut parts = Vec::new();
        for cut in cuts.windows(2) {
            let &[from, to] = cut else { continue };
            match self.length {
                Some(length) if length.at == from && length.end() == to => {
                    parts.push(Part { at: from, name: "len".to_owned(), text: PartText::Length });
                }
                Some(length) if from < length.end() && to > length.at => return None,
                _ if to <= self.start => {
                    let bytes: Vec<u8> = (from..to).map(|at| self.sample.constant(at)).collect::<Option<_>>()?;
                    let name = if from == 0 { "start".to_owned() } else { format!("at{from}") };
                    parts.push(Part { at: from, name, text: PartText::Mark(one_literal(&bytes)) });
                }
                _ => self.plain_parts(from, to, &mut parts),
            }
        }
        Some(parts)
    }

    /// Bytes without a known meaning: constants where they are the same in all frames.
    fn plain_parts(&self, from: usize, to: usize, parts: &mut Vec<Part>) {
        let mut at = from;
        while at < to {
            let is_constant = |at: &usize| self.sample.constant(*at).is_some();
            let same = (at..to).take_while(is_constant).count();
            let zeros = (at..at + same).all(|at| self.sample.constant(at) == Some(0));
            let other = (at + same..to).take_while(|at| !is_constant(at)).count();
            let (size, is_constant) = match (same, other) {
                // Zeros before a byte that changes are mostly the upper half of a number.
                (1..=3, 1..) if zeros => (same + other, false),
                (0, 1..=4) => (1, false),
                (0, _) => (other, false),
                _ => (same, true),
            };
            let bytes: Option<Vec<u8>> = (at..at + size).map(|at| self.sample.constant(at)).collect();
            let text = plain_type(size, bytes.filter(|_| is_constant).as_deref());
            parts.push(Part { at, name: format!("at{at}"), text: PartText::Typed { text, size, is_constant } });
            at += size.max(1);
        }
    }

    fn length_part(&self, counts: Option<&(String, bool)>) -> String {
        let (Some(length), Some((span, exact))) = (self.length, counts) else { return String::new() };
        let more = (self.front() + self.back()) as i64 - length.uncounted;
        let offset = if *exact { String::new() } else { format!("{more:+}") };
        format!("len:{}=len({span}){offset}", length.kind.word)
    }

    /// The span that the length counts: the plainest that needs nothing added, else the body and a few bytes.
    fn counts(&self, length: &LengthFit, parts: &[Part], front: usize, back: usize) -> Option<(String, bool)> {
        let first_behind = parts.iter().find(|part| part.at == length.end());
        let behind = (length.end(), first_behind.map_or("body", |part| part.name.as_str()));
        let earlier = parts.iter().rev().filter(|part| part.at <= length.at).map(|part| (part.at, part.name.as_str()));
        let starts = [behind].into_iter().chain(earlier).chain([(front, "body")]);
        let sum = self.sum.map_or(0, |sum| sum.kind.size);
        let mut ends = vec![(back, "body")];
        ends.extend((self.marks > 0).then_some((sum + self.terminator, "end")));
        ends.extend((sum > 0 && self.terminator > 0).then_some((self.terminator, "sum")));
        ends.push((0, ""));
        for (before, first) in starts {
            for (after, last) in &ends {
                if i64::try_from(before + after) == Ok(length.uncounted) {
                    let span = if first == *last { first.to_owned() } else { format!("{first}..{last}") };
                    return Some((span, true));
                }
            }
        }
        let more = (front + back) as i64 - length.uncounted;
        (more.unsigned_abs() <= LARGEST_OFFSET as u64).then(|| ("body".to_owned(), false))
    }

    fn summed(&self, sum: &SumFit, parts: &[Part]) -> String {
        let first = parts.iter().find(|part| part.at == sum.start).map_or("body", |part| part.name.as_str());
        let reaches_body_only = sum.left_out > 0 || self.marks == 0;
        match (first, reaches_body_only) {
            ("body", true) => "body".to_owned(),
            (first, _) if sum.left_out > 0 => format!("{first}..body"),
            (first, _) => format!("{first}.."),
        }
    }

    /// The constant bytes that stand so far from the end.
    fn literal_before(&self, behind: usize, size: usize) -> Option<String> {
        let bytes = (behind..behind + size).rev().map(|at| self.sample.constant_from_end(at));
        Some(one_literal(&bytes.collect::<Option<Vec<u8>>>()?))
    }
}

/// The type of bytes without a known meaning, with their value if that is always the same.
fn plain_type(size: usize, constant: Option<&[u8]>) -> String {
    let number = match size {
        1 => Some("u8"),
        2 => Some("u16"),
        3 => Some("u24"),
        4 => Some("u32"),
        _ => None,
    };
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    match (number, constant) {
        (_, Some(bytes)) if bytes.iter().all(|byte| super::constants::is_printable(*byte)) => one_literal(bytes),
        (Some(word), Some(bytes)) => format!("{word}=0x{}", hex(bytes)),
        (None, Some(bytes)) => one_literal(bytes),
        (Some(word), None) => word.to_owned(),
        (None, None) => size.to_string(),
    }
}
