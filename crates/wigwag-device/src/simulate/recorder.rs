//! Who wants to know what devices were really sent.

use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{EncodeError, Fields, Value};
use wigwag_protocol::protocol::Protocol;

use crate::serve::Client;

/// Is told of every command.
pub trait Recorder: Send + Sync + 'static {
    /// Whether it wants to know of commands; asked once.
    fn wants_commands(&self) -> bool {
        true
    }

    /// A device received something.
    fn received(&self, received: &Received<'_>);

    /// A device could not say what it should have said.
    fn could_not_answer(&self, device: u32, error: &EncodeError) {
        let _ = (device, error);
    }
}

/// What a device received.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// What it speaks.
    pub protocol: &'a Protocol,
    /// Its number; the first is 1.
    pub device: u32,
    /// From whom, and at which address.
    pub client: &'a Client,
    /// The command, or the bytes that are none.
    pub request: &'a Request,
    /// Whether its bytes hold something that may never be shown.
    pub is_secret: bool,
    /// The fault that was played.
    pub fault: Option<&'static str>,
    /// The size of what is answered.
    pub answer_bytes: usize,
}

/// The size of an answer.
pub(super) fn answer_bytes(protocol: &Protocol, request: &Request, answer: &Answer) -> usize {
    match answer {
        Answer::Silence => 0,
        Answer::Wire(bytes) => bytes.len(),
        Answer::Fields(_) | Answer::Body(_) | Answer::Error(_) => {
            let encoded = request.answered(protocol, answer).ok().flatten();
            encoded.map_or(0, |encoded| encoded.bytes.len())
        }
    }
}

/// Whether a request's bytes hold a secret, or digits made of one.
pub(super) fn is_secret(protocol: &Protocol, secrets: &Fields, request: &Request) -> bool {
    match request {
        Request::Broken { wire, .. } => holds_any(secrets, wire),
        Request::Command { command, body, fields, wire, .. } => {
            let mut params = command.iter().flat_map(|command| &command.params);
            let is_given = |name: &str| fields.get(name).is_some();
            params.any(|param| param.rule.secret && is_given(&param.name))
                || holds_any(secrets, wire)
                || (protocol.session.auth.is_some() && !secrets.is_empty() && has_digits_before(wire, body))
        }
    }
}

fn holds_any(secrets: &Fields, wire: &[u8]) -> bool {
    let mut secrets = secrets.iter().filter_map(|(_, secret)| match secret {
        Value::Text(text) => Some(text.as_bytes()),
        Value::Bytes(bytes) => Some(bytes.as_slice()),
        _ => None,
    });
    secrets.any(|secret| !secret.is_empty() && wire.windows(secret.len()).any(|bytes| bytes == secret))
}

/// Whether the hex digits of a digest stand before the body.
fn has_digits_before(wire: &[u8], body: &[u8]) -> bool {
    /// Of the shortest digest, MD5.
    const DIGITS: usize = 32;
    let ends_here = |at: &usize| wire.get(*at..).is_some_and(|rest| rest.starts_with(body));
    let mut digests = (DIGITS..=wire.len()).filter(ends_here).filter_map(|at| wire.get(at - DIGITS..at));
    digests.any(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}
