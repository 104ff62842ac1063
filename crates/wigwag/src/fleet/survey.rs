//! All targets are looked at before anything is sent: what is wrong with one of them is said while nothing has happened.

use std::collections::BTreeSet;
use std::time::Duration;

use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::Effect;

use super::choice::Choice;
use super::ways::Ways;
use crate::inventory::census::Census;
use crate::problem::Problem;
use crate::report::part_names;

/// What there is to know of the targets of a run before it begins.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) census: Census,
    /// The worst that sending the command twice to one of them would do.
    pub(super) effect: Effect,
    /// What a person has to be asked about.
    pub(super) hazards: BTreeSet<String>,
    pub(super) command: Option<String>,
    pub(super) is_insecure: bool,
    /// The longest that one attempt to one of them may take.
    pub(super) longest: Duration,
    /// The parts that answers have.
    parts: BTreeSet<String>,
}

impl Survey {
    pub(super) fn of_nobody() -> Self {
        Self {
            census: Census::default(),
            effect: Effect::Read,
            hazards: BTreeSet::new(),
            command: None,
            is_insecure: false,
            longest: Duration::ZERO,
            parts: BTreeSet::new(),
        }
    }

    /// Looks at every host. What is wrong with one is told with its name.
    pub(super) fn of(choice: &Choice, ways: &mut Ways, most: Option<u64>) -> Result<Self, Problem> {
        let mut survey = Self::of_nobody();
        let mut known: Option<usize> = None;
        for host in choice.hosts() {
            survey.census.count(&host, most)?;
            let told = ways.told(&host).map_err(|problem| problem.of(host.name()))?;
            // Most targets share one task, of which all has been seen.
            let task = std::sync::Arc::as_ptr(&told.order.task) as usize;
            if known.replace(task) != Some(task) {
                survey.see(&told.order.task);
            }
        }
        if survey.census.targets == 0 {
            return Err(Problem::usage("no target is left; nothing was sent"));
        }
        survey.is_insecure = ways.made().iter().any(crate::profile::Ready::is_insecure);
        Ok(survey)
    }

    /// Refuses parts that no answer has: mostly a wrong name.
    pub(super) fn check_ignored(&self, ignored: &[String]) -> Result<(), Problem> {
        let Some(name) = ignored.iter().find(|name| !self.parts.contains(*name)) else { return Ok(()) };
        let problem = Problem::usage(format!("--ignore {name}: no answer has a part of this name"));
        Err(match nearest(name, self.parts.iter().map(String::as_str)) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => {
                problem.with_help(format!("there are: {}", self.parts.iter().cloned().collect::<Vec<_>>().join(", ")))
            }
        })
    }

    pub(super) fn see(&mut self, task: &wigwag_fleet::Task) {
        let effect = task.call.effect();
        if harm(effect) > harm(self.effect) {
            self.effect = effect;
        }
        self.parts.extend(part_names(&task.call));
        self.longest = self.longest.max(task.call.times().total);
        if self.command.is_none() {
            self.command = task.command.as_deref().map(str::to_owned);
        }
        if let Some(command) = task.call.command()
            && let Some(hazard) = &command.hazard
        {
            self.hazards.insert(format!("{} {hazard}", command.name));
        }
    }
}

/// How much harm sending a command twice may do.
pub(super) const fn harm(effect: Effect) -> u8 {
    match effect {
        Effect::Read => 0,
        Effect::Idempotent => 1,
        Effect::Once => 2,
    }
}
