//! The targets of a run that is gone on with: from the journal, and from nothing else.

use wigwag_fleet::{Invalid, Order, Pulled, Target};
use wigwag_net::Endpoint;
use wigwag_protocol::outcome::{Outcome, Skipped};

use super::batch::Batches;
use super::remembered::Remembered;
use super::ways;
use crate::journal::{Listed, Standings, State, Targets};
use crate::problem::Problem;
use crate::profile::{Profile, Ready, Secret, Secrets};

/// Which of a run's targets are sent to again: those that have proof that nothing was sent, and those that were never
/// begun. What was sent, or may have been, never is.
pub(super) fn is_sent_again(state: State) -> bool {
    match state {
        State::NeverStarted => true,
        State::Lost { .. } => false,
        State::Ended { outcome, .. } => match outcome {
            Outcome::Unreachable(_) | Outcome::Cancelled | Outcome::Skipped(Skipped::Halted) => true,
            Outcome::Ok
            | Outcome::Sent
            | Outcome::Rejected
            | Outcome::Unconfirmed(_)
            | Outcome::Garbled(_)
            | Outcome::Expired
            | Outcome::Skipped(Skipped::Excluded | Skipped::Duplicate | Skipped::DryRun | Skipped::Invalid) => false,
        },
    }
}

/// Makes a journal's profiles ready; secrets that were given again take the place of those that were kept.
pub(super) fn ready(kept: &[String], given: &[Secret]) -> Result<Vec<Ready>, Problem> {
    let mut secrets = Secrets::default();
    let ready = |(number, text): (u32, &String)| {
        let mut profile: Profile = serde_json::from_str(text)
            .map_err(|error| Problem::usage(format!("a profile of this run cannot be read: {error}")))?;
        for secret in &mut profile.secrets {
            if let Some(given) = given.iter().find(|given| given.name == secret.name) {
                *secret = given.clone();
            }
        }
        profile.ready(number, &mut secrets)
    };
    (0..).zip(kept).map(ready).collect()
}

/// Those that are sent to again, in order.
pub(super) struct Source {
    batches: Batches,
    rest: Rest,
}

/// What has not been handed out.
struct Rest {
    targets: Targets,
    standings: Standings,
    ways: Vec<Ready>,
    names: Remembered,
    failed: Option<String>,
}

impl Source {
    pub(super) fn new(targets: Targets, standings: Standings, ways: Vec<Ready>) -> Self {
        let rest = Rest { targets, standings, ways, names: Remembered::default(), failed: None };
        Self { batches: Batches::default(), rest }
    }
}

impl Rest {
    fn next(&mut self) -> Option<Target> {
        loop {
            let listed = match self.targets.next()? {
                Ok(listed) => listed,
                Err(error) => {
                    self.failed = Some(error.to_string());
                    return None;
                }
            };
            self.names.note(listed.number, &listed.name);
            if is_sent_again(self.standings.state(listed.number)) {
                let tried = self.standings.tried(listed.number);
                let order = order(&listed, &self.ways);
                return Some(Target { number: listed.number, name: listed.name.into(), tried, order });
            }
        }
    }
}

/// Where a target is and what it is told, as it was listed.
pub(super) fn order(listed: &Listed, ways: &[Ready]) -> Result<Order, Invalid> {
    if let Some((reason, message)) = &listed.invalid {
        return Err(Invalid { reason: *reason, message: message.clone() });
    }
    let of_problem = |problem: Problem| super::invalid(&problem);
    let endpoint =
        Endpoint::parse(&listed.endpoint, None).map_err(|error| of_problem(Problem::usage(error.to_string())))?;
    let way = ways.get(listed.profile as usize).ok_or_else(|| of_problem(Problem::usage("its profile is missing")))?;
    let task = match (listed.what.as_deref().and_then(ways::message_of), way.shared()) {
        (None, Some(shared)) => shared.clone(),
        (Some(message), _) => std::sync::Arc::new(way.task_of(&message).map_err(of_problem)?),
        (None, None) => return Err(of_problem(Problem::usage("what it is told is missing"))),
    };
    Ok(Order { endpoint, task })
}

impl wigwag_fleet::Source for Source {
    fn pull(&mut self, most: usize, below: u32) -> Pulled {
        let Self { batches, rest } = self;
        let failed = |rest: &mut Rest| rest.failed.take().map_or(Pulled::End, Pulled::Failed);
        batches.pull(most, below, || rest.next()).unwrap_or_else(|| failed(rest))
    }

    fn name_of(&self, number: u32) -> Option<String> {
        self.rest.names.name(number)
    }
}
