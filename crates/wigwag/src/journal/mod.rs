//! The journal: what was about to be sent and what came of it, on the disk before anybody relies on it. The only place
//! with SQL.
//!
//! | file | what it is about |
//! |---|---|
//! | `place`, `file_system` | where the file lies, and where it must not lie |
//! | `schema` | the tables, and how older ones become newer ones |
//! | `run`, `run_id`, `lock` | one run: how it begins or goes on, how it is called, who holds it |
//! | `listed` | its targets, as they are written down |
//! | `intent`, `outcome/` | what is about to be sent, and how an attempt ended, as it is written down |
//! | `bundle` | rows that hold many of these |
//! | `writer/` | the one thread that writes, and what feeds it: a gate and a sink |
//! | `read/` | what is read back: runs, targets, how each stands, what was sent |
//! | `verification` | what was found later |
//! | `remove` | how a run is forgotten |
//!
//! A run is one process's at a time, by a lock of the kernel. Everything that it writes goes through one queue to one
//! thread, is committed in groups and only then believed: starts are granted, and the report hears of outcomes.

mod bundle;
mod error;
mod file_system;
mod intent;
mod listed;
mod lock;
mod outcome;
mod place;
mod read;
mod remove;
mod run;
mod run_id;
mod schema;
mod verification;
mod writer;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, OpenFlags};

pub(crate) use error::JournalError;
pub(crate) use listed::{ListRows, Listed, ToList};
pub(crate) use lock::Holder;
pub(crate) use outcome::{StoredBytes, StoredOutcome};
pub(crate) use place::{default_path, size};
pub(crate) use read::{Names, Run, Standings, State, Summary, Targets};
pub(crate) use run::{How, NewRun, RunHandle};
pub(crate) use run_id::RunId;
pub(crate) use verification::{Verdict, Verification};
pub(crate) use writer::{Lister, Started, WriterEnd};

/// How long a lock of another process is waited for. It lasts as long as a commit of the other.
const BUSY: Duration = Duration::from_secs(5);

/// A journal of more than this is worth a warning: all is kept by default.
pub(crate) const LARGE: u64 = 1 << 30;

/// An open journal.
#[derive(Debug)]
pub(crate) struct Journal {
    connection: Connection,
    path: PathBuf,
}

impl Journal {
    /// Opens a journal for reading and writing; makes it where there is none.
    pub(crate) fn open(path: &Path) -> Result<Self, JournalError> {
        place::prepare(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = connect(path, flags)?;
        schema::migrate(&mut connection, path)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Opens a journal that exists for reading alone, even where nothing may be written.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self, JournalError> {
        if !path.exists() {
            return Err(JournalError::Missing { path: path.to_owned() });
        }
        file_system::refuse_network(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = connect(path, flags)?;
        match schema::is_current(&connection, path)? {
            true => Ok(Self { connection, path: path.to_owned() }),
            // An older form can only be read once it has become this one.
            false => Self::open(path),
        }
    }

    /// A number that changes whenever another process or another connection of this one has committed.
    pub(crate) fn version(&self) -> Result<i64, JournalError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &rusqlite::Error) -> JournalError {
        JournalError::database(&self.path, error)
    }
}

/// A connection as all of ours are. Nothing of a file is touched before it is known to be ours.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, JournalError> {
    let failed = |error| JournalError::database(path, &error);
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.busy_timeout(BUSY).map_err(failed)?;
    let writes = flags.contains(OpenFlags::SQLITE_OPEN_READ_WRITE);
    let read = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
    match read.map_err(|error| (error.sqlite_error_code(), error)) {
        Err((Some(ErrorCode::NotADatabase), _)) => return Err(JournalError::Foreign { path: path.to_owned() }),
        // A reader of a log needs files beside it. Where none can be made and none are there, nobody writes either.
        Err((Some(ErrorCode::CannotOpen), _)) if !writes && is_at_rest(path) => return immutable(path),
        Err((_, error)) => return Err(failed(error)),
        Ok(()) => {}
    }
    schema::form(&connection, path)?;
    if writes {
        configure(&connection).map_err(failed)?;
    }
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // What a removed run took goes back to the disk. Has to be said before the first table.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    // Write-ahead logging with every commit on the disk: with NORMAL a power cut may take the last commits back, and a
    // command that was granted by one of them would be sent again.
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")
}

fn is_at_rest(path: &Path) -> bool {
    std::fs::metadata(place::beside(path, "-wal")).map_or(true, |log| log.len() == 0)
}

fn immutable(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let encoded: String = path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let connection = Connection::open_with_flags(format!("file:{encoded}?immutable=1"), flags);
    connection.map_err(|error| JournalError::database(path, &error))
}

/// Nanoseconds since 1970, until 2262.
fn nanos(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

/// The time that so many nanoseconds since 1970 are.
fn time_of(nanos: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(u64::try_from(nanos).unwrap_or_default())
}

#[cfg(test)]
pub(crate) mod tests;
