//! What goes to the writing thread: one queue, first in, first out.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SendError, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use wigwag_fleet::{Batch, Event, Gate, Intent, Sink};
use wigwag_protocol::exchange::Evidence;

use crate::journal::listed::{ListRows, Row};
use crate::journal::run::How;

/// How many bytes of events may be on their way to the disk and from there to the report. A quick run fills a MiB in the
/// time of a slow sync.
const EVENTS: usize = 16 << 20;

/// How many targets of lists may be on their way.
const LISTED: usize = 32_000;

/// Something for the writing thread.
#[derive(Debug)]
pub(super) enum Message {
    Intents(Vec<Intent>),
    Events(Batch),
    List(Row),
    ListComplete,
    Profile { number: u32, text: String },
    Finish(How),
}

impl Message {
    /// How many rows it is.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Intents(intents) => intents.len(),
            Self::Events(events) => events.len(),
            Self::List(_) | Self::ListComplete | Self::Profile { .. } | Self::Finish(_) => 1,
        }
    }
}

/// What both sides of the queue know.
#[derive(Debug, Default)]
pub(super) struct Shared {
    granted: AtomicU64,
    refusal: OnceLock<Arc<str>>,
    /// The size of the events that are on their way.
    events: AtomicUsize,
    /// How many targets of lists are on their way.
    listed: AtomicUsize,
    /// Events that came when the thread was gone.
    leftovers: Mutex<Vec<Batch>>,
}

impl Shared {
    pub(super) fn grant(&self, intents: u64) {
        self.granted.fetch_add(intents, Ordering::Release);
    }

    /// Grants nothing any more; the first reason stays.
    pub(super) fn refuse(&self, reason: &str) -> Arc<str> {
        self.refusal.get_or_init(|| reason.into()).clone()
    }

    pub(super) fn refusal(&self) -> Option<Arc<str>> {
        self.refusal.get().cloned()
    }

    /// Events have reached the report.
    pub(super) fn forwarded(&self, size: usize) {
        self.events.fetch_sub(size, Ordering::AcqRel);
    }

    /// So many targets of a list have reached the disk.
    pub(super) fn listed(&self, targets: usize) {
        self.listed.fetch_sub(targets, Ordering::AcqRel);
    }

    pub(super) fn leftovers(&self) -> Vec<Batch> {
        std::mem::take(&mut *self.leftovers.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Grants starts once their intents are on the disk.
#[derive(Debug)]
pub(crate) struct JournalGate {
    to: Sender<Message>,
    shared: Arc<Shared>,
}

impl JournalGate {
    pub(super) fn new(to: Sender<Message>, shared: Arc<Shared>) -> Self {
        Self { to, shared }
    }
}

impl Gate for JournalGate {
    /// Whoever asks bounds how many questions are queued: by what may be in flight.
    fn ask(&mut self, intents: Vec<Intent>) {
        if !intents.is_empty() && self.to.send(Message::Intents(intents)).is_err() {
            self.shared.refuse("the journal: its writer has ended");
        }
    }

    fn granted(&self) -> u64 {
        self.shared.granted.load(Ordering::Acquire)
    }

    fn refusal(&self) -> Option<Arc<str>> {
        self.shared.refusal()
    }
}

/// Takes the events of a journaled run.
#[derive(Debug)]
pub(crate) struct JournalSink {
    to: Sender<Message>,
    shared: Arc<Shared>,
}

impl JournalSink {
    pub(super) fn new(to: Sender<Message>, shared: Arc<Shared>) -> Self {
        Self { to, shared }
    }
}

impl Sink for JournalSink {
    /// There is no room while too much is on its way; after a commit, or when the report has read, there is again. Where
    /// the journal refuses there is always room: nothing is started any more, and what is in flight has to go somewhere.
    fn offer(&mut self, events: &Batch) -> bool {
        let (size, there) = (size_of(events), self.shared.events.load(Ordering::Acquire));
        // A batch that is larger than all room there is passes alone.
        if there > 0 && there + size > EVENTS && self.shared.refusal().is_none() {
            return false;
        }
        self.shared.events.fetch_add(size, Ordering::AcqRel);
        if let Err(SendError(Message::Events(events))) = self.to.send(Message::Events(events.clone())) {
            self.shared.leftovers.lock().unwrap_or_else(PoisonError::into_inner).push(events);
        }
        true
    }
}

/// Takes more of the list of targets while the run goes on.
#[derive(Debug, Clone)]
pub(crate) struct Lister {
    to: Sender<Message>,
    shared: Arc<Shared>,
}

impl Lister {
    pub(super) fn new(to: Sender<Message>, shared: Arc<Shared>) -> Self {
        Self { to, shared }
    }

    /// Takes these, or says that there is no room now. Never waits; there is room again after a commit. Whatever is listed
    /// before a target is given to the runner is on the disk before its intent.
    pub(crate) fn offer(&self, rows: &mut ListRows) -> bool {
        if self.shared.listed.load(Ordering::Acquire) > LISTED && self.shared.refusal().is_none() {
            return false;
        }
        for row in std::mem::take(rows).into_rows() {
            self.shared.listed.fetch_add(row.count, Ordering::AcqRel);
            // A thread that is gone has said why.
            let _ = self.to.send(Message::List(row));
        }
        true
    }

    /// Another way of sending, which a target that is listed next has.
    pub(crate) fn profile(&self, number: u32, text: String) {
        let _ = self.to.send(Message::Profile { number, text });
    }

    /// The list is complete.
    pub(crate) fn complete(&self) {
        let _ = self.to.send(Message::ListComplete);
    }
}

/// About how much memory these events take.
pub(super) fn size_of(events: &[Event]) -> usize {
    let size = |event: &Event| match event {
        Event::Tried(ended) | Event::Ended(ended) => {
            let Evidence { request, response, body, stale, extra, foreign, events, .. } = &*ended.evidence;
            // The struct itself, its names and words.
            let own = [response, body, stale, extra, foreign, events].into_iter().map(Vec::len).sum::<usize>();
            1024 + request.len() + own
        }
        Event::WaveEnded(_)
        | Event::WaveStarted { .. }
        | Event::Stopped(_)
        | Event::Short { .. }
        | Event::SourceFailed(_) => 128,
    };
    events.iter().map(size).sum()
}

/// How many targets have their outcomes in these events.
pub(super) fn outcomes_in(events: &[Event]) -> u64 {
    events.iter().filter(|event| matches!(event, Event::Ended(_))).count() as u64
}
