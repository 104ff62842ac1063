//! All targets are looked at before anything is sent: what is wrong with one of them is said while nothing has happened.

use std::collections::BTreeSet;
use std::time::Duration;

use wigwag_fleet::inventory::Host;
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::Effect;

use super::choice::Choice;
use super::ways::Ways;
use crate::problem::Problem;
use crate::report::part_names;

/// What there is to know of the targets of a run before it begins.
#[derive(Debug)]
pub(super) struct Survey {
    pub(super) targets: u32,
    /// In columns.
    pub(super) longest_name: usize,
    /// The worst that sending the command twice to one of them would do.
    pub(super) effect: Effect,
    /// What a person has to be asked about.
    pub(super) hazards: BTreeSet<String>,
    pub(super) command: Option<String>,
    pub(super) is_insecure: bool,
    /// The longest that one attempt to one of them may take.
    pub(super) longest: Duration,
    /// One of them, for messages.
    pub(super) first: String,
    /// The parts that answers have.
    parts: BTreeSet<String>,
}

impl Survey {
    pub(super) fn of_nobody() -> Self {
        Self {
            targets: 0,
            longest_name: 0,
            effect: Effect::Read,
            hazards: BTreeSet::new(),
            command: None,
            is_insecure: false,
            longest: Duration::ZERO,
            first: String::new(),
            parts: BTreeSet::new(),
        }
    }

    /// Looks at every host. What is wrong with one is told with its name.
    pub(super) fn of(choice: &Choice, ways: &mut Ways, most: Option<u64>) -> Result<Self, Problem> {
        let mut survey = Self::of_nobody();
        let mut known: Option<usize> = None;
        for host in choice.hosts() {
            survey.count(&host, most)?;
            let told = ways.told(&host).map_err(|problem| problem.of(host.name()))?;
            // Most targets share one task, of which all has been seen.
            let task = std::sync::Arc::as_ptr(&told.order.task) as usize;
            if known.replace(task) != Some(task) {
                survey.see(&told.order.task);
            }
        }
        if survey.targets == 0 {
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

    fn count(&mut self, host: &Host, most: Option<u64>) -> Result<(), Problem> {
        if self.targets == 0 {
            host.name().clone_into(&mut self.first);
        }
        self.targets = self.targets.checked_add(1).ok_or_else(|| Problem::usage("more targets than a run can have"))?;
        if most.is_some_and(|most| u64::from(self.targets) > most) {
            let most = most.unwrap_or_default();
            return Err(Problem::usage(format!("more than {most} targets are meant; nothing was sent"))
                .with_help("--max-targets says how many are expected; `wigwag inventory list` shows who they are"));
        }
        self.longest_name = self.longest_name.max(escape_str(host.name()).to_string().len());
        Ok(())
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
