//! Rows of what was found: what came to the same is one of them.

use crate::found::Found;

/// What came of a fault at a place, or of several at several that came to the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) faults: Vec<&'static str>,
    /// The phases or the protocols.
    pub(crate) places: Vec<&'static str>,
    /// Behind which bytes, from and to; nothing where no bytes are counted.
    pub(crate) offsets: Option<(usize, usize)>,
    pub(crate) cells: Cells,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cells {
    pub(crate) outcome: String,
    pub(crate) acted: String,
    /// Where it might be tried again.
    pub(crate) retried: String,
    pub(crate) sent_twice: String,
}

impl Cells {
    /// Of a command that may not be tried again, and of one that may.
    pub(crate) fn of(one: &Found, more: &Found) -> Self {
        Self::among(&[(&one.told.outcome, one.acts)], &[(&more.told.outcome, more.acts)], [one, more])
    }

    /// The same where it was chance which of these came.
    pub(crate) fn among(one: &[(&str, usize)], more: &[(&str, usize)], found: [&Found; 2]) -> Self {
        let (outcome, acted) = (outcomes(one), any_of(one.iter().map(|(_, acts)| acted(*acts))));
        let retried = if one == more { "the same".to_owned() } else { outcomes(more) };
        Self { outcome, acted, retried, sent_twice: sent_twice(found) }
    }
}

fn outcomes(possible: &[(&str, usize)]) -> String {
    any_of(possible.iter().map(|(outcome, _)| format!("`{outcome}`")))
}

fn acted(acts: usize) -> String {
    match acts {
        0 => "no".to_owned(),
        1 => "once".to_owned(),
        more => format!("**{more} times**"),
    }
}

/// `never`, or what would be the end of this project.
fn sent_twice(found: [&Found; 2]) -> String {
    let twice = found.into_iter().any(|found| found.sends > 1 || found.acts > 1);
    if twice { "**yes**".to_owned() } else { "never".to_owned() }
}

/// `a or b`, each once.
fn any_of(words: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all.join(" or ")
}

/// Makes one of two rows where they can be; the rows come in the order in which they are to be read.
pub(crate) fn joined(rows: impl IntoIterator<Item = Row>, join: impl Fn(&mut Row, &Row) -> bool) -> Vec<Row> {
    let mut all: Vec<Row> = Vec::new();
    for row in rows {
        if !all.iter_mut().any(|before| join(before, &row)) {
            all.push(row);
        }
    }
    all
}

/// Joins what follows on each other in the same phase.
pub(crate) fn follow_on(before: &mut Row, row: &Row) -> bool {
    let (Some((_, to)), Some((from, end))) = (before.offsets, row.offsets) else { return false };
    let follows = to + 1 == from && (&before.faults, &before.places) == (&row.faults, &row.places);
    if !follows || before.cells != row.cells {
        return false;
    }
    before.offsets = before.offsets.map(|(first, _)| (first, end));
    true
}

/// Joins faults that came to the same.
pub(crate) fn same_of_faults(before: &mut Row, row: &Row) -> bool {
    let same = (&before.places, before.offsets, &before.cells) == (&row.places, row.offsets, &row.cells);
    if same {
        let others = row.faults.iter().filter(|fault| !before.faults.contains(fault));
        before.faults = before.faults.iter().chain(others).copied().collect();
    }
    same
}

/// Joins protocols for which a fault came to the same.
pub(crate) fn same_of_places(before: &mut Row, row: &Row) -> bool {
    let same = (&before.faults, &before.cells) == (&row.faults, &row.cells);
    if same {
        before.places.extend(&row.places);
    }
    same
}

const WIRE: &str = "| where | after byte | fault | outcome | the device acted | with retries | sent twice |\n\
                    |---|---|---|---|---|---|---|\n";
const SIMULATOR: &str = "| fault | protocol | outcome | the device acted | with retries | sent twice |\n\
                         |---|---|---|---|---|---|\n";

pub(crate) fn of_wire(rows: &[Row]) -> String {
    rows.iter().fold(WIRE.to_owned(), |table, row| {
        let offsets = match row.offsets {
            None => "none".to_owned(),
            Some((from, to)) if from == to => from.to_string(),
            Some((from, to)) => format!("{from} to {to}"),
        };
        format!("{table}| {} | {offsets} | {} | {} |\n", row.places.join(", "), row.faults.join(", "), row.cells.line())
    })
}

pub(crate) fn of_simulator(rows: &[Row]) -> String {
    rows.iter().fold(SIMULATOR.to_owned(), |table, row| {
        format!("{table}| {} | {} | {} |\n", row.faults.join(", "), row.places.join(", "), row.cells.line())
    })
}

impl Cells {
    fn line(&self) -> String {
        [&self.outcome, &self.acted, &self.retried, &self.sent_twice].map(String::as_str).join(" | ")
    }
}
