//! Checksums by plain arithmetic: sums, exclusive or, Adler and Fletcher.

/// A kind of checksum that needs no table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Sum8,
    Sum16,
    Sum32,
    /// Two's complement of [`Self::Sum8`]: bytes and checksum together sum to zero. Modbus ASCII calls it LRC.
    Neg8,
    /// Two's complement of [`Self::Sum16`] (Veeder-Root).
    Neg16,
    /// One's complement of [`Self::Sum8`].
    Not8,
    /// All bytes, exclusive or. Often called BCC.
    Xor,
    /// [`Self::Xor`] without its highest bit, for lines of seven bits. Still one byte wide.
    Xor7,
    /// RFC 1950, section 8.2.
    Adler32,
    /// RFC 1146, appendix I, in its 8-bit form with modulus 255: the second sum stands in the high byte.
    Fletcher16,
}

/// The names, each kind's own one first, then its aliases.
pub(super) const NAMES: [(&str, Arithmetic); 12] = [
    ("sum8", Arithmetic::Sum8),
    ("sum16", Arithmetic::Sum16),
    ("sum32", Arithmetic::Sum32),
    ("neg8", Arithmetic::Neg8),
    ("neg16", Arithmetic::Neg16),
    ("not8", Arithmetic::Not8),
    ("xor", Arithmetic::Xor),
    ("xor7", Arithmetic::Xor7),
    ("adler32", Arithmetic::Adler32),
    ("fletcher16", Arithmetic::Fletcher16),
    ("lrc", Arithmetic::Neg8),
    ("bcc", Arithmetic::Xor),
];

const ADLER_MODULUS: u64 = 65_521;
const FLETCHER_MODULUS: u64 = 255;

impl Arithmetic {
    /// Width of the result in bits.
    pub(super) fn width(self) -> u32 {
        match self {
            Self::Sum8 | Self::Neg8 | Self::Not8 | Self::Xor | Self::Xor7 => 8,
            Self::Sum16 | Self::Neg16 | Self::Fletcher16 => 16,
            Self::Sum32 | Self::Adler32 => 32,
        }
    }

    /// Where it starts when no seed is given.
    pub(super) fn usual_seed(self) -> u64 {
        match self {
            Self::Sum8 | Self::Sum16 | Self::Sum32 | Self::Neg8 | Self::Neg16 | Self::Not8 => 0,
            Self::Xor | Self::Xor7 | Self::Fletcher16 => 0,
            Self::Adler32 => 1,
        }
    }

    /// Whether it can start from `seed`: a number of its width, whose halves for Adler and Fletcher are residues.
    pub(super) fn can_start_from(self, seed: u64) -> bool {
        match self {
            Self::Sum8 | Self::Sum16 | Self::Sum32 | Self::Neg8 | Self::Neg16 | Self::Not8 | Self::Xor | Self::Xor7 => {
                seed >> self.width() == 0
            }
            Self::Adler32 => seed & 0xFFFF < ADLER_MODULUS && seed >> 16 < ADLER_MODULUS,
            Self::Fletcher16 => seed & 0xFF < FLETCHER_MODULUS && seed >> 8 < FLETCHER_MODULUS,
        }
    }

    /// The checksum of `bytes`, started from `seed`, in the low [`width`](Self::width) bits.
    pub(super) fn compute(self, seed: u64, bytes: &[u8]) -> u64 {
        match self {
            Self::Sum8 => sum(seed, bytes) & 0xFF,
            Self::Sum16 => sum(seed, bytes) & 0xFFFF,
            Self::Sum32 => sum(seed, bytes) & 0xFFFF_FFFF,
            Self::Neg8 => sum(seed, bytes).wrapping_neg() & 0xFF,
            Self::Neg16 => sum(seed, bytes).wrapping_neg() & 0xFFFF,
            Self::Not8 => !sum(seed, bytes) & 0xFF,
            Self::Xor => xor(seed, bytes),
            Self::Xor7 => xor(seed, bytes) & 0x7F,
            Self::Adler32 => {
                let (first, second) = two_sums(seed & 0xFFFF, seed >> 16, ADLER_MODULUS, bytes);
                second << 16 | first
            }
            Self::Fletcher16 => {
                let (first, second) = two_sums(seed & 0xFF, seed >> 8, FLETCHER_MODULUS, bytes);
                second << 8 | first
            }
        }
    }
}

fn sum(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |sum, byte| sum.wrapping_add(u64::from(*byte)))
}

fn xor(seed: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(seed, |sum, byte| sum ^ u64::from(*byte))
}

/// The sum of the bytes, and the sum of that sum at every byte, both modulo `modulus`.
fn two_sums(mut first: u64, mut second: u64, modulus: u64, bytes: &[u8]) -> (u64, u64) {
    // Dividing is slow. In 4096 bytes the second sum stays far below 2^64: 4096 * (65521 + 4096 * 255) < 2^33.
    for chunk in bytes.chunks(4096) {
        for byte in chunk {
            first += u64::from(*byte);
            second += first;
        }
        first %= modulus;
        second %= modulus;
    }
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compute(kind: Arithmetic, bytes: &[u8]) -> u64 {
        kind.compute(kind.usual_seed(), bytes)
    }

    #[test]
    fn check_values_over_the_nine_digits() {
        let vectors = [
            (Arithmetic::Sum8, 0xDD),
            (Arithmetic::Sum16, 0x01DD),
            (Arithmetic::Sum32, 0x0000_01DD),
            (Arithmetic::Neg8, 0x23),
            (Arithmetic::Neg16, 0xFE23),
            (Arithmetic::Not8, 0x22),
            (Arithmetic::Xor, 0x31),
            (Arithmetic::Xor7, 0x31),
            (Arithmetic::Adler32, 0x091E_01DE),
            (Arithmetic::Fletcher16, 0x1EDE),
        ];
        for (kind, check) in vectors {
            assert_eq!(compute(kind, b"123456789"), check, "{kind:?}");
        }
    }

    #[test]
    fn fletcher_as_published() {
        for (text, check) in [("abcde", 0xC8F0), ("abcdef", 0x2057), ("abcdefgh", 0x0627)] {
            assert_eq!(compute(Arithmetic::Fletcher16, text.as_bytes()), check, "{text}");
        }
    }

    #[test]
    fn no_bytes_give_the_start_value() {
        for (kind, nothing) in
            [(Arithmetic::Sum8, 0), (Arithmetic::Neg16, 0), (Arithmetic::Not8, 0xFF), (Arithmetic::Adler32, 1)]
        {
            assert_eq!(compute(kind, b""), nothing, "{kind:?}");
        }
    }

    #[test]
    fn bytes_with_the_high_bit() {
        let bytes = [0xFF, 0x80, 0x01];
        assert_eq!(compute(Arithmetic::Sum8, &bytes), 0x80);
        assert_eq!(compute(Arithmetic::Sum16, &bytes), 0x0180);
        assert_eq!(compute(Arithmetic::Xor, &bytes), 0x7E);
        assert_eq!(compute(Arithmetic::Xor7, &[0x80, 0x41]), 0x41);
    }

    #[test]
    fn adler_and_fletcher_of_many_chunks_equal_the_plain_definition() {
        let bytes = vec![0xFF_u8; 20_000];
        for (kind, modulus, half) in [(Arithmetic::Adler32, 65_521, 16), (Arithmetic::Fletcher16, 255, 8)] {
            let (mut first, mut second) = (kind.usual_seed(), 0);
            for byte in &bytes {
                first = (first + u64::from(*byte)) % modulus;
                second = (second + first) % modulus;
            }
            assert_eq!(compute(kind, &bytes), second << half | first, "{kind:?}");
        }
    }

    #[test]
    fn seeds_of_the_two_sums_are_residues() {
        assert!(Arithmetic::Adler32.can_start_from(0xFFF0_FFF0));
        assert!(!Arithmetic::Adler32.can_start_from(0xFFF1));
        assert!(!Arithmetic::Adler32.can_start_from(0xFFF1_0000));
        assert!(Arithmetic::Fletcher16.can_start_from(0xFEFE));
        assert!(!Arithmetic::Fletcher16.can_start_from(0x00FF));
    }
}
