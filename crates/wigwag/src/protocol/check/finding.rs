//! Something that was found.

use std::ops::Range;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// The file contradicts itself, or cannot work.
    Fault,
    /// It is probably not what was meant.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// Its word, as it stands in every output.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that was found: what, how bad, where, and what to do.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// What found it: the name of a try or of a lint.
    pub(super) by: &'static str,
    /// The command that it is about, if it is about one.
    pub(super) command: Option<String>,
    /// One line. What it quotes from the file is escaped when it is printed.
    pub(super) message: String,
    /// More lines, to be compared with each other.
    pub(super) detail: Vec<String>,
    pub(super) help: Option<String>,
    /// Where it stands in the file, in bytes.
    pub(super) at: Option<Range<usize>>,
}

impl Finding {
    fn new(severity: Severity, by: &'static str, message: impl Into<String>) -> Self {
        Self { severity, by, command: None, message: message.into(), detail: Vec::new(), help: None, at: None }
    }

    pub(super) fn fault(by: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Fault, by, message)
    }

    pub(super) fn warning(by: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, by, message)
    }

    pub(super) fn note(by: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, by, message)
    }

    pub(super) fn of(mut self, command: &str) -> Self {
        self.command = Some(command.to_owned());
        self
    }

    pub(super) fn at(mut self, at: impl Into<Option<Range<usize>>>) -> Self {
        self.at = at.into();
        self
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn with_detail(mut self, detail: impl IntoIterator<Item = String>) -> Self {
        self.detail.extend(detail);
        self
    }
}
