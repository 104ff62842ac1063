//! `wigwag runs remove`: forgets runs.

use std::io::{self, IsTerminal, Write};

use super::{Trouble, list};
use crate::journal::{Journal, Run};
use crate::problem::Problem;

/// All of them are found before the first one is removed.
pub(super) fn remove(journal: &mut Journal, asked: &[String], yes: bool, out: &mut impl Write) -> Result<(), Trouble> {
    let mut runs: Vec<Run> = asked.iter().map(|asked| journal.find(asked)).collect::<Result<_, _>>()?;
    let mut seen = std::collections::HashSet::new();
    runs.retain(|run| seen.insert(run.id.clone()));
    if !yes {
        confirm(journal, &runs)?;
    }
    for run in &runs {
        journal.remove(run)?;
        writeln!(out, "removed {}", run.id)?;
    }
    Ok(())
}

/// Asks whether that is meant. Only on a terminal; elsewhere `--yes` has to say so.
fn confirm(journal: &Journal, runs: &[Run]) -> Result<(), Trouble> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        let problem = Problem::usage("what is known of a run cannot be had back; nothing was removed");
        return Err(Trouble::Problem(problem.with_help("add --yes if that is meant")));
    }
    let mut stderr = io::stderr();
    for run in runs {
        let summary = journal.summary(run)?;
        let _ = writeln!(stderr, "{}: {} targets: {}", run.id, summary.targets, list::outcomes(&summary));
    }
    let _ = write!(stderr, "Type yes to remove {}: ", if runs.len() == 1 { "it" } else { "them" });
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(Trouble::Problem(Problem::usage("not confirmed; nothing was removed"))),
    }
}
