//! What is written of each message.

use std::time::SystemTime;

use rusqlite::{Connection, params};
use wigwag_fleet::event::Next;
use wigwag_fleet::{Ended, Event, Stop};

use super::queue::Message;
use crate::journal::bundle::{Appender, Table};
use crate::journal::outcome::{Said, StoredOutcome, Told};
use crate::journal::run::{complete_list, insert_list, insert_profile};
use crate::journal::{intent, nanos};

/// Writes the rows of a run.
pub(super) struct Rows<'c> {
    connection: &'c Connection,
    run: i64,
    pieces: Appender<'c>,
    /// What the row of ends that is being put together has said.
    said: Said,
}

impl<'c> Rows<'c> {
    /// `order` is where the first piece goes in the order of the run.
    pub(super) fn new(connection: &'c Connection, run: i64, order: u64) -> Self {
        Self { connection, run, pieces: Appender::new(connection, run, order), said: Said::default() }
    }

    /// Where the next piece goes.
    pub(super) const fn order(&self) -> u64 {
        self.pieces.order()
    }

    pub(super) fn write(&mut self, message: &Message, told: &mut Told) -> rusqlite::Result<()> {
        match message {
            Message::Intents(intents) => {
                let mut before = None;
                for asked in intents {
                    self.pieces.add(Table::Intents, |out| intent::write(asked, before, out))?;
                    before = Some(asked.fingerprint);
                }
                self.pieces.insert(Table::Intents)
            }
            Message::Events(events) => {
                for event in events.iter() {
                    self.event(event, told)?;
                }
                self.pieces.insert(Table::Ends)
            }
            Message::List(row) => insert_list(self.connection, self.run, row),
            Message::ListComplete => complete_list(self.connection, self.run),
            Message::Profile { number, text } => insert_profile(self.connection, self.run, *number, text),
            // The end comes when nothing else is left.
            Message::Finish(_) => Ok(()),
        }
    }

    fn event(&mut self, event: &Event, told: &mut Told) -> rusqlite::Result<()> {
        if let Event::Tried(ended) | Event::Ended(ended) = event {
            return self.end(ended, matches!(event, Event::Ended(_)), told);
        }
        let key = self.pieces.pass(Table::Ends)?;
        match event {
            // They have been written above.
            Event::Tried(_) | Event::Ended(_) => Ok(()),
            Event::WaveEnded(ended) => {
                let next = match ended.next {
                    Next::After(pause) => format!("the next one after {pause:?}"),
                    Next::Asked => "the next one when somebody agrees".to_owned(),
                };
                self.note(key, "wave-ended", Some(ended.wave), Some(next))
            }
            Event::WaveStarted { wave } => self.note(key, "wave-started", Some(*wave), None),
            Event::Stopped(stop) => self.note(key, "stopped", None, Some(reason(stop))),
            Event::Short { cause, .. } => self.note(key, "short", None, Some(cause.clone())),
            Event::SourceFailed(cause) => self.note(key, "source-failed", None, Some(cause.clone())),
        }
    }

    fn end(&mut self, ended: &Ended, is_final: bool, told: &mut Told) -> rusqlite::Result<()> {
        let task = ended.target.order.as_ref().ok().map(|order| &order.task);
        let (key, connection) = (self.pieces.key(), self.connection);
        let write = |text: &str| {
            let mut insert = connection.prepare_cached("INSERT INTO told (key, text) VALUES (?1, ?2)")?;
            insert.execute(params![key, text]).map(|_| key)
        };
        let told_key = task.map(|task| told.key(task, write)).transpose()?;
        let end = StoredOutcome::of(ended, is_final, told);
        self.pieces.add(Table::Ends, |out| end.write(told_key, &mut self.said, out))
    }

    fn note(&mut self, key: i64, kind: &str, number: Option<usize>, text: Option<String>) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached("INSERT INTO notes (key, time, kind, number, text) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![key, nanos(SystemTime::now()), kind, number.map(|number| number as i64), text])
            .map(|_| ())
    }
}

fn reason(stop: &Stop) -> String {
    match stop {
        Stop::Person => "a person stopped it".to_owned(),
        Stop::Halt(rule) => format!("halted: {rule}"),
        Stop::Deadline => "its deadline passed".to_owned(),
        Stop::Refused(reason) => format!("the journal: {reason}"),
    }
}
