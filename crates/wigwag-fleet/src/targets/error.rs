//! What is wrong with targets, at which place of their text.

use std::ops::Range;

/// Targets that mean nothing: what is wrong, where, and what to write instead. The texts quote what was typed: escape
/// before printing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TargetError {
    /// The place in the text, in bytes.
    pub at: Range<usize>,
    /// One line: what is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl TargetError {
    pub(crate) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same in a text that begins `offset` bytes earlier.
    pub(crate) fn moved(mut self, offset: usize) -> Self {
        self.at = self.at.start + offset..self.at.end + offset;
        self
    }
}
