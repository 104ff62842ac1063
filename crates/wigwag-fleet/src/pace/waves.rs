//! How many before the others.

use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;
use wigwag_protocol::units::parse_duration;

/// `1,10%,100%`: how many targets each wave has together with those before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Waves(Vec<Share>);

/// A part of the targets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Share {
    /// So many.
    Count(u32),
    /// So many of a hundred, rounded up: a wave is never empty.
    Percent(f64),
}

/// What comes between two waves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// A time.
    For(Duration),
    /// Somebody has to agree.
    Ask,
}

/// Why waves cannot be measured out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WavesError {
    /// A percentage of something whose size is not known.
    #[error("a percentage needs a number of targets that is known; a list that is streamed has none")]
    NoTotal,
}

impl Waves {
    /// One small wave, then all.
    pub fn canary(count: u32) -> Self {
        Self(vec![Share::Count(count), Share::Percent(100.0)])
    }

    /// The numbers of targets after which a wave ends, rising; all that are left are in the last one.
    ///
    /// # Errors
    ///
    /// There are percentages, and `total` is not known.
    pub fn ends(&self, total: Option<u32>) -> Result<Vec<u32>, WavesError> {
        let mut ends = Vec::new();
        for share in &self.0 {
            let end = match (share, total) {
                (Share::Count(count), _) => *count,
                (Share::Percent(percent), Some(total)) => (f64::from(total) * percent / 100.0).ceil() as u32,
                // The rest of a stream is all that still comes.
                (Share::Percent(percent), None) if *percent >= 100.0 => u32::MAX,
                (Share::Percent(_), None) => return Err(WavesError::NoTotal),
            };
            let end = total.map_or(end, |total| end.min(total));
            if ends.last().is_none_or(|last| end > *last) {
                ends.push(end);
            }
        }
        let all = total.unwrap_or(u32::MAX);
        if ends.last().is_none_or(|last| *last < all) {
            ends.push(all);
        }
        Ok(ends)
    }
}

impl FromStr for Waves {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut shares: Vec<Share> = Vec::new();
        for part in text.split(',') {
            let share = part.trim().parse()?;
            let rises = match (shares.last(), share) {
                (Some(Share::Count(last)), Share::Count(count)) => count > *last,
                (Some(Share::Percent(last)), Share::Percent(percent)) => percent > *last,
                (Some(_) | None, Share::Count(_) | Share::Percent(_)) => true,
            };
            if !rises {
                return Err(format!("`{text}`: waves are cumulative, so each number is larger than the one before it"));
            }
            shares.push(share);
        }
        Ok(Self(shares))
    }
}

impl FromStr for Share {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not a number of targets, or a percentage such as 10%");
        match text.strip_suffix('%') {
            Some(percent) => match percent.parse::<f64>() {
                Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(Self::Percent(percent)),
                Ok(_) => Err(format!("`{text}` is not from above 0% to 100%")),
                Err(_) => Err(wrong()),
            },
            None => match text.parse::<u32>() {
                Ok(0) => Err("0 targets are no wave".to_owned()),
                Ok(count) => Ok(Self::Count(count)),
                Err(_) => Err(wrong()),
            },
        }
    }
}

impl FromStr for Pause {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "ask" => Ok(Self::Ask),
            _ => parse_duration(text).map(Self::For).map_err(|error| format!("{error}; or `ask`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str, total: Option<u32>) -> Result<Vec<u32>, WavesError> {
        text.parse::<Waves>().unwrap().ends(total)
    }

    #[test]
    fn waves_end_at_rising_numbers_and_the_last_one_is_all() {
        assert_eq!(ends("1,10%,100%", Some(200)), Ok(vec![1, 20, 200]));
        assert_eq!(ends("1,10%", Some(200)), Ok(vec![1, 20, 200]));
        assert_eq!(ends("5,10%,100%", Some(20)), Ok(vec![5, 20]), "a wave that adds nothing is none");
        assert_eq!(ends("0.1%", Some(20)), Ok(vec![1, 20]));
        assert_eq!(ends("50", Some(20)), Ok(vec![20]));
        assert_eq!(ends("50,100%", None), Ok(vec![50, u32::MAX]));
        assert_eq!(ends("10%", None), Err(WavesError::NoTotal));
    }

    #[test]
    fn what_are_no_waves_is_refused() {
        for wrong in ["", "0", "10,5", "50%,10%", "101%", "0%", "a"] {
            assert!(wrong.parse::<Waves>().is_err(), "{wrong}");
        }
    }
}
