//! Rows that hold many: what is about to be sent, and how attempts ended, by the hundred. A row of its own for each would
//! cost more than the exchange that it tells of.
//!
//! Such a row has the key of its first piece, and those behind it count on. The pieces are a JSON array, in which each may
//! leave out what the one before has said.

use rusqlite::{CachedStatement, Connection, Rows, params};
use serde::de::DeserializeOwned;

use super::error::JournalError;
use super::schema;

/// The form of the rows that this program writes.
const FORM: i64 = 2;

/// The most pieces in a row, and about the most bytes of them.
const PIECES: u64 = 1000;
const BYTES: usize = 1 << 20;

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Intents,
    Ends,
}

impl Table {
    const fn insert(self) -> &'static str {
        match self {
            Self::Intents => "INSERT INTO intents (key, count, form, intents) VALUES (?1, ?2, ?3, ?4)",
            Self::Ends => "INSERT INTO ends (key, count, form, ends) VALUES (?1, ?2, ?3, ?4)",
        }
    }

    const fn select(self) -> &'static str {
        match self {
            Self::Intents => "SELECT key, form, intents FROM intents WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
            Self::Ends => "SELECT key, form, ends FROM ends WHERE key BETWEEN ?1 AND ?2 ORDER BY key",
        }
    }
}

/// Appends pieces to what is written of a run, as many to a row as come behind one another.
pub(super) struct Appender<'c> {
    connection: &'c Connection,
    run: i64,
    /// Where the next piece goes in the order of the run.
    order: u64,
    /// The row that is being put together.
    text: Vec<u8>,
    pieces: u64,
}

impl<'c> Appender<'c> {
    pub(super) const fn new(connection: &'c Connection, run: i64, order: u64) -> Self {
        Self { connection, run, order, text: Vec::new(), pieces: 0 }
    }

    /// Where the next piece goes.
    pub(super) const fn order(&self) -> u64 {
        self.order
    }

    /// The key of the next piece.
    pub(super) fn key(&self) -> i64 {
        schema::key(self.run, self.order)
    }

    /// Leaves a place in the order to what is written elsewhere, behind what was added, and tells its key.
    pub(super) fn pass(&mut self, table: Table) -> rusqlite::Result<i64> {
        self.insert(table)?;
        let key = self.key();
        self.order += 1;
        Ok(key)
    }

    /// Adds a piece to the row of this table: what `write` writes behind those that are there, which is JSON. Before the
    /// first of a row there is nothing but a bracket.
    pub(super) fn add(&mut self, table: Table, write: impl FnOnce(&mut Vec<u8>)) -> rusqlite::Result<()> {
        self.text.push(if self.pieces == 0 { b'[' } else { b',' });
        write(&mut self.text);
        self.pieces += 1;
        self.order += 1;
        if self.pieces >= PIECES || self.text.len() >= BYTES { self.insert(table) } else { Ok(()) }
    }

    /// Writes down what was added to this table.
    pub(super) fn insert(&mut self, table: Table) -> rusqlite::Result<()> {
        let pieces = std::mem::take(&mut self.pieces);
        if pieces == 0 {
            return Ok(());
        }
        self.text.push(b']');
        // It was put together of strings.
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        let first = schema::key(self.run, self.order - pieces);
        let inserted =
            self.connection.prepare_cached(table.insert())?.execute(params![first, pieces as i64, FORM, text]);
        self.text.clear();
        inserted.map(drop)
    }
}

/// One of those that a row holds.
pub(super) trait Piece: DeserializeOwned {
    /// Takes over from the piece before what this one has left out.
    fn follow(&mut self, before: &Self);
}

/// Completes the pieces of a row, each by the one before.
pub(super) fn follow(pieces: &mut [impl Piece]) {
    for place in 1..pieces.len() {
        if let [.., before, piece] = &mut pieces[..=place] {
            piece.follow(before);
        }
    }
}

/// Reads what the rows of a run hold, piece by piece.
pub(super) struct Pieces<'s, T> {
    rows: Rows<'s>,
    read: std::vec::IntoIter<T>,
    /// The place of the next piece in the order of the run.
    order: u64,
}

/// The statement that [`Pieces`] are read with.
pub(super) fn select(connection: &Connection, table: Table) -> rusqlite::Result<CachedStatement<'_>> {
    connection.prepare_cached(table.select())
}

/// Why pieces cannot be read.
#[derive(Debug)]
pub(super) enum Unread {
    Database(rusqlite::Error),
    /// They say something that is not known here.
    Unreadable(String),
}

impl From<rusqlite::Error> for Unread {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl Unread {
    /// As the journal tells of it, for the run of this id.
    pub(super) fn told(self, run: &str, failed: impl FnOnce(&rusqlite::Error) -> JournalError) -> JournalError {
        match self {
            Self::Database(error) => failed(&error),
            Self::Unreadable(cause) => JournalError::Unreadable { run: run.to_owned(), cause },
        }
    }
}

impl<'s, T: Piece> Pieces<'s, T> {
    /// Those in the rows with keys from `from` on, up to the end of the run.
    pub(super) fn of(statement: &'s mut CachedStatement<'_>, from: i64, run: i64) -> rusqlite::Result<Self> {
        let rows = statement.query(params![from, schema::keys(run).end()])?;
        Ok(Self { rows, read: Vec::new().into_iter(), order: 0 })
    }

    /// The next piece, and its place in the order of the run.
    pub(super) fn next(&mut self) -> Result<Option<(u64, T)>, Unread> {
        loop {
            if let Some(piece) = self.read.next() {
                let order = self.order;
                self.order += 1;
                return Ok(Some((order, piece)));
            }
            let Some((order, pieces)) = self.next_row()? else { return Ok(None) };
            (self.order, self.read) = (order, pieces.into_iter());
        }
    }

    /// All of the next row, and the place of its first piece.
    pub(super) fn next_row(&mut self) -> Result<Option<(u64, Vec<T>)>, Unread> {
        let Some(row) = self.rows.next()? else { return Ok(None) };
        let (key, form): (i64, i64) = (row.get(0)?, row.get(1)?);
        if form != FORM {
            return Err(Unread::Unreadable(format!("rows of form {form}")));
        }
        let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
        let mut pieces: Vec<T> = serde_json::from_str(text).map_err(|error| Unread::Unreadable(error.to_string()))?;
        follow(&mut pieces);
        Ok(Some((schema::order_of(key), pieces)))
    }
}
