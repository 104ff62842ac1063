//! Every checksum a layout can name: arithmetic kinds, the CRCs of the public catalogue, and CRCs by their parameters.
//!
//! To add an arithmetic kind, add its variant and its line in `NAMES` to `arithmetic.rs`; the compiler asks for the rest.
//! To add a CRC that the catalogue has since learned, add its line to the table in `crc.rs`.

mod arithmetic;
mod crc;

pub use self::crc::CrcParameters;

use self::arithmetic::Arithmetic;
use self::crc::Crc;

/// A checksum ready to compute: its kind with its start value. Cheap to clone.
///
/// Two are equal when they compute the same by the same rule, whatever name was used: `lrc` is `neg8`.
#[derive(Debug, Clone)]
pub struct Checksum {
    name: &'static str,
    method: Method,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Method {
    Arithmetic { kind: Arithmetic, seed: u64 },
    Crc(Crc),
}

/// Why there is no such checksum. Numbers that describe a checksum come from a person, so each says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChecksumError {
    /// The width of a CRC, in bits, is outside of 1 to 64.
    #[error("a CRC can be 1 to 64 bits wide, not {width}")]
    Width {
        /// The width asked for, in bits.
        width: u32,
    },
    /// A parameter of a CRC has more bits than the CRC.
    #[error("{parameter} {value:#X} does not fit into {width} bits")]
    TooWide {
        /// Which one: `poly`, `init`, `xorout`, or `seed`.
        parameter: &'static str,
        /// Its value.
        value: u64,
        /// The width of the CRC, in bits.
        width: u32,
    },
    /// The polynomial is even, which it never is in the catalogue's notation.
    #[error(
        "poly {poly:#X} is even: write it neither reversed nor without its lowest bit (0x1021, not 0x8408 or 0x8810)"
    )]
    EvenPoly {
        /// The polynomial as given.
        poly: u64,
    },
    /// An arithmetic kind cannot start there.
    #[error("{name} cannot start from {seed:#X}")]
    Seed {
        /// The kind's name.
        name: &'static str,
        /// The seed as given.
        seed: u64,
    },
}

impl Checksum {
    /// The checksum of this name, in the lower case of [`names`](Self::names): `sum8`, `lrc`, `crc16_modbus`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::named_arithmetic(name).or_else(|| Self::named_crc(name))
    }

    fn named_arithmetic(name: &str) -> Option<Self> {
        let (name, kind) = arithmetic::NAMES.into_iter().find(|(known, _)| *known == name)?;
        Some(Self { name, method: Method::Arithmetic { kind, seed: kind.usual_seed() } })
    }

    fn named_crc(name: &str) -> Option<Self> {
        let entry = crc::CATALOGUE.iter().find(|entry| entry.name == name)?;
        Some(Self { name: entry.name, method: Method::Crc(Crc::new(entry.parameters).ok()?) })
    }

    /// Every name that [`named`](Self::named) knows: the arithmetic kinds, their aliases, the CRCs by width.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let arithmetic = arithmetic::NAMES.iter().map(|(name, _)| *name);
        arithmetic.chain(crc::CATALOGUE.iter().map(|entry| entry.name))
    }

    /// A CRC that has no name, by its parameters; it calls itself `crc`.
    ///
    /// # Errors
    ///
    /// When the width is not 1 to 64, when `poly`, `init` or `xorout` do not fit into it, or when `poly` is even.
    pub fn custom(parameters: CrcParameters) -> Result<Self, ChecksumError> {
        Ok(Self { name: "crc", method: Method::Crc(Crc::new(parameters)?) })
    }

    /// The same checksum, started from `seed`: in place of 0 for sums and exclusive or, in place of `init` for a CRC.
    /// For `adler32` and `fletcher16` it is the running value, as zlib's `adler32` takes it: the second sum in the high
    /// half, the first one (1 and 0 if unsaid) in the low half.
    ///
    /// # Errors
    ///
    /// When the seed does not fit into the width, or for `adler32` and `fletcher16` a half reaches the modulus.
    pub fn with_seed(self, seed: u64) -> Result<Self, ChecksumError> {
        let name = self.name;
        let method = match self.method {
            Method::Arithmetic { kind, .. } if kind.can_start_from(seed) => Method::Arithmetic { kind, seed },
            Method::Arithmetic { .. } => return Err(ChecksumError::Seed { name, seed }),
            Method::Crc(crc) => Method::Crc(crc.with_seed(seed)?),
        };
        Ok(Self { name, method })
    }

    /// Width of the result in bits, 1 to 64. `xor7` is 8 bits wide, of which the highest is never set.
    #[must_use]
    pub fn width(&self) -> u32 {
        match &self.method {
            Method::Arithmetic { kind, .. } => kind.width(),
            Method::Crc(crc) => crc.width(),
        }
    }

    /// The checksum of `bytes`, in the low [`width`](Self::width) bits.
    #[must_use]
    pub fn compute(&self, bytes: &[u8]) -> u64 {
        match &self.method {
            Method::Arithmetic { kind, seed } => kind.compute(*seed, bytes),
            Method::Crc(crc) => crc.compute(bytes),
        }
    }

    /// The name it was asked for by, aliases included; `crc` for a custom one.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name
    }
}

impl PartialEq for Checksum {
    fn eq(&self, other: &Self) -> bool {
        self.method == other.method
    }
}

impl Eq for Checksum {}

#[cfg(test)]
mod tests {
    use super::*;

    const CRC16_MODBUS: CrcParameters =
        CrcParameters { width: 16, poly: 0x8005, init: 0xFFFF, refin: true, refout: true, xorout: 0 };

    fn named(name: &str) -> Checksum {
        Checksum::named(name).unwrap_or_else(|| panic!("no {name}"))
    }

    #[test]
    fn check_values_over_the_nine_digits() {
        let vectors = [
            ("sum8", 0xDD),
            ("neg8", 0x23),
            ("lrc", 0x23),
            ("xor", 0x31),
            ("bcc", 0x31),
            ("adler32", 0x091E_01DE),
            ("crc8_smbus", 0xF4),
            ("crc16_modbus", 0x4B37),
            ("crc16_xmodem", 0x31C3),
            ("crc16_ibm_sdlc", 0x906E),
            ("crc16_ibm_3740", 0x29B1),
            ("crc16_arc", 0xBB3D),
            ("crc32_iso_hdlc", 0xCBF4_3926),
            ("crc32_jamcrc", 0x340B_C6D9),
        ];
        for (name, check) in vectors {
            assert_eq!(named(name).compute(b"123456789"), check, "{name}");
        }
    }

    #[test]
    fn every_name_is_known_told_once_and_kept() {
        let names: Vec<_> = Checksum::names().collect();
        for (at, name) in names.iter().enumerate() {
            assert_eq!(named(name).name(), *name);
            assert!(!names[..at].contains(name), "{name} twice");
        }
    }

    #[test]
    fn other_names_are_not_known() {
        for name in ["", "crc", "crc16", "CRC16_MODBUS", "Sum8", "crc82_darc", "sum8 "] {
            assert_eq!(Checksum::named(name), None, "{name:?}");
        }
    }

    #[test]
    fn widths_are_in_bits_and_results_fit_into_them() {
        for (name, width) in
            [("xor7", 8), ("sum16", 16), ("neg16", 16), ("adler32", 32), ("crc3_gsm", 3), ("crc64_xz", 64)]
        {
            assert_eq!(named(name).width(), width, "{name}");
        }
        for name in Checksum::names() {
            let checksum = named(name);
            let result = checksum.compute(&[0xFF; 300]);
            assert_eq!(u128::from(result) >> checksum.width(), 0, "{name}");
        }
    }

    #[test]
    fn aliases_and_parameters_are_equal_to_what_they_stand_for() {
        assert_eq!(named("lrc"), named("neg8"));
        assert_eq!(Checksum::custom(CRC16_MODBUS), Ok(named("crc16_modbus")));
        assert_ne!(named("xor"), named("xor7"));
        assert_ne!(named("xor"), named("xor").with_seed(0x7F).unwrap());
    }

    #[test]
    fn a_seed_is_where_it_starts() {
        assert_eq!(named("xor").with_seed(0x7F).unwrap().compute(&[0x01]), 0x7E);
        assert_eq!(named("sum8").with_seed(0xFF).unwrap().compute(&[0x02]), 0x01);
        assert_eq!(named("neg8").with_seed(0x10).unwrap().compute(&[0x01]), 0xEF);
        let modbus_from_zero = named("crc16_modbus").with_seed(0).unwrap();
        assert_eq!(modbus_from_zero.compute(b"123456789"), 0xBB3D);
        assert_eq!(modbus_from_zero, named("crc16_arc"));
    }

    #[test]
    fn running_values_continue_sums_and_adler() {
        for name in ["sum8", "sum16", "sum32", "xor", "adler32", "fletcher16"] {
            let running = named(name).compute(b"12345");
            let continued = named(name).with_seed(running).unwrap();
            assert_eq!(continued.compute(b"6789"), named(name).compute(b"123456789"), "{name}");
        }
    }

    #[test]
    fn a_seed_that_does_not_fit_is_refused() {
        assert_eq!(named("bcc").with_seed(0x100), Err(ChecksumError::Seed { name: "bcc", seed: 0x100 }));
        assert_eq!(named("adler32").with_seed(0xFFFF), Err(ChecksumError::Seed { name: "adler32", seed: 0xFFFF }));
        let error = named("crc16_modbus").with_seed(0x1_0000).unwrap_err();
        assert_eq!(error.to_string(), "seed 0x10000 does not fit into 16 bits");
        assert!(named("crc64_xz").with_seed(u64::MAX).is_ok());
    }

    #[test]
    fn parameters_that_make_no_crc_are_refused() {
        let refused = |parameters| Checksum::custom(parameters).unwrap_err().to_string();
        assert_eq!(refused(CrcParameters { width: 0, ..CRC16_MODBUS }), "a CRC can be 1 to 64 bits wide, not 0");
        assert_eq!(refused(CrcParameters { width: 65, ..CRC16_MODBUS }), "a CRC can be 1 to 64 bits wide, not 65");
        assert_eq!(refused(CrcParameters { poly: 0x18005, ..CRC16_MODBUS }), "poly 0x18005 does not fit into 16 bits");
        assert_eq!(
            refused(CrcParameters { width: 15, poly: 1, ..CRC16_MODBUS }),
            "init 0xFFFF does not fit into 15 bits"
        );
        assert_eq!(
            refused(CrcParameters { xorout: 1 << 40, ..CRC16_MODBUS }),
            "xorout 0x10000000000 does not fit into 16 bits"
        );
        assert!(refused(CrcParameters { poly: 0x8408, ..CRC16_MODBUS }).starts_with("poly 0x8408 is even"));
    }
}
