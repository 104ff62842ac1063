//! The one thread that writes a run down, and what feeds it.
//!
//! | file | what it is about |
//! |---|---|
//! | `queue` | what goes to the thread: the gate's questions, the sink's events, lists |
//! | `thread` | groups, commits, what is said after them, and what happens when the disk is full |
//! | `rows` | what is written of each |
//! | `reserve` | a few MiB that are given back when the disk is full |
//! | `tally` | the counts |

mod queue;
mod reserve;
mod rows;
mod tally;
mod thread;

use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, channel};
use std::thread::JoinHandle;

use wigwag_fleet::Batch;

pub(crate) use queue::{JournalGate, JournalSink, Lister};
pub(super) use reserve::prepare as prepare_reserve;
pub(super) use tally::Tally;

use super::run::{How, RunHandle};
use queue::{Message, Shared};

/// A run under way.
#[derive(Debug)]
pub(crate) struct Started {
    /// Grants starts once they are on the disk.
    pub(crate) gate: JournalGate,
    /// Takes the run's events, writes them down and forwards them to the report.
    pub(crate) sink: JournalSink,
    /// Takes more of the list of targets.
    pub(crate) lister: Lister,
    /// The writing thread.
    pub(crate) writer: Writer,
}

/// The thread that writes. It ends with [`finish`](Self::finish), or when nobody is left that could tell it anything.
#[derive(Debug)]
pub(crate) struct Writer {
    to: Sender<Message>,
    thread: JoinHandle<WriterEnd>,
    shared: Arc<Shared>,
    report: SyncSender<Batch>,
}

/// How the writing ended.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WriterEnd {
    /// How many outcomes could not be journaled. They went to the report all the same.
    pub(crate) unjournaled: u64,
    /// Whether the journal says that the run has finished. If not, the run can be resumed.
    pub(crate) finished: bool,
}

impl Writer {
    /// Writes what is still queued, then the end of the run, and tells what could not be written. Every event has been
    /// forwarded to the report when this returns, and the run is free for others.
    pub(crate) fn finish(self, how: How) -> WriterEnd {
        // Where nobody hears it the thread has failed, which the next line tells.
        let _ = self.to.send(Message::Finish(how));
        self.end()
    }

    /// Writes what is still queued and leaves the run as one that broke off. Gate, sink and lister are gone by now.
    #[cfg(test)]
    pub(crate) fn abandon(self) -> WriterEnd {
        self.end()
    }

    fn end(self) -> WriterEnd {
        let Self { to, thread, shared, report } = self;
        drop(to);
        // One that has failed has rung the alarm, and the run has not finished.
        let mut end = thread.join().unwrap_or_default();
        for events in shared.leftovers() {
            end.unjournaled += queue::outcomes_in(&events);
            // A report that is gone leaves nobody to tell.
            let _ = report.send(events);
        }
        end
    }
}

pub(super) fn start(handle: RunHandle, report: SyncSender<Batch>, wake: Arc<dyn Fn() + Send + Sync>) -> Started {
    let (to, queue) = channel();
    let shared = Arc::new(Shared::default());
    let alarm = Alarm { shared: shared.clone(), wake: wake.clone() };
    let thread = thread::Thread::new(handle, queue, shared.clone(), report.clone(), wake);
    let thread = std::thread::spawn(move || {
        let _alarm = alarm;
        thread.run()
    });
    Started {
        gate: JournalGate::new(to.clone(), shared.clone()),
        sink: JournalSink::new(to.clone(), shared.clone()),
        lister: Lister::new(to.clone(), shared.clone()),
        writer: Writer { to, thread, shared, report },
    }
}

/// Tells the run when the thread has failed, so that nobody waits for it.
struct Alarm {
    shared: Arc<Shared>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.shared.refuse("the journal: its writer has failed, which is a fault of wigwag");
            (self.wake)();
        }
    }
}
