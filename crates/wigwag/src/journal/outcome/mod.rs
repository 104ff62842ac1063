//! How an attempt ended, as it is written down. A form of its own: what the runner has in memory may change, this may
//! only get more.
//!
//! `of_ended` makes it of what the runner tells, without any secret; `row` and `more` write and read it; `told` is what
//! many of them share.

mod more;
mod of_ended;
mod row;
mod told;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::SystemTime;

use serde_json::Value as Json;
use wigwag_protocol::exchange::{Phase, Timing};
use wigwag_protocol::outcome::{Outcome, Unconfirmed};

pub(super) use row::{Line, Said, Sent, Standing};
pub(super) use told::Told;

/// The most bytes that are kept of each of request, response and what came around them.
pub(super) const KEPT: usize = 4096;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredOutcome<'a> {
    /// The target's number in its run.
    pub(crate) number: u32,
    /// Which attempt it was, from 1; 0 where nothing was tried.
    pub(crate) attempt: u16,
    /// Whether it is the target's outcome; else another attempt was to follow.
    pub(crate) is_final: bool,
    pub(crate) outcome: Outcome,
    pub(crate) time: SystemTime,
    /// What was sent: equal for equal commands.
    pub(crate) fingerprint: Option<u64>,
    pub(crate) phase: Phase,
    pub(crate) address: Option<SocketAddr>,
    /// What it was told, as members of a JSON object: `command`, `params`, `effect`. Only of what is read.
    pub(crate) told: Option<String>,
    pub(crate) bytes_written: u64,
    pub(crate) timing: Timing,
    pub(crate) request: StoredBytes<'a>,
    pub(crate) response: StoredBytes<'a>,
    pub(crate) ended_by: Option<Cow<'a, str>>,
    pub(crate) error: Option<Cow<'a, str>>,
    pub(crate) hint: Option<Cow<'a, str>>,
    /// The named parts of the response, or a list of them, as they stand in the outcome event: JSON.
    pub(crate) fields: Option<String>,
    pub(crate) rare: Option<Box<Rare<'a>>>,
}

/// What few outcomes have.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Rare<'a> {
    /// The code and the text of a device that said no, and whether it would do it at another time.
    pub(crate) code: Option<Json>,
    pub(crate) text: Option<Json>,
    pub(crate) busy: bool,
    pub(crate) stale: StoredBytes<'a>,
    pub(crate) extra: StoredBytes<'a>,
    pub(crate) foreign: StoredBytes<'a>,
    pub(crate) events: StoredBytes<'a>,
    /// The fields were too long to be kept.
    pub(crate) fields_cut: bool,
}

/// Some bytes, as many of them as are kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StoredBytes<'a> {
    /// How many there were.
    pub(crate) length: u64,
    /// The first of them; nothing where they were made of a secret.
    pub(crate) wire: Option<Cow<'a, [u8]>>,
    /// What they say, where that is not all of them: the body of a frame, or what is left of it without secrets.
    pub(crate) said: Option<Cow<'a, [u8]>>,
}

impl StoredBytes<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// What is shown as text.
    pub(crate) fn text(&self) -> &[u8] {
        self.said.as_deref().or(self.wire.as_deref()).unwrap_or_default()
    }

    /// Whether there were more than are kept.
    pub(crate) fn is_cut(&self) -> bool {
        self.length > KEPT as u64
    }
}

impl StoredOutcome<'_> {
    /// The named parts of the response, or a list of them.
    pub(crate) fn parts(&self) -> Option<Json> {
        serde_json::from_str(self.fields.as_deref()?).ok()
    }
}

impl StoredOutcome<'static> {
    /// An intent was written, and no end: nothing tells whether it was sent.
    pub(crate) fn lost(number: u32, attempt: u16, time: SystemTime) -> Self {
        Self {
            number,
            attempt,
            is_final: true,
            outcome: Outcome::Unconfirmed(Unconfirmed::Lost),
            time,
            fingerprint: None,
            phase: Phase::Send,
            address: None,
            told: None,
            bytes_written: 0,
            timing: Timing::default(),
            request: StoredBytes::default(),
            response: StoredBytes::default(),
            ended_by: None,
            error: Some("the program ended before it was known what became of the command".into()),
            hint: None,
            fields: None,
            rare: None,
        }
    }
}
