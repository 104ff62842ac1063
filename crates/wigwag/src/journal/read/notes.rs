//! What else happened in a run: waves, stops, shortages.

use std::time::SystemTime;

use rusqlite::{OptionalExtension, params};

use super::Run;
use crate::journal::{Journal, JournalError, schema, time_of};

/// The most that are read: a run that is short of something for hours says so every few seconds.
const READ: i64 = 1000;

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Note {
    pub(crate) time: SystemTime,
    /// `wave-started`, `wave-ended`, `stopped`, `short`, `source-failed`.
    pub(crate) kind: String,
    /// Which wave, from 0.
    pub(crate) number: Option<u32>,
    pub(crate) text: Option<String>,
}

impl Journal {
    /// What else happened in a run, the first thousand of it.
    pub(crate) fn notes(&self, run: &Run) -> Result<Vec<Note>, JournalError> {
        let keys = schema::keys(run.number);
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT time, kind, number, text FROM notes WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT ?3",
            )?;
            let one = |row: &rusqlite::Row<'_>| {
                Ok(Note { time: time_of(row.get(0)?), kind: row.get(1)?, number: row.get(2)?, text: row.get(3)? })
            };
            statement.query_map(params![keys.start(), keys.end(), READ], one)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.failed(&error))
    }

    /// The wave that was started last, from 0; nothing where the run told of none.
    pub(crate) fn last_wave(&self, run: &Run) -> Result<Option<usize>, JournalError> {
        let keys = schema::keys(run.number);
        let sql = "SELECT number FROM notes WHERE key BETWEEN ?1 AND ?2 AND kind = 'wave-started' ORDER BY key DESC \
                   LIMIT 1";
        let wave = self.connection.query_row(sql, params![keys.start(), keys.end()], |row| row.get::<_, u32>(0));
        Ok(wave.optional().map_err(|error| self.failed(&error))?.map(|wave| wave as usize))
    }
}
