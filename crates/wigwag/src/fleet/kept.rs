//! How fast a run goes and what stops it, as it is kept: a run that is gone on with goes on the same way.

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wigwag_fleet::Pace;
use wigwag_fleet::pace::{Counted, HaltRule, Pause, Retries, Waves};
use wigwag_protocol::protocol::Effect;

use crate::cli::PaceArgs;
use crate::confirm;
use crate::descriptors;
use crate::problem::Problem;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) fanout: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    per_subnet: Vec<String>,
    /// The numbers of targets at which waves end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) waves: Vec<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pause: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deadline: Option<Duration>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) halts: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    canary_halts: Vec<String>,
    pub(super) retry_connect: u16,
    pub(super) retry_response: u16,
    backoff: String,
}

impl Kept {
    /// What was typed, for so many targets.
    pub(super) fn new(typed: &PaceArgs, targets: Option<u32>, effect: Effect) -> Result<Self, Problem> {
        let waves = match (&typed.waves, typed.canary) {
            (Some(waves), _) => Some(read::<Waves>(waves)?),
            (None, Some(count)) => Some(Waves::canary(count)),
            (None, None) => None,
        };
        let waves = waves.map(|waves| waves.ends(targets)).transpose();
        let waves = waves.map_err(|error| Problem::usage(format!("--waves: {error}")))?.unwrap_or_default();
        let is_in_waves = waves.len() > 1;
        if typed.pause.is_some() && typed.waves.is_none() && typed.canary.is_none() {
            return Err(Problem::usage("--pause is between waves, and there are none").with_help("--waves 1,10%,100%"));
        }
        // What may have acted must not go on to all the others unseen.
        let strict = match (typed.canary, effect) {
            _ if !is_in_waves || !typed.halt.is_empty() => Vec::new(),
            (Some(_), _) => vec![HaltRule::at_the_first(Counted::Failed).to_string()],
            (None, Effect::Once) => vec![HaltRule::at_the_first(Counted::Unconfirmed).to_string()],
            (None, Effect::Read | Effect::Idempotent) => Vec::new(),
        };
        let kept = Self {
            fanout: typed.fanout.unwrap_or(PaceArgs::FANOUT),
            rate: typed.rate.clone(),
            per_subnet: typed.per_subnet.clone(),
            waves,
            pause: typed.pause.clone(),
            deadline: typed.deadline,
            halts: typed.halt.clone(),
            canary_halts: strict,
            retry_connect: typed.retry_connect,
            retry_response: typed.retry_response,
            backoff: typed.backoff.clone(),
        };
        let pace = kept.pace()?;
        if is_in_waves && pace.pause == Pause::Ask && !confirm::is_on_terminal() {
            return Err(
                Problem::usage("--pause ask: there is no terminal to ask on").with_help("--pause 10m waits instead")
            );
        }
        Ok(kept)
    }

    /// What it means. Refuses a fanout for which this machine has no descriptors.
    pub(super) fn pace(&self) -> Result<Pace, Problem> {
        descriptors::make_room(self.fanout)?;
        let rules = |rules: &[String]| rules.iter().map(|rule| read::<HaltRule>(rule)).collect::<Result<Vec<_>, _>>();
        Ok(Pace {
            fanout: self.fanout as usize,
            rate: self.rate.as_deref().map(read).transpose()?,
            per_subnet: self.per_subnet.iter().map(|cap| read(cap)).collect::<Result<_, _>>()?,
            waves: self.waves.clone(),
            pause: self.pause.as_deref().map(read).transpose()?.unwrap_or(Pause::For(Duration::ZERO)),
            deadline: self.deadline,
            halts: rules(&self.halts)?,
            canary_halts: rules(&self.canary_halts)?,
            retries: Retries {
                connect: self.retry_connect,
                response: self.retry_response,
                backoff: read(&self.backoff)?,
            },
        })
    }

    pub(super) fn written(&self) -> Result<String, Problem> {
        serde_json::to_string(self).map_err(|error| Problem::Fault(format!("settings cannot be written: {error}")))
    }

    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        serde_json::from_str(text)
            .map_err(|error| Problem::usage(format!("the settings of this run cannot be read: {error}")))
    }
}

fn read<T: FromStr<Err = String>>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|error: String| Problem::usage(error))
}
