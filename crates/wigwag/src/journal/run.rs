//! One run: how it begins, how it goes on, how it ends.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use wigwag_fleet::Batch;
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::Effect;

use super::bundle::{Appender, Table};
use super::error::JournalError;
use super::listed::{self, ListRows, Row};
use super::lock::RunLock;
use super::outcome::{Said, StoredOutcome};
use super::place::Home;
use super::read::{Run, Standings, State, counts_to_json};
use super::run_id::RunId;
use super::writer::{Started, Tally};
use super::{Journal, connect, nanos, schema};

/// How often a name that is taken is replaced by another one; one in a million is, and only within one second.
const NAMES: u32 = 20;

/// What a run is, before it begins.
#[derive(Debug, Clone)]
pub(crate) struct NewRun {
    /// The command as it was typed; holds no secret.
    pub(crate) command: Option<String>,
    pub(crate) effect: Effect,
    /// JSON that the journal does not look into.
    pub(crate) settings: String,
    /// The ways of sending, by their numbers; JSON that the journal does not look into.
    pub(crate) profiles: Vec<String>,
}

/// How a run finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// Every target has its outcome.
    Done,
    /// A halt rule stopped it.
    Halted,
    /// A person stopped it.
    Interrupted,
    /// Its deadline passed.
    Deadline,
    /// The journal could not be written.
    Refused,
    /// The list of targets broke off.
    SourceFailed,
}

impl How {
    /// Its word, as it stands in the journal and in every output.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Halted => "halted",
            Self::Interrupted => "interrupted",
            Self::Deadline => "deadline",
            Self::Refused => "journal-failed",
            Self::SourceFailed => "list-broke-off",
        }
    }
}

/// A run that is held by this process, and not under way yet.
#[derive(Debug)]
pub(crate) struct RunHandle {
    pub(super) connection: Connection,
    pub(super) journal: std::path::PathBuf,
    pub(super) lock: RunLock,
    pub(super) id: RunId,
    pub(super) number: i64,
    /// Where the order of this run's rows goes on.
    pub(super) order: u64,
    pub(super) tally: Tally,
}

impl Journal {
    /// Begins a run: it is held and written down when this returns.
    pub(crate) fn begin(&self, new: &NewRun) -> Result<RunHandle, JournalError> {
        let started = SystemTime::now();
        let mut connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let failed = |error| JournalError::database(&self.path, &error);
        let home = Home::of(&self.path)?;
        super::writer::prepare_reserve(&self.path);
        let mut taken = None;
        for _ in 0..NAMES {
            let id = RunId::new(started, crate::send::random());
            // The lock comes first: from the moment that others can read of the run, they can tell that it is under way.
            let lock = match RunLock::take(&self.path, &id) {
                Ok(lock) => lock,
                Err(held @ JournalError::Held { .. }) => {
                    taken = Some(held);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
            let inserted = transaction.execute(
                "INSERT OR IGNORE INTO runs (id, started, command, effect, settings, machine, inode) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    id.as_str(),
                    nanos(started),
                    new.command,
                    new.effect.word(),
                    new.settings,
                    home.machine,
                    home.inode
                ],
            );
            if inserted.map_err(failed)? == 0 {
                continue;
            }
            let number = transaction.last_insert_rowid();
            for (profile, text) in (0..).zip(&new.profiles) {
                insert_profile(&transaction, number, profile, text).map_err(failed)?;
            }
            transaction.commit().map_err(failed)?;
            let (journal, tally) = (self.path.clone(), Tally::default());
            return Ok(RunHandle { connection, journal, lock, id, number, order: 1, tally });
        }
        Err(taken.unwrap_or(JournalError::Held { run: "of every name".to_owned(), pid: None }))
    }

    /// Takes a run that was begun before, to go on with it or to look at its devices. A run that was begun in another
    /// place is only taken if that is meant: whoever says `moved` is sure that it has not gone on there.
    pub(crate) fn take(&self, run: &Run, moved: bool) -> Result<RunHandle, JournalError> {
        let home = Home::of(&self.path)?;
        if let Some(difference) = home.difference(&run.home).filter(|_| !moved) {
            return Err(JournalError::Moved { run: run.id.to_string(), difference: difference.to_owned() });
        }
        let lock = RunLock::take(&self.path, &run.id)?;
        let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let failed = |error| JournalError::database(&self.path, &error);
        if moved {
            connection
                .execute(
                    "UPDATE runs SET machine = ?2, inode = ?3 WHERE number = ?1",
                    params![run.number, home.machine, home.inode],
                )
                .map_err(failed)?;
        }
        super::writer::prepare_reserve(&self.path);
        let order = next_order(&connection, run.number).map_err(failed)?;
        // Behind the lock: nobody else changes how its targets stand any more.
        let tally = Tally::of(&self.standings(run)?);
        let (journal, id) = (self.path.clone(), run.id.clone());
        Ok(RunHandle { connection, journal, lock, id, number: run.number, order, tally })
    }
}

/// The place in the order of a run that comes next.
fn next_order(connection: &Connection, run: i64) -> rusqlite::Result<u64> {
    let keys = schema::keys(run);
    let mut last = 0;
    for table in schema::TABLES_OF_RUNS.iter().filter(|table| **table != "lists") {
        let newest = if ["intents", "ends"].contains(table) { "key + count - 1" } else { "key" };
        let sql = format!("SELECT {newest} FROM {table} WHERE key BETWEEN ?1 AND ?2 ORDER BY key DESC LIMIT 1");
        let newest: Option<i64> =
            connection.query_row(&sql, params![keys.start(), keys.end()], |row| row.get(0)).optional()?;
        last = last.max(newest.map_or(0, schema::order_of));
    }
    Ok(last + 1)
}

impl RunHandle {
    /// How the run is called.
    pub(crate) fn id(&self) -> &RunId {
        &self.id
    }

    /// Writes down more of the list; numbers rise by one from the first to the last of the run. They are on the disk when
    /// this returns. Of a run that is under way, its [`Lister`](super::Lister) takes them.
    pub(crate) fn list(&mut self, rows: ListRows) -> Result<(), JournalError> {
        let transaction = self.connection.unchecked_transaction().map_err(|error| self.failed(&error))?;
        for row in rows.into_rows() {
            insert_list(&transaction, self.number, &row).map_err(|error| self.failed(&error))?;
        }
        transaction.commit().map_err(|error| self.failed(&error))
    }

    /// Writes down that the list is complete.
    pub(crate) fn list_complete(&mut self) -> Result<(), JournalError> {
        complete_list(&self.connection, self.number).map_err(|error| self.failed(&error))
    }

    /// Writes `unconfirmed (lost)` for each target whose intent has no end, and tells how many there were. After it every
    /// target has an outcome or was never started.
    pub(crate) fn settle_lost(&mut self, standings: &mut Standings) -> Result<u32, JournalError> {
        let now = SystemTime::now();
        let transaction = self.connection.unchecked_transaction().map_err(|error| self.failed(&error))?;
        let (mut ends, mut said) = (Appender::new(&transaction, self.number, self.order), Said::default());
        let mut settled = 0;
        for number in 0..standings.len() {
            let State::Lost { attempt } = standings.state(number) else { continue };
            let lost = StoredOutcome::lost(number, attempt, now);
            standings.settle(number, lost.outcome, attempt, ends.order());
            ends.add(Table::Ends, |out| lost.write(None, &mut said, out)).map_err(|error| self.failed(&error))?;
            self.tally.ended(number, lost.outcome);
            settled += 1;
        }
        ends.insert(Table::Ends).map_err(|error| self.failed(&error))?;
        self.order = ends.order();
        if settled > 0 {
            // Counts of a run that has finished would not be true any more; without them they are counted anew.
            transaction
                .execute("UPDATE runs SET counts = NULL WHERE number = ?1", [self.number])
                .map_err(|error| self.failed(&error))?;
        }
        transaction.commit().map_err(|error| self.failed(&error))?;
        Ok(settled)
    }

    /// Sets the run going: from here on one thread writes, in the order in which it is told. It forwards events to the
    /// report once they are committed, and calls `wake` after each commit that granted something or made room.
    pub(crate) fn start(self, report: SyncSender<Batch>, wake: Arc<dyn Fn() + Send + Sync>) -> Started {
        super::writer::start(self, report, wake)
    }

    /// Ends a run that was not set going.
    pub(crate) fn finish(self, how: How) -> Result<(), JournalError> {
        finish(&self.connection, self.number, how, &self.tally).map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> JournalError {
        JournalError::database(&self.journal, error)
    }
}

pub(super) fn insert_profile(connection: &Connection, run: i64, number: u32, text: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO profiles (run, number, text) VALUES (?1, ?2, ?3)")?
        .execute(params![run, number, text])
        .map(drop)
}

pub(super) fn insert_list(connection: &Connection, run: i64, row: &Row) -> rusqlite::Result<()> {
    let Row { first, count, targets } = row;
    connection
        .prepare_cached("INSERT INTO lists (key, count, form, targets) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![schema::key(run, (*first).into()), *count as i64, listed::FORM, targets])
        .map(|_| ())
}

/// The list is as long as what was written of it.
pub(super) fn complete_list(connection: &Connection, run: i64) -> rusqlite::Result<()> {
    let keys = schema::keys(run);
    connection
        .execute(
            "UPDATE runs SET listed = (SELECT coalesce(sum(count), 0) FROM lists WHERE key BETWEEN ?2 AND ?3) \
             WHERE number = ?1",
            params![run, keys.start(), keys.end()],
        )
        .map(|_| ())
}

/// A run that goes on has no end and no counts that could be out of date.
pub(super) fn reopen(connection: &Connection, run: i64) -> rusqlite::Result<()> {
    connection
        .execute("UPDATE runs SET finished = NULL, how = NULL, counts = NULL WHERE number = ?1", [run])
        .map(|_| ())
}

pub(super) fn finish(connection: &Connection, run: i64, how: How, tally: &Tally) -> rusqlite::Result<()> {
    connection
        .execute(
            "UPDATE runs SET finished = ?2, how = ?3, counts = ?4 WHERE number = ?1",
            params![run, nanos(SystemTime::now()), how.word(), counts_to_json(tally.counts())],
        )
        .map(|_| ())
}

/// A place for every outcome there is, so that one is a number.
pub(super) fn index_of(outcome: Outcome) -> u8 {
    // There are 33.
    Outcome::ALL.iter().position(|known| *known == outcome).map_or(u8::MAX, |place| place as u8)
}
