//! What is wrong with an inventory, or with a selection from it.

use std::path::PathBuf;

use thiserror::Error;
use wigwag_protocol::protocol::FileError;

use crate::targets::TargetError;

/// A file that is no inventory: which, and what is wrong at which place of it. The texts quote the file: escape before
/// printing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}: {error}", path.display())]
pub struct InventoryError {
    /// The file; `standard input` is what it says.
    pub path: PathBuf,
    /// What it says, for the place to be shown in.
    pub text: String,
    /// What is wrong.
    pub error: FileError,
}

/// A selection that cannot be made. The texts quote what was typed: escape before printing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SelectError {
    /// Something is wrong with the targets, at a place of their text.
    #[error("{0}")]
    Targets(TargetError),
    /// Something is wrong with the condition, at a place of its text.
    #[error("{0}")]
    Condition(TargetError),
    /// Something is wrong with what is to be excluded, at a place of that text.
    #[error("{0}")]
    Exclude(TargetError),
    /// Nothing is left.
    #[error("{message}")]
    Nothing {
        /// One line: what is wrong.
        message: String,
        /// What to do about it.
        help: Option<String>,
    },
}

/// An error of a file without a place in it.
pub(crate) fn nowhere(message: impl Into<String>) -> FileError {
    FileError { message: message.into(), help: None, at: None }
}

/// An error at these bytes of a file.
pub(crate) fn at(at: std::ops::Range<usize>, message: impl Into<String>) -> FileError {
    FileError { message: message.into(), help: None, at: Some(at) }
}
