//! A run of the journal, held to go on with it.

use crate::cli::JournalFile;
use crate::journal::{Journal, Run, RunHandle, Standings};
use crate::problem::Problem;

/// A run that this process holds: behind its lock nothing changes any more.
pub(super) struct Held {
    pub(super) journal: Journal,
    pub(super) run: Run,
    pub(super) handle: RunHandle,
    /// How each target stands. What had been about to be sent when the run broke off is lost, and settled as that.
    pub(super) standings: Standings,
    /// How many were.
    pub(super) lost: u32,
}

/// Takes the run of this name. `moved`: although the journal is not where the run was begun.
pub(super) fn take(file: &JournalFile, run: &str, moved: bool) -> Result<Held, Problem> {
    let take = |path: &std::path::Path| {
        let journal = Journal::open(path)?;
        let run = journal.find(run)?;
        let mut handle = journal.take(&run, moved)?;
        let mut standings = journal.standings(&run)?;
        let lost = handle.settle_lost(&mut standings)?;
        Ok(Held { journal, run, handle, standings, lost })
    };
    take(&file.path()?).map_err(|error: crate::journal::JournalError| error.problem())
}
