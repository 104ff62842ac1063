//! `wigwag verify RUN`: asks the devices of which it is not known whether the command took effect.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::SystemTime;

use wigwag_fleet::gate::Open;
use wigwag_fleet::{Batch, Control, Ended, Event, Invalid, Order, Pace, Pulled, Run, Sink, Source, Target};
use wigwag_net::driver::RoutedDriver;
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{Effect, Verify};

use super::held::{self, Held};
use super::resume::of_the_whole_run;
use super::{again, conduct};
use crate::cli::VerifyArgs;
use crate::exit::Exit;
use crate::journal::{JournalError, Names, Verdict, Verification};
use crate::problem::Problem;
use crate::profile::Ready;
use crate::report::{folded, unless_closed};
use crate::send::random;

/// Reads back what the unconfirmed commands of a run were to bring about.
pub(crate) fn verify(arguments: VerifyArgs) -> Result<Exit, Problem> {
    let in_the_journal = |error: JournalError| error.problem();
    let Held { journal, run, mut handle, standings, .. } =
        held::take(&arguments.journal, &arguments.run, arguments.moved)?;

    let ways = again::ready(&journal.profiles(&run).map_err(in_the_journal)?, &arguments.secrets.secret)?;
    let mut names = Names::new(&journal, &run);
    let mut asked = Vec::new();
    for number in (0..standings.len()).filter(|number| standings.outcome(*number).is_some_and(Outcome::leaves_it_open))
    {
        let Some(listed) = names.get(number).map_err(in_the_journal)? else { continue };
        let question = again::order(listed, &ways).and_then(|order| Question::of(&order, &ways));
        asked.push((number, listed.name.clone(), question));
    }
    if asked.is_empty() {
        let _ = writeln!(io::stderr(), "note: nothing is unconfirmed in {}", run.id);
        return of_the_whole_run(&journal, &run);
    }
    let found = ask(asked, arguments.fanout.unwrap_or(256) as usize)?;
    let written: Vec<Verification> = found.iter().map(|found| found.verification.clone()).collect();
    handle.verified(&written).map_err(in_the_journal)?;
    print(&found, &mut io::stdout().lock()).or_else(unless_closed)?;
    of_the_whole_run(&journal, &run)
}

/// What a device is asked, and what its answer must say.
struct Question {
    order: Order,
    verify: Verify,
    /// The values of the command that is to be verified.
    wanted: Fields,
}

impl Question {
    fn of(order: &Order, ways: &[Ready]) -> Result<Self, Invalid> {
        let no = |message: String| super::invalid(&Problem::usage(message));
        let Order { endpoint, task } = order;
        let way = ways.get(task.profile as usize).ok_or_else(|| no("its profile is missing".to_owned()))?;
        let command = task.call.command().ok_or_else(|| no("a body has no command that could verify it".to_owned()))?;
        let verify = command
            .verify
            .clone()
            .ok_or_else(|| no(format!("{} names no command that could verify it", command.name)))?;
        let reading = task
            .protocol
            .command(&verify.command)
            .ok_or_else(|| no(format!("there is no command {}", verify.command)))?;
        let mut params = Fields::new();
        for param in &reading.params {
            if let Some(value) = task.call.fields().get(&param.name) {
                params.set(param.name.clone(), value.clone());
            }
        }
        let call = task.protocol.call_command(reading, params).map_err(|error| no(error.to_string()))?;
        if call.effect() != Effect::Read {
            return Err(no(format!("{} does more than read", verify.command)));
        }
        let reading = way.task_for(call, Some(&verify.command));
        let order = Order { endpoint: endpoint.clone(), task: Arc::new(reading) };
        Ok(Self { order, verify, wanted: task.call.fields().clone() })
    }

    /// What an answer says of the command.
    fn judge(&self, said: &Fields) -> Verdict {
        let holds = match &self.verify.when {
            Some(when) => when.holds(|part| said.get(part).cloned()),
            None => {
                let mut same = said.iter().filter_map(|(name, said)| Some(said.agrees_with(self.wanted.get(name)?)));
                // An answer that bears none of the names says nothing.
                same.next().map(|first| first && same.all(|is_same| is_same))
            }
        };
        match holds {
            Some(true) => Verdict::InEffect,
            Some(false) => Verdict::NotInEffect,
            None => Verdict::Unknown,
        }
    }
}

/// What was found of one target.
struct Found {
    name: String,
    verification: Verification,
}

/// Asks them all.
fn ask(asked: Vec<(u32, String, Result<Question, Invalid>)>, fanout: usize) -> Result<Vec<Found>, Problem> {
    let targets = asked.iter().map(|(number, name, question)| Target {
        number: *number,
        name: name.as_str().into(),
        tried: 0,
        order: question.as_ref().map(|question| question.order.clone()).map_err(Clone::clone),
    });
    let mut source = Listed(targets.collect());
    let questions = asked.into_iter().filter_map(|(number, _, question)| Some((number, question.ok()?)));
    let mut answers = Answers { questions: questions.collect(), found: Vec::new() };
    let control = Control::default();
    conduct::watch_signals(control.clone())?;
    let mut driver = RoutedDriver::new()
        .map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))?;
    Run {
        pace: Pace { fanout, ..Pace::default() },
        source: &mut source,
        gate: &mut Open::default(),
        sink: &mut answers,
        driver: &mut driver,
        control: &control,
        seed: random(),
        claims: &mut std::iter::empty(),
        wave: 0,
    }
    .run();
    answers.found.sort_by_key(|found| found.verification.number);
    Ok(answers.found)
}

/// Targets that are all known.
struct Listed(std::collections::VecDeque<Target>);

impl Source for Listed {
    fn pull(&mut self, most: usize, _below: u32) -> Pulled {
        let targets: Vec<Target> = self.0.drain(..most.min(self.0.len())).collect();
        if targets.is_empty() { Pulled::End } else { Pulled::Targets(targets) }
    }
}

/// Judges what the devices say.
struct Answers {
    questions: HashMap<u32, Question>,
    found: Vec<Found>,
}

impl Sink for Answers {
    fn offer(&mut self, events: &Batch) -> bool {
        for event in events.iter() {
            if let Event::Ended(ended) = event {
                self.hear(ended);
            }
        }
        true
    }
}

impl Answers {
    fn hear(&mut self, ended: &Ended) {
        let Ended { target, outcome, evidence, .. } = ended;
        let question = self.questions.get(&target.number);
        let (verdict, detail) = match (question, outcome) {
            (Some(question), Outcome::Ok) => (question.judge(&evidence.fields), said(&question.verify, evidence)),
            (_, _) => {
                let invalid = target.order.as_ref().err().map(|invalid| invalid.message.clone());
                (Verdict::Unknown, evidence.error.clone().or(invalid))
            }
        };
        let verification = Verification { number: target.number, time: SystemTime::now(), verdict, detail };
        self.found.push(Found { name: target.name.to_string(), verification });
    }
}

/// What the device said, in a line.
fn said(verify: &Verify, evidence: &wigwag_protocol::exchange::Evidence) -> Option<String> {
    let parts = evidence.fields.iter();
    let parts: Vec<String> = parts.map(|(name, value)| format!("{name}={}", crate::report::value(value))).collect();
    Some(format!("{}: {}", verify.command, evidence.secrets.hide_text(parts.join(" "))))
}

/// One line for all of whom the same was found.
fn print(found: &[Found], out: &mut impl Write) -> io::Result<()> {
    let mut groups: Vec<(Verdict, Option<&str>, Vec<&str>)> = Vec::new();
    for Found { name, verification: Verification { verdict, detail, .. } } in found {
        let detail = detail.as_deref();
        match groups.iter_mut().find(|(known, said, _)| (*known, *said) == (*verdict, detail)) {
            Some((_, _, names)) => names.push(name),
            None => groups.push((*verdict, detail, vec![name])),
        }
    }
    groups.sort_by_key(|(verdict, _, names)| (verdict.word(), std::cmp::Reverse(names.len())));
    for (verdict, detail, names) in groups {
        let detail = detail.map(|detail| format!(" ({})", escape_str(detail))).unwrap_or_default();
        writeln!(out, "{} ({}): {}{detail}", folded(&names), names.len(), verdict.word())?;
    }
    Ok(())
}
