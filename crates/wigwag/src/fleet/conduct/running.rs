//! The thread of the runner.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};

use wigwag_fleet::gate::Open;
use wigwag_fleet::{Batch, Control, Finished, Gate, Intent, Pace, Run, Sink, Stop};
use wigwag_net::driver::RoutedDriver;

use super::{Earlier, MakeSource};
use crate::journal::{How, RunHandle, Started, WriterEnd};
use crate::problem::Problem;
use crate::send::random;

/// Why the gate grants nothing any more, once it does not.
pub(super) type Refusal = Arc<OnceLock<Arc<str>>>;

/// Starts the runner on a thread of its own, which returns how the writing of the journal ended.
pub(super) fn start(
    pace: Pace,
    make: MakeSource,
    run: Option<RunHandle>,
    report: SyncSender<Batch>,
    control: Control,
    earlier: Option<Earlier>,
    refusal: Refusal,
) -> Result<JoinHandle<Result<Option<WriterEnd>, Problem>>, Problem> {
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
        let mut driver = RoutedDriver::new()
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
    refusal: Refusal,
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
