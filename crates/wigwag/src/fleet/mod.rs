//! `wigwag send` to many devices.
//!
//! | file | what it does |
//! |---|---|
//! | `choice` | which hosts are meant |
//! | `ways` | how each of them is told |
//! | `survey` | looks at all of them before anything is sent |
//! | `hosts` | hands them to the runner |
//! | `stream`, `lines` | the same for a list that is still being read |
//! | `again` | the same for a run that is gone on with |
//! | `batch` | targets up to the end of a wave |
//! | `held` | a run of the journal, held to go on with it |
//! | `remembered` | the names of targets that went by |
//! | `kept` | how fast a run goes, as it is kept |
//! | `plan` | `--dry-run` |
//! | `confirm` | what a person is asked before |
//! | `conduct` | the threads of a run |
//! | `resume`, `verify` | the commands that go on from the journal |

mod again;
mod batch;
mod choice;
mod conduct;
mod confirm;
mod held;
mod hosts;
mod kept;
mod lines;
mod plan;
mod remembered;
mod resume;
mod stream;
mod survey;
mod verify;
mod ways;

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::SystemTime;

use wigwag_fleet::{Control, Invalid};
use wigwag_protocol::outcome::Skipped;

use crate::cli::{JournalChoice, SendArgs};
use crate::exit::Exit;
use crate::journal::{self, Journal, NewRun, RunHandle};
use crate::problem::Problem;
use crate::report::{Form, Look};
use choice::Choice;
use conduct::{Conduct, Told};
use kept::Kept;
use survey::Survey;
use ways::Ways;

pub(crate) use resume::resume;
pub(crate) use verify::verify;

/// Sends one command to many devices, or to one with what only a run has.
pub(crate) fn send(arguments: SendArgs) -> Result<Exit, Problem> {
    if arguments.trace {
        return Err(Problem::usage("--trace shows the wire of one device")
            .with_help("name one device, without an inventory and without what belongs to runs"));
    }
    arguments.standard_input().check()?;
    match &arguments.select.targets_from {
        Some(list) => stream::send(&arguments, list),
        None => to_hosts(&arguments),
    }
}

fn to_hosts(arguments: &SendArgs) -> Result<Exit, Problem> {
    let choice = Choice::of(arguments)?;
    let mut ways = Ways::new(arguments)?;
    let survey = Survey::of(&choice, &mut ways, arguments.select.hosts.max_targets)?;
    let kept = Kept::new(&arguments.pace, Some(survey.census.targets), survey.effect)?;
    if arguments.dry_run {
        return plan::show(&choice, &mut ways, &survey, &kept, arguments.output);
    }
    let look = look(arguments, survey.census.targets > 1)?;
    survey.check_ignored(&arguments.ignore)?;
    confirm::send(arguments, &survey)?;

    let run = match journal_path(&arguments.journal.journal, survey.census.targets > 1)? {
        None => None,
        Some(path) => Some(journaled(&path, &mut ways, &survey, &kept, |run, ways| {
            let mut rows = hosts::Rows::new(choice.hosts(), ways);
            rows.list(run)
        })?),
    };
    Conduct {
        pace: kept.pace()?,
        source: Box::new(|_| Box::new(hosts::Source::new(choice, ways))),
        run,
        told: Told {
            command: survey.command.clone(),
            targets: Some(survey.census.targets),
            longest_name: Some(survey.census.longest_name),
        },
        look,
        control: Control::default(),
        earlier: None,
    }
    .conduct()
}

/// How it is printed.
fn look(arguments: &SendArgs, is_for_several: bool) -> Result<Look, Problem> {
    let look = look_of(arguments.output, is_for_several, arguments.quiet)?;
    Ok(Look { differences: arguments.diff, ignored: arguments.ignore.clone(), ..look })
}

fn look_of(form: Option<Form>, is_for_several: bool, is_quiet: bool) -> Result<Look, Problem> {
    let form = form.unwrap_or_else(|| Form::unless_said(is_for_several, std::io::stdout().is_terminal()));
    if !is_for_several {
        return Ok(Look { is_quiet, ..Look::of_one(form) });
    }
    if !form.is_for_several() {
        return Err(Problem::usage("the bytes of several devices would run into one another")
            .with_help("--output ndjson has each device's bytes as hex"));
    }
    Ok(Look::of_several(form, is_quiet))
}

/// Where the run is written down, if it is.
fn journal_path(choice: &JournalChoice, is_for_several: bool) -> Result<Option<std::path::PathBuf>, Problem> {
    let default = || journal::default_path().map(Some).map_err(|error| error.problem());
    match choice {
        JournalChoice::Off => Ok(None),
        JournalChoice::Auto if !is_for_several => Ok(None),
        JournalChoice::Auto | JournalChoice::On => default(),
        JournalChoice::Path(path) => Ok(Some(path.clone())),
    }
}

/// Begins a run in the journal, and lists its targets there.
fn journaled(
    path: &Path,
    ways: &mut Ways,
    survey: &Survey,
    kept: &Kept,
    list: impl FnOnce(&mut RunHandle, &mut Ways) -> Result<(), Problem>,
) -> Result<RunHandle, Problem> {
    let journal = Journal::open(path).map_err(|error| error.problem())?;
    warn_of_size(path);
    let new = NewRun {
        command: survey.command.clone(),
        effect: survey.effect,
        settings: kept.written()?,
        profiles: ways.written()?,
    };
    let mut run = journal.begin(&new).map_err(|error| error.problem())?;
    list(&mut run, ways)?;
    Ok(run)
}

/// A journal keeps everything, until somebody removes it.
fn warn_of_size(path: &Path) {
    let size = journal::size(path);
    if size > journal::LARGE {
        let shown = wigwag_protocol::bytes::display::escape_str(&path.display().to_string()).to_string();
        let _ = writeln!(
            std::io::stderr(),
            "warning: the journal {shown} has grown to {} MiB; `wigwag runs remove` removes what is no longer needed",
            size >> 20
        );
    }
}

/// Why one target is not started.
fn invalid(problem: &Problem) -> Invalid {
    Invalid { reason: Skipped::Invalid, message: format!("not sent: {}", problem.in_a_line()) }
}

/// Now, for reports.
fn now() -> SystemTime {
    SystemTime::now()
}
