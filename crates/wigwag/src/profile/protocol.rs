//! What is spoken.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wigwag_protocol::layout::{Layout, LayoutError, Options};
use wigwag_protocol::protocol::{AfterSend, Case, Classes, ErrorClass, Form, Protocol};

use crate::problem::Problem;
use crate::protocols::Found;

/// What is spoken, in both directions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Speech {
    #[serde(flatten)]
    pub(crate) request: Request,
    /// A layout in place of the protocol's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) response: Option<String>,
    /// Layouts of bodies that say no, beside the protocol's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) after_send: Option<AfterCommand>,
}

/// What requests look like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The protocol's file.
    pub(crate) protocol: Found,
    /// A layout in place of the protocol's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    /// The most bytes of a frame.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<usize>,
}

/// What becomes of our sending side behind the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum AfterCommand {
    Open,
    Fin,
}

impl Speech {
    /// The protocol that it describes.
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
        if !self.errors.is_empty() {
            let mut classes = Classes::clone(&protocol.classes);
            for error in &self.errors {
                let layout = Layout::body(error, &options).map_err(|wrong| Problem::layout("--error", error, wrong))?;
                classes.error.push(ErrorClass::of(layout));
            }
            protocol.classes = Arc::new(classes);
        }
        match self.after_send {
            Some(AfterCommand::Open) => protocol.session.after_send = AfterSend::Open,
            Some(AfterCommand::Fin) => protocol.session.after_send = AfterSend::Fin,
            None => {}
        }
        Ok(protocol)
    }
}

impl Request {
    /// The protocol that it names, with the request that it describes.
    pub(crate) fn protocol(&self) -> Result<Protocol, Problem> {
        let mut protocol = self.protocol.protocol()?;
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
