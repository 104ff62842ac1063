//! A row of the table `ends`.

use std::borrow::Cow;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement, params};
use wigwag_protocol::exchange::{Phase, Timing};
use wigwag_protocol::outcome::Outcome;

use super::more::More;
use super::{StoredBytes, StoredOutcome};
use crate::journal::{nanos, time_of};

/// The statement that [`StoredOutcome::insert`] needs.
pub(in crate::journal) const INSERT: &str = "INSERT INTO ends (key, target, attempt, final, outcome, reason, time, fingerprint, phase, address, \
                      bytes_written, resolve_us, connect_us, tls_us, greeting_us, first_byte_us, total_us, request, \
                      request_said, response, response_said, ended_by, error, hint, fields, more, told) VALUES (?1, ?2, ?3, \
                      ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, \
                      ?24, ?25, ?26, ?27)";

/// The columns that [`StoredOutcome::read`] reads, in its order, of [`TABLES`].
pub(in crate::journal) const COLUMNS: &str = "target, attempt, final, outcome, reason, time, fingerprint, phase, address, \
                                              bytes_written, resolve_us, connect_us, tls_us, greeting_us, \
                                              first_byte_us, total_us, request, request_said, response, response_said, \
                                              ended_by, error, hint, fields, more, text";

/// Ends, with what devices were told.
pub(in crate::journal) const TABLES: &str = "ends LEFT JOIN told ON told.key = ends.told";

const PHASES: [Phase; 7] =
    [Phase::Resolve, Phase::Connect, Phase::Tls, Phase::Greeting, Phase::Login, Phase::Send, Phase::Response];

impl StoredOutcome<'_> {
    /// Writes it down, with [`INSERT`].
    pub(in crate::journal) fn insert(
        &self,
        insert: &mut Statement<'_>,
        key: i64,
        told: Option<i64>,
    ) -> rusqlite::Result<()> {
        let micros_of = |duration: Duration| duration.as_micros() as i64;
        let Timing { resolve, connect, tls, greeting, first_byte, total } = self.timing;
        // JSON can always be written.
        let fields = self.fields.as_ref().map(serde_json::Value::to_string);
        let more = More::of(self).and_then(|more| serde_json::to_string(&more).ok());
        insert.execute(params![
            key,
            self.number,
            self.attempt,
            self.is_final,
            self.outcome.word(),
            self.outcome.reason(),
            nanos(self.time),
            self.fingerprint.map(|print| print as i64),
            self.phase.word(),
            self.address,
            self.bytes_written as i64,
            resolve.map(micros_of),
            connect.map(micros_of),
            tls.map(micros_of),
            greeting.map(micros_of),
            first_byte.map(micros_of),
            micros_of(total),
            self.request.wire.as_deref(),
            self.request.said.as_deref(),
            self.response.wire.as_deref(),
            self.response.said.as_deref(),
            self.ended_by.as_deref(),
            self.error.as_deref(),
            self.hint.as_deref(),
            fields,
            more,
            told,
        ])?;
        Ok(())
    }
}

impl StoredOutcome<'static> {
    /// Reads a row with [`COLUMNS`] from the column `at` on.
    pub(in crate::journal) fn read(row: &Row<'_>, at: usize) -> Result<Self, String> {
        let in_words = |error: rusqlite::Error| error.to_string();
        let text = |column: usize| row.get::<_, Option<String>>(at + column).map_err(in_words);
        let number = |column: usize| row.get::<_, Option<i64>>(at + column).map_err(in_words);
        let bytes = |column: usize| row.get::<_, Option<Vec<u8>>>(at + column).map_err(in_words);
        let duration =
            |column: usize| Ok::<_, String>(number(column)?.map(|micros| Duration::from_micros(micros as u64)));
        let (word, reason) = (text(3)?.unwrap_or_default(), text(4)?);
        let outcome = Outcome::read(&word, reason.as_deref())
            .ok_or_else(|| format!("an outcome {word} {}", reason.as_deref().unwrap_or_default()))?;
        let phase = text(7)?.unwrap_or_default();
        let phase = PHASES.into_iter().find(|known| known.word() == phase).ok_or_else(|| format!("a phase {phase}"))?;
        let json = |error: serde_json::Error| error.to_string();
        let fields = text(23)?.map(|fields| serde_json::from_str(&fields)).transpose().map_err(json)?;
        let more: More = match text(24)? {
            Some(more) => serde_json::from_str(&more).map_err(json)?,
            None => More::default(),
        };
        Ok(Self {
            number: row.get(at).map_err(in_words)?,
            attempt: row.get(at + 1).map_err(in_words)?,
            is_final: row.get(at + 2).map_err(in_words)?,
            outcome,
            time: time_of(number(5)?.unwrap_or_default()),
            fingerprint: number(6)?.map(|print| print as u64),
            phase,
            address: text(8)?,
            told: text(25)?,
            bytes_written: number(9)?.unwrap_or_default() as u64,
            timing: Timing {
                resolve: duration(10)?,
                connect: duration(11)?,
                tls: duration(12)?,
                greeting: duration(13)?,
                first_byte: duration(14)?,
                total: duration(15)?.unwrap_or_default(),
            },
            request: stored(bytes(16)?, bytes(17)?, more.request_length),
            response: stored(bytes(18)?, bytes(19)?, more.response_length),
            ended_by: text(20)?.map(Cow::Owned),
            error: text(21)?.map(Cow::Owned),
            hint: text(22)?.map(Cow::Owned),
            fields,
            rare: more.rare()?,
        })
    }
}

fn stored(wire: Option<Vec<u8>>, said: Option<Vec<u8>>, length: Option<u64>) -> StoredBytes<'static> {
    let kept = wire.as_ref().map_or(0, |wire| wire.len() as u64);
    StoredBytes { length: length.unwrap_or(kept), wire: wire.map(Cow::Owned), said: said.map(Cow::Owned) }
}

/// The outcome that two columns tell, without a copy of their words.
pub(in crate::journal) fn outcome_of(row: &Row<'_>, word: usize, reason: usize) -> Result<Outcome, String> {
    let text = |column: usize| match row.get_ref(column) {
        Ok(ValueRef::Text(text)) => Ok(std::str::from_utf8(text).ok()),
        Ok(_) => Ok(None),
        Err(error) => Err(error.to_string()),
    };
    let (word, reason) = (text(word)?.unwrap_or_default(), text(reason)?);
    Outcome::read(word, reason).ok_or_else(|| format!("an outcome {word} {}", reason.unwrap_or_default()))
}
