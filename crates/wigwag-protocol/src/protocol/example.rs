//! Exchanges that are known byte for byte.

use std::sync::Arc;

use super::Command;
use crate::layout::{Fields, Value};

/// One exchange as it is known from a manual or from a capture.
#[derive(Debug, Clone)]
pub struct Example {
    /// What it shows.
    pub about: Option<String>,
    /// Its command; none where the protocol has none, and the body says it all.
    pub command: Option<Arc<Command>>,
    /// The body, where there is no command.
    pub body: Option<Vec<u8>>,
    /// The parameters, or the values of the frame's other parts.
    pub params: Fields,
    /// What the device says first.
    pub greeting: Vec<u8>,
    /// Secrets that are configured, by name.
    pub secrets: Fields,
    /// The request on the wire.
    pub send: Vec<u8>,
    /// The answer on the wire.
    pub recv: Vec<u8>,
    /// What the answer says.
    pub expected: Expected,
    /// Where it stands in its file, in bytes.
    pub at: std::ops::Range<usize>,
}

/// What an example's answer says.
#[derive(Debug, Clone, PartialEq)]
pub enum Expected {
    /// Yes; these fields at least.
    Fields(Fields),
    /// Yes, in frames with these fields at least.
    List(Vec<Fields>),
    /// No, with this code or text, if it names one.
    Error(Option<Value>),
}
