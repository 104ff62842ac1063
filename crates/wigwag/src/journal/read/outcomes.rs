//! How attempts ended, in the order in which that was written down.

use std::collections::{HashMap, VecDeque};

use rusqlite::{OptionalExtension, params};

use super::Run;
use crate::journal::bundle::{Pieces, Table, Unread, select};
use crate::journal::outcome::{Line, StoredOutcome};
use crate::journal::{Journal, JournalError, schema};

/// How many different things that devices were told are kept at hand.
const TOLD: usize = 1000;

/// The ends of a run's attempts, with their places in its order.
#[derive(Debug)]
pub(crate) struct Outcomes<'j> {
    journal: &'j Journal,
    run: Run,
    /// The place behind which it goes on.
    after: u64,
    read: VecDeque<(u64, StoredOutcome<'static>)>,
    told: HashMap<i64, String>,
}

impl Journal {
    /// The ends of a run's attempts behind this place in its order; 0 is its begin. At the end of what there is now it can
    /// be asked again later.
    pub(crate) fn outcomes(&self, run: &Run, after: u64) -> Outcomes<'_> {
        Outcomes { journal: self, run: run.clone(), after, read: VecDeque::new(), told: HashMap::new() }
    }
}

impl Outcomes<'_> {
    /// Reads the row that has the next one.
    fn fetch(&mut self) -> Result<(), Unread> {
        let connection = &self.journal.connection;
        let (first, after) = (*schema::keys(self.run.number).start(), schema::key(self.run.number, self.after));
        // The row in which that place is may have more behind it.
        let row: Option<i64> = connection
            .prepare_cached(
                "SELECT key FROM ends WHERE key BETWEEN ?1 AND ?2 AND key + count - 1 > ?2 ORDER BY key DESC LIMIT 1",
            )?
            .query_row(params![first, after], |row| row.get(0))
            .optional()?;
        let mut statement = select(connection, Table::Ends)?;
        let mut pieces: Pieces<'_, Line> = Pieces::of(&mut statement, row.unwrap_or(after + 1), self.run.number)?;
        let Some((first, lines)) = pieces.next_row()? else { return Ok(()) };
        for (order, line) in (first..).zip(lines).filter(|(order, _)| *order > self.after) {
            let told = line.k.map(|key| told(&self.journal.connection, &mut self.told, key)).transpose()?;
            self.read.push_back((order, line.outcome(told.flatten()).map_err(Unread::Unreadable)?));
        }
        Ok(())
    }
}

/// What a device was told.
fn told(
    connection: &rusqlite::Connection,
    known: &mut HashMap<i64, String>,
    key: i64,
) -> rusqlite::Result<Option<String>> {
    if let Some(told) = known.get(&key) {
        return Ok(Some(told.clone()));
    }
    let mut select = connection.prepare_cached("SELECT text FROM told WHERE key = ?1")?;
    let told: Option<String> = select.query_row([key], |row| row.get(0)).optional()?;
    if known.len() >= TOLD {
        known.clear();
    }
    known.extend(told.clone().map(|told| (key, told)));
    Ok(told)
}

impl Iterator for Outcomes<'_> {
    type Item = Result<(u64, StoredOutcome<'static>), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.is_empty()
            && let Err(unread) = self.fetch()
        {
            return Some(Err(unread.told(&self.run.id.to_string(), |error| self.journal.failed(error))));
        }
        let (order, outcome) = self.read.pop_front()?;
        self.after = order;
        Some(Ok((order, outcome)))
    }
}
