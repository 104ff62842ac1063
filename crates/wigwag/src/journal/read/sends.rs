//! What may have reached a device in a run, so that no device is told twice.

use std::collections::VecDeque;

use rusqlite::params;

use super::{Run, Standings};
use crate::journal::outcome::outcome_of;
use crate::journal::{Journal, JournalError, schema};

/// How many are read at once.
const AT_ONCE: i64 = 1000;

/// A command that may have reached a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Send {
    /// The target's number.
    pub(crate) number: u32,
    /// Where it went: as its intent says, or for a command that only reads, the address that it was sent to.
    pub(crate) place: String,
    /// What was sent: equal for equal commands.
    pub(crate) fingerprint: u64,
}

/// What may have reached a device. First what was asked for, then what was not.
#[derive(Debug)]
pub(crate) struct Sends<'j> {
    journal: &'j Journal,
    run: Run,
    standings: &'j Standings,
    /// The key behind which it goes on.
    after: i64,
    step: Step,
    read: VecDeque<Send>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Intents,
    Ends,
    Done,
}

impl Journal {
    /// Everything of a run that is not proven not to have been sent.
    pub(crate) fn sends<'j>(&'j self, run: &Run, standings: &'j Standings) -> Sends<'j> {
        let after = schema::key(run.number, 0);
        Sends { journal: self, run: run.clone(), standings, after, step: Step::Intents, read: VecDeque::new() }
    }
}

impl Sends<'_> {
    fn fetch(&mut self) -> Result<(), JournalError> {
        let sql = match self.step {
            Step::Intents => {
                "SELECT key, target, attempt, place, fingerprint FROM intents WHERE key > ?1 AND key <= ?2 \
                 ORDER BY key LIMIT ?3"
            }
            Step::Ends => {
                "SELECT key, target, attempt, address, fingerprint, outcome, reason FROM ends WHERE key > ?1 AND \
                 key <= ?2 ORDER BY key LIMIT ?3"
            }
            Step::Done => return Ok(()),
        };
        let failed = |error| self.journal.failed(&error);
        let mut statement = self.journal.connection.prepare_cached(sql).map_err(failed)?;
        let last = *schema::keys(self.run.number).end();
        let mut rows = statement.query(params![self.after, last, AT_ONCE]).map_err(failed)?;
        let mut count = 0;
        while let Some(row) = rows.next().map_err(failed)? {
            count += 1;
            let read = || Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
            let (key, number, attempt, place, print) = read().map_err(failed)?;
            let (place, print): (Option<String>, Option<i64>) = (place, print);
            self.after = key;
            let counts = match self.step {
                Step::Intents => !self.standings.is_released(number, attempt),
                Step::Ends | Step::Done => {
                    let unreadable = |cause| JournalError::Unreadable { run: self.run.id.to_string(), cause };
                    let outcome = outcome_of(row, 5, 6).map_err(unreadable)?;
                    !self.standings.has_intents(number) && !outcome.proves_not_sent()
                }
            };
            if let (true, Some(place), Some(print)) = (counts, place, print) {
                self.read.push_back(Send { number, place, fingerprint: print as u64 });
            }
        }
        if count < AT_ONCE {
            self.after = schema::key(self.run.number, 0);
            self.step = if self.step == Step::Intents { Step::Ends } else { Step::Done };
        }
        Ok(())
    }
}

impl Iterator for Sends<'_> {
    type Item = Result<Send, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.read.is_empty() && self.step != Step::Done {
            if let Err(error) = self.fetch() {
                self.step = Step::Done;
                return Some(Err(error));
            }
        }
        self.read.pop_front().map(Ok)
    }
}
