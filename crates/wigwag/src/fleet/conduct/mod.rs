//! The threads of a run: the runner, the journal's writer, the signals, and the reports on this one.

mod listening;
mod running;
mod signals;

use std::io::{self, Write};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use wigwag_fleet::{Claim, Control, Pace, Source};

use crate::exit::Exit;
use crate::journal::{Lister, RunHandle, WriterEnd};
use crate::problem::Problem;
use crate::report::{Begun, Look, Progress, Readers};
use listening::Listening;
use running::Refusal;
pub(super) use signals::watch as watch_signals;

/// How many batches of events may wait for the report.
const BATCHES: usize = 8;

/// How soon a display that has nothing new is looked at.
const TICK: Duration = Duration::from_millis(250);

/// A run that is ready to begin.
pub(super) struct Conduct {
    pub(super) pace: Pace,
    pub(super) source: MakeSource,
    /// Where it is written down, if it is.
    pub(super) run: Option<RunHandle>,
    pub(super) told: Told,
    pub(super) look: Look,
    pub(super) control: Control,
    /// What happened in earlier processes of the run.
    pub(super) earlier: Option<Earlier>,
}

/// Makes the source of targets, which may write down in the journal what it reads.
pub(super) type MakeSource = Box<dyn FnOnce(Option<Lister>) -> Box<dyn Source>>;

/// What is told when it begins.
pub(super) struct Told {
    pub(super) command: Option<String>,
    pub(super) targets: Option<u32>,
    pub(super) longest_name: Option<usize>,
}

/// What happened in earlier processes of a run.
pub(super) struct Earlier {
    pub(super) claims: Box<dyn Iterator<Item = Claim> + Send>,
    pub(super) wave: usize,
}

impl Conduct {
    /// Runs to the end. The exit code is of what was sent now.
    pub(super) fn conduct(self) -> Result<Exit, Problem> {
        let Self { pace, source, run, told, look, control, earlier } = self;
        let id = run.as_ref().map(|run| run.id().to_string());
        let progress = if look.is_quiet || !look.is_for_several { Progress::none() } else { Progress::on_stderr() };
        let mut readers = Readers::new(look, progress, io::stdout(), io::stderr());
        let begun = Begun {
            run: id.as_deref(),
            command: told.command.as_deref(),
            targets: told.targets,
            longest_name: told.longest_name,
            time: super::now(),
        };
        let audience = readers.begin(&begun)?;

        watch_signals(control.clone())?;
        let (report, events) = sync_channel(BATCHES);
        let refusal = Refusal::default();
        let mut listening = Listening::new(readers, audience, control.clone(), refusal.clone());
        let running = running::start(pace, source, run, report, control, earlier, refusal)?;
        loop {
            match events.recv_timeout(TICK) {
                Ok(batch) => listening.hear(&batch),
                Err(RecvTimeoutError::Timeout) => listening.tick(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let written = running.join().map_err(|_| Problem::Fault("the run broke off".to_owned()))??;
        let exit = listening.finish()?;
        let Some(trouble) = written.and_then(trouble) else { return Ok(exit) };
        let _ = writeln!(io::stderr(), "error: {trouble}");
        Ok(exit.or(Exit::Fault))
    }
}

/// What the journal does not have of a run that is over.
fn trouble(written: WriterEnd) -> Option<String> {
    match written {
        WriterEnd { unjournaled: 0, finished: true } => None,
        WriterEnd { unjournaled: 0, finished: false } => {
            Some("the end of the run could not be journaled; its outcomes are".to_owned())
        }
        WriterEnd { unjournaled, .. } => Some(format!(
            "{unjournaled} outcomes could not be journaled; they are in the report above, and a resume would take them for \
             lost"
        )),
    }
}
