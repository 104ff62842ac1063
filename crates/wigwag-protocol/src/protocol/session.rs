//! What happens around commands on one connection.

use std::time::Duration;

use super::Form;
use crate::layout::{Context, EncodeError, Fields, Layout, Then};

/// What happens around commands on one connection.
#[derive(Debug, Clone)]
pub struct SessionRules {
    /// What the device says first: any of these; nothing, where there is none.
    pub greeting: Option<Form>,
    /// What comes before the first command.
    pub login: Vec<LoginStep>,
    /// Digits before the body of the first command.
    pub auth: Option<Auth>,
    /// What is answered by itself.
    pub auto: Vec<AutoAnswer>,
    /// What happens to our sending side after a command.
    pub after_send: AfterSend,
    /// What happens to the connection after a command.
    pub finish: Finish,
    /// The least time between commands on one connection.
    pub gap: Duration,
    /// How many connections a device takes at once; nothing said, there is no limit that is known.
    pub connections: Option<usize>,
}

impl SessionRules {
    /// Whether our sending side is closed behind a command that is followed by `then`.
    pub(crate) fn half_closes(&self, then: Then) -> bool {
        self.after_send == AfterSend::Fin || then == Then::HalfClose
    }
}

impl Default for SessionRules {
    fn default() -> Self {
        Self {
            greeting: None,
            login: Vec::new(),
            auth: None,
            auto: Vec::new(),
            after_send: AfterSend::Open,
            finish: Finish::Close,
            gap: Duration::ZERO,
            connections: None,
        }
    }
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

/// What happens to the connection after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finish {
    /// It is closed.
    Close,
    /// It is kept for the next command.
    Keep,
}

impl Finish {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Close => "close",
            Self::Keep => "keep",
        }
    }
}

/// One step of a login.
#[derive(Debug, Clone)]
pub enum LoginStep {
    /// A command of the protocol, which must be answered with yes.
    Command(String),
    /// The device says this; what comes before it is dropped.
    Expect(Layout),
    /// These bytes are sent.
    Send(Layout),
}

/// What the device says by itself and what is answered by itself: heartbeats.
#[derive(Debug, Clone)]
pub struct AutoAnswer {
    /// The body of the device's frame; the whole frame where the protocol has no response frame.
    pub on: Layout,
    /// The body of the answer; the whole frame where the protocol has no request frame. Parts named as in `on` are
    /// copied from it.
    pub send: Layout,
}

/// A digest of what was learned and what is configured, to be sent as hex digits.
#[derive(Debug, Clone)]
pub struct Auth {
    /// Which digest.
    pub digest: Digest,
    /// What it is taken of, one behind the other. Nobody has to tell them apart again, so each is a layout of its own.
    pub of: Vec<Layout>,
}

/// A digest that devices use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digest {
    /// RFC 1321.
    Md5,
    /// FIPS 180-4.
    Sha256,
}

impl Digest {
    /// The digest of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "md5" => Some(Self::Md5),
            "sha256" => Some(Self::Sha256),
            _ => None,
        }
    }

    /// The digest in lower-case hex digits.
    pub fn hex(self, bytes: &[u8]) -> String {
        use md5::Digest as _;
        match self {
            Self::Md5 => crate::bytes::hex::encode(&md5::Md5::digest(bytes)),
            Self::Sha256 => crate::bytes::hex::encode(&sha2::Sha256::digest(bytes)),
        }
    }
}

impl Auth {
    /// The digits, with what is known by its full name.
    ///
    /// # Errors
    ///
    /// What is known cannot be written.
    pub fn digits(&self, learned: &Fields) -> Result<String, EncodeError> {
        let context = Context { seq: 0, learned: learned.clone() };
        let mut bytes = Vec::new();
        for layout in &self.of {
            bytes.append(&mut layout.encode(&Fields::new(), &context)?.bytes);
        }
        Ok(self.digest.hex(&bytes))
    }

    /// The full names of what it needs: `greeting.salt`, `secret.password`.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        self.of.iter().flat_map(Layout::learned)
    }
}
