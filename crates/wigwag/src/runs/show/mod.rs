//! `wigwag runs show`: one run.

mod latency;
mod page;

use std::io::Write;

pub(super) use page::members;

use super::{Trouble, csv, json};
use crate::cli::RunForm;
use crate::journal::{Holder, Journal, Names, Run, State, StoredOutcome};

pub(super) fn show(
    journal: &Journal,
    run: &Run,
    ignored: &[String],
    form: RunForm,
    out: &mut impl Write,
) -> Result<(), Trouble> {
    match form {
        RunForm::Text => page::page(journal, run, ignored, out),
        RunForm::Csv => {
            writeln!(out, "{}", csv::HEADER)?;
            each(journal, run, |names, ended| Ok(writeln!(out, "{}", csv::line(&names.name(ended.number)?, ended))?))?;
            Ok(())
        }
        RunForm::Ndjson => {
            writeln!(out, "{}", json::started(run))?;
            let tried_again = each(journal, run, |names, ended| {
                Ok(writeln!(out, "{}", json::outcome(run, names.get(ended.number)?, ended))?)
            })?;
            match json::finished(&journal.summary(run)?, tried_again) {
                Some(finished) => Ok(writeln!(out, "{finished}")?),
                None => Ok(()),
            }
        }
    }
}

/// How each target stands, in the order in which that became known. Of a run that broke off, what was lost comes last: when
/// that was is not known, but that it was in this run.
fn each(
    journal: &Journal,
    run: &Run,
    mut tell: impl FnMut(&mut Names<'_>, &StoredOutcome<'_>) -> Result<(), Trouble>,
) -> Result<u64, Trouble> {
    let standings = journal.standings(run)?;
    let mut names = Names::new(journal, run);
    let mut tried_again = 0;
    for ended in journal.outcomes(run, 0) {
        let (order, ended) = ended?;
        tried_again += u64::from(!ended.is_final);
        if standings.is_latest(ended.number, order) {
            tell(&mut names, &ended)?;
        }
    }
    if journal.holder(run) == Holder::Nobody {
        for number in 0..standings.len() {
            if let State::Lost { attempt } = standings.state(number) {
                tell(&mut names, &StoredOutcome::lost(number, attempt, run.started))?;
            }
        }
    }
    Ok(tried_again)
}
