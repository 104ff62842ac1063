//! What is known of a run in a line. The counts and what is open or was never started are together the targets.

use wigwag_fleet::Counts;

use super::{Run, State, counts};
use crate::journal::{Holder, Journal, JournalError, lock};

/// What is known of a run in a line.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) run: Run,
    /// Which process has it. Of one that has not finished: whether it is under way or broke off.
    pub(crate) holder: Holder,
    /// How many targets are listed.
    pub(crate) targets: u32,
    /// Whether there are no more.
    pub(crate) list_complete: bool,
    pub(crate) counts: Counts,
    /// How many were about to be sent and have no outcome: in flight, or lost.
    pub(crate) open: u32,
    /// How many were never started.
    pub(crate) never_started: u32,
}

impl Journal {
    /// What is known of a run now.
    pub(crate) fn summary(&self, run: &Run) -> Result<Summary, JournalError> {
        // First who has it: whoever lets go of it has written everything by then.
        let holder = self.holder(run);
        let run = self.again(run)?;
        let listed = self.listed(&run)?;
        let list_complete = run.targets.is_some_and(|targets| targets == listed);
        let kept = run.counts.as_deref().filter(|_| run.finished.is_some()).and_then(counts::from_json);
        if let Some(counts) = kept {
            let ended = u32::try_from(counts.total()).unwrap_or(u32::MAX);
            let targets = listed.max(ended);
            let never_started = targets - ended;
            return Ok(Summary { run, holder, targets, list_complete, counts, open: 0, never_started });
        }
        let standings = self.standings(&run)?;
        let (mut counts, mut open, mut never_started) = (Counts::default(), 0, 0);
        for number in 0..standings.len() {
            match standings.state(number) {
                State::Ended { outcome, .. } => counts.add(outcome),
                State::Lost { .. } => open += 1,
                State::NeverStarted => never_started += 1,
            }
        }
        let targets = standings.len();
        Ok(Summary { run, holder, targets, list_complete, counts, open, never_started })
    }

    /// Which process has a run.
    pub(crate) fn holder(&self, run: &Run) -> Holder {
        lock::holder(&self.path, &run.id)
    }
}
