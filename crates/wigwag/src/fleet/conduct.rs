//! The threads of a run: the runner, the journal's writer, the signals, and the reports on this one.

use std::io::{self, Write};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use wigwag_fleet::event::{Next, WaveEnded};
use wigwag_fleet::gate::Open;
use wigwag_fleet::{Claim, Control, Event, Finished, Gate, Intent, Pace, Run, Sink, Source, Stop};
use wigwag_net::driver::TokioDriver;
use wigwag_protocol::bytes::display::escape_str;

use crate::confirm;
use crate::exit::Exit;
use crate::journal::{How, Lister, RunHandle, Started, WriterEnd};
use crate::problem::Problem;
use crate::report::{Audience, Begun, Look, Progress, Readers};
use crate::send::{Interrupts, random, runtime};

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
        let mut audience = readers.begin(&begun)?;

        watch_signals(control.clone())?;
        let (report, events) = sync_channel(BATCHES);
        let refusal = Arc::new(OnceLock::new());
        let running = start(pace, source, run, report, control.clone(), earlier, refusal.clone())?;
        let (mut problem, mut has_told_refusal) = (None, false);
        loop {
            match events.recv_timeout(TICK) {
                Ok(batch) => {
                    // What goes wrong with the report must not leave devices half told: all is heard out.
                    match readers.events(&batch) {
                        Ok(now) if now == Audience::Gone && audience == Audience::Here => {
                            audience = now;
                            control.stop();
                        }
                        Ok(_) => {}
                        Err(error) => {
                            control.stop();
                            problem.get_or_insert(error);
                        }
                    }
                    if batch.iter().any(asks) {
                        readers.aside(|| ask_for_the_next_wave(&control));
                    }
                    has_told_refusal |= batch.iter().any(is_refused);
                }
                Err(RecvTimeoutError::Timeout) => {
                    readers.tick();
                    if let Some(why) = refusal.get().filter(|_| !std::mem::replace(&mut has_told_refusal, true)) {
                        readers.aside(|| warn_of_refusal(why));
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let written = running.join().map_err(|_| Problem::Fault("the run broke off".to_owned()))??;
        let exit = readers.finish()?;
        if let Some(problem) = problem {
            return Err(problem);
        }
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

/// Starts the runner on a thread of its own, which returns how the writing of the journal ended.
fn start(
    pace: Pace,
    make: MakeSource,
    run: Option<RunHandle>,
    report: SyncSender<Vec<Event>>,
    control: Control,
    earlier: Option<Earlier>,
    refusal: Arc<OnceLock<Arc<str>>>,
) -> Result<thread::JoinHandle<Result<Option<WriterEnd>, Problem>>, Problem> {
    let waking = control.clone();
    let (gate, mut sink, lister, writer) = match run {
        None => (Box::new(Open::default()) as Box<dyn Gate>, Box::new(report) as Box<dyn Sink>, None, None),
        Some(run) => {
            let Started { gate, sink, lister, writer } = run.start(report, Arc::new(move || waking.wake()));
            (Box::new(gate) as Box<dyn Gate>, Box::new(sink) as Box<dyn Sink>, Some(lister), Some(writer))
        }
    };
    let mut gate = Watched { gate, refusal };
    let mut source = make(lister);
    let Earlier { mut claims, wave } =
        earlier.unwrap_or_else(|| Earlier { claims: Box::new(std::iter::empty()), wave: 0 });
    let body = move || {
        let mut driver = TokioDriver::new()
            .map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))?;
        let finished = Run {
            pace,
            source: &mut *source,
            gate: &mut gate,
            sink: &mut *sink,
            driver: &mut driver,
            control: &control,
            seed: random(),
            claims: &mut claims,
            wave,
        }
        .run();
        drop((source, gate, sink));
        Ok(writer.map(|writer| writer.finish(how(&finished))))
    };
    thread::Builder::new()
        .name("runner".to_owned())
        .spawn(body)
        .map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))
}

/// A gate whose refusal is heard of at once. The event that tells of it waits for the journal, as all events do.
struct Watched {
    gate: Box<dyn Gate>,
    refusal: Arc<OnceLock<Arc<str>>>,
}

impl Gate for Watched {
    fn ask(&mut self, intents: Vec<Intent>) {
        self.gate.ask(intents);
    }

    fn granted(&self) -> u64 {
        self.gate.granted()
    }

    fn refusal(&self) -> Option<Arc<str>> {
        let why = self.gate.refusal()?;
        Some(self.refusal.get_or_init(|| why).clone())
    }
}

fn is_refused(event: &Event) -> bool {
    matches!(event, Event::Stopped(Stop::Refused(_)))
}

fn warn_of_refusal(why: &str) {
    let why = escape_str(why);
    let _ = writeln!(
        io::stderr(),
        "warning: {why}; nothing is started, and what has been answered waits to be written down"
    );
}

fn how(finished: &Finished) -> How {
    match &finished.stopped {
        None if finished.source_failed => How::SourceFailed,
        None => How::Done,
        Some(Stop::Person) => How::Interrupted,
        Some(Stop::Halt(_)) => How::Halted,
        Some(Stop::Deadline) => How::Deadline,
        Some(Stop::Refused(_)) => How::Refused,
    }
}

/// Ctrl-C, SIGTERM and SIGHUP stop the run: once softly, twice at once.
pub(super) fn watch_signals(control: Control) -> Result<(), Problem> {
    let runtime = runtime()?;
    let mut interrupts = runtime.block_on(async { Interrupts::new() })?;
    let body = move || {
        runtime.block_on(async {
            loop {
                interrupts.next().await;
                control.stop();
            }
        })
    };
    // It ends with the process.
    let watching = thread::Builder::new().name("signals".to_owned()).spawn(body);
    watching.map(drop).map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))
}

fn asks(event: &Event) -> bool {
    matches!(event, Event::WaveEnded(WaveEnded { next: Next::Asked, .. }))
}

/// Asks on a thread of its own, so that an interrupt is heard meanwhile.
fn ask_for_the_next_wave(control: &Control) {
    let _ = write!(io::stderr(), "Type yes to go on with the next wave: ");
    let asking = control.clone();
    let body = move || match confirm::answer() {
        true => asking.agree(),
        false => asking.stop(),
    };
    if thread::Builder::new().name("question".to_owned()).spawn(body).is_err() {
        // Nobody can be asked: then nobody agrees.
        control.stop();
    }
}
