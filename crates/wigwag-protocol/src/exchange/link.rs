//! What is known of a connection from one command to the next.

use std::borrow::Cow;

use super::telnet::{self, Telnet};
use crate::Moment;
use crate::layout::{Context, Fields, Value};
use crate::protocol::Transport;

/// One connection, beyond a single command: what was learned on it, what is counted, what still has to be said.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    /// By full name: `secret.password`, `greeting.salt`, `login.user`.
    learned: Fields,
    /// The next value of `seq` parts.
    seq: u64,
    /// It has carried a command.
    pub(super) kept: bool,
    /// The digits of an authentication have been sent, or need not be.
    pub(super) authenticated: bool,
    /// What came behind the last answer.
    pub(super) leftover: Vec<u8>,
    /// What we say between commands: refusals of Telnet options, automatic answers.
    pub(super) aside: Vec<u8>,
    /// No command may be sent before.
    pub(super) quiet_until: Option<Moment>,
    telnet: Telnet,
}

impl Link {
    /// A connection that is still to be made: with the secrets that are configured, by their plain names, and the first
    /// value of `seq` parts. Start that at random, so that an answer to another program's command cannot be taken for
    /// ours.
    pub fn new(secrets: &Fields, seq: u64) -> Self {
        let mut learned = Fields::new();
        for (name, value) in secrets.iter() {
            learned.set(format!("secret.{name}"), value.clone());
        }
        Self { learned, seq, ..Self::default() }
    }

    /// Whether it has carried a command already, so that there is neither greeting nor login.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    pub(super) fn learn(&mut self, scope: &str, fields: &Fields) {
        for (name, value) in fields.iter() {
            self.learned.set(format!("{scope}.{name}"), value.clone());
        }
    }

    pub(super) fn learned(&self) -> &Fields {
        &self.learned
    }

    pub(super) fn knows(&self, full_name: &str) -> bool {
        self.learned.get(full_name).is_some()
    }

    /// The values of the secrets.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Value> {
        self.learned.iter().filter(|(name, _)| name.starts_with("secret.")).map(|(_, value)| value)
    }

    /// What the next frame is written with.
    pub(super) fn context(&mut self) -> Context {
        let seq = self.seq;
        self.seq = self.seq.wrapping_add(1);
        Context { seq, learned: self.learned.clone() }
    }

    /// What came, without what the transport puts between.
    pub(super) fn plain<'b>(&mut self, transport: Transport, wire: &'b [u8]) -> Cow<'b, [u8]> {
        match transport {
            Transport::Plain => Cow::Borrowed(wire),
            Transport::Telnet => Cow::Owned(self.telnet.plain(wire, &mut self.aside)),
        }
    }

    /// What is written, with what the transport puts between.
    pub(super) fn wire(transport: Transport, plain: Vec<u8>) -> Vec<u8> {
        match transport {
            Transport::Plain => plain,
            Transport::Telnet => telnet::doubled(plain),
        }
    }
}
