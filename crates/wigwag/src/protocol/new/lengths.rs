//! Length fields: a number near the start that is always the size of the frame less the same number of bytes.
//!
//! Which parts it counts does not matter for the fit: everything but the body is of fixed size. The span is chosen when
//! the layout is put together.

use super::numbers::{LENGTHS, NumberType};
use super::sample::Sample;

/// Longer headers before the length are rare, and each place that is tried makes an accident likelier.
const FARTHEST: usize = 16;
/// A manual may count a few bytes that are not there, or not count a few that are.
pub(super) const LARGEST_OFFSET: usize = 8;

/// A number that grows with the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LengthFit {
    /// Bytes before it.
    pub(super) at: usize,
    pub(super) kind: NumberType,
    /// How many bytes of each frame it does not count; below zero if it counts more than there are.
    pub(super) uncounted: i64,
}

impl LengthFit {
    /// The offset behind it.
    pub(super) fn end(&self) -> usize {
        self.at + self.kind.size
    }

    /// How unlikely it is that a random number of this type fits, in bits. The upper bytes of a wide length are zero in
    /// most frames, and so they are in numbers of other meanings.
    pub(super) fn bits(&self) -> f64 {
        match self.kind.word {
            "dec2" => 6.0,
            _ => 8.0,
        }
    }

    /// How many places and types are at least as likely; each is tried with every span there is.
    pub(super) fn rank(&self) -> usize {
        (self.at + 1) * LENGTHS.len()
    }
}

/// Every number that may be the length of its frame, the nearest to the start first; none if all frames have one size.
pub(super) fn lengths(sample: &Sample) -> Vec<LengthFit> {
    if sample.sizes() < 2 {
        return Vec::new();
    }
    let places = (0..=FARTHEST).flat_map(|at| LENGTHS.map(|kind| (at, kind)));
    places.filter_map(|(at, kind)| fit(sample, at, kind)).collect()
}

fn fit(sample: &Sample, at: usize, kind: NumberType) -> Option<LengthFit> {
    let uncounted = |frame: &Vec<u8>| {
        let number = kind.read(frame.get(at..at + kind.size)?)?;
        Some(i64::try_from(frame.len()).ok()? - i64::try_from(number).ok()?)
    };
    let first = uncounted(sample.frames().first()?)?;
    if first < -(LARGEST_OFFSET as i64) {
        return None;
    }
    let fits = sample.frames().iter().all(|frame| uncounted(frame) == Some(first));
    fits.then_some(LengthFit { at, kind, uncounted: first })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(frames: &[&[u8]]) -> Vec<(usize, &'static str, i64)> {
        let fits = lengths(&Sample::new(frames.iter().copied()));
        fits.iter().map(|fit| (fit.at, fit.kind.word, fit.uncounted)).collect()
    }

    #[test]
    fn a_byte_that_counts_what_is_behind_it() {
        let frames: [&[u8]; 3] =
            [b"\xAA\x11\x01\x00\x12", b"\xAA\x11\x01\x01\x01\x14", b"\xAA\xFF\x01\x03A\x11\x01\x56"];
        assert_eq!(found(&frames), [(3, "u8", 5)]);
    }

    #[test]
    fn zeros_may_belong_to_the_length() {
        let frames: [&[u8]; 2] = [b"\0\x01\0\0\0\x06\x11\x03\0\x6B\0\x03", b"\0\x02\0\0\0\x03\x11\x83\x02"];
        assert_eq!(found(&frames), [(2, "u32", 6), (3, "u24", 6), (4, "u16", 6), (5, "u8", 6)]);
    }

    #[test]
    fn digits_count_too() {
        assert_eq!(found(&[b"005HELLO", b"003ABC"]), [(0, "dec3", 3), (1, "hex2", 3), (1, "dec2", 3)]);
        assert_eq!(found(&[b"0AHELLOHELLO", b"10HELLOHELLOHELLO!"]), [(0, "hex2", 2)]);
    }

    #[test]
    fn a_length_may_count_itself() {
        assert_eq!(found(&[&[4, 9, 9, 9], &[2, 9]]), [(0, "u8", 0)]);
        assert_eq!(found(&[&[6, 9, 9, 9], &[4, 9]]), [(0, "u8", -2)]);
        assert_eq!(found(&[&[30, 9, 9, 9], &[28, 9]]), []);
    }

    #[test]
    fn frames_of_one_size_tell_nothing() {
        assert_eq!(found(&[&[1, 5], &[1, 6]]), []);
    }
}
