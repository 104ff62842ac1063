//! The writing thread: takes what is queued, writes it in one transaction, and only then says so.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};
use wigwag_fleet::{Batch, Event};

use super::queue::{Message, Shared, outcomes_in, size_of};
use super::rows::Rows;
use super::{Tally, WriterEnd, reserve};
use crate::journal::error::in_words;
use crate::journal::lock::RunLock;
use crate::journal::outcome::Told;
use crate::journal::run::{How, RunHandle, finish, reopen};

/// The most rows of a transaction: beyond it a sync costs little by the row, and what is lost at once would only grow.
const GROUP: usize = 1000;

/// How long what nobody waits for waits for more of it: a sync costs as much for a few rows as for a group.
const LINGER: Duration = Duration::from_millis(20);

/// How long a slow report is left alone before it is offered more.
const REPORT: Duration = Duration::from_millis(5);

/// How long a disk that is full, or a lock, is left alone before it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// How often the last of a run is tried again before it is given up. Each may wait for a lock for seconds.
const LAST_TRIES: u32 = 2;

pub(super) struct Thread {
    connection: Connection,
    journal: PathBuf,
    run: i64,
    order: u64,
    tally: Tally,
    /// Held for as long as anything may be written.
    _lock: RunLock,
    queue: Receiver<Message>,
    shared: Arc<Shared>,
    report: SyncSender<Batch>,
    wake: Arc<dyn Fn() + Send + Sync>,
    told: Told,
    /// What was taken from the queue and is not on the disk.
    unwritten: VecDeque<Message>,
    /// What is on the disk and has not reached the report.
    unread: VecDeque<Batch>,
    /// Since when the disk is left alone, where it has failed.
    failed: Option<Instant>,
    /// Whether there is something that the run should look at.
    news: bool,
    ending: Option<Ending>,
}

/// No more will come.
#[derive(Debug, Clone, Copy)]
enum Ending {
    /// The run has finished.
    Finished(How),
    /// Everybody who could say more has gone.
    Abandoned,
}

impl Thread {
    pub(super) fn new(
        handle: RunHandle,
        queue: Receiver<Message>,
        shared: Arc<Shared>,
        report: SyncSender<Batch>,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let RunHandle { connection, journal, lock, id: _, number, order, tally } = handle;
        Self {
            connection,
            journal,
            run: number,
            order,
            tally,
            _lock: lock,
            queue,
            shared,
            report,
            wake,
            told: Told::default(),
            unwritten: VecDeque::new(),
            unread: VecDeque::new(),
            failed: None,
            news: false,
            ending: None,
        }
    }

    pub(super) fn run(mut self) -> WriterEnd {
        if let Err(error) = reopen(&self.connection, self.run) {
            self.refuse(&error);
        }
        while self.ending.is_none() {
            self.wait();
            self.gather();
            if self.failed.is_none_or(|failed| failed.elapsed() >= RETRY) {
                self.write();
            }
            self.forward();
            if std::mem::take(&mut self.news) {
                (self.wake)();
            }
        }
        self.end()
    }

    /// Waits for something to do.
    fn wait(&mut self) {
        let most = match (self.unwritten.is_empty(), self.unread.is_empty()) {
            // Only the disk can be waited for, or the report.
            (false, true) => Some(RETRY),
            (_, false) => Some(REPORT),
            (true, true) => None,
        };
        let message = match most {
            Some(most) => self.queue.recv_timeout(most),
            None => self.queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match message {
            Ok(message) => self.take(message),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => self.ending = Some(Ending::Abandoned),
        }
    }

    /// Takes what else there is, up to a group, and waits for a moment for more where nobody waits for it.
    fn gather(&mut self) {
        let mut rows: usize = self.unwritten.iter().map(Message::rows).sum();
        let until = Instant::now() + LINGER;
        while self.ending.is_none() && rows < GROUP {
            let message = match self.queue.try_recv() {
                Ok(message) => message,
                Err(TryRecvError::Empty) if self.may_linger() => {
                    match self.queue.recv_timeout(until.saturating_duration_since(Instant::now())) {
                        Ok(message) => message,
                        Err(RecvTimeoutError::Timeout) => return,
                        Err(RecvTimeoutError::Disconnected) => {
                            self.ending = Some(Ending::Abandoned);
                            return;
                        }
                    }
                }
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.ending = Some(Ending::Abandoned);
                    return;
                }
            };
            rows += message.rows();
            self.take(message);
        }
    }

    /// Starts wait for their intents, and a report that was behind for what it can take by now.
    fn may_linger(&self) -> bool {
        let has_intents = || self.unwritten.iter().any(|message| matches!(message, Message::Intents(_)));
        !self.unwritten.is_empty() && self.unread.is_empty() && !has_intents()
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Finish(how) => self.ending = Some(Ending::Finished(how)),
            // They are never granted, so nothing is sent that they would have to tell of.
            Message::Intents(_) if self.shared.refusal().is_some() => {}
            Message::Intents(_)
            | Message::Events(_)
            | Message::List(_)
            | Message::ListComplete
            | Message::Profile { .. } => {
                self.unwritten.push_back(message);
            }
        }
    }

    /// Writes a group, or refuses all that was asked for.
    fn write(&mut self) {
        if self.unwritten.is_empty() {
            return;
        }
        match self.commit() {
            Ok(written) => self.committed(written),
            Err(error) => {
                self.refuse(&error);
                if error.sqlite_error_code() == Some(ErrorCode::DiskFull) || is_io(&error) {
                    reserve::release(&self.journal);
                    if let Ok(written) = self.commit() {
                        self.committed(written);
                    }
                }
            }
        }
    }

    /// Writes the first messages in one transaction, and says how many.
    fn commit(&mut self) -> rusqlite::Result<usize> {
        let written = self.transact();
        if written.is_err() {
            // What the transaction had written down of what devices are told is not there.
            self.told = Told::default();
        }
        written
    }

    fn transact(&mut self) -> rusqlite::Result<usize> {
        let transaction = Transaction::new_unchecked(&self.connection, TransactionBehavior::Immediate)?;
        let mut rows = Rows::new(&transaction, self.run, self.order);
        let (mut messages, mut count) = (0, 0);
        for message in &self.unwritten {
            if messages > 0 && count + message.rows() > GROUP {
                break;
            }
            rows.write(message, &mut self.told)?;
            messages += 1;
            count += message.rows();
        }
        let order = rows.order();
        drop(rows);
        transaction.commit()?;
        self.order = order;
        Ok(messages)
    }

    /// So many messages are on the disk: now they may be believed.
    fn committed(&mut self, messages: usize) {
        self.failed = None;
        self.news = true;
        for message in self.unwritten.drain(..messages) {
            match message {
                Message::Intents(intents) => self.shared.grant(intents.len() as u64),
                Message::Events(events) => {
                    for event in events.iter() {
                        if let Event::Ended(ended) | Event::Tried(ended) = event {
                            self.tally.ended(ended.target.number, ended.outcome);
                        }
                    }
                    self.unread.push_back(events);
                }
                Message::List(row) => self.shared.listed(row.count),
                Message::ListComplete | Message::Profile { .. } | Message::Finish(_) => {}
            }
        }
    }

    /// Grants nothing any more. What was asked for is forgotten, what has happened is kept.
    fn refuse(&mut self, error: &rusqlite::Error) {
        self.failed = Some(Instant::now());
        self.news = true;
        self.shared.refuse(&format!("the journal {}: {}", self.journal.display(), in_words(error)));
        self.unwritten.retain(|message| !matches!(message, Message::Intents(_)));
    }

    /// Gives the report what it can take now.
    fn forward(&mut self) {
        while let Some(events) = self.unread.pop_front() {
            let size = size_of(&events);
            match self.report.try_send(events) {
                // Where nobody reads any more there is nobody to tell.
                Ok(()) | Err(TrySendError::Disconnected(_)) => {
                    self.shared.forwarded(size);
                    self.news = true;
                }
                Err(TrySendError::Full(events)) => {
                    self.unread.push_front(events);
                    break;
                }
            }
        }
    }

    /// Writes and forwards all that is left, and the end of the run.
    fn end(mut self) -> WriterEnd {
        while let Ok(message) = self.queue.try_recv() {
            if !matches!(message, Message::Finish(_)) {
                self.take(message);
            }
        }
        let mut tries = 0;
        while !self.unwritten.is_empty() && tries < LAST_TRIES {
            let before = self.unwritten.len();
            self.write();
            tries = if self.unwritten.len() < before { 0 } else { tries + 1 };
        }
        let unjournaled = self.give_up();
        let finished = match self.ending {
            // A run that has lost outcomes has not finished: it has to be settled.
            Some(Ending::Finished(how)) if unjournaled == 0 => self.finish(how),
            Some(Ending::Finished(_) | Ending::Abandoned) | None => false,
        };
        for events in self.unread.drain(..) {
            let size = size_of(&events);
            let _ = self.report.send(events);
            self.shared.forwarded(size);
        }
        WriterEnd { unjournaled, finished }
    }

    /// What cannot be written is forwarded all the same, and counted.
    fn give_up(&mut self) -> u64 {
        let mut unjournaled = 0;
        for message in self.unwritten.drain(..) {
            match message {
                Message::Events(events) => {
                    unjournaled += outcomes_in(&events);
                    self.unread.push_back(events);
                }
                Message::List(row) => self.shared.listed(row.count),
                Message::Intents(_) | Message::ListComplete | Message::Profile { .. } | Message::Finish(_) => {}
            }
        }
        unjournaled
    }

    fn finish(&mut self, how: How) -> bool {
        let mut finished = finish(&self.connection, self.run, how, &self.tally);
        if let Err(error) = &finished {
            self.refuse(error);
            reserve::release(&self.journal);
            finished = finish(&self.connection, self.run, how, &self.tally);
        }
        finished.is_ok()
    }
}

fn is_io(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure)
}
