//! What was found when a target was looked at later. It never changes an outcome.

use std::time::SystemTime;

use rusqlite::params;

use super::error::JournalError;
use super::read::Run;
use super::run::RunHandle;
use super::{Journal, nanos, schema, time_of};

/// Whether what a command was to bring about is so. That says how things are, not who made them so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    InEffect,
    NotInEffect,
    /// It could not be found out.
    Unknown,
}

impl Verdict {
    pub(crate) const ALL: [Self; 3] = [Self::InEffect, Self::NotInEffect, Self::Unknown];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::InEffect => "in-effect",
            Self::NotInEffect => "not-in-effect",
            Self::Unknown => "unknown",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verification {
    /// The target's number.
    pub(crate) number: u32,
    pub(crate) time: SystemTime,
    pub(crate) verdict: Verdict,
    /// One line: what the device said, or why it could not be found out. Holds no secret.
    pub(crate) detail: Option<String>,
}

impl RunHandle {
    /// Writes down what was found; it is on the disk when this returns.
    pub(crate) fn verified(&mut self, found: &[Verification]) -> Result<(), JournalError> {
        let mut write = || {
            let transaction = self.connection.unchecked_transaction()?;
            for verification in found {
                transaction
                    .prepare_cached(
                        "INSERT INTO verifications (key, target, time, verdict, detail) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![
                        schema::key(self.number, self.order),
                        verification.number,
                        nanos(verification.time),
                        verification.verdict.word(),
                        verification.detail,
                    ])?;
                self.order += 1;
            }
            transaction.commit()
        };
        write().map_err(|error| JournalError::database(&self.journal, &error))
    }
}

impl Journal {
    /// What was found about the targets of a run, the oldest first.
    pub(crate) fn verifications(&self, run: &Run) -> Result<Vec<Verification>, JournalError> {
        let keys = schema::keys(run.number);
        let read = || {
            let mut statement = self.connection.prepare_cached(
                "SELECT target, time, verdict, detail FROM verifications WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
            )?;
            let one = |row: &rusqlite::Row<'_>| {
                let word: String = row.get(2)?;
                let verdict = Verdict::ALL.into_iter().find(|verdict| verdict.word() == word);
                Ok(Verification {
                    number: row.get(0)?,
                    time: time_of(row.get(1)?),
                    verdict: verdict.unwrap_or(Verdict::Unknown),
                    detail: row.get(3)?,
                })
            };
            statement.query_map(params![keys.start(), keys.end()], one)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.failed(&error))
    }
}
