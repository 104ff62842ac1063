//! Which protocol is spoken.

use clap::{Args, ValueEnum};
use wigwag_protocol::layout::{Layout, MAX_LIMIT, Options, nearest};
use wigwag_protocol::protocol::{AfterSend, BUILT_IN, LineEnd, Protocol};
use wigwag_protocol::units;

use crate::problem::Problem;

/// Both halves of a protocol.
#[derive(Debug, Args)]
pub(crate) struct ProtocolArgs {
    #[command(flatten)]
    request: RequestArgs,
    /// The layout of a response, in place of the protocol's
    #[arg(long, value_name = "LAYOUT", help_heading = "Protocol")]
    response: Option<String>,
    /// The layout of a response's body that says no; its parts `code` and `text` are shown. May be repeated
    #[arg(long, value_name = "LAYOUT", help_heading = "Protocol")]
    error: Vec<String>,
    /// After the command: leave our sending side open, or close it (fin)
    #[arg(long, value_name = "HOW", value_enum, help_heading = "Protocol")]
    after_send: Option<After>,
}

/// The half that says what a request looks like.
#[derive(Debug, Args)]
pub(crate) struct RequestArgs {
    /// The protocol: esc-cr (unless said), line, raw
    #[arg(long, value_name = "NAME", help_heading = "Protocol")]
    protocol: Option<String>,
    /// How the lines of --protocol line end: crlf unless said
    #[arg(long, value_name = "END", value_enum, help_heading = "Protocol")]
    eol: Option<EndOfLine>,
    /// The layout of a request, in place of the protocol's
    #[arg(long, value_name = "LAYOUT", help_heading = "Protocol")]
    request: Option<String>,
    /// The most bytes of a request or response: 64KiB unless said
    #[arg(long, value_name = "SIZE", value_parser = size, help_heading = "Protocol")]
    max: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EndOfLine {
    Lf,
    Crlf,
    Cr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum After {
    Open,
    Fin,
}

impl ProtocolArgs {
    /// The protocol that they describe.
    pub(crate) fn protocol(&self) -> Result<Protocol, Problem> {
        let mut protocol = self.request.protocol()?;
        let options = self.request.options();
        if self.response.is_some() || self.request.max.is_some() {
            let response = self.response.as_deref().unwrap_or(protocol.response.source()).to_owned();
            protocol.response =
                Layout::frame(&response, &options).map_err(|error| Problem::layout("--response", &response, error))?;
        }
        for error in &self.error {
            let layout = Layout::body(error, &options).map_err(|wrong| Problem::layout("--error", error, wrong))?;
            protocol.errors.push(layout);
        }
        match self.after_send {
            Some(After::Open) => protocol.after_send = AfterSend::Open,
            Some(After::Fin) => protocol.after_send = AfterSend::Fin,
            None => {}
        }
        Ok(protocol)
    }
}

impl RequestArgs {
    /// Whether anything was said.
    pub(crate) fn is_given(&self) -> bool {
        let Self { protocol, eol, request, max } = self;
        protocol.is_some() || eol.is_some() || request.is_some() || max.is_some()
    }

    /// The protocol that they name, with the request that they describe.
    pub(crate) fn protocol(&self) -> Result<Protocol, Problem> {
        let name = self.protocol.as_deref().unwrap_or("esc-cr");
        if self.eol.is_some() && name != "line" {
            return Err(Problem::usage(format!("--eol belongs to --protocol line, not to {name}")));
        }
        let line_end = self.eol.map_or_else(LineEnd::default, LineEnd::from);
        let mut protocol = Protocol::built_in(name, line_end).ok_or_else(|| unknown(name))?;
        if self.request.is_some() || self.max.is_some() {
            let request = self.request.as_deref().unwrap_or(protocol.request.source()).to_owned();
            let layout = Protocol::request_layout(&request, &self.options());
            protocol.request = layout.map_err(|error| Problem::layout("--request", &request, error))?;
        }
        Ok(protocol)
    }

    fn options(&self) -> Options {
        Options { max: self.max.unwrap_or(Options::default().max), ..Options::default() }
    }
}

impl From<EndOfLine> for LineEnd {
    fn from(end: EndOfLine) -> Self {
        match end {
            EndOfLine::Lf => Self::Lf,
            EndOfLine::Crlf => Self::CrLf,
            EndOfLine::Cr => Self::Cr,
        }
    }
}

fn unknown(name: &str) -> Problem {
    let problem = Problem::usage(format!("there is no protocol `{name}`"));
    match nearest(name, BUILT_IN) {
        Some(near) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help(format!("there are {}", BUILT_IN.join(", "))),
    }
}

fn size(text: &str) -> Result<usize, String> {
    let size = units::parse_size(text)?;
    match (1..=MAX_LIMIT).contains(&size) {
        true => Ok(size),
        false => Err("from 1 byte to 16MiB".to_owned()),
    }
}
