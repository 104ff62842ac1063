//! How an end is written: an object with short names, and nothing that is not there.
//!
//! ```text
//! {"t":17,"a":1,"o":"ok","n":1764339887127230002,"p":-61,"h":"response","d":"10.4.0.7:9100","w":8,
//!  "m":[null,61,null,null,204,266],"q":"1b5354415455530d","qs":"535441545553","s":"524541445900","ss":"5245414459",
//!  "b":"terminator","v":{"body":"5245414459"},"k":1099511627777}
//! ```

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::{Phase, Timing};
use wigwag_protocol::outcome::Outcome;

use super::more::More;
use super::{StoredBytes, StoredOutcome};
use crate::journal::{nanos, time_of};
use crate::report::json_writer::{self as json, Object};
use crate::report::microseconds;

const PHASES: [Phase; 7] =
    [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Greeting, Phase::Login, Phase::Send, Phase::Response];

impl StoredOutcome<'_> {
    /// Writes it. `told` is the key of what the device was told.
    pub(in crate::journal) fn write(&self, told: Option<i64>, out: &mut Vec<u8>) {
        let mut end = Object::open(out);
        end.number("t", self.number);
        end.number("a", self.attempt);
        if !self.is_final {
            end.truth("f", false);
        }
        end.string("o", self.outcome.word());
        if let Some(reason) = self.outcome.reason() {
            end.string("r", reason);
        }
        json::signed(end.key("n"), nanos(self.time));
        if let Some(print) = self.fingerprint {
            json::signed(end.key("p"), print as i64);
        }
        end.string("h", self.phase.word());
        if let Some(address) = self.address {
            json::address(end.key("d"), address);
        }
        end.number("w", self.bytes_written);
        timing(end.key("m"), &self.timing);
        for (key, said_key, bytes) in [("q", "qs", &self.request), ("s", "ss", &self.response)] {
            if let Some(wire) = &bytes.wire {
                json::hex(end.key(key), wire);
            }
            if let Some(said) = &bytes.said {
                json::hex(end.key(said_key), said);
            }
        }
        for (key, text) in [("b", &self.ended_by), ("e", &self.error), ("i", &self.hint)] {
            if let Some(text) = text {
                end.string(key, text);
            }
        }
        if let Some(fields) = &self.fields {
            end.key("v").extend_from_slice(fields.as_bytes());
        }
        // JSON can always be written.
        if let Some(more) = More::of(self).and_then(|more| serde_json::to_vec(&more).ok()) {
            end.key("x").extend_from_slice(&more);
        }
        if let Some(told) = told {
            json::signed(end.key("k"), told);
        }
        end.close();
    }
}

/// Microseconds of each phase, in the order of the phases.
fn timing(out: &mut Vec<u8>, timing: &Timing) {
    let Timing { resolve, connect, tls, greeting, first_byte, total } = *timing;
    json::list(out, &[resolve, connect, tls, greeting, first_byte, Some(total)], |out, took| match took {
        Some(took) => json::whole(out, microseconds(*took)),
        None => out.extend_from_slice(b"null"),
    });
}

/// An end, as much of it as tells how its target stands.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Standing {
    #[serde(rename = "t")]
    pub(in crate::journal) target: u32,
    #[serde(rename = "a")]
    pub(in crate::journal) attempt: u16,
    #[serde(rename = "f", default = "is_final")]
    pub(in crate::journal) is_final: bool,
    #[serde(rename = "o")]
    word: String,
    #[serde(rename = "r")]
    reason: Option<String>,
}

const fn is_final() -> bool {
    true
}

impl Standing {
    /// What came of it.
    pub(in crate::journal) fn outcome(&self) -> Result<Outcome, String> {
        let (word, reason) = (&self.word, self.reason.as_deref());
        Outcome::read(word, reason).ok_or_else(|| format!("an outcome {word} {}", reason.unwrap_or_default()))
    }
}

/// An end, as much of it as tells what may have reached a device.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Sent {
    #[serde(flatten)]
    pub(in crate::journal) end: Standing,
    #[serde(rename = "d")]
    pub(in crate::journal) address: Option<String>,
    #[serde(rename = "p")]
    pub(in crate::journal) fingerprint: Option<i64>,
}

/// All of an end.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Line {
    #[serde(flatten)]
    end: Standing,
    n: i64,
    p: Option<i64>,
    h: String,
    d: Option<String>,
    w: u64,
    m: [Option<u64>; 6],
    q: Option<String>,
    qs: Option<String>,
    s: Option<String>,
    ss: Option<String>,
    b: Option<String>,
    e: Option<String>,
    i: Option<String>,
    v: Option<serde_json::Value>,
    x: Option<More>,
    /// The key of what the device was told.
    pub(in crate::journal) k: Option<i64>,
}

impl Line {
    /// The outcome that it tells of; `told` is what its key stands for.
    pub(in crate::journal) fn outcome(self, told: Option<String>) -> Result<StoredOutcome<'static>, String> {
        let outcome = self.end.outcome()?;
        let phase = PHASES.into_iter().find(|known| known.word() == self.h);
        let more = self.x.unwrap_or_default();
        let [resolve, connect, tls, greeting, first_byte, total] = self.m.map(|took| took.map(Duration::from_micros));
        let address = self.d.map(|address| address.parse()).transpose();
        Ok(StoredOutcome {
            number: self.end.target,
            attempt: self.end.attempt,
            is_final: self.end.is_final,
            outcome,
            time: time_of(self.n),
            fingerprint: self.p.map(|print| print as u64),
            phase: phase.ok_or_else(|| format!("a phase {}", self.h))?,
            address: address.map_err(|error: std::net::AddrParseError| error.to_string())?,
            told,
            bytes_written: self.w,
            timing: Timing { resolve, connect, tls, greeting, first_byte, total: total.unwrap_or_default() },
            request: stored(self.q, self.qs, more.request_length)?,
            response: stored(self.s, self.ss, more.response_length)?,
            ended_by: self.b.map(Cow::Owned),
            error: self.e.map(Cow::Owned),
            hint: self.i.map(Cow::Owned),
            fields: self.v.map(|fields| fields.to_string()),
            rare: more.rare()?,
        })
    }
}

fn stored(wire: Option<String>, said: Option<String>, length: Option<u64>) -> Result<StoredBytes<'static>, String> {
    let bytes = |text: String| match text.is_empty() {
        true => Ok(Cow::Owned(Vec::new())),
        false => hex::parse(&text).map(Cow::Owned).map_err(|error| error.to_string()),
    };
    let wire = wire.map(bytes).transpose()?;
    let kept = wire.as_ref().map_or(0, |wire: &Cow<'static, [u8]>| wire.len() as u64);
    Ok(StoredBytes { length: length.unwrap_or(kept), wire, said: said.map(bytes).transpose()? })
}
