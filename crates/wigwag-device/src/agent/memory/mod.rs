//! What was done already: a request that says an id is acted on once, also over a crash.
//!
//! | file | |
//! |---|---|
//! | `lines` | the file that outlives us |
//!
//! An id is on disk before its action begins. A repeat waits while the action runs and gets its answer; after a crash in the
//! middle nobody knows what became of it, and the repeat is refused.

mod lines;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use wigwag_protocol::exchange::{Answer, Request};

use super::actions::Failure;
pub(super) use lines::MemoryError;
use lines::{Line, Lines, Place};

/// How much is remembered, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) count: usize,
    pub(super) age: Duration,
}

/// What tells a request from all others. Not the request itself, for that may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// That of a request in which `part` is the id; `None` for one that has none. All its bytes count: the same id with
    /// anything else beside it is another request.
    pub(super) fn of(request: &Request, part: &str) -> Option<Self> {
        let Request::Command { fields, frame, wire, .. } = request else { return None };
        fields.get(part).or_else(|| frame.get(part))?;
        Some(Self(Sha256::digest(wire).into()))
    }
}

/// The memory of an agent.
#[derive(Debug)]
pub(super) struct Memory(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    lines: Lines,
    entries: HashMap<Key, Entry>,
    /// The oldest first.
    order: VecDeque<Key>,
    bounds: Bounds,
}

#[derive(Debug)]
struct Entry {
    state: State,
    /// Since when; what was read at the start counts as of then, for a clock that was set may have said anything.
    since: Instant,
}

#[derive(Debug)]
enum State {
    Running(watch::Receiver<()>),
    /// Its answer lies there.
    Done(Place),
    /// Nobody knows what became of it, or what was said.
    Unknown,
}

/// What is to be done with a request.
pub(super) enum Begun {
    /// Do it.
    First(Ticket),
    /// It was done; this was said.
    Again(Answer),
    Refused(Failure),
}

/// An action that runs. Dropped before it is done, nobody knows what became of it.
pub(super) struct Ticket {
    memory: Arc<Memory>,
    key: Key,
    /// Whoever waits is woken when it is dropped.
    _running: watch::Sender<()>,
}

impl Memory {
    /// Opens what is remembered in `folder`, or begins it there.
    ///
    /// # Errors
    ///
    /// The folder cannot be used, another agent uses it, or what it holds is damaged.
    pub(super) fn open(folder: &Path, bounds: Bounds) -> Result<Self, MemoryError> {
        let (lines, found) = Lines::open(folder)?;
        let mut inner = Inner { lines, entries: HashMap::new(), order: VecDeque::new(), bounds };
        for (line, place) in found {
            match line {
                Line::Begin(key) => inner.enter(key, State::Unknown),
                Line::End(key) => inner.set(key, State::Done(place)),
            }
        }
        Ok(Self(Mutex::new(inner)))
    }

    /// Other bounds from now on.
    pub(super) fn bound(&self, bounds: Bounds) {
        self.inner().bounds = bounds;
    }

    /// Whether a request has been seen, and what to do with it. It is on disk when this says that it is the first.
    pub(super) async fn begin(self: &Arc<Self>, key: Key) -> Begun {
        loop {
            let memory = self.clone();
            let looked = spawn_blocking(move || memory.look(key)).await;
            match looked {
                Ok(Ok(begun)) => return begun,
                // Its sender goes when the action has ended, one way or the other.
                Ok(Err(mut running)) => while running.changed().await.is_ok() {},
                Err(error) => return refused("failed", format!("what was done cannot be looked up: {error}")),
            }
        }
    }

    /// What is to be done, or whom to wait for.
    fn look(self: &Arc<Self>, key: Key) -> Result<Begun, watch::Receiver<()>> {
        let mut inner = self.inner();
        let most = inner.bounds.count;
        inner.forget_but(most);
        match inner.entries.get(&key).map(|entry| &entry.state) {
            Some(State::Running(running)) => Err(running.clone()),
            Some(State::Done(place)) => Ok(match inner.lines.answer(*place) {
                Ok(answer) => Begun::Again(answer),
                Err(error) => refused("not known", format!("a repeat, and its answer cannot be read: {error}")),
            }),
            Some(State::Unknown) => {
                let why = "a repeat of what was cut short: nobody knows what became of it, and it is not done again";
                Ok(refused("not known", why.to_owned()))
            }
            None => Ok(match inner.begin(key) {
                Err(error) => refused("failed", format!("not done, for its id cannot be kept: {error}")),
                Ok(()) => {
                    let (sender, running) = watch::channel(());
                    inner.enter(key, State::Running(running));
                    Begun::First(Ticket { memory: self.clone(), key, _running: sender })
                }
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn enter(&mut self, key: Key, state: State) {
        if self.entries.insert(key, Entry { state, since: Instant::now() }).is_none() {
            self.order.push_back(key);
        }
    }

    fn set(&mut self, key: Key, state: State) {
        if let Some(entry) = self.entries.get_mut(&key) {
            entry.state = state;
        }
    }

    /// Makes room for one more and puts it on disk.
    fn begin(&mut self, key: Key) -> io::Result<()> {
        self.forget_but(self.bounds.count - 1);
        self.tidy();
        self.lines.begin(key)
    }

    /// Forgets what is too old, and the oldest of what is more than `most`; never what runs.
    fn forget_but(&mut self, most: usize) {
        while let Some((index, key)) = self.oldest_ended() {
            let is_old = self.entries.get(&key).is_some_and(|entry| entry.since.elapsed() > self.bounds.age);
            if !is_old && self.entries.len() <= most {
                break;
            }
            self.entries.remove(&key);
            self.order.remove(index);
        }
    }

    /// Few run at once, so it is among the first.
    fn oldest_ended(&self) -> Option<(usize, Key)> {
        let has_ended = |key: &Key| !matches!(self.entries.get(key), Some(Entry { state: State::Running(_), .. }));
        self.order.iter().copied().enumerate().find(|(_, key)| has_ended(key))
    }

    /// Writes the file anew where most of it is about what has been forgotten. Where that fails it stays long, and right.
    fn tidy(&mut self) {
        if !self.lines.is_long_for(self.entries.len()) {
            return;
        }
        let places = self.order.iter().filter_map(|key| {
            let place = match self.entries.get(key)?.state {
                State::Done(place) => Some(place),
                State::Running(_) | State::Unknown => None,
            };
            Some((*key, place))
        });
        let places: Vec<_> = places.collect();
        if let Ok(moved) = self.lines.rewrite(&places) {
            for (key, place) in moved {
                self.set(key, State::Done(place));
            }
        }
    }
}

impl Ticket {
    /// It is done, and this is said.
    ///
    /// # Errors
    ///
    /// The answer could not be kept: a repeat will be refused.
    pub(super) async fn done(self, answer: &Answer) -> io::Result<()> {
        let answer = answer.clone();
        let kept = spawn_blocking(move || {
            let mut inner = self.memory.inner();
            let place = inner.lines.end(self.key, &answer)?;
            inner.set(self.key, State::Done(place));
            Ok(())
        });
        kept.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inner = self.memory.inner();
        if let Some(entry) = inner.entries.get_mut(&self.key)
            && matches!(entry.state, State::Running(_))
        {
            entry.state = State::Unknown;
        }
    }
}

fn refused(said: &'static str, why: String) -> Begun {
    Begun::Refused(Failure { said, why })
}
