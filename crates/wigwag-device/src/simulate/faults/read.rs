//! Faults as they are typed: `NAME[=PROBABILITY%][:ARGUMENT]`.

use std::ops::Range;
use std::str::FromStr;
use std::time::Duration;

use wigwag_protocol::layout::nearest;
use wigwag_protocol::units::parse_duration;

use super::{ALWAYS, Fault, Kind, PER_CENT};

/// A text that is no fault: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FaultError {
    /// The place in the text, in bytes.
    pub at: Range<usize>,
    /// One line: what is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

/// How long `slow` takes unless it says.
const SLOW: Duration = Duration::from_secs(2);

/// What `banner` says unless it says something else: what serial servers say whose port somebody else has.
const BANNER: &str = "Port already in use";

impl FromStr for Fault {
    type Err = FaultError;

    /// `slow=5%:2s`, `silent`, `banner:Port already in use`
    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (head, argument) = match text.split_once(':') {
            Some((head, argument)) => (head, Some(argument)),
            None => (text, None),
        };
        let (name, percent) = match head.split_once('=') {
            Some((name, percent)) => (name, Some(percent)),
            None => (head, None),
        };
        let odds = match percent {
            None => ALWAYS,
            Some(percent) => odds(percent).map_err(|message| FaultError {
                at: name.len() + 1..head.len(),
                message,
                help: Some(format!("write `{name}=5%`; without it the fault always happens")),
            })?,
        };
        let kind = kind(name, argument).map_err(|wrong| wrong.placed(name, head, text))?;
        Ok(Self { kind, odds })
    }
}

/// What is wrong with a fault's name or argument.
enum Wrong {
    NoSuchFault,
    Argument(String),
    Missing(String),
}

impl Wrong {
    fn placed(self, name: &str, head: &str, text: &str) -> FaultError {
        match self {
            Self::NoSuchFault => FaultError {
                at: 0..name.len(),
                message: format!("there is no fault `{name}`"),
                help: Some(match nearest(name, Kind::NAMES) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are: {}", Kind::NAMES.join(", ")),
                }),
            },
            Self::Argument(message) => FaultError { at: head.len() + 1..text.len(), message, help: None },
            Self::Missing(message) => FaultError { at: 0..text.len(), message, help: None },
        }
    }
}

fn kind(name: &str, argument: Option<&str>) -> Result<Kind, Wrong> {
    let time = || argument.map(parse_duration).transpose().map_err(Wrong::Argument);
    let kind = match name {
        "slow" => return Ok(Kind::Slow(time()?.unwrap_or(SLOW))),
        "late" => return Ok(Kind::Late(time()?)),
        "banner" => return banner(argument),
        "silent" => Kind::Silent,
        "reset" => Kind::Reset,
        "close-mid-frame" => Kind::CloseMidFrame,
        "split" => Kind::Split,
        "garble" => Kind::Garble,
        "wrong-id" => Kind::WrongId,
        "no-half-close" => Kind::NoHalfClose,
        "busy" => Kind::Busy,
        "refuse" => Kind::Refuse,
        _ => return Err(Wrong::NoSuchFault),
    };
    match argument {
        None => Ok(kind),
        Some(_) => Err(Wrong::Argument(format!("`{name}` takes nothing behind a colon"))),
    }
}

fn banner(text: Option<&str>) -> Result<Kind, Wrong> {
    match text {
        Some("") => Err(Wrong::Missing("the banner says nothing".to_owned())),
        text => Ok(Kind::Banner(format!("{}\r\n", text.unwrap_or(BANNER)))),
    }
}

/// `5%`, `0.5%`: exactly, so that a sum of 100 % is one.
fn odds(text: &str) -> Result<u64, String> {
    let wrong = || format!("`{text}` is not a probability");
    let number = text.strip_suffix('%').ok_or_else(wrong)?.trim_end();
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 6 || !digits(whole) || !digits(decimals) {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let decimals: u64 = format!("{decimals:0<6}").parse().map_err(|_| wrong())?;
    match whole * PER_CENT + decimals {
        0 => Err("a fault of 0% never happens".to_owned()),
        odds if odds > ALWAYS => Err(format!("{text} is more than always")),
        odds => Ok(odds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Fault {
        text.parse().unwrap()
    }

    #[test]
    fn a_fault_has_odds_and_an_argument() {
        let seconds = Duration::from_secs;
        assert_eq!(read("silent"), Fault { kind: Kind::Silent, odds: ALWAYS });
        assert_eq!(read("slow=5%:3s"), Fault { kind: Kind::Slow(seconds(3)), odds: 5 * PER_CENT });
        assert_eq!(read("slow").kind, Kind::Slow(seconds(2)));
        assert_eq!(read("late").kind, Kind::Late(None));
        assert_eq!(read("late:100ms").kind, Kind::Late(Some(Duration::from_millis(100))));
        assert_eq!(read("reset=0.25%").odds, PER_CENT / 4);
        assert_eq!(read("reset=100%").odds, ALWAYS);
        assert_eq!(read("banner=1%").kind, Kind::Banner("Port already in use\r\n".to_owned()));
        assert_eq!(read("banner:in use: 10=10").kind, Kind::Banner("in use: 10=10\r\n".to_owned()));
    }

    #[test]
    fn every_kind_has_its_own_name() {
        for name in Kind::NAMES {
            assert_eq!(read(name).kind.name(), name);
        }
    }

    #[test]
    fn what_is_no_fault_is_named_and_marked() {
        let cases = [
            ("slwo=5%", "slwo", "there is no fault `slwo`", Some("did you mean `slow`?")),
            ("slow=5", "5", "`5` is not a probability", Some("write `slow=5%`; without it the fault always happens")),
            (
                "slow=120%",
                "120%",
                "120% is more than always",
                Some("write `slow=5%`; without it the fault always happens"),
            ),
            (
                "reset=0%",
                "0%",
                "a fault of 0% never happens",
                Some("write `reset=5%`; without it the fault always happens"),
            ),
            ("silent:2s", "2s", "`silent` takes nothing behind a colon", None),
            ("banner:", "banner:", "the banner says nothing", None),
        ];
        for (text, marked, message, help) in cases {
            let error = text.parse::<Fault>().unwrap_err();
            assert_eq!((&text[error.at.clone()], &*error.message, error.help.as_deref()), (marked, message, help));
        }
        assert!("xyz".parse::<Fault>().unwrap_err().help.unwrap().starts_with("there are: slow, silent"));
        assert_eq!("slow:soon".parse::<Fault>().unwrap_err().at, 5..9);
    }
}
