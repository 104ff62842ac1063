//! What stops a command before anything is sent, or a fault of our own: told once, at the edge.

use std::fmt;
use std::io::{self, IsTerminal};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::layout::LayoutError;
use wigwag_protocol::protocol::FileError;

use crate::exit::Exit;

/// What went wrong, for a person.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Wrong usage or configuration, with what to do about it.
    Usage { message: String, help: Option<String> },
    /// A text that was given is wrong at some place.
    Marked(Box<Marked>),
    /// A fault of Wigwag's own, or of the machine it runs on.
    Fault(String),
}

impl Problem {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage { message: message.into(), help: None }
    }

    pub(crate) fn with_help(self, text: impl Into<String>) -> Self {
        match self {
            Self::Usage { message, .. } => Self::Usage { message, help: Some(text.into()) },
            Self::Marked(_) | Self::Fault(_) => self,
        }
    }

    /// The same, said of one target.
    pub(crate) fn of(self, target: &str) -> Self {
        match self {
            Self::Usage { message, help } => Self::Usage { message: format!("{target}: {message}"), help },
            Self::Marked(_) | Self::Fault(_) => self,
        }
    }

    /// A layout, given as the argument `name`, that cannot be compiled.
    pub(crate) fn layout(name: &str, source: &str, error: LayoutError) -> Self {
        Self::marked(name, source, error.at, error.message, error.help)
    }

    /// A text, given as the argument `name`, that is wrong at the bytes `at`.
    pub(crate) fn marked(
        name: &str,
        source: &str,
        at: std::ops::Range<usize>,
        message: String,
        help: Option<String>,
    ) -> Self {
        let source = Source::Argument(harmless(source));
        Self::Marked(Box::new(Marked { name: name.to_owned(), source, at, message, help }))
    }

    /// A file that is not what it should be, at some place if that is known.
    pub(crate) fn in_file(path: &str, text: &str, error: FileError) -> Self {
        let FileError { message, help, at } = error;
        let Some(at) = at else {
            return Self::Usage { message: format!("{path}: {message}"), help };
        };
        let source = Source::File(NamedSource::new(path, harmless(text)));
        Self::Marked(Box::new(Marked { name: path.to_owned(), source, at, message, help }))
    }

    /// What is wrong in one line, without what to do about it.
    pub(crate) fn in_a_line(&self) -> &str {
        match self {
            Self::Usage { message, .. } | Self::Fault(message) => message,
            Self::Marked(marked) => &marked.message,
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Usage { .. } | Self::Marked(_) => Exit::Usage,
            Self::Fault(_) => Exit::Fault,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage { message, help } => {
                writeln!(f, "error: {}", escape_str(message))?;
                match help {
                    Some(help) => writeln!(f, "hint: {}", escape_str(help)),
                    None => Ok(()),
                }
            }
            Self::Marked(marked) => {
                let plain = std::env::var_os("NO_COLOR").is_some() || !io::stderr().is_terminal();
                let mut theme = if plain { GraphicalTheme::unicode_nocolor() } else { GraphicalTheme::unicode() };
                // Every error begins with the same word, at the start of its line.
                theme.characters.error = "error:".to_owned();
                let mut report = String::new();
                GraphicalReportHandler::new_themed(theme).render_report(&mut report, &**marked)?;
                f.write_str(report.trim_start())
            }
            Self::Fault(message) => writeln!(f, "error: {}", escape_str(message)),
        }
    }
}

/// A text with a place in it that is wrong.
#[derive(Debug)]
pub(crate) struct Marked {
    name: String,
    source: Source,
    at: std::ops::Range<usize>,
    message: String,
    help: Option<String>,
}

#[derive(Debug)]
enum Source {
    Argument(String),
    /// Its name and the line are shown, too.
    File(NamedSource<String>),
}

/// The text with nothing in it that could act on a terminal; every character keeps its place.
fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let inert = c == '\n'
            || c == '\t'
            || !c.is_control() && escape_str(c.encode_utf8(&mut [0; 4])).to_string().starts_with(c);
        match inert {
            true => shown.push(c),
            false => shown.extend(std::iter::repeat_n('?', c.len_utf8())),
        }
    }
    shown
}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", escape_str(&self.name), escape_str(&self.message))
    }
}

impl std::error::Error for Marked {}

impl Diagnostic for Marked {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        match &self.source {
            Source::Argument(text) => Some(text),
            Source::File(file) => Some(file),
        }
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some("here".to_owned()), self.at.clone()))))
    }
}
