//! What stands in brackets: `1-5,7,9-20/2`.

use std::fmt::{self, Write as _};

use super::{MOST_NAMES, TargetError};

/// As many digits as always fit into 64 bits.
pub(super) const MOST_DIGITS: usize = 18;

/// A set of numbers as they are written: `7`, `07` and `007` are three. In the order of their width, then of their value,
/// which is ClusterShell's and, without padding, the order of the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Numbers {
    /// Sorted and disjoint.
    spans: Box<[Span]>,
    /// How many numbers come before each span.
    before: Box<[u64]>,
    count: u64,
}

/// Numbers of one width: from `first` to `last` in steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) width: u8,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) step: u64,
}

impl Numbers {
    /// Reads what stands between brackets.
    pub(super) fn parse(text: &str) -> Result<Self, TargetError> {
        let mut spans = Vec::new();
        let mut at = 0;
        for piece in text.split(',') {
            let trimmed = piece.trim();
            let start = at + piece.len() - piece.trim_start().len();
            at += piece.len() + 1;
            read_piece(trimmed, &mut spans).map_err(|(message, help)| {
                let error = TargetError::new(start..start + trimmed.len(), message);
                TargetError { help, ..error }
            })?;
        }
        Self::of(spans).ok_or_else(|| too_many(0..text.len()))
    }

    /// These numbers; `None` if there are more than one word may stand for.
    pub(super) fn of(mut spans: Vec<Span>) -> Option<Self> {
        let written = spans.iter().try_fold(0_u64, |sum, span| sum.checked_add(span.count()));
        written.filter(|count| *count <= MOST_NAMES)?;
        spans.sort_unstable();
        let overlaps = |(a, b): (&Span, &Span)| a.width == b.width && b.first <= a.last && (a.step > 1 || b.step > 1);
        if spans.iter().zip(spans.iter().skip(1)).any(overlaps) {
            // Steps that run through one another have no short form. They are few: the sum above is bounded.
            spans = singles(&spans);
        }
        let spans = joined(spans);
        let mut count = 0;
        let counted = |span: &Span| {
            let before = count;
            count += span.count();
            before
        };
        let before = spans.iter().map(counted).collect();
        Some(Self { spans: spans.into_boxed_slice(), before, count })
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Whether these digits are one of them, width and all.
    pub fn contains(&self, digits: &str) -> bool {
        let Some(Span { width, first: value, .. }) = Span::single(digits) else { return false };
        let behind = self.spans.partition_point(|span| (span.width, span.first) <= (width, value));
        let span = behind.checked_sub(1).and_then(|at| self.spans.get(at));
        span.is_some_and(|span| {
            span.width == width && value <= span.last && (value - span.first).is_multiple_of(span.step)
        })
    }

    /// Writes the number at this place.
    pub(super) fn write(&self, place: u64, out: &mut String) {
        let behind = self.before.partition_point(|before| *before <= place);
        let at = behind.saturating_sub(1);
        let (Some(span), Some(before)) = (self.spans.get(at), self.before.get(at)) else { return };
        let width = usize::from(span.width);
        // Writing to memory cannot fail.
        let _ = write!(out, "{:0width$}", span.first + (place - before) * span.step);
    }

    pub(super) fn spans(&self) -> &[Span] {
        &self.spans
    }
}

type Wrong = (String, Option<String>);

fn read_piece(piece: &str, spans: &mut Vec<Span>) -> Result<(), Wrong> {
    if piece.is_empty() {
        return Err(("a number or a range is missing here".to_owned(), None));
    }
    let (range, step) = match piece.split_once('/') {
        Some((range, step)) => (range, number(step)?),
        None => (piece, 1),
    };
    let (first, last) = match range.split_once('-') {
        Some((first, last)) => (first.trim(), last.trim()),
        None => (range.trim(), range.trim()),
    };
    let (from, to) = (number(first)?, number(last)?);
    if step == 0 {
        return Err(("a step of 0 goes nowhere".to_owned(), None));
    }
    if from > to {
        return Err((format!("the range ends before it begins: {first} comes after {last}"), None));
    }
    let is_padded = |digits: &str| digits.len() > 1 && digits.starts_with('0');
    if (is_padded(first) || is_padded(last)) && first.len() != last.len() {
        let width = first.len().max(last.len());
        let help = format!("write [{from:0width$}-{to:0width$}] or [{from}-{to}]");
        return Err((format!("{first} and {last} are padded to different widths"), Some(help)));
    }
    if is_padded(first) {
        spans.push(Span::new(first.len() as u8, from, to, step));
    } else {
        by_width(from, to, step, spans);
    }
    Ok(())
}

/// A range without padding, cut where its numbers become longer.
fn by_width(from: u64, to: u64, step: u64, spans: &mut Vec<Span>) {
    let mut first = from;
    while first <= to {
        let width = first.checked_ilog10().unwrap_or(0) + 1;
        let longest = 10_u64.pow(width) - 1;
        let span = Span::new(width as u8, first, to.min(longest), step);
        spans.push(span);
        first = match span.last.checked_add(step) {
            Some(next) => next,
            None => return,
        };
    }
}

fn number(text: &str) -> Result<u64, Wrong> {
    let text = text.trim();
    match text {
        "" => Err(("a number is missing here".to_owned(), None)),
        _ if !text.bytes().all(|byte| byte.is_ascii_digit()) => {
            let help = "a range is [1-20], [001-020] or [1-20/2], several have commas between them";
            Err((format!("`{text}` is not a number"), Some(help.to_owned())))
        }
        _ if text.len() > MOST_DIGITS => Err((format!("a number has at most {MOST_DIGITS} digits"), None)),
        _ => text.parse().map_err(|_| (format!("`{text}` is not a number"), None)),
    }
}

pub(super) fn too_many(at: std::ops::Range<usize>) -> TargetError {
    TargetError::new(at, format!("this stands for more than {MOST_NAMES} targets"))
        .with_help("if that is meant, write it as several words with commas between them")
}

impl Span {
    fn new(width: u8, first: u64, most: u64, step: u64) -> Self {
        let last = first + (most - first) / step * step;
        // One number has no step; two equal sets must be written in one way.
        Self { width, first, last, step: if first == last { 1 } else { step } }
    }

    /// The number that these digits are; `None` for what is no number, or too long for one.
    pub(super) fn single(digits: &str) -> Option<Self> {
        let fits = !digits.is_empty() && digits.len() <= MOST_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        let value = digits.parse().ok().filter(|_| fits)?;
        Some(Self { width: digits.len() as u8, first: value, last: value, step: 1 })
    }

    fn count(&self) -> u64 {
        (self.last - self.first) / self.step + 1
    }
}

/// Each number by itself, once.
fn singles(spans: &[Span]) -> Vec<Span> {
    let of = |span: &Span| {
        let Span { width, first, last, step } = *span;
        (0..=(last - first) / step).map(move |n| Span {
            width,
            first: first + n * step,
            last: first + n * step,
            step: 1,
        })
    };
    let mut singles: Vec<Span> = spans.iter().flat_map(of).collect();
    singles.sort_unstable();
    singles.dedup();
    singles
}

/// Sorted spans, those that touch made one.
pub(super) fn joined(spans: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len().min(16));
    for span in spans {
        match joined.last_mut() {
            Some(before) if touches(before, &span) => before.last = before.last.max(span.last),
            _ => joined.push(span),
        }
    }
    joined
}

fn touches(before: &Span, span: &Span) -> bool {
    before.width == span.width && before.step == 1 && span.step == 1 && span.first <= before.last.saturating_add(1)
}

/// Without the brackets: `1-5,7,9-20/2`.
impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut spans = self.spans.iter().copied().peekable();
        let mut is_first = true;
        while let Some(mut span) = spans.next() {
            // What is not padded goes on when the numbers become longer: 9-9 and 10-20 are 9-20.
            while let Some(next) = spans.next_if(|next| goes_on(&span, next)) {
                span.last = next.last;
            }
            if !is_first {
                f.write_str(",")?;
            }
            is_first = false;
            let width = usize::from(span.width);
            write!(f, "{:0width$}", span.first)?;
            if span.last > span.first {
                write!(f, "-{:0width$}", span.last)?;
            }
            if span.step > 1 {
                write!(f, "/{}", span.step)?;
            }
        }
        Ok(())
    }
}

fn goes_on(span: &Span, next: &Span) -> bool {
    // A lone number takes any step.
    let step = if span.first == span.last { next.step } else { span.step };
    let lone = next.first == next.last;
    let is_natural = |first: u64, width: u8| width == 1 || first >= 10_u64.pow(u32::from(width) - 1);
    step == 1
        && (next.step == 1 || lone)
        && is_natural(span.first, span.width)
        && is_natural(next.first, next.width)
        && next.first == span.last + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<String> {
        let numbers = Numbers::parse(text).unwrap();
        let name = |place| {
            let mut name = String::new();
            numbers.write(place, &mut name);
            name
        };
        (0..numbers.count()).map(name).collect()
    }

    fn shown(text: &str) -> String {
        match Numbers::parse(text) {
            Ok(numbers) => numbers.to_string(),
            Err(error) => format!("{:?}: {}", error.at, error.message),
        }
    }

    #[test]
    fn numbers_come_once_and_in_order() {
        assert_eq!(all("3,1,2"), ["1", "2", "3"]);
        assert_eq!(all("1-3,2-4"), ["1", "2", "3", "4"]);
        assert_eq!(all("8-11"), ["8", "9", "10", "11"]);
        assert_eq!(all("098-101"), ["098", "099", "100", "101"]);
        assert_eq!(all("9-20/4"), ["9", "13", "17"]);
        assert_eq!(all("1-9/2,1-9/4,3"), ["1", "3", "5", "7", "9"]);
        assert_eq!(all("1-6/2,1-6/3"), ["1", "3", "4", "5"]);
    }

    #[test]
    fn each_width_is_its_own() {
        assert_eq!(all("1,01,001"), ["1", "01", "001"]);
        assert_eq!(all("9-11,010"), ["9", "10", "11", "010"]);
        let numbers = Numbers::parse("1-20,005").unwrap();
        for (digits, expected) in [("5", true), ("005", true), ("05", false), ("20", true), ("21", false), ("", false)]
        {
            assert_eq!(numbers.contains(digits), expected, "{digits}");
        }
    }

    #[test]
    fn they_are_shown_as_short_as_they_can_be() {
        for (text, expected) in [
            ("1-5,7", "1-5,7"),
            ("5,4,3", "3-5"),
            ("0-0", "0"),
            ("1-100000", "1-100000"),
            ("9,10", "9-10"),
            ("01-10", "01-10"),
            ("099-101", "099-101"),
            ("1-9/3", "1-7/3"),
            ("1-3,01-03", "1-3,01-03"),
            ("8-11,010-011", "8-11,010-011"),
            (" 1 - 2 , 4", "1-2,4"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn every_error_has_its_place() {
        for (text, expected) in [
            ("", "0..0: a number or a range is missing here"),
            ("1,,2", "2..2: a number or a range is missing here"),
            ("1,5-3", "2..5: the range ends before it begins: 5 comes after 3"),
            ("1-010", "0..5: 1 and 010 are padded to different widths"),
            ("01-100", "0..6: 01 and 100 are padded to different widths"),
            ("1-", "0..2: a number is missing here"),
            ("-1", "0..2: a number is missing here"),
            ("1a", "0..2: `1a` is not a number"),
            ("1-9/0", "0..5: a step of 0 goes nowhere"),
            ("1-1048577", "0..9: this stands for more than 1048576 targets"),
            ("1234567890123456789", "0..19: a number has at most 18 digits"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
