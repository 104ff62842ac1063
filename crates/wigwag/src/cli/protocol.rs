//! Which protocol is spoken.

use std::sync::Arc;

use clap::{Args, ValueEnum};
use wigwag_protocol::layout::{Layout, LayoutError, MAX_LIMIT, Options};
use wigwag_protocol::protocol::{AfterSend, Case, Classes, ErrorClass, Form, Protocol};
use wigwag_protocol::units;

use crate::problem::Problem;
use crate::protocols;

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
    /// The protocol that they describe.
    pub(crate) fn protocol(&self) -> Result<Protocol, Problem> {
        let mut protocol = self.request.protocol()?;
        let options = self.request.options(&protocol);
        if let Some(response) = &self.response {
            let layout =
                Layout::frame(response, &options).map_err(|error| Problem::layout("--response", response, error))?;
            protocol.response = Arc::new(Form { trim: protocol.response.trim, ..Form::of(layout) });
            protocol.commands.clear();
        } else if self.request.max.is_some() {
            protocol.response = Arc::new(resized(&protocol.response, |source| Layout::frame(source, &options))?);
        }
        if !self.error.is_empty() {
            let mut classes = Classes::clone(&protocol.classes);
            for error in &self.error {
                let layout = Layout::body(error, &options).map_err(|wrong| Problem::layout("--error", error, wrong))?;
                classes.error.push(ErrorClass::of(layout));
            }
            protocol.classes = Arc::new(classes);
        }
        match self.after_send {
            Some(After::Open) => protocol.session.after_send = AfterSend::Open,
            Some(After::Fin) => protocol.session.after_send = AfterSend::Fin,
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
        let name = match self.eol {
            None => name,
            Some(end) if name == "line" => end.protocol(),
            Some(_) => return Err(Problem::usage(format!("--eol belongs to --protocol line, not to {name}"))),
        };
        let mut protocol = protocols::read(name)?;
        let options = self.options(&protocol);
        if let Some(request) = &self.request {
            let layout = Protocol::request_layout(request, &options);
            let layout = layout.map_err(|error| Problem::layout("--request", request, error))?;
            protocol.request = Arc::new(Form::of(layout));
            protocol.commands.clear();
            protocol.commands_are_frames = false;
        } else if self.max.is_some() {
            if !protocol.commands.is_empty() {
                return Err(Problem::usage(format!("{} says itself how long frames may be", protocol.name))
                    .with_help("--max is for protocols without commands, and for --request and --response"));
            }
            let compile = |source: &str| Protocol::request_layout(source, &options);
            protocol.request = Arc::new(resized(&protocol.request, compile)?);
        }
        Ok(protocol)
    }

    fn options(&self, protocol: &Protocol) -> Options {
        let max = self.max.unwrap_or(Options::default().max);
        Options { max, encoding: protocol.encoding, ..Options::default() }
    }
}

/// The same frames with another limit.
fn resized(form: &Form, compile: impl Fn(&str) -> Result<Layout, LayoutError>) -> Result<Form, Problem> {
    let case = |case: &Case| {
        let layout = compile(case.layout.source());
        let layout = layout.map_err(|error| Problem::layout("--max", case.layout.source(), error))?;
        Ok(Case { layout, when: case.when.clone() })
    };
    Ok(Form { cases: form.cases.iter().map(case).collect::<Result<_, Problem>>()?, ..form.clone() })
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
