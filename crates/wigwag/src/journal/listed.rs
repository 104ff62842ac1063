//! The targets of a run, as they are written down: one line of JSON each, up to a thousand in a row of the table.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wigwag_protocol::outcome::{Outcome, Skipped};

/// The form of the rows that this program writes.
pub(super) const FORM: i64 = 1;

/// The most targets in a row of the table.
pub(super) const IN_A_ROW: usize = 1000;

/// A target as a run knows it, so that the run can go on without anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its place among the targets of the run, from 0.
    pub(crate) number: u32,
    /// The name by which it was asked for.
    pub(crate) name: String,
    /// Where it is, as an endpoint is written.
    pub(crate) endpoint: String,
    /// Which of the run's ways of sending.
    pub(crate) profile: u32,
    /// What it is told, as JSON that the journal does not look into. Holds no secret.
    pub(crate) what: Option<String>,
    /// Why it cannot be started.
    pub(crate) invalid: Option<(Skipped, String)>,
}

/// A line: short names, and nothing that is not there.
#[derive(Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    n: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "str::is_empty", borrow)]
    e: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "is_zero")]
    p: u32,
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    w: Option<&'a RawValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<(String, String)>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// A row for these targets, whose numbers rise by one. What is told is JSON, or that is an error.
pub(super) fn write(targets: &[Listed]) -> Result<Vec<u8>, String> {
    let mut row = Vec::with_capacity(64 * targets.len());
    for target in targets {
        let in_its_words = |error: serde_json::Error| format!("target {}: {error}", target.number);
        let what = target.what.as_deref().map(serde_json::from_str).transpose().map_err(in_its_words)?;
        let line = Line {
            n: target.name.as_str().into(),
            e: target.endpoint.as_str().into(),
            p: target.profile,
            w: what,
            x: target.invalid.as_ref().map(|(reason, message)| (reason.word().to_owned(), message.clone())),
        };
        serde_json::to_writer(&mut row, &line).map_err(in_its_words)?;
        row.push(b'\n');
    }
    Ok(row)
}

/// The targets of a row, the first of which has this number.
pub(super) fn read(form: i64, first: u32, row: &[u8]) -> Result<Vec<Listed>, String> {
    if form != FORM {
        return Err(format!("a list of form {form}"));
    }
    let lines = row.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.zip(first..).map(|(line, number)| one(number, line)).collect()
}

fn one(number: u32, line: &[u8]) -> Result<Listed, String> {
    let line: Line<'_> = serde_json::from_slice(line).map_err(|error| format!("target {number}: {error}"))?;
    let invalid = line.x.map(|(reason, message)| (skipped(&reason), message));
    Ok(Listed {
        number,
        name: line.n.into_owned(),
        endpoint: line.e.into_owned(),
        profile: line.p,
        what: line.w.map(|what| what.get().to_owned()),
        invalid,
    })
}

/// A reason by its word. One that is not known any more still says that the target does not fit.
fn skipped(word: &str) -> Skipped {
    match Outcome::read("skipped", Some(word)) {
        Some(Outcome::Skipped(reason)) => reason,
        _ => Skipped::Invalid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_back_as_they_were_written() {
        let plain = Listed {
            number: 41,
            name: "press-\n\"7\"".to_owned(),
            endpoint: "[fe80::1]:9100".to_owned(),
            profile: 0,
            what: None,
            invalid: None,
        };
        let rich = Listed {
            number: 42,
            profile: 3,
            what: Some(r#"{"params":{"n":1}}"#.to_owned()),
            invalid: Some((Skipped::Invalid, "no such part".to_owned())),
            ..plain.clone()
        };

        let row = write(&[plain.clone(), rich.clone()]).unwrap();

        assert_eq!(read(FORM, 41, &row).unwrap(), [plain, rich]);
    }

    #[test]
    fn a_plain_target_costs_little() {
        let target = Listed {
            number: 0,
            name: "10.4.7.201:9100".to_owned(),
            endpoint: "10.4.7.201:9100".to_owned(),
            profile: 0,
            what: None,
            invalid: None,
        };
        assert!(write(&[target]).unwrap().len() <= 48);
    }

    #[test]
    fn a_row_of_another_form_is_not_guessed_at() {
        assert_eq!(read(9, 0, b"").unwrap_err(), "a list of form 9");
    }
}
