//! What is too much.

use std::fmt;
use std::str::FromStr;

use wigwag_protocol::layout::nearest;
use wigwag_protocol::outcome::Outcome;

/// `soon,failed=3%,min=50`: when so many outcomes are bad, starting stops.
#[derive(Debug, Clone, PartialEq)]
pub struct HaltRule {
    /// What happens to what is in flight.
    pub when: When,
    /// Which outcomes count.
    pub counted: Counted,
    /// How many are too many.
    pub limit: Limit,
    /// A percentage is not judged before so many outcomes exist.
    pub min: u32,
}

/// What happens to what is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// It is waited for.
    Soon,
    /// It is cut.
    Now,
}

/// Which outcomes count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// All four of them together.
    Failed,
    /// The device said no.
    Rejected,
    /// Proven not sent.
    Unreachable,
    /// Not known what it did.
    Unconfirmed,
    /// Not its answer.
    Garbled,
}

/// How many are too many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// So many.
    Count(u32),
    /// So many of a hundred outcomes.
    Percent(f64),
}

/// The outcomes before which a percentage says nothing, unless a rule says otherwise.
const MIN: u32 = 20;

impl HaltRule {
    /// One is too many; what is in flight is waited for.
    pub const fn at_the_first(counted: Counted) -> Self {
        Self { when: When::Soon, counted, limit: Limit::Count(1), min: MIN }
    }

    /// Whether it holds, with so many `counted` among `outcomes`.
    pub fn holds(&self, counted: u32, outcomes: u32) -> bool {
        match self.limit {
            Limit::Count(most) => counted >= most,
            Limit::Percent(percent) => {
                outcomes >= self.min && counted > 0 && f64::from(counted) * 100.0 >= percent * f64::from(outcomes)
            }
        }
    }
}

impl Counted {
    const ALL: [Self; 5] = [Self::Failed, Self::Rejected, Self::Unreachable, Self::Unconfirmed, Self::Garbled];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Unconfirmed => "unconfirmed",
            Self::Garbled => "garbled",
        }
    }

    /// Whether an outcome is one of these.
    pub fn counts(self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Rejected => matches!(self, Self::Failed | Self::Rejected),
            Outcome::Unreachable(_) => matches!(self, Self::Failed | Self::Unreachable),
            Outcome::Unconfirmed(_) => matches!(self, Self::Failed | Self::Unconfirmed),
            Outcome::Garbled(_) => matches!(self, Self::Failed | Self::Garbled),
            Outcome::Ok | Outcome::Sent | Outcome::Skipped(_) | Outcome::Cancelled | Outcome::Expired => false,
        }
    }
}

impl FromStr for HaltRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',').map(str::trim);
        let when = match parts.next() {
            Some("soon") => When::Soon,
            Some("now") => When::Now,
            _ => return Err(format!("`{text}` begins with soon or now: soon,failed=3%")),
        };
        let mut rule = None;
        let mut min = None;
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| format!("`{part}` is not NAME=NUMBER"))?;
            if name == "min" {
                let number = value.parse().map_err(|_| format!("min: `{value}` is not a number of outcomes"))?;
                min = Some(number);
                continue;
            }
            let counted = Counted::ALL.into_iter().find(|counted| counted.word() == name);
            let counted = counted.ok_or_else(|| unknown(name))?;
            if rule.replace((counted, limit(value)?)).is_some() {
                return Err(format!("`{text}`: one kind of outcome for each rule; give --halt several times"));
            }
        }
        let (counted, limit) = rule.ok_or_else(|| format!("`{text}` says of no outcome how many are too many"))?;
        if min.is_some() && matches!(limit, Limit::Count(_)) {
            return Err(format!("`{text}`: min belongs to a percentage"));
        }
        Ok(Self { when, counted, limit, min: min.unwrap_or(MIN) })
    }
}

fn limit(text: &str) -> Result<Limit, String> {
    match text.strip_suffix('%') {
        Some(percent) => match percent.parse::<f64>() {
            Ok(percent) if percent > 0.0 && percent <= 100.0 => Ok(Limit::Percent(percent)),
            _ => Err(format!("`{text}` is not from above 0% to 100%")),
        },
        None => match text.parse::<u32>() {
            Ok(count) if count > 0 => Ok(Limit::Count(count)),
            _ => Err(format!("`{text}` is not a number of outcomes, or a percentage such as 3%")),
        },
    }
}

fn unknown(name: &str) -> String {
    let words = Counted::ALL.map(Counted::word);
    match nearest(name, words) {
        Some(near) => format!("no outcome is called `{name}`; did you mean `{near}`?"),
        None => format!("no outcome is called `{name}`; there are {}", words.join(", ")),
    }
}

/// As it is written.
impl fmt::Display for HaltRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.when {
            When::Soon => "soon",
            When::Now => "now",
        };
        write!(f, "{when},{}=", self.counted.word())?;
        match self.limit {
            Limit::Count(count) => write!(f, "{count}"),
            Limit::Percent(percent) if self.min == MIN => write!(f, "{percent}%"),
            Limit::Percent(percent) => write!(f, "{percent}%,min={}", self.min),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_written() {
        for text in ["soon,failed=3%", "now,unconfirmed=1", "soon,unreachable=20%,min=50"] {
            assert_eq!(text.parse::<HaltRule>().unwrap().to_string(), text);
        }
        for (text, expected) in [
            ("failed=3%", "`failed=3%` begins with soon or now: soon,failed=3%"),
            ("soon,unconfirmd=1", "no outcome is called `unconfirmd`; did you mean `unconfirmed`?"),
            ("soon", "`soon` says of no outcome how many are too many"),
            ("soon,failed=0", "`0` is not a number of outcomes, or a percentage such as 3%"),
            ("soon,failed=101%", "`101%` is not from above 0% to 100%"),
            ("soon,failed=1,min=3", "`soon,failed=1,min=3`: min belongs to a percentage"),
        ] {
            assert_eq!(text.parse::<HaltRule>(), Err(expected.to_owned()));
        }
    }

    #[test]
    fn a_percentage_waits_for_enough_outcomes() {
        let rule: HaltRule = "soon,failed=10%,min=20".parse().unwrap();
        assert!(!rule.holds(19, 19));
        assert!(rule.holds(2, 20) && !rule.holds(1, 20));
        let rule: HaltRule = "soon,failed=2".parse().unwrap();
        assert!(rule.holds(2, 2) && !rule.holds(1, 1));
    }
}
