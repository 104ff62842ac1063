//! Checksums, by trying: every kind, every type that can hold it, every end of the frame, every start of the span.
//!
//! The likely guesses come first, so that a usual checksum is counted against few guesses and a rare one against all.
//! The shortest frame is checked first and fails nearly every guess, which is why this is quick.

use std::collections::HashSet;
use std::sync::LazyLock;

use wigwag_protocol::layout::checksum::Checksum;

use super::certainty::Chance;
use super::constants;
use super::numbers::{CHECKSUMS, NumberType, REMAINDER};
use super::sample::Sample;

/// The most bytes that are summed up in one search, less than a second's work: captures of a few frames need a hundredth
/// of it. Past it the search stops and says so; the likely guesses have been tried by then.
const MOST_WORK: usize = 1 << 26;
/// A span starts at most so far from the start of the frame, unless a length or a mark ends further in.
const FARTHEST_START: usize = 8;
/// Frames that are all alike fit many guesses; more of them tell nothing.
const MOST_FITS: usize = 12;
/// Below this an accident is so likely that the fit is not worth a word.
const LEAST_BITS: f64 = 3.0;

/// Kinds that stand in one manual after the other.
const USUAL: [&str; 17] = [
    "xor",
    "sum8",
    "neg8",
    "not8",
    "xor7",
    "sum16",
    "neg16",
    "fletcher16",
    "crc8_smbus",
    "crc8_maxim_dow",
    "crc16_modbus",
    "crc16_xmodem",
    "crc16_ibm_3740",
    "crc16_ibm_sdlc",
    "crc16_kermit",
    "crc16_arc",
    "crc32_iso_hdlc",
];

/// A checksum that fits all frames.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SumFit {
    /// How a layout calls it.
    pub(super) name: &'static str,
    pub(super) modulus: Option<u64>,
    pub(super) kind: NumberType,
    /// Where its span starts.
    pub(super) start: usize,
    /// How many bytes before the checksum its span leaves out.
    pub(super) left_out: usize,
    /// How many bytes stand behind it.
    pub(super) behind: usize,
    pub(super) chance: Chance,
    /// How many different spans it fits.
    pub(super) spans: usize,
    /// How many guesses were tried that are at least as likely.
    pub(super) tried: usize,
}

impl SumFit {
    /// Whether it is another checksum, or of another span.
    pub(super) fn differs_from(&self, other: &Self) -> bool {
        let identity = |fit: &Self| (fit.name, fit.modulus, fit.kind, fit.start, fit.left_out, fit.behind);
        identity(self) != identity(other)
    }
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Search {
    /// The surest first.
    pub(super) fits: Vec<SumFit>,
    /// Whether all guesses were tried.
    pub(super) is_complete: bool,
}

/// Looks for checksums before one of these ends (sizes in bytes, the usual one first), over spans that may start
/// anywhere near the start; `starts` are the places where they usually do.
pub(super) fn checksums(sample: &Sample, ends: &[usize], starts: &[usize]) -> Search {
    let places: Vec<Place> = ends.iter().enumerate().flat_map(|(rank, end)| places(sample, *end, rank > 0)).collect();
    let guesses = guesses(sample, &places, starts);
    let mut work = 0;
    let mut fits = Vec::new();
    for guess in &guesses {
        if guess.fits(sample, &places, &mut work) {
            let tried = guesses.partition_point(|other| other.rarity <= guess.rarity);
            fits.extend(guess.fit(sample, &places, tried));
        }
        if work > MOST_WORK {
            break;
        }
    }
    fits.sort_by(|a: &SumFit, b| b.chance.bits().total_cmp(&a.chance.bits()));
    fits.truncate(MOST_FITS);
    Search { fits, is_complete: work <= MOST_WORK }
}

/// A number before the end of each frame.
struct Place {
    kind: NumberType,
    bits: std::ops::RangeInclusive<u32>,
    behind: usize,
    /// In the order of the frames.
    values: Vec<u64>,
    is_rare: bool,
}

/// The types that can be read in all frames.
fn places(sample: &Sample, behind: usize, is_rare: bool) -> impl Iterator<Item = Place> + '_ {
    let remainder = (REMAINDER, 1..=64);
    CHECKSUMS.into_iter().chain([remainder]).filter_map(move |(kind, bits)| {
        let value = |frame: &Vec<u8>| {
            let end = frame.len().checked_sub(behind)?;
            kind.read(frame.get(end.checked_sub(kind.size)?..end)?)
        };
        let values = sample.frames().iter().map(value).collect::<Option<_>>()?;
        Some(Place { kind, bits, behind, values, is_rare })
    })
}

struct Guess {
    rarity: u8,
    place: usize,
    checksum: &'static Checksum,
    modulus: Option<u64>,
    start: usize,
    left_out: usize,
}

/// Every guess, the likely ones first.
fn guesses(sample: &Sample, places: &[Place], usual_starts: &[usize]) -> Vec<Guess> {
    let mut starts: Vec<usize> = (0..=FARTHEST_START).chain(usual_starts.iter().copied()).collect();
    starts.sort_unstable();
    starts.dedup();
    // In seven bits both are the same.
    let is_ascii = sample.frames().iter().all(|frame| frame.is_ascii());
    let kinds = || KINDS.iter().filter(|kind| !(is_ascii && kind.name == "xor7"));
    let mut guesses = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let before = place.behind + place.kind.size;
        let room = sample.shortest().saturating_sub(before);
        for kind in kinds().filter(|kind| place.holds(kind.checksum.width(), kind.checksum.name())) {
            let is_remainder = place.kind == REMAINDER;
            let rarity = kind.rarity + u8::from(place.is_rare) + u8::from(is_remainder || place.kind.word == "dec3");
            for &start in starts.iter().filter(|start| **start <= room) {
                let rarity = rarity + u8::from(!usual_starts.contains(&start));
                for left_out in
                    (0..=constants::marks_before(sample, before)).filter(|left_out| start + left_out <= room)
                {
                    let modulus = is_remainder.then_some(100);
                    guesses.push(Guess { rarity, place: index, checksum: &kind.checksum, modulus, start, left_out });
                }
            }
        }
    }
    guesses.sort_by_key(|guess| guess.rarity);
    guesses
}

impl Place {
    /// Whether a checksum of so many bits may stand here.
    fn holds(&self, width: u32, name: &str) -> bool {
        if self.kind == REMAINDER {
            return matches!(name, "sum8" | "sum16" | "xor");
        }
        let largest = if width < 64 { (1 << width) - 1 } else { u64::MAX };
        self.bits.contains(&width) && self.values.iter().all(|value| *value <= largest)
    }
}

impl Guess {
    fn span<'a>(&self, frame: &'a [u8], place: &Place) -> Option<&'a [u8]> {
        let end = frame.len().checked_sub(place.behind + place.kind.size + self.left_out)?;
        frame.get(self.start..end)
    }

    fn fits(&self, sample: &Sample, places: &[Place], work: &mut usize) -> bool {
        let Some(place) = places.get(self.place) else { return false };
        sample.frames().iter().zip(&place.values).all(|(frame, value)| {
            let Some(span) = self.span(frame, place) else { return false };
            *work += span.len() + 1;
            let sum = self.checksum.compute(span);
            self.modulus.map_or(sum, |modulus| sum % modulus) == *value
        })
    }

    fn fit(&self, sample: &Sample, places: &[Place], tried: usize) -> Option<SumFit> {
        let place = places.get(self.place)?;
        // Nothing but zeros has the checksum zero in many kinds, and the same span always has the same checksum.
        let spans = sample.frames().iter().filter_map(|frame| self.span(frame, place));
        let spans = spans.filter(|span| span.iter().any(|byte| *byte != 0)).collect::<HashSet<_>>().len();
        let bits = self.modulus.map_or_else(|| random_bits(self.checksum), |modulus| (modulus as f64).log2());
        let chance = Chance::of_accident(bits * spans as f64, spans, tried);
        (chance.bits() >= LEAST_BITS).then_some(SumFit {
            name: KINDS.iter().find(|kind| kind.checksum == *self.checksum)?.name,
            modulus: self.modulus,
            kind: place.kind,
            start: self.start,
            left_out: self.left_out,
            behind: place.behind,
            chance,
            spans,
            tried,
        })
    }
}

/// How many bits of a checksum look random. The upper half of a sum of a few bytes is nearly always the same.
fn random_bits(checksum: &Checksum) -> f64 {
    match checksum.name() {
        "xor7" => 7.0,
        "sum16" | "sum32" | "neg16" => 8.0,
        "adler32" => 16.0,
        _ => f64::from(checksum.width()),
    }
}

struct Kind {
    name: &'static str,
    checksum: Checksum,
    rarity: u8,
}

/// Every checksum that a layout can name, each under one name.
static KINDS: LazyLock<Vec<Kind>> = LazyLock::new(|| {
    let mut kinds: Vec<Kind> = Vec::new();
    for name in Checksum::names() {
        let Some(checksum) = Checksum::named(name).filter(|new| kinds.iter().all(|kind| kind.checksum != *new)) else {
            continue;
        };
        let rarity = match checksum.width() {
            _ if USUAL.contains(&name) => 0,
            8 | 16 | 32 => 2,
            _ => 3,
        };
        kinds.push(Kind { name, checksum, rarity });
    }
    kinds
});

#[cfg(test)]
mod tests {
    use super::*;

    fn search(frames: &[&[u8]], ends: &[usize], starts: &[usize]) -> Vec<String> {
        let search = checksums(&Sample::new(frames.iter().copied()), ends, starts);
        assert!(search.is_complete);
        let show =
            |fit: &SumFit| format!("{} {} {}-{} +{}", fit.kind.word, fit.name, fit.start, fit.left_out, fit.behind);
        search.fits.iter().map(show).collect()
    }

    #[test]
    fn the_usual_names_are_known() {
        for name in USUAL {
            assert!(KINDS.iter().any(|kind| kind.name == name && kind.rarity == 0), "{name}");
        }
        assert!(KINDS.len() > 110);
    }

    #[test]
    fn a_crc_at_the_end() {
        let frames: [&[u8]; 3] = [
            &[0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87],
            &[0x11, 0x03, 0x06, 0x02, 0x2B, 0x00, 0x00, 0x00, 0x64, 0xC8, 0xBA],
            &[0x11, 0x83, 0x02, 0xC1, 0x34],
        ];
        assert_eq!(search(&frames, &[0], &[0]), ["u16le crc16_modbus 0-0 +0"]);
    }

    #[test]
    fn a_sum_in_digits_before_the_terminator() {
        let frames: [&[u8]; 2] = [b"\x01i10100231230134202040 2&&FAD2\x03".as_slice(), b"\x019999FF1B\x03"];
        assert!(search(&frames[1..], &[1, 0], &[0]).is_empty());
        let frames: [&[u8]; 2] = [b"\x01i10100231230134202 0402&&".as_slice(), b"\x019999"];
        let frames = frames.map(|text| {
            let sum = Checksum::named("neg16").unwrap().compute(text);
            [text, format!("{sum:04X}\x03").as_bytes()].concat()
        });
        let found = search(&[&frames[0], &frames[1]], &[1, 0], &[0]);
        assert_eq!(found.first().map(String::as_str), Some("hex4 neg16 0-0 +1"));
    }

    #[test]
    fn what_stands_before_the_checksum_may_be_left_out() {
        let frames: [&[u8]; 3] = [b"$GPA*76\r\n", b"$GPRMC,1*56\r\n", b"$X*58\r\n"];
        let sums = frames.map(|frame| {
            let body = &frame[1..frame.len() - 5];
            let sum = Checksum::named("xor").unwrap().compute(body);
            [b"$", body, format!("*{sum:02X}\r\n").as_bytes()].concat()
        });
        let found = search(&[&sums[0], &sums[1], &sums[2]], &[2, 1, 0], &[0, 1]);
        assert_eq!(found.first().map(String::as_str), Some("hex2 xor 1-1 +2"));
    }

    #[test]
    fn too_few_frames_show_nothing() {
        assert_eq!(search(&[&[0x11, 0x03, 0x14]], &[0], &[0]), [""; 0]);
        assert_eq!(search(&[&[0; 8], &[0; 9], &[0; 10]], &[0], &[0]), [""; 0]);
    }

    #[test]
    fn a_large_capture_stops_the_search() {
        let frames: Vec<Vec<u8>> = (0..16).map(|size| vec![0; 60_000 + size]).collect();
        let sample = Sample::new(frames.iter().map(Vec::as_slice));
        assert!(!checksums(&sample, &[0], &[0]).is_complete);
    }
}
