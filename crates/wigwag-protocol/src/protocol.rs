//! What two sides have agreed on: layouts, manners and times.

use std::time::Duration;

use crate::layout::{Layout, LayoutError, Options};

/// A protocol, ready for use by either side.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Its name, as `--protocol` takes it.
    pub name: String,
    /// The port of its devices, where they have a usual one.
    pub port: Option<u16>,
    /// What a command looks like on the wire.
    pub request: Layout,
    /// What an answer looks like on the wire.
    pub response: Layout,
    /// Bodies of answers that say no; their parts `code` and `text` tell why. The device half says no with the first.
    pub errors: Vec<Layout>,
    /// What the device says first, if it does.
    pub greeting: Option<Layout>,
    /// What happens to our sending side after the command.
    pub after_send: AfterSend,
    /// White space is taken off both ends of a response's body before anything else sees it.
    pub trim: bool,
    /// How long to wait for what.
    pub times: Times,
}

/// What happens to our sending side after the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterSend {
    /// It stays open.
    Open,
    /// It is closed: the device sees an end of file after the command, and may still answer.
    Fin,
}

impl AfterSend {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fin => "fin",
        }
    }
}

/// How long to wait for what, in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From the start until the connection is ready to send, all addresses together.
    pub connect: Duration,
    /// From our last byte to the first one of the response (and from connecting to the first one of a greeting).
    pub first: Duration,
    /// Between bytes.
    pub idle: Duration,
    /// All of it.
    pub total: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first: Duration::from_secs(5),
            idle: Duration::from_secs(1),
            total: Duration::from_secs(30),
        }
    }
}

/// How `line` ends the lines it writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnd {
    /// `<CR LF>`
    #[default]
    CrLf,
    /// `<LF>`
    Lf,
    /// `<CR>`
    Cr,
}

/// The names of the protocols that are built in.
pub const BUILT_IN: [&str; 3] = ["esc-cr", "line", "raw"];

impl Protocol {
    /// The built-in protocol of this name; `line_end` matters to `line` alone.
    pub fn built_in(name: &str, line_end: LineEnd) -> Option<Self> {
        let built = match name {
            "esc-cr" => Self::new("esc-cr", "<ESC> body <CR>", "body <NUL|EOF>").map(|esc_cr| Self {
                port: Some(9100),
                after_send: AfterSend::Fin,
                trim: true,
                ..esc_cr
            }),
            "line" => {
                let request = match line_end {
                    // What is written first; the device half takes the others too, as far as they can be told apart.
                    LineEnd::CrLf => "body <CR LF|LF|CR>",
                    LineEnd::Lf => "body <LF|CR LF|CR>",
                    LineEnd::Cr => "body <CR|LF>",
                };
                Self::new("line", request, "body <CR LF|LF|CR>").map(|line| Self { trim: true, ..line })
            }
            "raw" => Self::new("raw", "body", "body <IDLE 500ms|EOF>"),
            _ => return None,
        };
        built.ok()
    }

    /// A protocol of two layouts, with everything else as it mostly is: no greeting, no errors, the sending side open.
    ///
    /// # Errors
    ///
    /// A layout cannot be compiled, or the response cannot end.
    pub fn new(name: &str, request: &str, response: &str) -> Result<Self, LayoutError> {
        let options = Options::default();
        Ok(Self::of(name, Self::request_layout(request, &options)?, Layout::frame(response, &options)?))
    }

    /// The same of layouts that are compiled already.
    pub fn of(name: &str, request: Layout, response: Layout) -> Self {
        Self {
            name: name.to_owned(),
            port: None,
            request,
            response,
            errors: Vec::new(),
            greeting: None,
            after_send: AfterSend::Open,
            trim: false,
            times: Times::default(),
        }
    }

    /// Compiles the layout of a request: one that ends by itself if it can, else one that can only be written.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    pub fn request_layout(source: &str, options: &Options) -> Result<Layout, LayoutError> {
        Layout::frame(source, options).or_else(|_| Layout::body(source, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_protocol_is_there() {
        for name in BUILT_IN {
            for line_end in [LineEnd::CrLf, LineEnd::Lf, LineEnd::Cr] {
                assert_eq!(Protocol::built_in(name, line_end).unwrap().name, name);
            }
        }
        assert!(Protocol::built_in("nothing", LineEnd::CrLf).is_none());
    }
}
