//! What may have reached a device in a run, so that no device is told twice.

use std::collections::VecDeque;

use super::{Run, Standings};
use crate::journal::bundle::{Pieces, Table, Unread, select};
use crate::journal::intent::Asked;
use crate::journal::outcome::Sent;
use crate::journal::{Journal, JournalError, schema};

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
    /// The key of the row behind which it goes on.
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
    /// Reads a row.
    fn fetch(&mut self) -> Result<(), Unread> {
        let table = if self.step == Step::Intents { Table::Intents } else { Table::Ends };
        let journal = self.journal;
        let mut statement = select(&journal.connection, table)?;
        let next = match self.step {
            Step::Intents => self.asked(Pieces::of(&mut statement, self.after + 1, self.run.number)?)?,
            Step::Ends => self.ended(Pieces::of(&mut statement, self.after + 1, self.run.number)?)?,
            Step::Done => return Ok(()),
        };
        match next {
            Some(order) => self.after = schema::key(self.run.number, order),
            None => {
                self.after = schema::key(self.run.number, 0);
                self.step = if self.step == Step::Intents { Step::Ends } else { Step::Done };
            }
        }
        Ok(())
    }

    /// What was asked for, and is not proven not to have been sent. Where the row stands, if there was one.
    fn asked(&mut self, mut pieces: Pieces<'_, Asked>) -> Result<Option<u64>, Unread> {
        let Some((order, row)) = pieces.next_row()? else { return Ok(None) };
        let counts = |Asked(number, attempt, ..): &Asked| !self.standings.is_released(*number, *attempt);
        for Asked(number, _, place, print) in row.into_iter().filter(counts) {
            let print =
                print.ok_or_else(|| Unread::Unreadable(format!("an intent of {number} without a fingerprint")))?;
            self.read.push_back(Send { number, place, fingerprint: print as u64 });
        }
        Ok(Some(order))
    }

    /// What was not asked for, because it only reads, and may have been sent.
    fn ended(&mut self, mut pieces: Pieces<'_, Sent>) -> Result<Option<u64>, Unread> {
        let Some((order, row)) = pieces.next_row()? else { return Ok(None) };
        for end in row {
            let outcome = end.outcome().map_err(Unread::Unreadable)?;
            let counts = !self.standings.has_intents(end.target) && !outcome.proves_not_sent();
            if let (true, Some(place), Some(print)) = (counts, end.address, end.fingerprint) {
                self.read.push_back(Send { number: end.target, place, fingerprint: print as u64 });
            }
        }
        Ok(Some(order))
    }
}

impl Iterator for Sends<'_> {
    type Item = Result<Send, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.read.is_empty() && self.step != Step::Done {
            if let Err(unread) = self.fetch() {
                self.step = Step::Done;
                return Some(Err(unread.told(&self.run.id.to_string(), |error| self.journal.failed(error))));
            }
        }
        self.read.pop_front().map(Ok)
    }
}
