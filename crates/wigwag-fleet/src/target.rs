//! What is to be sent, and to whom.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::layout::{Context, Fields};
use wigwag_protocol::outcome::Skipped;
use wigwag_protocol::protocol::{Call, Protocol};

/// A command and the way it is sent. One serves all targets that are told the same in the same way.
#[derive(Debug)]
pub struct Task {
    /// What the devices speak.
    pub protocol: Arc<Protocol>,
    /// The command with its values.
    pub call: Arc<Call>,
    /// How connections are made.
    pub dialer: Arc<Dialer>,
    /// The secrets that are configured, by their plain names.
    pub secrets: Arc<Fields>,
    /// The command as it was typed; none where it was hex or a file.
    pub command: Option<Arc<str>>,
    /// Which of the run's ways of sending this is, for whoever writes it down.
    pub profile: u32,
    fingerprint: u64,
}

impl Task {
    /// A task whose command has been checked.
    pub fn new(
        protocol: Arc<Protocol>,
        call: Arc<Call>,
        dialer: Arc<Dialer>,
        secrets: Arc<Fields>,
        command: Option<Arc<str>>,
        profile: u32,
    ) -> Self {
        let fingerprint = fingerprint(&protocol, &call);
        Self { protocol, call, dialer, secrets, command, profile, fingerprint }
    }

    /// Equal for equal command bytes, today and in a later process. It covers no secret, and no number that counts
    /// commands.
    pub fn fingerprint(&self) -> u64 {
        self.fingerprint
    }
}

/// The first 64 bits of SHA-256: two commands of one device that differ are taken for one with a chance of 2^-64.
fn fingerprint(protocol: &Protocol, call: &Call) -> u64 {
    let mut hash = Sha256::new();
    let has_secret = call.secrets().next().is_some();
    match call.encode(&Context::default(), &[]) {
        Ok(encoded) if !has_secret => hash.update(&encoded.bytes),
        // Nothing that is kept may depend on a secret. The same command with the same other values is the same command.
        Ok(_) | Err(_) => {
            hash.update(protocol.name.as_bytes());
            let Some(command) = call.command() else { return u64_of(hash) };
            hash.update(command.name.as_bytes());
            for param in command.params.iter().filter(|param| !param.rule.secret) {
                hash.update(format!("\0{}={:?}", param.name, call.fields().get(&param.name)));
            }
        }
    }
    u64_of(hash)
}

fn u64_of(hash: Sha256) -> u64 {
    let mut first = [0; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first)
}

/// One of the devices that a command is sent to.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its place among the targets of the run, from 0.
    pub number: u32,
    /// The name by which it was asked for.
    pub name: Box<str>,
    /// How often it was tried before, in earlier processes of the same run.
    pub tried: u16,
    /// Where it is and what it is told, or why that does not fit.
    pub order: Result<Order, Invalid>,
}

/// Where a device is and what it is told.
#[derive(Debug, Clone)]
pub struct Order {
    /// Where it is.
    pub endpoint: Endpoint,
    /// What it is told.
    pub task: Arc<Task>,
}

/// Why a target cannot be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The reason's word.
    pub reason: Skipped,
    /// One line for a person.
    pub message: String,
}

/// Where targets come from, one after the other; their numbers rise.
pub trait Source: Send {
    /// The next targets, at most `most` of them, with numbers below `below`. Never waits.
    fn pull(&mut self, most: usize, below: u32) -> Pulled;

    /// No more will be started: what is known is still to be told, what is not known yet need not be waited for.
    fn stop(&mut self) {}

    /// The name of a target that was pulled before, where it can still be found.
    fn name_of(&self, _number: u32) -> Option<String> {
        None
    }
}

/// What a source gave.
#[derive(Debug)]
pub enum Pulled {
    /// At least one.
    Targets(Vec<Target>),
    /// None now; the driver is woken when there are more.
    Later,
    /// The next one, if there is one, is not below the limit.
    NoneBelow,
    /// There are no more.
    End,
    /// The source failed: what came before counts, the rest is not known.
    Failed(String),
}
