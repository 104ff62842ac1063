//! How attempts ended, in the order in which that was written down.

use std::collections::VecDeque;

use rusqlite::params;

use super::Run;
use crate::journal::outcome::{COLUMNS, StoredOutcome, TABLES};
use crate::journal::{Journal, JournalError, schema};

/// How many are read at once: a few MiB, were each as long as it may be.
const AT_ONCE: i64 = 256;

/// The ends of a run's attempts, with their places in its order.
#[derive(Debug)]
pub(crate) struct Outcomes<'j> {
    journal: &'j Journal,
    run: Run,
    /// The place behind which it goes on.
    after: u64,
    read: VecDeque<(u64, StoredOutcome<'static>)>,
}

impl Journal {
    /// The ends of a run's attempts behind this place in its order; 0 is its begin. At the end of what there is now it can
    /// be asked again later.
    pub(crate) fn outcomes(&self, run: &Run, after: u64) -> Outcomes<'_> {
        Outcomes { journal: self, run: run.clone(), after, read: VecDeque::new() }
    }

    fn outcomes_at_once(&self, run: &Run, after: u64) -> Result<VecDeque<(u64, StoredOutcome<'static>)>, JournalError> {
        let unreadable = |cause| JournalError::Unreadable { run: run.id.to_string(), cause };
        let failed = |error| self.failed(&error);
        let sql = format!(
            "SELECT ends.key, {COLUMNS} FROM {TABLES} WHERE ends.key > ?1 AND ends.key <= ?2 ORDER BY ends.key LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql).map_err(failed)?;
        let (from, to) = (schema::key(run.number, after), *schema::keys(run.number).end());
        let mut rows = statement.query(params![from, to, AT_ONCE]).map_err(failed)?;
        let mut outcomes = VecDeque::new();
        while let Some(row) = rows.next().map_err(failed)? {
            let order = schema::order_of(row.get(0).map_err(failed)?);
            outcomes.push_back((order, StoredOutcome::read(row, 1).map_err(unreadable)?));
        }
        Ok(outcomes)
    }
}

impl Iterator for Outcomes<'_> {
    type Item = Result<(u64, StoredOutcome<'static>), JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.read.is_empty() {
            match self.journal.outcomes_at_once(&self.run, self.after) {
                Ok(read) => self.read = read,
                Err(error) => return Some(Err(error)),
            }
        }
        let (order, outcome) = self.read.pop_front()?;
        self.after = order;
        Some(Ok((order, outcome)))
    }
}
