//! The targets of a run, as they are written down: one line of JSON each, up to a thousand in a row of the table.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use wigwag_protocol::outcome::{Outcome, Skipped};

use crate::report::json_writer::{self as json, Object};

/// The form of the rows that this program writes.
pub(super) const FORM: i64 = 2;

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

/// As it is read: short names, and nothing that is not there. Without `e` the endpoint is what the name says.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    n: Cow<'a, str>,
    #[serde(default, borrow)]
    e: Option<Cow<'a, str>>,
    #[serde(default)]
    p: u32,
    #[serde(default, borrow)]
    w: Option<&'a RawValue>,
    #[serde(default)]
    x: Option<(String, String)>,
}

/// A target that is to be listed: see [`Listed`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct ToList<'a> {
    pub(crate) number: u32,
    pub(crate) name: &'a str,
    pub(crate) endpoint: &'a str,
    pub(crate) profile: u32,
    pub(crate) what: Option<&'a RawValue>,
    pub(crate) invalid: Option<(Skipped, &'a str)>,
}

/// Rows of targets whose numbers rise by one.
#[derive(Debug, Default)]
pub(crate) struct ListRows(Vec<Row>);

/// A row of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// The number of its first target.
    pub(super) first: u32,
    /// How many it has.
    pub(super) count: usize,
    /// A line for each.
    pub(super) targets: Vec<u8>,
}

impl ListRows {
    /// Adds a target.
    pub(crate) fn add(&mut self, target: ToList<'_>) {
        let ToList { number, name, endpoint, profile, what, invalid } = target;
        let row = self.row(number);
        let mut line = Object::open(row);
        line.string("n", name);
        if endpoint != name {
            line.string("e", endpoint);
        }
        if profile != 0 {
            line.number("p", profile);
        }
        if let Some(what) = what {
            line.key("w").extend_from_slice(what.get().as_bytes());
        }
        if let Some((reason, message)) = invalid {
            json::list(line.key("x"), &[reason.word(), message], |out, text| json::string(out, text));
        }
        line.close();
        row.push(b'\n');
    }

    pub(super) fn into_rows(self) -> Vec<Row> {
        self.0
    }

    /// What the target of this number is written to, as one more of a row.
    fn row(&mut self, number: u32) -> &mut Vec<u8> {
        let is_full = self.0.last().is_none_or(|row| row.count >= IN_A_ROW);
        if is_full {
            self.0.push(Row { first: number, count: 0, targets: Vec::new() });
        }
        let last = self.0.len() - 1;
        let row = &mut self.0[last];
        row.count += 1;
        &mut row.targets
    }
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
    let name = line.n.into_owned();
    Ok(Listed {
        number,
        endpoint: line.e.map_or_else(|| name.clone(), Cow::into_owned),
        name,
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
    use crate::journal::tests::scene::rows;

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
        let nowhere = Listed { number: 43, endpoint: String::new(), ..plain.clone() };
        let by_address = Listed { number: 44, name: plain.endpoint.clone(), ..plain.clone() };
        let listed = [plain, rich, nowhere, by_address];

        let [row] = rows(&listed).0.try_into().unwrap();

        assert_eq!((row.first, row.count), (41, 4));
        assert_eq!(read(FORM, 41, &row.targets).unwrap(), listed);
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
        assert!(rows(&[target]).0[0].targets.len() <= 24);
    }

    #[test]
    fn what_is_too_much_for_a_row_goes_into_the_next() {
        let target = |number| Listed {
            number,
            name: format!("press-{number}"),
            endpoint: String::new(),
            profile: 0,
            what: None,
            invalid: None,
        };
        let listed: Vec<Listed> = (7..7 + 2 * IN_A_ROW as u32 + 1).map(target).collect();

        let rows = rows(&listed).0;

        assert_eq!(
            rows.iter().map(|row| (row.first, row.count)).collect::<Vec<_>>(),
            [(7, 1000), (1007, 1000), (2007, 1)]
        );
        let read = rows.iter().flat_map(|row| read(FORM, row.first, &row.targets).unwrap());
        assert_eq!(read.collect::<Vec<_>>(), listed);
    }

    #[test]
    fn a_row_of_another_form_is_not_guessed_at() {
        assert_eq!(read(9, 0, b"").unwrap_err(), "a list of form 9");
    }
}
