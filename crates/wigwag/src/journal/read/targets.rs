//! The list of targets: in order, or by number.

use std::collections::VecDeque;
use std::ops::RangeInclusive;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::Run;
use crate::journal::listed::{self, Listed};
use crate::journal::{Journal, JournalError, connect, schema};

/// How many rows of the list are kept at hand, each of up to a thousand targets. Outcomes come nearly in the order of the
/// list: as far apart as what is in flight.
const AT_HAND: usize = 16;

/// The targets of a run in order. It reads by itself, a row of the list at a time, and may go to another thread.
#[derive(Debug)]
pub(crate) struct Targets {
    connection: Connection,
    path: std::path::PathBuf,
    run: Run,
    /// The number that comes next.
    next: u32,
    read: VecDeque<Listed>,
}

impl Journal {
    /// The targets of a run, from the first one on.
    pub(crate) fn targets(&self, run: &Run) -> Result<Targets, JournalError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(&self.path, flags)?;
        Ok(Targets { connection, path: self.path.clone(), run: run.clone(), next: 0, read: VecDeque::new() })
    }

    /// How many targets of a run are listed so far.
    pub(crate) fn listed(&self, run: &Run) -> Result<u32, JournalError> {
        let keys = schema::keys(run.number);
        let sql = "SELECT coalesce(sum(count), 0) FROM lists WHERE key BETWEEN ?1 AND ?2";
        let counted = self.connection.query_row(sql, params![keys.start(), keys.end()], |row| row.get(0));
        counted.map_err(|error| self.failed(&error))
    }
}

impl Iterator for Targets {
    type Item = Result<Listed, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.is_empty() {
            let failed = |error| JournalError::database(&self.path, &error);
            let keys = schema::key(self.run.number, self.next.into())..=*schema::keys(self.run.number).end();
            match row(&self.connection, FIRST, keys).map_err(failed) {
                Ok(Some(row)) => match row.targets(&self.run) {
                    Ok(targets) => self.read = targets.into(),
                    Err(error) => return Some(Err(error)),
                },
                Ok(None) => return None,
                Err(error) => return Some(Err(error)),
            }
        }
        let target = self.read.pop_front()?;
        self.next = target.number.saturating_add(1);
        Some(Ok(target))
    }
}

/// Targets by their numbers.
#[derive(Debug)]
pub(crate) struct Names<'j> {
    journal: &'j Journal,
    run: Run,
    /// The rows that were used last, the latest at the end.
    at_hand: VecDeque<Vec<Listed>>,
}

impl<'j> Names<'j> {
    pub(crate) fn new(journal: &'j Journal, run: &Run) -> Self {
        Self { journal, run: run.clone(), at_hand: VecDeque::new() }
    }

    /// The target of this number; nothing where the list does not have it.
    pub(crate) fn get(&mut self, number: u32) -> Result<Option<&Listed>, JournalError> {
        let holds = |row: &Vec<Listed>| position(row, number).is_some();
        if !self.at_hand.back().is_some_and(holds) {
            match self.at_hand.iter().position(holds) {
                Some(place) => {
                    let row = self.at_hand.remove(place);
                    self.at_hand.extend(row);
                }
                None => self.fetch(number)?,
            }
        }
        let last = self.at_hand.back();
        Ok(last.and_then(|row| position(row, number).and_then(|place| row.get(place))))
    }

    /// Its name, or its number where the list does not have it.
    pub(crate) fn name(&mut self, number: u32) -> Result<String, JournalError> {
        Ok(self.get(number)?.map_or_else(|| format!("#{number}"), |target| target.name.clone()))
    }

    fn fetch(&mut self, number: u32) -> Result<(), JournalError> {
        let keys = *schema::keys(self.run.number).start()..=schema::key(self.run.number, number.into());
        let found = row(&self.journal.connection, LAST, keys);
        if let Some(row) = found.map_err(|error| self.journal.failed(&error))? {
            if self.at_hand.len() == AT_HAND {
                self.at_hand.pop_front();
            }
            self.at_hand.push_back(row.targets(&self.run)?);
        }
        Ok(())
    }
}

fn position(row: &[Listed], number: u32) -> Option<usize> {
    let first = row.first()?.number;
    let place = number.checked_sub(first)? as usize;
    (place < row.len()).then_some(place)
}

/// A row of the list as it was read.
struct ListRow {
    first: u32,
    form: i64,
    targets: Vec<u8>,
}

impl ListRow {
    fn targets(&self, run: &Run) -> Result<Vec<Listed>, JournalError> {
        let unreadable = |cause| JournalError::Unreadable { run: run.id.to_string(), cause };
        listed::read(self.form, self.first, &self.targets).map_err(unreadable)
    }
}

/// The first row of some keys.
const FIRST: &str = "SELECT key, form, targets FROM lists WHERE key BETWEEN ?1 AND ?2 ORDER BY key LIMIT 1";

/// The last row of some keys.
const LAST: &str = "SELECT key, form, targets FROM lists WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1";

fn row(connection: &Connection, sql: &str, keys: RangeInclusive<i64>) -> rusqlite::Result<Option<ListRow>> {
    let read = |row: &rusqlite::Row<'_>| {
        let first = u32::try_from(schema::order_of(row.get(0)?)).unwrap_or(u32::MAX);
        Ok(ListRow { first, form: row.get(1)?, targets: row.get(2)? })
    };
    connection.prepare_cached(sql)?.query_row(params![keys.start(), keys.end()], read).optional()
}
