//! `wigwag runs list`: all runs, the newest first.

use std::io::Write;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use wigwag_protocol::bytes::display::escape_str;

use super::{Trouble, json as events, names};
use crate::cli::Form;
use crate::journal::{Holder, Journal, Summary};
use crate::report;

/// The most of a command that a line of the table shows.
const SHOWN: usize = 40;

pub(super) fn list(journal: Option<&Journal>, form: Form, out: &mut impl Write) -> Result<(), Trouble> {
    let summaries: Vec<Summary> = match journal {
        Some(journal) => journal.runs()?.iter().map(|run| journal.summary(run)).collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    match form {
        Form::Text if summaries.is_empty() => writeln!(out, "no runs")?,
        Form::Text => table(&summaries, out)?,
        Form::Json => {
            let runs: Vec<Json> = summaries.iter().map(object).collect();
            writeln!(out, "{}", report::safe_json(&json!({ "v": 1, "runs": runs }).to_string()))?;
        }
    }
    Ok(())
}

fn table(summaries: &[Summary], out: &mut impl Write) -> Result<(), Trouble> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["run", "started", "command", "targets", "outcomes", "state"]);
    for summary in summaries {
        let run = &summary.run;
        let command = escape_str(run.command.as_deref().unwrap_or("(bytes)")).truncated(SHOWN).to_string();
        let targets = match summary.list_complete {
            true => summary.targets.to_string(),
            false => format!("{}+", summary.targets),
        };
        table.add_row([
            run.id.to_string(),
            names::time(run.started),
            command,
            targets,
            outcomes(summary),
            state(summary),
        ]);
    }
    if let Some(targets) = table.column_mut(3) {
        targets.set_cell_alignment(CellAlignment::Right);
    }
    for line in table.lines() {
        // Every line begins with the blank that separates columns.
        writeln!(out, "{}", line.strip_prefix(' ').unwrap_or(&line).trim_end())?;
    }
    Ok(())
}

/// The counts, and what has none.
pub(super) fn outcomes(summary: &Summary) -> String {
    let open = if is_under_way(summary) { "in flight" } else { "lost" };
    let others = [(summary.open, open), (summary.never_started, "not started")];
    let others = others.into_iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    let counts = Some(summary.counts.to_string()).filter(|counts| !counts.is_empty());
    counts.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

pub(super) fn is_under_way(summary: &Summary) -> bool {
    summary.run.finished.is_none() && summary.holder != Holder::Nobody
}

/// Whether it goes on, and if not, how it ended.
pub(super) fn state(summary: &Summary) -> String {
    match (&summary.run.how, summary.holder) {
        (Some(how), _) => escape_str(how).to_string(),
        (None, Holder::Process(Some(pid))) => format!("running (process {pid})"),
        (None, Holder::Process(None)) => "running".to_owned(),
        (None, Holder::Nobody) => "broke off".to_owned(),
    }
}

fn object(summary: &Summary) -> Json {
    let run = &summary.run;
    let mut object = Map::new();
    let time = |time| Timestamp::try_from(time).ok().map(|time| time.to_string());
    object.insert("run".to_owned(), json!(run.id.as_str()));
    object.insert("started".to_owned(), json!(time(run.started)));
    object.insert("finished".to_owned(), json!(run.finished.and_then(time)));
    object.insert("command".to_owned(), json!(run.command));
    object.insert("effect".to_owned(), json!(run.effect.word()));
    object.insert("targets".to_owned(), json!(summary.targets));
    object.insert("list_complete".to_owned(), json!(summary.list_complete));
    let state = match (is_under_way(summary), &run.how) {
        (true, _) => "running",
        (false, Some(how)) => how,
        (false, None) => "broke-off",
    };
    object.insert("state".to_owned(), json!(state));
    if let Holder::Process(Some(pid)) = summary.holder {
        object.insert("process".to_owned(), json!(pid));
    }
    events::counts(&summary.counts, &mut object);
    object.insert(if is_under_way(summary) { "in_flight" } else { "lost" }.to_owned(), json!(summary.open));
    object.insert("not_started".to_owned(), json!(summary.never_started));
    Json::Object(object)
}
