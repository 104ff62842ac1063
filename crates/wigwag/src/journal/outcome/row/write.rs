//! An end, written behind others.

use wigwag_protocol::exchange::Timing;
use wigwag_protocol::outcome::Outcome;

use crate::journal::nanos;
use crate::journal::outcome::StoredOutcome;
use crate::journal::outcome::more::More;
use crate::report::json_writer as json;
use crate::report::microseconds;

impl StoredOutcome<'_> {
    /// Writes it behind the pieces of a row that are known to have said this. `told` is the key of what the device was told.
    pub(in crate::journal) fn write(&self, told: Option<i64>, said: &mut Said, row: &mut Vec<u8>) {
        let mut end = End::open(row, said);
        json::whole(end.member('t'), self.number.into());
        end.lasting('a', Some(self.attempt), |out, attempt| json::whole(out, attempt.into()));
        if !self.is_final {
            end.member('f').extend_from_slice(b"false");
        }
        end.lasting('o', Some(self.outcome), outcome);
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

/// `"unreachable refused"`
fn outcome(out: &mut Vec<u8>, outcome: Outcome) {
    out.push(b'"');
    out.extend_from_slice(outcome.word().as_bytes());
    if let Some(reason) = outcome.reason() {
        out.push(b' ');
        out.extend_from_slice(reason.as_bytes());
    }
    out.push(b'"');
}

/// Microseconds of each phase, in the order of the phases.
fn timing(out: &mut Vec<u8>, timing: &Timing) {
    let Timing { resolve, connect, tls, greeting, first_byte, total } = *timing;
    json::list(out, &[resolve, connect, tls, greeting, first_byte, Some(total)], |out, took| match took {
        Some(took) => json::whole(out, microseconds(*took)),
        None => out.extend_from_slice(b"null"),
    });
}
