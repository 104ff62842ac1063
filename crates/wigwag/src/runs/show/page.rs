//! One run on a page: how it went, how many came to what, who answered what, how long that took.

use std::hash::RandomState;
use std::io::Write;

use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::outcome::Outcome;

use super::latency::Latency;
use crate::journal::{Journal, Names, Run, Standings, Summary, Verdict};
use crate::runs::answers::{Answers, Comparison};
use crate::runs::{Trouble, list, names};

/// The most groups of answers that are shown.
const GROUPS: usize = 20;

/// How long the longest bar is.
const WIDTH: usize = 40;

pub(super) fn page(journal: &Journal, run: &Run, ignored: &[String], out: &mut impl Write) -> Result<(), Trouble> {
    let summary = journal.summary(run)?;
    let run = &summary.run;
    head(&summary, out)?;
    for note in journal.notes(run)?.iter().filter(|note| note.kind != "wave-ended") {
        let number = note.number.map(|number| format!(" {}", u64::from(number) + 1)).unwrap_or_default();
        let text = note.text.as_deref().map(|text| format!(": {}", escape_str(text))).unwrap_or_default();
        writeln!(out, "  {}  {}{number}{text}", names::time(note.time), note.kind.replace('-', " "))?;
    }
    let standings = journal.standings(run)?;
    let mut latency = Latency::default();
    let by = Comparison { hasher: &RandomState::new(), ignored };
    let answers = Answers::read(journal, run, &standings, by, |ended| {
        if matches!(ended.outcome, Outcome::Ok | Outcome::Rejected) {
            latency.add(ended.timing.total);
        }
    })?;
    counts(&summary, &standings, out)?;
    groups(journal, run, &answers, by, out)?;
    latency.write(out)?;
    verified(journal, run, out)?;
    next(&summary, out)
}

fn head(summary: &Summary, out: &mut impl Write) -> Result<(), Trouble> {
    let run = &summary.run;
    let command = escape_str(run.command.as_deref().unwrap_or("(bytes)")).to_string();
    writeln!(out, "{}: {command} ({})", run.id, run.effect.word())?;
    let took = run.finished.and_then(|finished| finished.duration_since(run.started).ok());
    let took = took.map(|took| format!(" in {}", names::duration(took))).unwrap_or_default();
    writeln!(out, "started {}, {}{took}", names::time(run.started), list::state(summary))?;
    let more = if summary.list_complete { "" } else { " known; the list was not read to its end" };
    writeln!(out, "{} targets{more}", summary.targets)?;
    Ok(())
}

/// How many came to what. The numbers sum to the targets.
fn counts(summary: &Summary, standings: &Standings, out: &mut impl Write) -> Result<(), Trouble> {
    let open = if list::is_under_way(summary) { "in flight" } else { "lost" };
    let mut lines: Vec<(String, u64)> =
        summary.counts.iter().map(|(outcome, count)| (names::outcome(outcome), count)).collect();
    lines.push((open.to_owned(), summary.open.into()));
    lines.push(("not started".to_owned(), summary.never_started.into()));
    lines.retain(|(_, count)| *count > 0);
    let width = lines.iter().map(|(word, _)| word.len()).max().unwrap_or_default();
    writeln!(out)?;
    for (word, count) in &lines {
        let share = *count as f64 / f64::from(summary.targets.max(1));
        let bar = "█".repeat((share * WIDTH as f64).ceil() as usize);
        writeln!(out, "  {word:<width$}  {count:>8}  {:>5.1} %  {bar}", share * 100.0)?;
    }
    let again = (0..standings.len()).filter(|number| standings.tried(*number) > 1).count();
    if again > 0 {
        writeln!(out, "  {again} tried more than once")?;
    }
    Ok(())
}

/// Who answered what, the largest groups first.
fn groups(
    journal: &Journal,
    run: &Run,
    answers: &Answers,
    by: Comparison<'_>,
    out: &mut impl Write,
) -> Result<(), Trouble> {
    let groups = answers.groups();
    let shown: Vec<_> = groups.iter().take(GROUPS).copied().collect();
    let members = members(journal, run, answers, &shown)?;
    if !shown.is_empty() {
        writeln!(out)?;
    }
    for ((answer, count), members) in shown.into_iter().zip(members) {
        let Some(example) = answers.example(journal, run, answer)? else { continue };
        writeln!(out, "{}: {}", names::group(&members, count), by.shown(&example))?;
    }
    if let Some(others) = groups.get(GROUPS..).filter(|others| !others.is_empty()) {
        let devices: usize = others.iter().map(|(_, count)| count).sum();
        writeln!(out, "and {} more answers of {devices} devices", others.len())?;
    }
    Ok(())
}

/// The names of those who gave each of these answers, as many as are folded.
pub(in crate::runs) fn members(
    journal: &Journal,
    run: &Run,
    answers: &Answers,
    shown: &[(u64, usize)],
) -> Result<Vec<Vec<String>>, Trouble> {
    let mut members = vec![Vec::new(); shown.len()];
    let mut names = Names::new(journal, run);
    for number in 0..answers.len() {
        let group = answers.of(number).and_then(|answer| shown.iter().position(|(shown, _)| *shown == answer));
        let group = group.and_then(|group| members.get_mut(group)).filter(|group| group.len() < names::FOLDED);
        if let Some(group) = group {
            group.push(names.name(number)?);
        }
    }
    Ok(members)
}

fn verified(journal: &Journal, run: &Run, out: &mut impl Write) -> Result<(), Trouble> {
    let found = journal.verifications(run)?;
    // Of one that was looked at again, what was found last.
    let latest: std::collections::BTreeMap<u32, Verdict> =
        found.iter().map(|found| (found.number, found.verdict)).collect();
    let counts = Verdict::ALL.map(|verdict| (verdict, latest.values().filter(|found| **found == verdict).count()));
    let words =
        counts.iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| format!("{count} {}", verdict.word()));
    let words: Vec<String> = words.collect();
    if !words.is_empty() {
        writeln!(out, "\nverified: {}", words.join(", "))?;
    }
    Ok(())
}

/// The command to type next, where there is one.
fn next(summary: &Summary, out: &mut impl Write) -> Result<(), Trouble> {
    let run = &summary.run;
    if run.finished.is_none() {
        let next = if list::is_under_way(summary) { "runs follow" } else { "resume" };
        writeln!(out, "\nnext: wigwag {next} {}", run.id)?;
    }
    Ok(())
}
