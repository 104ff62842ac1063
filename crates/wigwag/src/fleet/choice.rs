//! Which hosts are meant.

use std::collections::HashSet;
use std::sync::Arc;

use wigwag_fleet::inventory::{Host, Selection};
use wigwag_fleet::pace::Counted;
use wigwag_protocol::layout::nearest;
use wigwag_protocol::outcome::Outcome;

use crate::cli::{JournalChoice, SelectArgs, SendArgs};
use crate::inventory::which;
use crate::journal::{self, Journal, Names};
use crate::problem::Problem;

/// The hosts that are meant, in order. Cheap to go through again.
#[derive(Clone)]
pub(super) struct Choice {
    selection: Selection,
    /// Only these, where earlier runs choose.
    only: Option<Arc<HashSet<String>>>,
}

impl Choice {
    pub(super) fn of(arguments: &SendArgs) -> Result<Self, Problem> {
        let selection = which::hosts(arguments.targets_word(), &arguments.select.hosts)?;
        Ok(Self { selection, only: earlier(arguments)?.map(Arc::new) })
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = Host> + Send + use<> {
        let only = self.only.clone();
        self.selection.hosts().filter(move |host| only.as_ref().is_none_or(|only| only.contains(host.name())))
    }
}

/// The names of those that had such outcomes in earlier runs; nothing where no run was named.
fn earlier(arguments: &SendArgs) -> Result<Option<HashSet<String>>, Problem> {
    let SelectArgs { failed_in, outcome_in, .. } = &arguments.select;
    if failed_in.is_empty() && outcome_in.is_empty() {
        return Ok(None);
    }
    let path = match &arguments.journal.journal {
        JournalChoice::Path(path) => path.clone(),
        JournalChoice::Auto | JournalChoice::On | JournalChoice::Off => {
            journal::default_path().map_err(|error| error.problem())?
        }
    };
    let journal = Journal::open_read_only(&path).map_err(|error| error.problem())?;
    let mut chosen: Option<HashSet<String>> = None;
    for run in failed_in {
        narrow(&mut chosen, having(&journal, run, |outcome| Counted::Failed.counts(outcome))?);
    }
    for asked in outcome_in {
        let (run, word) = asked.split_once('=').ok_or_else(|| {
            Problem::usage(format!("`{asked}` is not RUN=OUTCOME")).with_help("--outcome-in last=unreachable")
        })?;
        let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
        if !words.contains(&word) {
            let near = nearest(word, words);
            let problem = Problem::usage(format!("no outcome is called `{word}`"));
            return Err(match near {
                Some(near) => problem.with_help(format!("did you mean `{near}`?")),
                None => problem
                    .with_help("ok, sent, rejected, unreachable, unconfirmed, garbled, skipped, cancelled, expired"),
            });
        }
        narrow(&mut chosen, having(&journal, run, |outcome| outcome.word() == word)?);
    }
    match chosen {
        Some(names) if names.is_empty() => {
            Err(Problem::usage("no target of the run had such an outcome; nothing was sent"))
        }
        chosen => Ok(chosen),
    }
}

fn narrow(chosen: &mut Option<HashSet<String>>, names: HashSet<String>) {
    *chosen = Some(match chosen.take() {
        None => names,
        Some(before) => before.intersection(&names).cloned().collect(),
    });
}

fn having(journal: &Journal, run: &str, counts: impl Fn(Outcome) -> bool) -> Result<HashSet<String>, Problem> {
    let in_the_journal = |error: journal::JournalError| error.problem();
    let run = journal.find(run).map_err(in_the_journal)?;
    let standings = journal.standings(&run).map_err(in_the_journal)?;
    let mut names = Names::new(journal, &run);
    let mut chosen = HashSet::new();
    for number in (0..standings.len()).filter(|number| standings.outcome(*number).is_some_and(&counts)) {
        chosen.insert(names.name(number).map_err(in_the_journal)?);
    }
    Ok(chosen)
}
