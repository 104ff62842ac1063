//! A list of targets that is read while the run goes on.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};

use wigwag_fleet::inventory::{Finder, Host, Inventory, Selector};
use wigwag_fleet::{Control, Invalid, Pulled, Target};
use wigwag_net::{Endpoint, Host as Address};
use wigwag_protocol::outcome::Skipped;
use wigwag_protocol::protocol::Effect;

use super::conduct::{Conduct, Told};
use super::kept::Kept;
use super::lines;
use super::remembered::Remembered;
use super::survey::{Survey, harm};
use super::ways::{Told as ToldHost, Ways};
use crate::cli::SendArgs;
use crate::exit::Exit;
use crate::inventory::which;
use crate::journal::{ListRows, Lister, ToList};
use crate::problem::Problem;
use crate::report::json_writer;

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
    let list = lines::open(list)?;
    let run = match super::journal_path(&arguments.journal.journal, true)? {
        None => None,
        Some(path) => Some(super::journaled(&path, &mut ways, &survey, &kept, |_, _| Ok(()))?),
    };
    let control = Control::default();
    let lines = lines::read(list, control.clone())?;
    let effect = survey.effect;
    let has_targets = Arc::new(AtomicBool::new(false));
    let noted = has_targets.clone();
    let make = move |lister| -> Box<dyn wigwag_fleet::Source> {
        Box::new(Source {
            lines,
            finder: inventory.finder(),
            inventory,
            selector,
            ways,
            effect,
            lister,
            quoted: Vec::new(),
            waiting: Names::default(),
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

/// The targets of the list, as they come.
struct Source {
    lines: Receiver<lines::Lines>,
    inventory: Inventory,
    finder: Finder,
    /// What a target must fulfil.
    selector: Selector,
    ways: Ways,
    /// What was agreed to.
    effect: Effect,
    lister: Option<Lister>,
    /// An address as JSON, written over and over.
    quoted: Vec<u8>,
    waiting: Names,
    /// Targets that the journal had no room for.
    unlisted: Option<(ListRows, Vec<Target>)>,
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
        let (mut rows, targets) = match self.unlisted.take() {
            Some(unlisted) => unlisted,
            None => match self.take(most, below) {
                Ok(taken) => taken,
                Err(pulled) => return pulled,
            },
        };
        if self.lister.as_ref().is_none_or(|lister| lister.offer(&mut rows)) {
            return Pulled::Targets(targets);
        }
        self.unlisted = Some((rows, targets));
        Pulled::Later
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
    fn take(&mut self, most: usize, below: u32) -> Result<(ListRows, Vec<Target>), Pulled> {
        if self.next >= below {
            return Err(Pulled::NoneBelow);
        }
        let most = most.min((below - self.next) as usize);
        let (mut rows, mut targets) = (ListRows::default(), Vec::new());
        while targets.len() < most {
            let Some(name) = self.waiting.next() else {
                if self.stopped || self.broken.is_some() {
                    break;
                }
                match self.lines.try_recv() {
                    Ok(Ok(text)) => self.waiting = Names { text, at: 0 },
                    Ok(Err(cause)) => self.broken = Some(cause),
                    Err(TryRecvError::Empty) if targets.is_empty() => return Err(Pulled::Later),
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                }
                continue;
            };
            targets.push(self.target(name, &mut rows));
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

    /// The next target, which is added to the rows where there is a journal.
    fn target(&mut self, name: Box<str>, rows: &mut ListRows) -> Target {
        let number = self.next;
        self.next += 1;
        self.names.note(number, &name);
        self.has_targets.store(true, Ordering::Relaxed);
        let host = self.finder.host(name);
        let told = self.told(&host);
        if self.lister.is_some() {
            self.list(number, host.name(), &told, rows);
        }
        Target { number, name: host.into_name(), tried: 0, order: told.map(|told| told.order) }
    }

    /// Adds what a journal lists of a target.
    fn list(&mut self, number: u32, name: &str, told: &Result<ToldHost, Invalid>, rows: &mut ListRows) {
        let nothing = ToList { number, name, endpoint: "", profile: 0, what: None, invalid: None };
        match told {
            Ok(told) => {
                let (endpoint, what) = (self.endpoint(&told.order.endpoint, name), told.what());
                rows.add(ToList { endpoint: &endpoint, profile: told.way, what: what.as_deref(), ..nothing });
            }
            Err(Invalid { reason, message }) => rows.add(ToList { invalid: Some((*reason, message)), ..nothing }),
        }
    }

    /// Where a target of this name is, as text. Most names of a list are addresses and say it themselves.
    fn endpoint<'n>(&mut self, endpoint: &Endpoint, name: &'n str) -> Cow<'n, str> {
        if let Address::Ip(ip) = endpoint.host {
            self.quoted.clear();
            json_writer::address(&mut self.quoted, SocketAddr::new(ip, endpoint.port));
            if self.quoted.get(1..self.quoted.len() - 1) == Some(name.as_bytes()) {
                return name.into();
            }
        }
        endpoint.to_string().into()
    }

    fn told(&mut self, host: &Host) -> Result<ToldHost, Invalid> {
        let name = host.name();
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
        let told = self.ways.told(host).map_err(|problem| super::invalid(&problem))?;
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

/// The lines of a text. Their memory is not taken apart on the thread that read them: it would have to be given back there.
#[derive(Debug, Default)]
struct Names {
    text: String,
    at: usize,
}

impl Iterator for Names {
    type Item = Box<str>;

    fn next(&mut self) -> Option<Box<str>> {
        let (name, _) = self.text.get(self.at..)?.split_once('\n')?;
        self.at += name.len() + 1;
        Some(name.into())
    }
}

/// Whether a target is neither an address nor has a port: such a name is somebody's only if an inventory says so.
fn is_only_a_name(name: &str) -> bool {
    match Endpoint::parse(name, None) {
        Ok(_) => false,
        Err(_) => !matches!(Address::parse(name.trim_matches(['[', ']'])), Ok(Address::Ip(_))),
    }
}
