//! How an end is written: an object with short names, and nothing that is not there. What the pieces of a row have in
//! common is said once: a member that is missing is as it was in the piece before, unless `-` names it.
//!
//! ```text
//! {"t":17,"a":1,"o":"ok","n":1764339887127230002,"p":-61,"h":"response","d":"10.4.0.7:9100","w":8,
//!  "m":[null,61,null,null,204,266],"q":"1b5354415455530d","Q":"535441545553","s":"524541445900","S":"5245414459",
//!  "b":"terminator","v":{"body":"5245414459"},"k":1099511627777},
//! {"t":18,"d":"10.4.0.8:9100","m":[null,64,null,null,203,267]},
//! {"t":19,"o":"unreachable","r":"refused","h":"connect","d":"10.4.0.9:9100","w":0,"m":[null,70,null,null,null,70],
//!  "e":"connection refused","-":"sSbv"}
//! ```

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::{Phase, Timing};
use wigwag_protocol::outcome::Outcome;

use super::more::More;
use super::{StoredBytes, StoredOutcome};
use crate::journal::bundle::Piece;
use crate::journal::{nanos, time_of};
use crate::report::json_writer as json;
use crate::report::microseconds;

const PHASES: [Phase; 7] =
    [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Greeting, Phase::Login, Phase::Send, Phase::Response];

impl StoredOutcome<'_> {
    /// Writes it behind the pieces of a row that are known to have said this. `told` is the key of what the device was told.
    pub(in crate::journal) fn write(&self, told: Option<i64>, said: &mut Said, row: &mut Vec<u8>) {
        let mut end = End::open(row, said);
        json::whole(end.member('t'), self.number.into());
        end.lasting('a', Some(self.attempt), |out, attempt| json::whole(out, attempt.into()));
        if !self.is_final {
            end.member('f').extend_from_slice(b"false");
        }
        end.lasting('o', Some(self.outcome.word()), json::string);
        end.lasting('r', self.outcome.reason(), json::string);
        end.lasting('n', Some(nanos(self.time)), json::signed);
        end.lasting('p', self.fingerprint, |out, print| json::signed(out, print as i64));
        end.lasting('h', Some(self.phase.word()), json::string);
        end.lasting('d', self.address, json::address);
        end.lasting('w', Some(self.bytes_written), json::whole);
        timing(end.member('m'), &self.timing);
        for (wire_key, said_key, bytes) in [('q', 'Q', &self.request), ('s', 'S', &self.response)] {
            end.lasting(wire_key, bytes.wire.as_deref(), json::hex);
            end.lasting(said_key, bytes.said.as_deref(), json::hex);
        }
        for (key, text) in [('b', &self.ended_by), ('e', &self.error), ('i', &self.hint)] {
            end.lasting(key, text.as_deref(), json::string);
        }
        end.lasting('v', self.fields.as_deref(), |out, fields| out.extend_from_slice(fields.as_bytes()));
        // JSON can always be written.
        if let Some(more) = More::of(self).and_then(|more| serde_json::to_vec(&more).ok()) {
            end.member('x').extend_from_slice(&more);
        }
        end.lasting('k', told, json::signed);
        end.close();
    }
}

/// What the pieces of a row have said: where in it each lasting member was written last.
#[derive(Debug)]
pub(in crate::journal) struct Said([(usize, usize); KEYS]);

const KEYS: usize = 1 << 7;

/// No member stands there.
const NOWHERE: (usize, usize) = (0, 0);

impl Default for Said {
    fn default() -> Self {
        Self([NOWHERE; KEYS])
    }
}

/// An end that is being written.
struct End<'r> {
    row: &'r mut Vec<u8>,
    said: &'r mut Said,
    is_empty: bool,
    /// The members that the piece before had, and this one has not.
    gone: String,
}

impl<'r> End<'r> {
    fn open(row: &'r mut Vec<u8>, said: &'r mut Said) -> Self {
        if row.len() <= 1 {
            // Nothing stands in this row but the bracket that opens it.
            *said = Said::default();
        }
        row.push(b'{');
        Self { row, said, is_empty: true, gone: String::new() }
    }

    /// Begins a member; its value has to follow.
    fn member(&mut self, key: char) -> &mut Vec<u8> {
        let key = key as u8;
        let with_comma = [b',', b'"', key, b'"', b':'];
        self.row.extend_from_slice(if self.is_empty { &with_comma[1..] } else { &with_comma });
        self.is_empty = false;
        self.row
    }

    /// Writes a member unless the piece before has the same.
    fn lasting<T>(&mut self, key: char, value: Option<T>, write: impl FnOnce(&mut Vec<u8>, T)) {
        let place = key as usize % KEYS;
        let (from, to) = self.said.0[place];
        let Some(value) = value else {
            if (from, to) != NOWHERE {
                self.gone.push(key);
                self.said.0[place] = NOWHERE;
            }
            return;
        };
        let begin = self.row.len();
        self.member(key);
        let value_begins = self.row.len();
        write(self.row, value);
        let (before, written) = self.row.split_at(value_begins);
        if before.get(from..to).is_some_and(|last| last == written) {
            self.row.truncate(begin);
        } else {
            self.said.0[place] = (value_begins, self.row.len());
        }
    }

    fn close(mut self) {
        if !self.gone.is_empty() {
            let gone = std::mem::take(&mut self.gone);
            json::string(self.member('-'), &gone);
        }
        self.row.push(b'}');
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

/// An end, as much of it as tells how its target stands, and what may have reached the device.
#[derive(Debug, Deserialize)]
pub(in crate::journal) struct Standing {
    #[serde(rename = "t")]
    pub(in crate::journal) target: u32,
    #[serde(rename = "a")]
    attempt: Option<u16>,
    #[serde(rename = "f", default = "is_final")]
    pub(in crate::journal) is_final: bool,
    #[serde(rename = "o")]
    word: Option<String>,
    #[serde(rename = "r")]
    reason: Option<String>,
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
    pub(in crate::journal) fn attempt(&self) -> u16 {
        self.attempt.unwrap_or_default()
    }

    /// What came of it.
    pub(in crate::journal) fn outcome(&self) -> Result<Outcome, String> {
        outcome(self.word.as_deref(), self.reason.as_deref())
    }
}

impl Piece for Standing {
    fn follow(&mut self, before: &Self) {
        let keep = Lasting(&self.gone);
        keep.on('a', &mut self.attempt, &before.attempt);
        keep.on('o', &mut self.word, &before.word);
        keep.on('r', &mut self.reason, &before.reason);
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
    o: Option<String>,
    r: Option<String>,
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
        keep.on('n', &mut self.n, &before.n);
        keep.on('p', &mut self.p, &before.p);
        keep.on('w', &mut self.w, &before.w);
        keep.on('v', &mut self.v, &before.v);
        keep.on('k', &mut self.k, &before.k);
        for (key, text, before) in [
            ('o', &mut self.o, &before.o),
            ('r', &mut self.r, &before.r),
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

fn outcome(word: Option<&str>, reason: Option<&str>) -> Result<Outcome, String> {
    let word = word.unwrap_or_default();
    Outcome::read(word, reason).ok_or_else(|| format!("an outcome {word} {}", reason.unwrap_or_default()))
}

impl Line {
    /// The outcome that it tells of; `told` is what its key stands for.
    pub(in crate::journal) fn outcome(self, told: Option<String>) -> Result<StoredOutcome<'static>, String> {
        let outcome = outcome(self.o.as_deref(), self.r.as_deref())?;
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn end(number: u32) -> StoredOutcome<'static> {
        StoredOutcome {
            number,
            address: Some(([10, 4, 0, number as u8], 9100).into()),
            fingerprint: Some(u64::MAX - 7),
            outcome: Outcome::Ok,
            phase: Phase::Response,
            bytes_written: 8,
            timing: Timing { total: Duration::from_micros(200 + u64::from(number)), ..Timing::default() },
            request: bytes(b"\x1bSTATUS\r", Some(b"STATUS")),
            response: bytes(b"READY\0", Some(b"READY")),
            ended_by: Some("terminator".into()),
            error: None,
            fields: Some(r#"{"body":"5245414459"}"#.to_owned()),
            ..StoredOutcome::lost(number, 1, SystemTime::UNIX_EPOCH + Duration::from_secs(3))
        }
    }

    fn bytes(wire: &'static [u8], said: Option<&'static [u8]>) -> StoredBytes<'static> {
        StoredBytes { length: wire.len() as u64, wire: Some(wire.into()), said: said.map(Cow::Borrowed) }
    }

    fn row(ends: &[StoredOutcome<'_>]) -> String {
        let (mut row, mut said) = (Vec::new(), Said::default());
        for end in ends {
            row.push(if row.is_empty() { b'[' } else { b',' });
            end.write(Some(4), &mut said, &mut row);
        }
        row.push(b']');
        String::from_utf8(row).unwrap()
    }

    fn read<T: Piece>(row: &str) -> Vec<T> {
        let mut pieces: Vec<T> = serde_json::from_str(row).unwrap();
        crate::journal::bundle::follow(&mut pieces);
        pieces
    }

    /// Members come, go, change and come back; each end is read as it was written.
    #[test]
    fn what_is_left_out_is_as_it_was_before() {
        let refused = |number| StoredOutcome {
            outcome: Outcome::Unreachable(wigwag_protocol::outcome::Unreachable::Refused),
            phase: Phase::Connect,
            bytes_written: 0,
            request: StoredBytes::default(),
            response: StoredBytes::default(),
            ended_by: None,
            error: Some("connection refused".into()),
            fields: None,
            ..end(number)
        };
        let again = StoredOutcome { attempt: 2, is_final: false, ..refused(5) };
        let nothing_known = StoredOutcome { told: None, ..StoredOutcome::lost(7, 1, SystemTime::UNIX_EPOCH) };
        let ends = [end(1), end(2), refused(3), refused(4), again, end(6), nothing_known, end(8), end(9)];

        let row = row(&ends);
        let lines = read::<Line>(&row).into_iter().map(|line| (line.k, line.outcome(None).unwrap()));
        let read_back: Vec<_> = lines.collect();
        assert_eq!(read_back, ends.clone().map(|end| (Some(4), end)));

        for (standing, end) in read::<Standing>(&row).iter().zip(&ends) {
            assert_eq!(
                (standing.target, standing.attempt(), standing.is_final),
                (end.number, end.attempt, end.is_final)
            );
            assert_eq!(standing.outcome().unwrap(), end.outcome);
            assert_eq!(standing.address, end.address.map(|address| address.to_string()));
            assert_eq!(standing.fingerprint, end.fingerprint.map(|print| print as i64));
        }
    }

    #[test]
    fn an_end_like_the_one_before_costs_little() {
        let (one, two) = (row(&[end(1)]), row(&[end(1), end(2)]));
        assert_eq!(
            two.strip_prefix(one.trim_end_matches(']')).unwrap(),
            r#",{"t":2,"d":"10.4.0.2:9100","m":[null,null,null,null,null,202]}]"#
        );
    }
}
