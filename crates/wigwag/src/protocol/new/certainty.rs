//! How sure a guess is: computed from how unlikely it is that a wrong one fits.

use std::fmt;

/// A wrong guess would fit in less than one of a million captures.
const CERTAIN_BITS: f64 = 20.0;
/// A wrong guess would fit in less than one of a hundred captures.
const LIKELY_BITS: f64 = 7.0;
/// Two frames may be alike in ways that no arithmetic sees: nothing is certain before the third.
const FEWEST_FOR_CERTAIN: usize = 3;

/// In words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sureness {
    Possible,
    Likely,
    Certain,
}

impl Sureness {
    /// One word less sure.
    pub(super) fn lowered(self) -> Self {
        match self {
            Self::Certain => Self::Likely,
            Self::Likely | Self::Possible => Self::Possible,
        }
    }
}

impl fmt::Display for Sureness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        })
    }
}

/// How unlikely it is that one of the wrong guesses fits all samples by accident.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chance {
    /// The chance is 1 in 2 to the power of this.
    bits: f64,
    samples: usize,
}

impl Chance {
    /// Of `tried` guesses, each of which fits so many random samples by a chance of 1 in 2^`bits`.
    pub(super) fn of_accident(bits: f64, samples: usize, tried: usize) -> Self {
        Self { bits: bits - (tried.max(1) as f64).log2(), samples }
    }

    pub(super) fn bits(self) -> f64 {
        self.bits
    }

    pub(super) fn sureness(self) -> Sureness {
        if self.bits >= CERTAIN_BITS && self.samples >= FEWEST_FOR_CERTAIN {
            Sureness::Certain
        } else if self.bits >= LIKELY_BITS {
            Sureness::Likely
        } else {
            Sureness::Possible
        }
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.bits < 1.0 {
            return f.write_str("more often than not");
        }
        // Small numbers read better than powers.
        if self.bits < 10.0 {
            return write!(f, "by chance 1 in {:.0}", self.bits.exp2());
        }
        write!(f, "by chance 1 in 2^{:.0}", self.bits.floor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_samples_are_surer_and_more_guesses_less_sure() {
        let sureness = |bits, samples, tried| Chance::of_accident(bits * samples as f64, samples, tried).sureness();
        assert_eq!(sureness(8.0, 1, 1000), Sureness::Possible);
        assert_eq!(sureness(8.0, 2, 16), Sureness::Likely);
        assert_eq!(sureness(8.0, 2, 1000), Sureness::Possible);
        assert_eq!(sureness(8.0, 3, 64), Sureness::Likely);
        assert_eq!(sureness(8.0, 4, 1000), Sureness::Certain);
        assert_eq!(sureness(16.0, 3, 100_000), Sureness::Certain);
    }

    #[test]
    fn two_samples_are_never_certain() {
        assert_eq!(Chance::of_accident(64.0, 2, 1).sureness(), Sureness::Likely);
        assert_eq!(Chance::of_accident(64.0, 3, 1).sureness(), Sureness::Certain);
    }

    #[test]
    fn chances_are_told_in_numbers() {
        assert_eq!(Chance::of_accident(48.0, 6, 1).to_string(), "by chance 1 in 2^48");
        assert_eq!(Chance::of_accident(8.0, 1, 8).to_string(), "by chance 1 in 32");
        assert_eq!(Chance::of_accident(8.0, 1, 1000).to_string(), "more often than not");
    }
}
