//! Bytes that are the same in every frame: what frames start with, what they end with.
//!
//! A few frames are alike in many bytes only because they are alike. So only bytes that are used as marks count as a
//! start or an end; others are told to the reader, who knows the manual.

use super::certainty::Chance;
use super::sample::Sample;

/// ETX, CR and LF are three; nothing known has more than four.
const LONGEST_END: usize = 4;
const LONGEST_START: usize = 4;

/// Control characters that manuals let frames start with.
const STARTS: [u8; 9] = [0x01, 0x02, 0x05, 0x06, 0x0B, 0x10, 0x15, 0x16, 0x1B];
/// Control characters that frames end with. Others are numbers.
const ENDS: [u8; 12] = [0x00, 0x03, 0x04, 0x0A, 0x0C, 0x0D, 0x10, 0x17, 0x1C, 0x1D, 0x1E, 0x1F];
/// Two bytes that are used together.
const PAIRS: [[u8; 2]; 8] =
    [[0x10, 0x02], [0x55, 0xAA], [0xAA, 0x55], [0x5A, 0xA5], [0xA5, 0x5A], [0xEB, 0x90], [0xB5, 0x62], [0xAA, 0xBB]];

/// How many bytes at the start of every frame are surely a mark: `<STX>`, `<0xAA>`, `<0x78 0x78>`.
pub(super) fn start(sample: &Sample) -> usize {
    let size = mark_at_start(sample);
    // A frame that is nothing but a mark has none.
    if size < sample.shortest() { size } else { 0 }
}

fn mark_at_start(sample: &Sample) -> usize {
    let Some(first) = sample.constant(0) else { return 0 };
    if let Some(second) = sample.constant(1)
        && (PAIRS.contains(&[first, second]) || first == second && first != 0 && !sample.is_text())
    {
        return 2;
    }
    let is_mark = STARTS.contains(&first) || first >= 0x80 || matches!(first, 0x55 | 0x5A | 0x7E) && !sample.is_text();
    usize::from(is_mark)
}

/// How many unprintable bytes the frames have in common at the start, whether they look like a mark or not. A zero looks
/// like the upper half of a number.
pub(super) fn common_start(sample: &Sample) -> usize {
    if sample.constant(0) == Some(0) {
        return 0;
    }
    let is_unprintable = |at: &usize| sample.constant(*at).is_some_and(|byte| !is_printable(byte));
    (0..LONGEST_START).take_while(is_unprintable).count()
}

/// What all frames end with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Terminator {
    /// In bytes.
    pub(super) size: usize,
    pub(super) chance: Chance,
    /// Whether its bytes stand at the ends of frames only.
    pub(super) only_there: bool,
    /// Text ends in the same character for many reasons.
    pub(super) is_printable: bool,
    /// It may be a number as well: a small one, in frames that are no text and have no mark at the start.
    pub(super) is_number: bool,
}

/// The bytes that may end the frames, the likeliest first.
pub(super) fn terminators(sample: &Sample) -> Vec<Terminator> {
    let is_end = |from_end: &usize| sample.constant_from_end(*from_end).is_some_and(|byte| ENDS.contains(&byte));
    let controls = (0..LONGEST_END.min(sample.shortest())).take_while(is_end).count();
    if controls == 0 {
        return other_end(sample).into_iter().collect();
    }
    let mut ends: Vec<Terminator> = (1..=controls).rev().map(|size| control_end(sample, size)).collect();
    // CR FS CR: the first CR, which stands in the frames too, ends the last line and not the frame.
    let first = ends.iter().position(|end| end.only_there).unwrap_or(0);
    ends.rotate_left(first);
    ends
}

fn control_end(sample: &Sample, size: usize) -> Terminator {
    // One byte of eight is a control character, and then each other frame has it too by a chance of 1 in 2^8.
    let bits = size as f64 * (3.0 + 8.0 * (sample.len() as f64 - 1.0));
    Terminator {
        size,
        chance: Chance::of_accident(bits, sample.len(), 1),
        only_there: only_at_end(sample, size),
        is_printable: false,
        is_number: size == 1
            && !sample.is_text()
            && start(sample) == 0
            && sample.constant_from_end(0).is_some_and(|byte| byte < 0x09),
    }
}

/// Frames that end in `<0xFF>`, or text that ends in `;`. In a single frame it could be anything.
fn other_end(sample: &Sample) -> Option<Terminator> {
    let last = sample.constant_from_end(0).filter(|_| sample.len() > 1)?;
    let is_text = sample.is_text();
    let is_end = last >= 0x80 || last == 0x7E && !is_text || is_text && last.is_ascii_punctuation();
    let only_there = only_at_end(sample, 1);
    let chance = Chance::of_accident(8.0 * (sample.len() as f64 - 1.0), sample.len(), 1);
    is_end.then_some(Terminator { size: 1, chance, only_there, is_printable: is_text, is_number: false })
}

/// Whether the first byte of an end of this size stands nowhere else. Both ends may be the same mark: `~ ... ~`.
fn only_at_end(sample: &Sample, size: usize) -> bool {
    let Some(first) = sample.constant_from_end(size.saturating_sub(1)) else { return false };
    let start = start(sample);
    sample.frames().iter().all(|frame| {
        let inside = start..frame.len().saturating_sub(size);
        frame.get(inside).is_none_or(|inside| !inside.contains(&first))
    })
}

/// How many bytes before the last `behind` bytes are marks in every frame, such as the ETX before a checksum or the
/// `*` of NMEA 0183; two at most.
pub(super) fn marks_before(sample: &Sample, behind: usize) -> usize {
    let is_mark = |distance: &usize| {
        let byte = sample.constant_from_end(behind + distance);
        byte.is_some_and(|byte| byte != 0 && (byte.is_ascii_control() || byte.is_ascii_punctuation()))
    };
    (0..2).take_while(is_mark).count()
}

pub(super) fn is_printable(byte: u8) -> bool {
    (0x20..0x7F).contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(frames: &[&[u8]]) -> Sample {
        Sample::new(frames.iter().copied())
    }

    fn ends(frames: &[&[u8]]) -> Vec<usize> {
        terminators(&sample(frames)).iter().map(|end| end.size).collect()
    }

    #[test]
    fn marks_at_the_start() {
        assert_eq!(start(&sample(&[b"\x02AB", b"\x02C"])), 1);
        assert_eq!(start(&sample(&[b"\xAA\x11\x01", b"\xAA\x11\x02"])), 1);
        assert_eq!(start(&sample(&[b"xx\x12\x80", b"xx\x05\x01"])), 2);
        assert_eq!(start(&sample(&[b"\xAA\x55\x01", b"\xAA\x55\x02"])), 2);
        assert_eq!(start(&sample(&[b"xxA", b"xxB"])), 0);
        assert_eq!(start(&sample(&[b"%1POWR ?\r", b"%1INPT ?\r"])), 0);
        assert_eq!(start(&sample(&[b"\0\x01\0", b"\0\x02\0"])), 0);
        assert_eq!(common_start(&sample(&[b"\x81\x01\x04\x38", b"\x81\x01\x06\x01"])), 2);
    }

    #[test]
    fn control_characters_at_the_end() {
        assert_eq!(ends(&[b"OK\r\n", b"E13\r\n"]), [2, 1]);
        assert_eq!(ends(&[b"OK\0", b"E13\0"]), [1]);
        assert_eq!(ends(&[b"OK\r\n", b"E13\n"]), [1]);
        assert_eq!(ends(&[b"POWR ?", b"INPT ?"]), [1]);
        assert_eq!(ends(&[b"POWR", b"INPT"]), [0; 0]);
        assert_eq!(ends(&[&[0x90, 0x41, 0x02], &[0x91, 0x02]]), [0; 0]);
        assert!(terminators(&sample(&[&[0x90, 0x41, 0x03], &[0x91, 0x03]]))[0].is_number);
        assert!(!terminators(&sample(&[&[0x02, 0x90, 0x41, 0x03], &[0x02, 0x91, 0x03]]))[0].is_number);
    }

    #[test]
    fn a_byte_that_stands_in_the_frames_does_not_end_them() {
        assert_eq!(ends(&[b"\x0BMSH\rPID\r\x1C\r", b"\x0BMSH\r\x1C\r"]), [2, 1, 3]);
        assert_eq!(ends(&[b"@PJL\r\n\"HP\"\r\n\x0C", b"@PJL\r\n\"X\"\r\n\x0C"]), [1, 3, 2]);
        assert!(!terminators(&sample(&[b"a\rb\r", b"c\r"]))[0].only_there);
    }

    #[test]
    fn other_bytes_at_the_end() {
        assert_eq!(ends(&[&[0x90, 0x41, 0xFF], &[0x90, 0x51, 0xFF]]), [1]);
        assert_eq!(ends(&[&[0x7E, 1, 2, 0x7E], &[0x7E, 3, 0x7E]]), [1]);
        assert!(!terminators(&sample(&[&[0x90, 0xFF, 0xFF], &[0x90, 0x51, 0xFF]]))[0].only_there);
        assert_eq!(ends(&[&[0x90, 0x41, 0xFF]]), [0; 0]);
        assert!(terminators(&sample(&[b"FA00014;", b"IF1;"]))[0].is_printable);
    }

    #[test]
    fn marks_before_a_checksum() {
        assert_eq!(marks_before(&sample(&[b"\x02AB\x03\x11", b"\x02CDE\x03\x12"]), 1), 1);
        assert_eq!(marks_before(&sample(&[b"\x01i1&&FB3B\x03", b"\x01i2&&FA00\x03"]), 5), 2);
        assert_eq!(marks_before(&sample(&[b"\x02AB\x11", b"\x02AC\x12"]), 1), 0);
    }
}
