//! `wigwag resume RUN`: finishes a run that was broken off.

use std::collections::HashMap;
use std::io::{self, Write};

use wigwag_fleet::{Claim, Control, Counts};
use wigwag_protocol::outcome::Outcome;

use super::again::{self, is_sent_again};
use super::conduct::{Conduct, Earlier, Told};
use super::confirm;
use super::held::{self, Held};
use super::kept::Kept;
use crate::cli::ResumeArgs;
use crate::exit::Exit;
use crate::journal::{How, Journal, JournalError, Run, Verdict};
use crate::problem::Problem;
use crate::report::{self, Finished};

/// Sends to those that were never started, cancelled, halted or proven not sent, as the run was to send to them.
pub(crate) fn resume(arguments: ResumeArgs) -> Result<Exit, Problem> {
    let in_the_journal = |error: JournalError| error.problem();
    let Held { journal, run, handle, standings, lost } =
        held::take(&arguments.journal, &arguments.run, arguments.moved)?;
    let left = (0..standings.len()).filter(|number| is_sent_again(standings.state(*number))).count();
    let mut kept = Kept::read(&run.settings)?;
    arguments.over(&mut kept);
    let pace = kept.pace()?;
    let look = super::look_of(arguments.output, standings.len() > 1, arguments.quiet)?;

    let mut stderr = io::stderr();
    if lost > 0 {
        let what = "had been about to be sent when the run broke off: unconfirmed (lost), and not sent again";
        let _ = writeln!(stderr, "note: {lost} {what}");
    }
    if run.targets.is_none() {
        let known = standings.len();
        let _ = writeln!(stderr, "warning: the list of targets was not read to its end; {known} of them are known");
    }
    if left == 0 {
        let _ = writeln!(stderr, "note: nothing is left to send");
        handle.finish(How::Done).map_err(in_the_journal)?;
        return of_the_whole_run(&journal, &run);
    }
    let ways = again::ready(&journal.profiles(&run).map_err(in_the_journal)?, &arguments.secrets.secret)?;
    if !arguments.yes {
        let command = run.command.as_deref();
        let hazards = ways.iter().filter_map(|way| way.hazard());
        let hazards = hazards.map(|hazard| format!("{} {hazard}", command.unwrap_or("the command"))).collect();
        confirm::about(&hazards, command, run.effect, &format!("{left} more devices"), left > 1)?;
    }

    let source = again::Source::new(journal.targets(&run).map_err(in_the_journal)?, standings.clone(), ways);
    let claims: Vec<Claim> = journal
        .sends(&run, &standings)
        .map(|send| send.map(|send| Claim { place: send.place, fingerprint: send.fingerprint, target: send.number }))
        .collect::<Result<_, _>>()
        .map_err(in_the_journal)?;
    let wave = journal.last_wave(&run).map_err(in_the_journal)?.unwrap_or_default();
    let sent = Conduct {
        pace,
        source: Box::new(|_| Box::new(source)),
        run: Some(handle),
        told: Told { command: run.command.clone(), targets: u32::try_from(left).ok(), longest_name: None },
        look,
        control: Control::default(),
        earlier: Some(Earlier { claims: Box::new(claims.into_iter()), wave }),
    }
    .conduct()?;
    match sent {
        // These say more than any outcome.
        Exit::Fault | Exit::Usage => Ok(sent),
        _ => Ok(of_the_whole_run(&journal, &run)?.or(match sent {
            Exit::Halted | Exit::Interrupted => sent,
            _ => Exit::Ok,
        })),
    }
}

impl ResumeArgs {
    /// What is said anew takes the place of what was said.
    fn over(&self, kept: &mut Kept) {
        if let Some(fanout) = self.fanout {
            kept.fanout = fanout;
        }
        if self.rate.is_some() {
            kept.rate.clone_from(&self.rate);
        }
        if !self.halt.is_empty() {
            kept.halts.clone_from(&self.halt);
        }
        // The time of the whole run is over; another one has to be said.
        kept.deadline = self.deadline;
    }
}

/// The exit code of all that a run's processes did.
pub(super) fn of_the_whole_run(journal: &Journal, run: &Run) -> Result<Exit, Problem> {
    let in_the_journal = |error: JournalError| error.problem();
    let run = journal.again(run).map_err(in_the_journal)?;
    let standings = journal.standings(&run).map_err(in_the_journal)?;
    // Of what was found in effect nothing is left to find out.
    let verified = journal.verifications(&run).map_err(in_the_journal)?;
    let verdicts: HashMap<u32, Verdict> = verified.iter().map(|found| (found.number, found.verdict)).collect();
    let mut counts = Counts::default();
    for number in 0..standings.len() {
        match (standings.outcome(number), verdicts.get(&number)) {
            (Some(Outcome::Unconfirmed(_) | Outcome::Garbled(_)), Some(Verdict::InEffect)) => counts.add(Outcome::Ok),
            (Some(outcome), _) => counts.add(outcome),
            (None, _) => {}
        }
    }
    let incomplete = run.targets.is_none();
    let exit = report::exit(&counts, &Finished { incomplete, ..Finished::default() });
    let open = (0..standings.len()).any(|number| standings.outcome(number).is_none());
    Ok(if open { exit.or(Exit::Undone) } else { exit })
}
