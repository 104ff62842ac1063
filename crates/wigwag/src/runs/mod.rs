//! `wigwag runs`: what the journal knows.
//!
//! | file | what it does |
//! |---|---|
//! | `list` | all runs |
//! | `show/` | one run, for a person |
//! | `diff` | who answers differently |
//! | `follow` | a run that goes on elsewhere |
//! | `remove` | forgets runs |
//! | `json`, `csv` | outcomes for programs and for spreadsheets |
//! | `answers` | which answers are the same |
//! | `names` | names and words as they are shown |

mod answers;
mod csv;
mod diff;
mod follow;
mod json;
mod list;
mod names;
mod remove;
mod show;
#[cfg(test)]
mod tests;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::cli::{Form, RunsArgs, RunsCommand};
use crate::exit::Exit;
use crate::journal::{self, Journal, JournalError};
use crate::problem::Problem;
use crate::report;

pub(crate) fn run(arguments: RunsArgs) -> Result<Exit, Problem> {
    let path = match arguments.journal {
        Some(path) => path,
        None => journal::default_path().map_err(JournalError::problem)?,
    };
    let command = arguments.command.unwrap_or(RunsCommand::List { output: Form::Text });
    let mut out = BufWriter::new(io::stdout().lock());
    let told = tell(&path, command, &mut out).and_then(|()| out.flush().map_err(Trouble::Output));
    match told {
        Ok(()) => Ok(Exit::Ok),
        Err(Trouble::Output(error)) => report::unless_closed(error).map(|()| Exit::Ok),
        Err(Trouble::Journal(error)) => Err(error.problem()),
        Err(Trouble::Problem(problem)) => Err(problem),
    }
}

fn tell(path: &Path, command: RunsCommand, out: &mut impl Write) -> Result<(), Trouble> {
    if let RunsCommand::Remove { runs, yes } = command {
        // Nothing is made in order to remove something.
        drop(Journal::open_read_only(path)?);
        return remove::remove(&mut Journal::open(path)?, &runs, yes, out);
    }
    let journal = match Journal::open_read_only(path) {
        // Where nothing was ever written down there are no runs, which is no fault.
        Err(JournalError::Missing { .. }) if matches!(command, RunsCommand::List { .. }) => None,
        opened => Some(opened?),
    };
    match (command, journal) {
        (RunsCommand::List { output }, journal) => list::list(journal.as_ref(), output, out)?,
        (RunsCommand::Show { run, ignore, output }, Some(journal)) => {
            show::show(&journal, &journal.find(&run)?, &ignore, output, out)?;
        }
        (RunsCommand::Diff { run, with: None, ignore }, Some(journal)) => {
            diff::within(&journal, &journal.find(&run)?, &ignore, out)?;
        }
        (RunsCommand::Diff { run, with: Some(with), ignore }, Some(journal)) => {
            diff::between(&journal, &journal.find(&run)?, &journal.find(&with)?, &ignore, out)?;
        }
        (RunsCommand::Follow { run, output }, Some(journal)) => {
            follow::follow(&journal, &journal.find(&run)?, output, out)?;
        }
        (RunsCommand::Remove { .. }, _) | (_, None) => {}
    }
    warn_of_size(path);
    Ok(())
}

/// All is kept by default; nobody should wonder where the disk went.
fn warn_of_size(path: &Path) {
    let size = journal::size(path);
    if size > journal::LARGE {
        let gib = size as f64 / (1_u64 << 30) as f64;
        // Standard error that is gone leaves nobody to tell.
        let _ = writeln!(io::stderr(), "warning: the journal takes {gib:.1} GiB; `wigwag runs remove` makes room");
    }
}

/// What keeps something from being told.
#[derive(Debug)]
enum Trouble {
    Journal(JournalError),
    Output(io::Error),
    Problem(Problem),
}

impl From<JournalError> for Trouble {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
