//! The forms of output.

use clap::ValueEnum;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// The response's text, its control characters shown; of several devices each line behind its name
    Text,
    /// A line for each device as it ends: its name, the outcome, the time, the response
    Table,
    /// At the end, equal answers together with the devices that gave them
    Grouped,
    /// The outcome with all its evidence: one JSON object, of several devices an array
    Json,
    /// An event on each line: the run's start, each outcome, the run's end
    Ndjson,
    /// A line for each device, for spreadsheets
    Csv,
    /// The response's bytes exactly as they came
    Raw,
    /// The response's bytes in hex
    Hex,
}

impl Form {
    /// What is printed unless something is said.
    pub(crate) const fn unless_said(is_for_several: bool, stdout_is_terminal: bool) -> Self {
        match (is_for_several, stdout_is_terminal) {
            (false, _) => Self::Text,
            (true, true) => Self::Table,
            (true, false) => Self::Ndjson,
        }
    }

    /// Whether it can tell of several devices. The raw bytes of several could not be told apart.
    pub(crate) const fn is_for_several(self) -> bool {
        match self {
            Self::Text | Self::Table | Self::Grouped | Self::Json | Self::Ndjson | Self::Csv | Self::Hex => true,
            Self::Raw => false,
        }
    }

    /// Whether it leaves what went wrong to standard error.
    pub(super) const fn leaves_errors(self) -> bool {
        match self {
            Self::Text | Self::Raw | Self::Hex => true,
            Self::Table | Self::Grouped | Self::Json | Self::Ndjson | Self::Csv => false,
        }
    }

    /// Whether a person reads it, who wants a summary, too.
    pub(super) const fn is_for_people(self) -> bool {
        match self {
            Self::Text | Self::Table | Self::Grouped | Self::Hex => true,
            Self::Json | Self::Ndjson | Self::Csv | Self::Raw => false,
        }
    }
}
