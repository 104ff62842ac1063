//! Numbers as they stand in frames: the types that a length or a checksum may have.

use std::ops::RangeInclusive;

/// A type of the layout language, as far as it is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumberType {
    /// How a layout calls it.
    pub(super) word: &'static str,
    /// In bytes.
    pub(super) size: usize,
    pub(super) notation: Notation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    Big,
    Little,
    Hex,
    Dec,
}

const fn number(word: &'static str, size: usize, notation: Notation) -> NumberType {
    NumberType { word, size, notation }
}

pub(super) const LENGTHS: [NumberType; 11] = [
    number("u8", 1, Notation::Big),
    number("u16", 2, Notation::Big),
    number("u16le", 2, Notation::Little),
    number("u24", 3, Notation::Big),
    number("u32", 4, Notation::Big),
    number("u32le", 4, Notation::Little),
    number("hex2", 2, Notation::Hex),
    number("hex4", 4, Notation::Hex),
    number("dec2", 2, Notation::Dec),
    number("dec3", 3, Notation::Dec),
    number("dec4", 4, Notation::Dec),
];

/// Types of checksums, and the widths in bits for which each is the narrowest of its notation.
pub(super) const CHECKSUMS: [(NumberType, RangeInclusive<u32>); 15] = [
    (number("u8", 1, Notation::Big), 1..=8),
    (number("u16", 2, Notation::Big), 9..=16),
    (number("u16le", 2, Notation::Little), 9..=16),
    (number("u24", 3, Notation::Big), 17..=24),
    (number("u24le", 3, Notation::Little), 17..=24),
    (number("u32", 4, Notation::Big), 25..=32),
    (number("u32le", 4, Notation::Little), 25..=32),
    (number("u64", 8, Notation::Big), 33..=64),
    (number("u64le", 8, Notation::Little), 33..=64),
    (number("hex2", 2, Notation::Hex), 1..=8),
    (number("hex4", 4, Notation::Hex), 9..=16),
    (number("hex6", 6, Notation::Hex), 17..=24),
    (number("hex8", 8, Notation::Hex), 25..=32),
    (number("hex16", 16, Notation::Hex), 33..=64),
    (number("dec3", 3, Notation::Dec), 1..=8),
];

/// Two decimal digits hold no checksum, but the remainder of one.
pub(super) const REMAINDER: NumberType = number("dec2", 2, Notation::Dec);

impl NumberType {
    /// The number in these bytes; `None` if they have another size or are no digits.
    pub(super) fn read(self, bytes: &[u8]) -> Option<u64> {
        if bytes.len() != self.size {
            return None;
        }
        let fold = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
        match self.notation {
            Notation::Big => Some(bytes.iter().fold(0, fold)),
            Notation::Little => Some(bytes.iter().rev().fold(0, fold)),
            Notation::Hex => digits(bytes, 16),
            Notation::Dec => digits(bytes, 10),
        }
    }
}

fn digits(bytes: &[u8], radix: u32) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |sum, byte| {
        let digit = char::from(*byte).to_digit(radix)?;
        sum.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_its_bytes() {
        let read = |word: &str, bytes: &[u8]| {
            let types = LENGTHS.into_iter().chain(CHECKSUMS.map(|(kind, _)| kind));
            types.into_iter().find(|kind| kind.word == word).and_then(|kind| kind.read(bytes))
        };
        assert_eq!(read("u8", &[0xFE]), Some(0xFE));
        assert_eq!(read("u16", &[1, 2]), Some(0x0102));
        assert_eq!(read("u16le", &[1, 2]), Some(0x0201));
        assert_eq!(read("u24", &[1, 2, 3]), Some(0x01_0203));
        assert_eq!(read("u32le", &[1, 2, 3, 4]), Some(0x0403_0201));
        assert_eq!(read("u64", &[0xFF; 8]), Some(u64::MAX));
        assert_eq!(read("hex4", b"0aF1"), Some(0x0AF1));
        assert_eq!(read("hex16", b"FFFFFFFFFFFFFFFF"), Some(u64::MAX));
        assert_eq!(read("dec3", b"045"), Some(45));
        assert_eq!(read("dec3", b"4a5"), None);
        assert_eq!(read("hex2", b"+1"), None);
        assert_eq!(read("u16", &[1]), None);
    }

    #[test]
    fn each_width_of_a_checksum_has_its_types() {
        for bits in 1..=64 {
            let sizes = |notation: Notation| {
                let fitting =
                    CHECKSUMS.iter().filter(|(kind, bits_of)| kind.notation == notation && bits_of.contains(&bits));
                fitting.map(|(kind, _)| kind.size).collect::<Vec<_>>()
            };
            for (notation, bits_a_byte) in [(Notation::Big, 8), (Notation::Hex, 4)] {
                let sizes = sizes(notation);
                assert_eq!(sizes.len(), 1, "{bits}");
                assert!(sizes[0] as u32 * bits_a_byte >= bits, "{bits}");
            }
        }
    }
}
