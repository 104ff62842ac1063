//! Which protocol is spoken.

use clap::{Args, ValueEnum};
use wigwag_protocol::layout::MAX_LIMIT;
use wigwag_protocol::protocol::Protocol;
use wigwag_protocol::units;

use crate::problem::Problem;
use crate::profile::{AfterCommand, Request, Speech};
use crate::protocols;

/// Both halves of a protocol.
#[derive(Debug, Clone, Args)]
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
#[derive(Debug, Clone, Args)]
pub(crate) struct RequestArgs {
    /// The protocol, by name or by the path of its file; esc-cr unless said
    #[arg(long, value_name = "NAME|FILE", help_heading = "Protocol")]
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
    /// What they say, over what is said elsewhere. Reads the protocol's file.
    pub(crate) fn speech(&self, otherwise: Otherwise<'_>) -> Result<Speech, Problem> {
        let after_send = self.after_send.map(|after| match after {
            After::Open => AfterCommand::Open,
            After::Fin => AfterCommand::Fin,
        });
        Ok(Speech {
            request: self.request.request(otherwise.protocol)?,
            response: self.response.clone(),
            errors: self.error.clone(),
            after_send: after_send.or(otherwise.after_send),
        })
    }
}

/// What is spoken where nothing is typed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Otherwise<'a> {
    /// A protocol's name or path; esc-cr if there is none.
    pub(crate) protocol: Option<&'a str>,
    pub(crate) after_send: Option<AfterCommand>,
}

impl RequestArgs {
    /// Whether anything was said.
    pub(crate) fn is_given(&self) -> bool {
        let Self { protocol, eol, request, max } = self;
        protocol.is_some() || eol.is_some() || request.is_some() || max.is_some()
    }

    /// The protocol that they name, with the request that they describe.
    pub(crate) fn protocol(&self) -> Result<Protocol, Problem> {
        self.request(None)?.protocol()
    }

    fn request(&self, otherwise: Option<&str>) -> Result<Request, Problem> {
        let name = self.protocol.as_deref().or(otherwise).unwrap_or("esc-cr");
        let name = match self.eol {
            None => name,
            Some(end) if name == "line" => end.protocol(),
            Some(_) => return Err(Problem::usage(format!("--eol belongs to --protocol line, not to {name}"))),
        };
        Ok(Request { protocol: protocols::find(name)?, request: self.request.clone(), max: self.max })
    }
}

impl EndOfLine {
    /// The protocol whose lines end so.
    fn protocol(self) -> &'static str {
        match self {
            Self::Lf => "line-lf",
            Self::Crlf => "line",
            Self::Cr => "line-cr",
        }
    }
}

fn size(text: &str) -> Result<usize, String> {
    let size = units::parse_size(text)?;
    match (1..=MAX_LIMIT).contains(&size) {
        true => Ok(size),
        false => Err("from 1 byte to 16MiB".to_owned()),
    }
}
