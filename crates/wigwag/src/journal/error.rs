//! What can be wrong with a journal.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::problem::Problem;

/// Why the journal cannot be read, or cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JournalError {
    #[error("there is no journal at {}", .path.display())]
    Missing { path: PathBuf },
    #[error("{}: {cause}", .path.display())]
    Unusable { path: PathBuf, cause: String },
    #[error("{} is on a network file system ({kind}), where locks and syncs cannot be relied on", .path.display())]
    Network { path: PathBuf, kind: &'static str },
    #[error("{} is no journal of wigwag", .path.display())]
    Foreign { path: PathBuf },
    #[error("{} was written by a newer wigwag (form {found}, this one knows {known})", .path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("the journal {}: {cause}", .path.display())]
    Database { path: PathBuf, cause: String },
    #[error("no run is called {asked}")]
    NoSuchRun { asked: String },
    #[error("no run has been journaled yet")]
    NoRuns,
    #[error("{asked} may be any of {count} runs: {}", .some.join(", "))]
    Ambiguous { asked: String, count: usize, some: Vec<String> },
    #[error("run {run} is held by {}", holder(*.pid))]
    Held { run: String, pid: Option<u32> },
    #[error("run {run} was begun in another place: {difference}")]
    Moved { run: String, difference: String },
    #[error("what the journal says about {run} cannot be read: {cause}")]
    Unreadable { run: String, cause: String },
}

fn holder(pid: Option<u32>) -> String {
    match pid {
        Some(pid) => format!("process {pid}"),
        None => "another process".to_owned(),
    }
}

impl JournalError {
    pub(super) fn database(path: &Path, error: &rusqlite::Error) -> Self {
        Self::Database { path: path.to_owned(), cause: in_words(error) }
    }

    pub(super) fn unusable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unusable { path: path.to_owned(), cause: wigwag_net::cause::words(error) }
    }

    /// The problem that stops a command: nothing was sent.
    pub(crate) fn problem(self) -> Problem {
        let problem = Problem::usage(self.to_string());
        match self.hint() {
            Some(hint) => problem.with_help(hint),
            None => problem,
        }
    }

    /// What to do about it, where that is known.
    fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Network { .. } => {
                Some("--journal PATH puts it on a disk of this machine; --journal off does without")
            }
            Self::Foreign { .. } => Some("--journal PATH names another file"),
            Self::Newer { .. } => Some("use that wigwag, or another file with --journal PATH"),
            Self::NoSuchRun { .. } | Self::Ambiguous { .. } => Some("`wigwag runs list` shows them"),
            Self::Held { .. } => Some("wait until it ends; `wigwag runs follow` shows how it goes"),
            Self::Moved { .. } => Some(
                "it may have gone on there, and then devices would be told twice; if you are sure that it has not, add \
                 --moved",
            ),
            Self::Missing { .. }
            | Self::Unusable { .. }
            | Self::Database { .. }
            | Self::NoRuns
            | Self::Unreadable { .. } => None,
        }
    }
}

/// What a person needs to know of an error of SQLite, in one line.
pub(super) fn in_words(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another process has locked it".to_owned(),
        Some(ErrorCode::ReadOnly) => "it is read-only".to_owned(),
        Some(ErrorCode::SystemIoFailure) => format!("the disk failed ({error})"),
        Some(ErrorCode::DatabaseCorrupt) => "it is damaged".to_owned(),
        Some(ErrorCode::NotADatabase) => "it is no database".to_owned(),
        Some(ErrorCode::CannotOpen) => "it cannot be opened".to_owned(),
        Some(ErrorCode::PermissionDenied) => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}
