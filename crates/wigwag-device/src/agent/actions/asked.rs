//! What stands at the places of a template: what a request says, and what is known of this machine and this program.

use std::borrow::Cow;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::Instant;

use wigwag_protocol::exchange::Request;
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::template::{Piece, Template};

use super::Failure;
use crate::serve::Client;

/// The facts that a template may name beside the parts of a request.
pub(in crate::agent) const FACTS: [&str; 5] =
    ["agent.version", "agent.uptime", "host.name", "host.uptime", "client.address"];

/// The longest name of a file that Linux takes.
const LONGEST_NAME: usize = 255;

/// What is known of this machine and this program.
#[derive(Debug, Clone, Copy)]
pub(in crate::agent) struct Facts {
    /// When the agent was started.
    pub(in crate::agent) started: Instant,
}

/// What was asked, by whom, of whom.
#[derive(Debug)]
pub(in crate::agent) struct Asked<'r> {
    request: &'r Request,
    /// The parts of the body that the configuration knows.
    parts: Fields,
    client: &'r Client,
    facts: Facts,
}

impl<'r> Asked<'r> {
    pub(in crate::agent) fn new(request: &'r Request, parts: Fields, client: &'r Client, facts: Facts) -> Self {
        Self { request, parts, client, facts }
    }

    /// A text for the client: whatever stands at its places.
    pub(super) fn text(&self, template: &Template) -> Result<Vec<u8>, Failure> {
        template.fill(|place| self.at(place))
    }

    /// One argument of a program, however it reads: it is never taken apart.
    ///
    /// What comes from a client must not be taken for an option: where it begins the argument it may not begin with `-`,
    /// unless it is a number or `may_be_option` says that the program knows better (behind `--`).
    pub(super) fn argument(&self, template: &Template, may_be_option: bool) -> Result<OsString, Failure> {
        let mut bytes = Vec::new();
        for piece in template.pieces() {
            match piece {
                Piece::Said(said) => bytes.extend_from_slice(said),
                Piece::Place(place) => {
                    let said = self.at(place)?;
                    if bytes.is_empty() && !may_be_option && said.first() == Some(&b'-') && !self.is_number(place) {
                        let why = format!("`{place}` begins with - and could be taken for an option");
                        return Err(Failure::new("not allowed", why));
                    }
                    bytes.extend_from_slice(&said);
                }
            }
        }
        if bytes.contains(&0) {
            return Err(Failure::new("not allowed", "an argument cannot hold a NUL"));
        }
        Ok(OsString::from_vec(bytes))
    }

    /// A path: what stands at each place is one name in it, never a way to another folder.
    pub(super) fn path(&self, template: &Template) -> Result<PathBuf, Failure> {
        let bytes = template.fill(|place| {
            let name = self.at(place)?;
            let is_name = !name.is_empty() && name.len() <= LONGEST_NAME && !name.contains(&b'/') && !name.contains(&0);
            match is_name && &*name != b"." && &*name != b".." {
                true => Ok(name),
                false => Err(Failure::new("not allowed", format!("`{place}` is not the name of a file"))),
            }
        })?;
        Ok(PathBuf::from(OsString::from_vec(bytes)))
    }

    /// What stands at this place.
    fn at(&self, place: &str) -> Result<Cow<'_, [u8]>, Failure> {
        if let Some(value) = self.value(place) {
            return bytes_of(value).ok_or_else(|| Failure::new("not allowed", format!("`{place}` is no single value")));
        }
        let body = match self.request {
            Request::Command { body, .. } => body.as_slice(),
            Request::Broken { wire, .. } => wire.as_slice(),
        };
        if place == "body" {
            return Ok(Cow::Borrowed(body));
        }
        // A part that this request lacks, since it need not be there, is nothing.
        Ok(Cow::Owned(self.fact(place).unwrap_or_default().into_bytes()))
    }

    fn value(&self, place: &str) -> Option<&Value> {
        let of_request = match self.request {
            Request::Command { fields, .. } => fields.get(place).filter(|_| place != "body"),
            Request::Broken { .. } => None,
        };
        self.parts.get(place).or(of_request)
    }

    fn is_number(&self, place: &str) -> bool {
        matches!(self.value(place), Some(Value::Integer(_) | Value::Float(_)))
    }

    fn fact(&self, name: &str) -> Option<String> {
        Some(match name {
            "agent.version" => env!("CARGO_PKG_VERSION").to_owned(),
            "agent.uptime" => self.facts.started.elapsed().as_secs().to_string(),
            "host.name" => first_word_of("/proc/sys/kernel/hostname")?,
            "host.uptime" => first_word_of("/proc/uptime")?.split('.').next()?.to_owned(),
            "client.address" => self.client.peer.ip().to_string(),
            _ => return None,
        })
    }
}

/// The kernel's files are there at once; nothing else is read like this.
fn first_word_of(path: &str) -> Option<String> {
    std::fs::read_to_string(path).ok()?.split_whitespace().next().map(str::to_owned)
}

/// A value as it is passed on; `None` for one that is several.
fn bytes_of(value: &Value) -> Option<Cow<'_, [u8]>> {
    match value {
        Value::Integer(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        Value::Float(number) => Some(Cow::Owned(number.to_string().into_bytes())),
        Value::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        Value::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
        Value::Name(name) => Some(Cow::Borrowed(name.as_bytes())),
        Value::Bits(number, _) => Some(Cow::Owned(number.to_string().into_bytes())),
        Value::List(_) | Value::Record(_) => None,
    }
}
