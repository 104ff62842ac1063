//! Ends, read back: all of them or as much as somebody asks for.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::{Phase, Timing};
use wigwag_protocol::outcome::Outcome;

use crate::journal::bundle::Piece;
use crate::journal::outcome::more::More;
use crate::journal::outcome::{StoredBytes, StoredOutcome};
use crate::journal::time_of;

const PHASES: [Phase; 7] =
    [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Greeting, Phase::Login, Phase::Send, Phase::Response];

/// An end, as much of it as tells how its target stands.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Standing {
    t: u32,
    a: Option<u16>,
    #[serde(default = "is_final")]
    f: bool,
    #[serde(default, deserialize_with = "read_outcome")]
    o: Option<Outcome>,
}

/// An end, as much of it as tells what may have reached a device.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Sent {
    #[serde(rename = "t")]
    pub(in crate::journal) target: u32,
    #[serde(default, deserialize_with = "read_outcome")]
    o: Option<Outcome>,
    #[serde(rename = "d")]
    pub(in crate::journal) address: Option<String>,
    #[serde(rename = "p")]
    pub(in crate::journal) fingerprint: Option<i64>,
    #[serde(rename = "-", default)]
    gone: String,
}

const fn is_final() -> bool {
    true
}

impl Standing {
    pub(in crate::journal) const fn target(&self) -> u32 {
        self.t
    }

    pub(in crate::journal) fn attempt(&self) -> u16 {
        self.a.unwrap_or_default()
    }

    pub(in crate::journal) const fn is_final(&self) -> bool {
        self.f
    }

    /// What came of it.
    pub(in crate::journal) fn outcome(&self) -> Result<Outcome, String> {
        self.o.ok_or_else(no_outcome)
    }
}

impl Sent {
    /// What came of it.
    pub(in crate::journal) fn outcome(&self) -> Result<Outcome, String> {
        self.o.ok_or_else(no_outcome)
    }
}

fn no_outcome() -> String {
    "an end without an outcome".to_owned()
}

impl Piece for Standing {
    fn follow(&mut self, before: &Self) {
        // Both are in every end.
        self.a = self.a.or(before.a);
        self.o = self.o.or(before.o);
    }
}

impl Piece for Sent {
    fn follow(&mut self, before: &Self) {
        let keep = Lasting(&self.gone);
        keep.on('o', &mut self.o, &before.o);
        keep.on('d', &mut self.address, &before.address);
        keep.on('p', &mut self.fingerprint, &before.fingerprint);
    }
}

/// All of an end.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Line {
    t: u32,
    a: Option<u16>,
    #[serde(default = "is_final")]
    f: bool,
    #[serde(default, deserialize_with = "read_outcome")]
    o: Option<Outcome>,
    n: Option<i64>,
    p: Option<i64>,
    h: Option<String>,
    d: Option<String>,
    w: Option<u64>,
    m: [Option<u64>; 6],
    q: Option<String>,
    #[serde(rename = "Q")]
    q_said: Option<String>,
    s: Option<String>,
    #[serde(rename = "S")]
    s_said: Option<String>,
    b: Option<String>,
    e: Option<String>,
    i: Option<String>,
    v: Option<serde_json::Value>,
    x: Option<More>,
    /// The key of what the device was told.
    pub(in crate::journal) k: Option<i64>,
    #[serde(rename = "-", default)]
    gone: String,
}

impl Piece for Line {
    fn follow(&mut self, before: &Self) {
        let keep = Lasting(&self.gone);
        keep.on('a', &mut self.a, &before.a);
        keep.on('o', &mut self.o, &before.o);
        keep.on('n', &mut self.n, &before.n);
        keep.on('p', &mut self.p, &before.p);
        keep.on('w', &mut self.w, &before.w);
        keep.on('v', &mut self.v, &before.v);
        keep.on('k', &mut self.k, &before.k);
        for (key, text, before) in [
            ('h', &mut self.h, &before.h),
            ('d', &mut self.d, &before.d),
            ('q', &mut self.q, &before.q),
            ('Q', &mut self.q_said, &before.q_said),
            ('s', &mut self.s, &before.s),
            ('S', &mut self.s_said, &before.s_said),
            ('b', &mut self.b, &before.b),
            ('e', &mut self.e, &before.e),
            ('i', &mut self.i, &before.i),
        ] {
            keep.on(key, text, before);
        }
    }
}

/// What a piece has from the one before: all that it does not say itself, but what these letters name.
struct Lasting<'g>(&'g str);

impl Lasting<'_> {
    fn on<T: Clone>(&self, key: char, own: &mut Option<T>, before: &Option<T>) {
        if own.is_none() && !self.0.contains(key) {
            own.clone_from(before);
        }
    }
}

/// Reads an outcome and its reason, as they are written in one string.
fn read_outcome<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Outcome>, D::Error> {
    struct Words;

    impl Visitor<'_> for Words {
        type Value = Outcome;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an outcome, and its reason")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Outcome, E> {
            let (word, reason) = text.split_once(' ').map_or((text, None), |(word, reason)| (word, Some(reason)));
            Outcome::read(word, reason).ok_or_else(|| E::custom(format!("an outcome {text}")))
        }
    }

    deserializer.deserialize_str(Words).map(Some)
}

impl Line {
    /// The outcome that it tells of; `told` is what its key stands for.
    pub(in crate::journal) fn outcome(self, told: Option<String>) -> Result<StoredOutcome<'static>, String> {
        let outcome = self.o.ok_or_else(no_outcome)?;
        let phase = self.h.unwrap_or_default();
        let known_phase = PHASES.into_iter().find(|known| known.word() == phase);
        let more = self.x.unwrap_or_default();
        let [resolve, connect, tls, greeting, first_byte, total] = self.m.map(|took| took.map(Duration::from_micros));
        let address = self.d.map(|address| address.parse()).transpose();
        Ok(StoredOutcome {
            number: self.t,
            attempt: self.a.unwrap_or_default(),
            is_final: self.f,
            outcome,
            time: time_of(self.n.ok_or("an end without a time")?),
            fingerprint: self.p.map(|print| print as u64),
            phase: known_phase.ok_or_else(|| format!("a phase {phase}"))?,
            address: address.map_err(|error: std::net::AddrParseError| error.to_string())?,
            told,
            bytes_written: self.w.unwrap_or_default(),
            timing: Timing { resolve, connect, tls, greeting, first_byte, total: total.unwrap_or_default() },
            request: stored(self.q, self.q_said, more.request_length)?,
            response: stored(self.s, self.s_said, more.response_length)?,
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
