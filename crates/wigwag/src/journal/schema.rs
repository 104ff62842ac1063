//! The tables, and how a journal of an older form becomes one of this form.
//!
//! All that belongs to a run and is written while it goes on has keys that begin with the run's number and go on with the
//! order of writing, so that every insert is an append and a run is one range.

use std::ops::RangeInclusive;
use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::error::JournalError;

/// What marks the file as a journal: "WWgJ".
const APPLICATION: u32 = 0x5757_674A;

/// Each makes of the form before it the next one. What was released is never changed; a new form is a new entry.
const MIGRATIONS: [&str; 1] = [FORM_1];

/// How many bits of a key count within a run.
const ORDER_BITS: u32 = 40;

const FORM_1: &str = "
-- One row: which journal this is.
CREATE TABLE journal (id TEXT NOT NULL);

CREATE TABLE runs (
    number   INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    started  INTEGER NOT NULL,     -- nanoseconds since 1970
    command  TEXT,
    effect   TEXT NOT NULL,
    settings TEXT NOT NULL,        -- JSON
    machine  TEXT,                 -- where it was begun: the machine
    inode    INTEGER,              -- and the file
    listed   INTEGER,              -- how many targets there are; nothing until the list is complete
    finished INTEGER,              -- nanoseconds since 1970; nothing while it goes on, or where it broke off
    how      TEXT,                 -- how it finished
    counts   TEXT                  -- JSON: outcomes by word and reason, once it is finished
);

-- Ways of sending: the protocol's text, the connection settings.
CREATE TABLE profiles (
    run    INTEGER NOT NULL,
    number INTEGER NOT NULL,
    text   TEXT NOT NULL,          -- JSON
    PRIMARY KEY (run, number)
) WITHOUT ROWID;

-- The targets of a run, many in a row. The key ends with the number of the first.
CREATE TABLE lists (
    key     INTEGER PRIMARY KEY,
    count   INTEGER NOT NULL,
    form    INTEGER NOT NULL,
    targets BLOB NOT NULL
);

-- What is about to be sent, many in a row. The key is that of the first, and those behind it count on. `lists` aside, the
-- order within a run is one for all tables.
CREATE TABLE intents (
    key     INTEGER PRIMARY KEY,
    count   INTEGER NOT NULL,
    form    INTEGER NOT NULL,
    intents TEXT NOT NULL           -- JSON: [[target, attempt, place, fingerprint], ...]
);

-- How attempts ended, many in a row, as intents are. The last piece of a target tells how it stands.
CREATE TABLE ends (
    key   INTEGER PRIMARY KEY,
    count INTEGER NOT NULL,
    form  INTEGER NOT NULL,
    ends  TEXT NOT NULL             -- JSON: [{...}, ...]
);

-- What devices were told: the command, its parameters, its effect. Many share it; the key is that of the first end that does.
CREATE TABLE told (
    key  INTEGER PRIMARY KEY,
    text TEXT NOT NULL              -- JSON
);

-- What else happened: waves, stops, shortages.
CREATE TABLE notes (
    key    INTEGER PRIMARY KEY,
    time   INTEGER NOT NULL,        -- nanoseconds since 1970
    kind   TEXT NOT NULL,
    number INTEGER,
    text   TEXT
);

-- What was found when a target was looked at later.
CREATE TABLE verifications (
    key     INTEGER PRIMARY KEY,
    target  INTEGER NOT NULL,
    time    INTEGER NOT NULL,       -- nanoseconds since 1970
    verdict TEXT NOT NULL,
    detail  TEXT
);
";

/// The tables whose keys begin with a run's number.
pub(super) const TABLES_OF_RUNS: [&str; 6] = ["lists", "intents", "ends", "told", "notes", "verifications"];

/// The key of what came at this place in the order of a run.
pub(super) fn key(run: i64, order: u64) -> i64 {
    (run << ORDER_BITS) | order as i64
}

/// The place that a key tells.
pub(super) fn order_of(key: i64) -> u64 {
    (key & ((1 << ORDER_BITS) - 1)) as u64
}

/// All keys of a run.
pub(super) fn keys(run: i64) -> RangeInclusive<i64> {
    key(run, 0)..=key(run + 1, 0) - 1
}

/// Makes it a journal of this form, if it is not one already.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    migrate_by(&MIGRATIONS, connection, path)
}

fn migrate_by(migrations: &[&str], connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    if form_of(migrations, connection, path)? == migrations.len() {
        return Ok(());
    }
    let failed = |error| JournalError::database(path, &error);
    // Once more behind the lock: another process may have been faster.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let form = form_of(migrations, &transaction, path)?;
    for migration in migrations.iter().skip(form) {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    if form == 0 {
        let id = format!("{:016x}{:016x}", crate::send::random(), crate::send::random());
        transaction.execute("INSERT INTO journal (id) VALUES (?1)", [id]).map_err(failed)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    }
    transaction.pragma_update(None, "user_version", migrations.len() as i64).map_err(failed)?;
    transaction.commit().map_err(failed)
}

/// Which form it has; 0 for an empty file.
pub(super) fn form(connection: &Connection, path: &Path) -> Result<usize, JournalError> {
    form_of(&MIGRATIONS, connection, path)
}

/// Whether it has the form that this program writes.
pub(super) fn is_current(connection: &Connection, path: &Path) -> Result<bool, JournalError> {
    Ok(form(connection, path)? == MIGRATIONS.len())
}

fn form_of(migrations: &[&str], connection: &Connection, path: &Path) -> Result<usize, JournalError> {
    // One picture of all that is asked: another process may be making it a journal at this moment.
    let _picture = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose();
    let pragma = |name: &str| {
        let read: Result<u32, _> = connection.pragma_query_value(None, name, |row| row.get(0));
        read.map_err(|error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase) => JournalError::Foreign { path: path.to_owned() },
            _ => JournalError::database(path, &error),
        })
    };
    let (application, form) = (pragma("application_id")?, pragma("user_version")?);
    let is_empty = || {
        let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
        tables.map(|tables| tables == 0).map_err(|error| JournalError::database(path, &error))
    };
    if application != APPLICATION && !(application == 0 && form == 0 && is_empty()?) {
        return Err(JournalError::Foreign { path: path.to_owned() });
    }
    let known = migrations.len() as u32;
    match form > known {
        true => Err(JournalError::Newer { path: path.to_owned(), found: form, known }),
        false => Ok(form as usize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path() -> &'static Path {
        Path::new("j.db")
    }

    #[test]
    fn an_older_form_becomes_a_newer_one_and_keeps_what_is_in_it() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate_by(&[FORM_1], &mut connection, path()).unwrap();
        let id: String = connection.query_row("SELECT id FROM journal", [], |row| row.get(0)).unwrap();

        let newer = [FORM_1, "ALTER TABLE runs ADD COLUMN label TEXT; CREATE TABLE labels (label TEXT);"];
        migrate_by(&newer, &mut connection, path()).unwrap();
        migrate_by(&newer, &mut connection, path()).unwrap();

        assert_eq!(form_of(&newer, &connection, path()).unwrap(), 2);
        assert_eq!(connection.query_row("SELECT id FROM journal", [], |row| row.get::<_, String>(0)).unwrap(), id);
        connection.execute("INSERT INTO labels VALUES ('a')", []).unwrap();
    }

    #[test]
    fn a_newer_form_is_refused_by_an_older_program() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, path()).unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();

        let refused = migrate(&mut connection, path()).unwrap_err().to_string();

        assert_eq!(refused, "j.db was written by a newer wigwag (form 7, this one knows 1)");
    }

    #[test]
    fn a_database_of_something_else_is_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE cookies (name TEXT)").unwrap();

        assert!(matches!(migrate(&mut connection, path()), Err(JournalError::Foreign { .. })));
    }

    #[test]
    fn keys_of_a_run_are_one_range() {
        assert!(keys(3).contains(&key(3, 0)) && keys(3).contains(&key(3, (1 << ORDER_BITS) - 1)));
        assert!(!keys(3).contains(&key(2, (1 << ORDER_BITS) - 1)) && !keys(3).contains(&key(4, 0)));
        assert_eq!(order_of(key(3, 17)), 17);
    }
}
