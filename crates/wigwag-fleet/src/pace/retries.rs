//! What is tried again, and when.

use std::str::FromStr;
use std::time::Duration;

use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::outcome::{Outcome, Unreachable};
use wigwag_protocol::protocol::Effect;
use wigwag_protocol::units::parse_duration;

/// What is tried again by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retries {
    /// How often what was proven not sent is tried again, whatever the command does.
    pub connect: u16,
    /// How often a busy device is asked again, and a command whose answer is missing is sent again, if twice does no
    /// harm.
    pub response: u16,
    /// How long to wait before.
    pub backoff: Backoff,
}

/// How long to wait before the next try: twice as long each time, with chance in it, so that devices that failed together
/// are not asked together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Before the first.
    pub first: Duration,
    /// The longest.
    pub most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first: Duration::from_millis(500), most: Duration::from_secs(30) }
    }
}

/// Which budget a try is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Budget {
    Connect,
    Response,
    /// Our own machine's shortage: no device's fault, and no try of it.
    Shortage,
}

/// From which budget an attempt may be tried again; from none, if it may not.
pub(crate) fn budget(outcome: Outcome, evidence: &Evidence, effect: Effect) -> Option<Budget> {
    if evidence.lasting {
        return None;
    }
    match outcome {
        // A login that is refused again and again locks accounts.
        Outcome::Unreachable(Unreachable::Login) => None,
        Outcome::Unreachable(Unreachable::Local) => Some(Budget::Shortage),
        Outcome::Unreachable(
            Unreachable::Dns
            | Unreachable::Refused
            | Unreachable::NoRoute
            | Unreachable::Timeout
            | Unreachable::Tls
            | Unreachable::Proxy
            | Unreachable::Dropped
            | Unreachable::Greeting,
        ) => Some(Budget::Connect),
        Outcome::Rejected => evidence.refusal.as_ref().filter(|refusal| refusal.busy).map(|_| Budget::Response),
        Outcome::Unconfirmed(_) | Outcome::Garbled(_) => match effect {
            Effect::Read | Effect::Idempotent => Some(Budget::Response),
            Effect::Once => None,
        },
        Outcome::Ok | Outcome::Sent | Outcome::Skipped(_) | Outcome::Cancelled | Outcome::Expired => None,
    }
}

impl Backoff {
    /// Before the try after `tries`; `chance` is from 0 to 1.
    pub(crate) fn wait(self, tries: u16, chance: f64) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(u32::from(tries)).unwrap_or(u32::MAX));
        let longest = doubled.min(self.most);
        longest.mul_f64(0.5 + chance / 2.0)
    }
}

/// `500ms..30s`.
impl FromStr for Backoff {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (first, most) =
            text.split_once("..").ok_or_else(|| format!("`{text}` is not FIRST..LONGEST: 500ms..30s"))?;
        let (first, most) = (parse_duration(first)?, parse_duration(most)?);
        if first > most || most.is_zero() {
            return Err(format!("`{text}`: the longest wait comes last"));
        }
        Ok(Self { first, most })
    }
}

#[cfg(test)]
mod tests {
    use wigwag_protocol::outcome::{Garbled, Unconfirmed};
    use wigwag_protocol::protocol::Refusal;

    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_hold_chance() {
        let backoff: Backoff = "100ms..1s".parse().unwrap();
        let waits: Vec<u128> = (0..6).map(|tries| backoff.wait(tries, 1.0).as_millis()).collect();
        assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
        assert_eq!(backoff.wait(0, 0.0), Duration::from_millis(50));
        assert_eq!(backoff.wait(u16::MAX, 1.0), Duration::from_secs(1));
        assert!("1s..100ms".parse::<Backoff>().is_err() && "1s".parse::<Backoff>().is_err());
    }

    #[test]
    fn only_what_can_do_no_harm_is_tried_again() {
        let evidence = Evidence::default();
        let of = |outcome, effect| budget(outcome, &evidence, effect);
        let refused = Outcome::Unreachable(Unreachable::Refused);
        let silent = Outcome::Unconfirmed(Unconfirmed::NoReply);
        let garbled = Outcome::Garbled(Garbled::Checksum);

        for effect in [Effect::Read, Effect::Idempotent, Effect::Once] {
            assert_eq!(of(refused, effect), Some(Budget::Connect));
            assert_eq!(of(Outcome::Unreachable(Unreachable::Login), effect), None);
            assert_eq!(of(Outcome::Unreachable(Unreachable::Local), effect), Some(Budget::Shortage));
            let may = (effect != Effect::Once).then_some(Budget::Response);
            assert_eq!((of(silent, effect), of(garbled, effect)), (may, may));
            assert_eq!(of(Outcome::Rejected, effect), None);
            assert_eq!((of(Outcome::Ok, effect), of(Outcome::Cancelled, effect)), (None, None));
        }
        let lasting = Evidence { lasting: true, ..Evidence::default() };
        assert_eq!(budget(Outcome::Unreachable(Unreachable::Tls), &lasting, Effect::Read), None);
        let refusal = |busy| Some(Refusal { code: None, text: None, busy });
        let busy = Evidence { refusal: refusal(true), ..Evidence::default() };
        assert_eq!(budget(Outcome::Rejected, &busy, Effect::Once), Some(Budget::Response));
    }
}
