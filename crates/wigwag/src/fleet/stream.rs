//! A list of targets that is read while the run goes on.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;

use wigwag_fleet::inventory::{Inventory, Selector};
use wigwag_fleet::{Control, Invalid, Pulled, Target};
use wigwag_net::{Endpoint, Host as Address};
use wigwag_protocol::outcome::Skipped;
use wigwag_protocol::protocol::Effect;

use super::conduct::{Conduct, Told};
use super::kept::Kept;
use super::remembered::Remembered;
use super::survey::{Survey, harm};
use super::ways::{Told as ToldHost, Ways};
use crate::cli::SendArgs;
use crate::exit::Exit;
use crate::inventory::which;
use crate::journal::{Listed, Lister};
use crate::problem::Problem;

/// The longest line that is read; no name is longer.
const LONGEST: u64 = 4096;

/// How many lines are handed over at once, and how many such batches may wait.
const LINES: usize = 512;
const BATCHES: usize = 4;

/// Sends to the targets of a list, one a line, as they come.
pub(super) fn send(arguments: &SendArgs, list: &Path) -> Result<Exit, Problem> {
    let mut ways = Ways::new(arguments)?;
    let survey = foreseen(arguments, &mut ways)?;
    let kept = Kept::new(&arguments.pace, None, survey.effect)?;
    if arguments.dry_run {
        return Err(Problem::usage("--dry-run looks at all targets, and a list that is streamed has no end yet")
            .with_help("give the list as an inventory: -i FILE"));
    }
    let look = super::look(arguments, true)?;
    super::confirm::send(arguments, &survey)?;
    let inventory = which::read(&arguments.select.hosts.inventory)?;
    let selector = which::selector(None, &arguments.select.hosts.filter)?;
    let lines = open(list)?;
    let run = match super::journal_path(&arguments.journal.journal, true)? {
        None => None,
        Some(path) => Some(super::journaled(&path, &mut ways, &survey, &kept, |_, _| Ok(()))?),
    };
    let control = Control::default();
    let lines = read(lines, control.clone())?;
    let effect = survey.effect;
    let has_targets = Arc::new(AtomicBool::new(false));
    let noted = has_targets.clone();
    let make = move |lister| -> Box<dyn wigwag_fleet::Source> {
        Box::new(Source {
            lines,
            inventory,
            selector,
            ways,
            effect,
            lister,
            waiting: Vec::new().into_iter(),
            unlisted: None,
            broken: None,
            names: Remembered::default(),
            next: 0,
            stopped: false,
            has_targets,
        })
    };
    let exit = Conduct {
        pace: kept.pace()?,
        source: Box::new(make),
        run,
        told: Told { command: survey.command, targets: None, longest_name: None },
        look,
        control,
        earlier: None,
    }
    .conduct()?;
    match (exit, noted.load(Ordering::Relaxed)) {
        (Exit::Ok, false) => Err(Problem::usage("the list names no target; nothing was sent")),
        (exit, _) => Ok(exit),
    }
}

/// What can be known before a target is: what a host with no settings of its own would be told.
fn foreseen(arguments: &SendArgs, ways: &mut Ways) -> Result<Survey, Problem> {
    let nobody = Inventory::default().host("target");
    let told = ways.told(&nobody)?;
    let mut survey = Survey::of_nobody();
    survey.see(&told.order.task);
    survey.is_insecure = ways.made().iter().any(crate::profile::Ready::is_insecure);
    survey.census.first = arguments.select.targets_from.as_deref().unwrap_or(Path::new("-")).display().to_string();
    Ok(survey)
}

fn open(list: &Path) -> Result<Box<dyn Read + Send>, Problem> {
    if list == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let wrong = |error: io::Error| Problem::usage(format!("{}: {}", list.display(), wigwag_net::cause::words(&error)));
    let file = File::open(list).map_err(wrong)?;
    if file.metadata().map_err(wrong)?.is_dir() {
        return Err(Problem::usage(format!("{}: this is a folder", list.display())));
    }
    Ok(Box::new(file))
}

/// Lines, or why there are no more.
type Batch = Result<Vec<String>, String>;

/// Reads lines on a thread of its own, which ends with the list, or with the process.
fn read(list: Box<dyn Read + Send>, control: Control) -> Result<Receiver<Batch>, Problem> {
    let (to, lines) = sync_channel(BATCHES);
    let body = move || {
        let mut list = BufReader::new(list);
        let mut batch = Vec::new();
        loop {
            let line = next_line(&mut list);
            let is_last = !matches!(line, Ok(Some(_)));
            match line {
                Ok(Some(line)) => batch.extend(named(&line)),
                Ok(None) => {}
                Err(cause) => {
                    hand_over(&to, Ok(std::mem::take(&mut batch)), &control);
                    hand_over(&to, Err(cause), &control);
                }
            }
            // Whoever types a list wants each line to be sent when it is there.
            let is_due = batch.len() >= LINES || is_last || list.buffer().is_empty();
            let goes_on = !is_due || hand_over(&to, Ok(std::mem::take(&mut batch)), &control);
            if is_last || !goes_on {
                break;
            }
        }
        drop(to);
        control.wake();
    };
    let reading = thread::Builder::new().name("targets".to_owned()).spawn(body);
    reading.map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))?;
    Ok(lines)
}

/// Whether anybody still listens.
fn hand_over(to: &SyncSender<Batch>, batch: Batch, control: &Control) -> bool {
    if matches!(&batch, Ok(lines) if lines.is_empty()) {
        return true;
    }
    let taken = to.send(batch).is_ok();
    control.wake();
    taken
}

/// The next line, without its end; nothing at the end of the list.
fn next_line(list: &mut impl BufRead) -> Result<Option<String>, String> {
    let mut line = Vec::new();
    let read = list.by_ref().take(LONGEST + 1).read_until(b'\n', &mut line);
    match read.map_err(|error| wigwag_net::cause::words(&error))? {
        0 => Ok(None),
        count if count as u64 > LONGEST => Err(format!("a line is longer than {LONGEST} bytes")),
        _ => String::from_utf8(line).map(Some).map_err(|_| "a line is not UTF-8 text".to_owned()),
    }
}

/// The target that a line names; none on a line that is empty or a remark.
fn named(line: &str) -> Option<String> {
    let name = line.trim();
    (!name.is_empty() && !name.starts_with('#')).then(|| name.to_owned())
}

/// The targets of the list, as they come.
struct Source {
    lines: Receiver<Batch>,
    inventory: Inventory,
    /// What a target must fulfil.
    selector: Selector,
    ways: Ways,
    /// What was agreed to.
    effect: Effect,
    lister: Option<Lister>,
    waiting: std::vec::IntoIter<String>,
    /// Targets that the journal had no room for.
    unlisted: Option<(Vec<Listed>, Vec<Target>)>,
    /// Why the list broke off. What came before counts.
    broken: Option<String>,
    names: Remembered,
    next: u32,
    stopped: bool,
    /// Whether there was one, for whoever waits for the end.
    has_targets: Arc<AtomicBool>,
}

impl wigwag_fleet::Source for Source {
    fn pull(&mut self, most: usize, below: u32) -> Pulled {
        let (rows, targets) = match self.unlisted.take() {
            Some(unlisted) => unlisted,
            None => match self.take(most, below) {
                Ok(taken) => taken,
                Err(pulled) => return pulled,
            },
        };
        match self.lister.as_ref().map(|lister| lister.offer(&rows)) {
            None | Some(Ok(true)) => Pulled::Targets(targets),
            Some(Ok(false)) => {
                self.unlisted = Some((rows, targets));
                Pulled::Later
            }
            Some(Err(error)) => Pulled::Failed(error.to_string()),
        }
    }

    fn stop(&mut self) {
        self.stopped = true;
    }

    fn name_of(&self, number: u32) -> Option<String> {
        self.names.name(number)
    }
}

impl Source {
    /// What has come, with the rows for the journal; or why there is nothing.
    fn take(&mut self, most: usize, below: u32) -> Result<(Vec<Listed>, Vec<Target>), Pulled> {
        if self.next >= below {
            return Err(Pulled::NoneBelow);
        }
        let most = most.min((below - self.next) as usize);
        let (mut rows, mut targets) = (Vec::new(), Vec::new());
        while targets.len() < most {
            let Some(name) = self.waiting.next() else {
                if self.stopped || self.broken.is_some() {
                    break;
                }
                match self.lines.try_recv() {
                    Ok(Ok(lines)) => self.waiting = lines.into_iter(),
                    Ok(Err(cause)) => self.broken = Some(cause),
                    Err(TryRecvError::Empty) if targets.is_empty() => return Err(Pulled::Later),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
                continue;
            };
            let (row, target) = self.target(name);
            rows.push(row);
            targets.push(target);
        }
        if !targets.is_empty() {
            return Ok((rows, targets));
        }
        if let Some(cause) = self.broken.take_if(|_| !self.stopped) {
            return Err(Pulled::Failed(cause));
        }
        if !self.stopped
            && let Some(lister) = &self.lister
        {
            lister.complete();
        }
        Err(Pulled::End)
    }

    fn target(&mut self, name: String) -> (Listed, Target) {
        let number = self.next;
        self.next += 1;
        self.names.note(number, &name);
        self.has_targets.store(true, Ordering::Relaxed);
        let told = self.told(&name);
        let (endpoint, profile, what, order) = match told {
            Ok(told) => {
                // Only a journal asks for it.
                let what = self.lister.as_ref().and_then(|_| told.what());
                (told.order.endpoint.to_string(), told.way, what, Ok(told.order))
            }
            Err(invalid) => (String::new(), 0, None, Err(invalid)),
        };
        let invalid = order.as_ref().err().map(|invalid| (invalid.reason, invalid.message.clone()));
        let row = Listed { number, name: name.clone(), endpoint, profile, what, invalid };
        (row, Target { number, name: name.into(), tried: 0, order })
    }

    fn told(&mut self, name: &str) -> Result<ToldHost, Invalid> {
        let invalid = |message: String| super::invalid(&Problem::usage(message));
        if !self.selector.any_target
            && !self.inventory.is_empty()
            && !self.inventory.knows(name)
            && is_only_a_name(name)
        {
            return Err(invalid(format!("no inventory names `{name}`")));
        }
        if self.selector.condition.is_some() || self.selector.exclude.is_some() {
            let one = Selector { targets: Some(name.to_owned()), ..self.selector.clone() };
            if self.inventory.select(&one).is_err() {
                return Err(Invalid { reason: Skipped::Excluded, message: "not sent: it is excluded".to_owned() });
            }
        }
        let ways = self.ways.made().len();
        let told = self.ways.told(&self.inventory.host(name)).map_err(|problem| super::invalid(&problem))?;
        let effect = told.order.task.call.effect();
        if harm(effect) > harm(self.effect) {
            return Err(invalid(format!("its command has the effect {}, which was not agreed to", effect.word())));
        }
        if self.ways.made().len() > ways
            && let Some(lister) = &self.lister
            && let Some(profile) = self.ways.written().map_err(|problem| super::invalid(&problem))?.pop()
        {
            lister.profile(told.way, profile);
        }
        Ok(told)
    }
}

/// Whether a target is neither an address nor has a port: such a name is somebody's only if an inventory says so.
fn is_only_a_name(name: &str) -> bool {
    match Endpoint::parse(name, None) {
        Ok(_) => false,
        Err(_) => !matches!(Address::parse(name.trim_matches(['[', ']'])), Ok(Address::Ip(_))),
    }
}
