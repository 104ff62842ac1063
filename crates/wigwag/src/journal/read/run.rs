//! Runs, and how one is found.

use std::time::SystemTime;

use rusqlite::{Row, params};
use wigwag_protocol::protocol::Effect;

use crate::journal::place::Home;
use crate::journal::{Journal, JournalError, RunId, time_of};

/// How many names an error about several lists.
const NAMED: usize = 4;

/// A run as it was begun, and whether it has finished.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(in crate::journal) number: i64,
    pub(in crate::journal) home: Home,
    pub(crate) id: RunId,
    pub(crate) started: SystemTime,
    /// The command as it was typed.
    pub(crate) command: Option<String>,
    pub(crate) effect: Effect,
    /// JSON, as it was given.
    pub(crate) settings: String,
    /// How many targets it has; nothing where the list was not written to its end.
    pub(crate) targets: Option<u32>,
    /// When it finished; nothing while it goes on, or where it broke off.
    pub(crate) finished: Option<SystemTime>,
    /// How it finished: a word of [`How`](crate::journal::How).
    pub(crate) how: Option<String>,
    /// Its counts as they were when it finished.
    pub(super) counts: Option<String>,
}

const COLUMNS: &str = "number, id, started, command, effect, settings, machine, inode, listed, finished, how, counts";

impl Journal {
    /// All runs, the newest first.
    pub(crate) fn runs(&self) -> Result<Vec<Run>, JournalError> {
        self.runs_where("1 ORDER BY number DESC", &[])
    }

    /// The run that is meant: `last` is the one begun last; else its name, or a start or an end of it that no other has.
    pub(crate) fn find(&self, asked: &str) -> Result<Run, JournalError> {
        if asked == "last" {
            let newest = self.runs_where("1 ORDER BY number DESC LIMIT 1", &[])?;
            return newest.into_iter().next().ok_or(JournalError::NoRuns);
        }
        let condition = "substr(id, 1, length(?1)) = ?1 OR substr(id, -length(?1)) = ?1 ORDER BY number DESC";
        let mut found = if asked.is_empty() { Vec::new() } else { self.runs_where(condition, &[asked])? };
        match (found.len(), found.pop()) {
            (1, Some(run)) => Ok(run),
            (count, Some(last)) => {
                let some = found.iter().chain([&last]).take(NAMED).map(|run| run.id.to_string());
                let more = (count > NAMED).then(|| "...".to_owned());
                Err(JournalError::Ambiguous { asked: asked.to_owned(), count, some: some.chain(more).collect() })
            }
            (_, None) => Err(JournalError::NoSuchRun { asked: asked.to_owned() }),
        }
    }

    /// The ways of sending that it was begun with, by their numbers.
    pub(crate) fn profiles(&self, run: &Run) -> Result<Vec<String>, JournalError> {
        let read = || {
            let mut statement =
                self.connection.prepare_cached("SELECT text FROM profiles WHERE run = ?1 ORDER BY number")?;
            statement.query_map([run.number], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()
        };
        read().map_err(|error| self.failed(&error))
    }

    fn runs_where(&self, condition: &str, values: &[&str]) -> Result<Vec<Run>, JournalError> {
        let read = || {
            let mut statement = self.connection.prepare(&format!("SELECT {COLUMNS} FROM runs WHERE {condition}"))?;
            statement.query_map(rusqlite::params_from_iter(values), run)?.collect::<rusqlite::Result<Vec<_>>>()
        };
        read().map_err(|error| self.failed(&error))
    }

    /// The same run as it is now.
    pub(crate) fn again(&self, run: &Run) -> Result<Run, JournalError> {
        let sql = format!("SELECT {COLUMNS} FROM runs WHERE number = ?1");
        let found = self.connection.query_row(&sql, params![run.number], self::run);
        found.map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => JournalError::NoSuchRun { asked: run.id.to_string() },
            error => self.failed(&error),
        })
    }
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let effect: String = row.get(4)?;
    let known = [Effect::Read, Effect::Idempotent, Effect::Once].into_iter().find(|known| known.word() == effect);
    Ok(Run {
        number: row.get(0)?,
        id: RunId::known(row.get(1)?),
        started: time_of(row.get(2)?),
        command: row.get(3)?,
        // An effect that is not known is one to be careful with.
        effect: known.unwrap_or(Effect::Once),
        settings: row.get(5)?,
        home: Home { machine: row.get(6)?, inode: row.get::<_, Option<i64>>(7)?.unwrap_or_default() },
        targets: row.get(8)?,
        finished: row.get::<_, Option<i64>>(9)?.map(time_of),
        how: row.get(10)?,
        counts: row.get(11)?,
    })
}
