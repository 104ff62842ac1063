//! Byte stuffing that has a name: SLIP and COBS.

use wigwag_protocol::layout::Codec;

use super::certainty::Chance;
use super::sample::Sample;

const SLIP_END: u8 = 0xC0;
const SLIP_ESC: u8 = 0xDB;

/// Frames that may be stuffed, and how that was seen.
pub(super) struct Stuffed {
    /// The frames without stuffing.
    pub(super) sample: Sample,
    pub(super) chance: Chance,
    pub(super) reason: String,
}

/// The codings that all frames have.
pub(super) fn stuffed(sample: &Sample) -> Vec<Stuffed> {
    [slip(sample), cobs(sample)].into_iter().flatten().collect()
}

/// RFC 1055: every frame ends with C0, and inside DB stands only before DC or DD.
fn slip(sample: &Sample) -> Option<Stuffed> {
    let decoded = sample.decoded(Codec::Slip)?;
    let escapes: usize = sample.wire().iter().flatten().filter(|byte| **byte == SLIP_ESC).count();
    // The byte behind an escape is one of two; the one at the end is always the same.
    let bits = 7.0 * escapes as f64 + 8.0 * (sample.len() as f64 - 1.0);
    // Without an escape it is only an end, as others are.
    let (bits, seen) = match escapes {
        0 => (0.0, "no byte that would need it was captured".to_owned()),
        1 => (bits, "one escape fits".to_owned()),
        _ => (bits, format!("{escapes} escapes fit")),
    };
    let chance = Chance::of_accident(bits, sample.len(), 2);
    let frames = count(sample.len(), "frame");
    let reason = format!("stuffed as SLIP: {frames} end with <0x{SLIP_END:02X}> and {seen}");
    Some(Stuffed { sample: decoded, chance, reason })
}

/// Every frame ends with its only zero, and the counts in it lead from one to the next up to there.
fn cobs(sample: &Sample) -> Option<Stuffed> {
    let only_zero = |frame: &Vec<u8>| frame.iter().position(|byte| *byte == 0) == frame.len().checked_sub(1);
    let decoded = sample.decoded(Codec::Cobs).filter(|_| sample.wire().iter().all(only_zero))?;
    // However many counts there are, one of 256 values makes the last of them end at the zero.
    let chance = Chance::of_accident(8.0 * sample.len() as f64, sample.len(), 2);
    let frames = count(sample.len(), "frame");
    let reason =
        format!("stuffed as COBS: in {frames} the only zero is the last byte, and all block counts lead to it");
    Some(Stuffed { sample: decoded, chance, reason })
}

/// `1 frame`, `3 frames`.
pub(super) fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::super::certainty::Sureness;
    use super::*;

    fn found(frames: &[&[u8]]) -> Vec<(Option<Codec>, Sureness)> {
        let stuffed = stuffed(&Sample::new(frames.iter().copied()));
        stuffed.iter().map(|stuffed| (stuffed.sample.codec(), stuffed.chance.sureness())).collect()
    }

    #[test]
    fn slip_is_seen_by_its_escapes() {
        let frames: [&[u8]; 3] =
            [&[0x01, 0xDB, 0xDC, 0x02, 0xDB, 0xDD, 0x03, 0xC0], &[0x05, 0xDB, 0xDD, 0xC0], &[0x06, 0x07, 0xC0]];
        assert_eq!(found(&frames), [(Some(Codec::Slip), Sureness::Certain)]);
        assert_eq!(found(&[&[0x01, 0xC0], &[0x02, 0x03, 0xC0]]), [(Some(Codec::Slip), Sureness::Possible)]);
        assert_eq!(found(&[&[0x01, 0xDB, 0x02, 0xC0]]), []);
    }

    #[test]
    fn cobs_is_seen_by_its_counts() {
        let frames: [&[u8]; 3] = [&[3, 0x11, 0x22, 2, 0x33, 0], &[1, 1, 1, 0], &[5, 0x11, 0x22, 0x33, 0x44, 0]];
        assert_eq!(found(&frames), [(Some(Codec::Cobs), Sureness::Certain)]);
        assert_eq!(found(&[b"OK\0", b"E13\0"]), []);
    }
}
