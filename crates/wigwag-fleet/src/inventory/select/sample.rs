//! Only some hosts, always the same.

use std::str::FromStr;

/// How many hosts of a selection: `10` or `1%`. Which ones depends on their names alone, so the same hosts come out
/// tomorrow, and a larger sample holds a smaller one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    /// So many.
    Count(u64),
    /// So many of a hundred, rounded up.
    Percent(f64),
}

impl FromStr for Sample {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a number of hosts such as 10, or a part of them such as 1%");
        match text.strip_suffix('%') {
            Some(percent) => {
                let percent = percent.trim().parse().map_err(|_| wrong())?;
                if percent > 0.0 && percent <= 100.0 { Ok(Self::Percent(percent)) } else { Err(wrong()) }
            }
            None => match text.parse() {
                Ok(0) | Err(_) => Err(wrong()),
                Ok(count) => Ok(Self::Count(count)),
            },
        }
    }
}

impl Sample {
    /// The largest hash that belongs to the sample of what has these hashes.
    pub(super) fn most_hash(self, hashes: impl Iterator<Item = u64>) -> u64 {
        let mut hashes: Vec<u64> = hashes.collect();
        let count = match self {
            Self::Count(count) => usize::try_from(count).unwrap_or(usize::MAX),
            Self::Percent(percent) => (hashes.len() as f64 * percent / 100.0).ceil() as usize,
        };
        match count.checked_sub(1).filter(|last| *last < hashes.len()) {
            Some(last) => *hashes.select_nth_unstable(last).1,
            None => u64::MAX,
        }
    }
}

/// A number for a name that stays the same for ever: FNV-1a, and the finish of MurmurHash3, without which names that
/// differ only in their last characters would come out together.
pub(super) fn hash(name: &str) -> u64 {
    const OFFSET: u64 = 0xCBF2_9CE4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01B3;
    let mut hash = name.bytes().fold(OFFSET, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_of_a_name_never_changes() {
        // Samples of earlier versions depend on it: who changes it changes everybody's canaries.
        assert_eq!(hash(""), 0xEFD0_1F60_BA99_2926);
        assert_eq!(hash("press-7"), 0x1B87_A394_C06E_408A);
    }

    #[test]
    fn numbers_and_parts_are_read() {
        assert_eq!("10".parse(), Ok(Sample::Count(10)));
        assert_eq!("0.5%".parse(), Ok(Sample::Percent(0.5)));
        for text in ["", "0", "0%", "101%", "-1", "x", "1 %%", "NaN%"] {
            assert!(text.parse::<Sample>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_larger_sample_holds_a_smaller_one() {
        let hashes = || (0..1000).map(|n| hash(&format!("press-{n:03}")));
        let (one, ten) = (Sample::Percent(1.0).most_hash(hashes()), Sample::Count(100).most_hash(hashes()));
        assert_eq!(hashes().filter(|hash| *hash <= one).count(), 10);
        assert_eq!(hashes().filter(|hash| *hash <= ten).count(), 100);
        assert!(one < ten);
        assert_eq!(Sample::Count(5000).most_hash(hashes()), u64::MAX);
    }
}
