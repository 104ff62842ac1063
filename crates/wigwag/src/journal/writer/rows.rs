//! What is written of each message.

use std::time::SystemTime;

use rusqlite::{CachedStatement, Connection, params};
use wigwag_fleet::event::Next;
use wigwag_fleet::{Ended, Event, Intent, Stop};

use super::queue::Message;
use crate::journal::outcome::{INSERT, StoredOutcome, Told};
use crate::journal::run::{complete_list, insert_list, insert_profile};
use crate::journal::{nanos, schema};

/// Writes the rows of a run.
pub(super) struct Rows<'c> {
    connection: &'c Connection,
    /// What most rows are written with.
    insert_intent: CachedStatement<'c>,
    insert_end: CachedStatement<'c>,
    run: i64,
    /// Where the next row goes in the order of the run.
    pub(super) order: u64,
}

impl<'c> Rows<'c> {
    pub(super) fn new(connection: &'c Connection, run: i64, order: u64) -> rusqlite::Result<Self> {
        let insert_intent = connection.prepare_cached(
            "INSERT INTO intents (key, target, attempt, place, fingerprint) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        Ok(Self { connection, insert_intent, insert_end: connection.prepare_cached(INSERT)?, run, order })
    }

    pub(super) fn write(&mut self, message: &Message, told: &mut Told) -> rusqlite::Result<()> {
        match message {
            Message::Intents(intents) => intents.iter().try_for_each(|intent| self.intent(intent)),
            Message::Events(events) => events.iter().try_for_each(|event| self.event(event, told)),
            Message::List { first, count, targets } => insert_list(self.connection, self.run, *first, *count, targets),
            Message::ListComplete => complete_list(self.connection, self.run),
            Message::Profile { number, text } => insert_profile(self.connection, self.run, *number, text),
            // The end comes when nothing else is left.
            Message::Finish(_) => Ok(()),
        }
    }

    fn key(&mut self) -> i64 {
        let key = schema::key(self.run, self.order);
        self.order += 1;
        key
    }

    fn intent(&mut self, intent: &Intent) -> rusqlite::Result<()> {
        let key = self.key();
        self.insert_intent
            .execute(params![key, intent.target, intent.attempt, intent.place, intent.fingerprint as i64])
            .map(|_| ())
    }

    fn event(&mut self, event: &Event, told: &mut Told) -> rusqlite::Result<()> {
        if let Event::Tried(ended) | Event::Ended(ended) = event {
            return self.end(ended, matches!(event, Event::Ended(_)), told);
        }
        let key = self.key();
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
        let told_key = task.map(|task| {
            told.key(task, |text| {
                let key = self.key();
                let mut insert = self.connection.prepare_cached("INSERT INTO told (key, text) VALUES (?1, ?2)")?;
                insert.execute(params![key, text]).map(|_| key)
            })
        });
        let told_key = told_key.transpose()?;
        let key = self.key();
        StoredOutcome::of(ended, is_final, told).insert(&mut self.insert_end, key, told_key)
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
