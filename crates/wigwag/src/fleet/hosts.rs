//! Hands the hosts that are meant to the journal, and to the runner.

use wigwag_fleet::inventory::Host;
use wigwag_fleet::{Pulled, Target};

use super::batch::Batches;
use super::choice::Choice;
use super::ways::{Told, Ways};
use crate::journal::{ListRows, RunHandle, ToList};
use crate::problem::Problem;

/// How many targets are written at once.
const AT_ONCE: u32 = 10_000;

/// Numbered hosts, and what each is told.
struct Numbered<I, W> {
    hosts: I,
    ways: W,
    next: u32,
}

impl<I: Iterator<Item = Host>, W: AsMut<Ways>> Numbered<I, W> {
    /// The next host. That it can be told was found out before.
    fn next(&mut self) -> Option<(u32, Host, Result<Told, Problem>)> {
        let host = self.hosts.next()?;
        let number = self.next;
        self.next += 1;
        let told = self.ways.as_mut().told(&host);
        Some((number, host, told))
    }
}

impl AsMut<Self> for Ways {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

/// All targets, for the journal.
pub(super) struct Rows<'w, I> {
    numbered: Numbered<I, &'w mut Ways>,
}

impl<'w, I: Iterator<Item = Host>> Rows<'w, I> {
    pub(super) fn new(hosts: I, ways: &'w mut Ways) -> Self {
        Self { numbered: Numbered { hosts, ways, next: 0 } }
    }

    /// Writes them down: the whole list is on the disk when this returns.
    pub(super) fn list(&mut self, run: &mut RunHandle) -> Result<(), Problem> {
        let mut rows = ListRows::default();
        while let Some((number, host, told)) = self.numbered.next() {
            let told = told?;
            let (endpoint, what) = (told.order.endpoint.to_string(), told.what());
            rows.add(ToList {
                number,
                name: host.name(),
                endpoint: &endpoint,
                profile: told.way,
                what: what.as_deref(),
                invalid: None,
            });
            if (number + 1).is_multiple_of(AT_ONCE) {
                run.list(std::mem::take(&mut rows)).map_err(|error| error.problem())?;
            }
        }
        run.list(rows).and_then(|()| run.list_complete()).map_err(|error| error.problem())
    }
}

/// All targets, for the runner.
pub(super) struct Source {
    choice: Choice,
    numbered: Numbered<Box<dyn Iterator<Item = Host> + Send>, Ways>,
    batches: Batches,
}

impl Source {
    pub(super) fn new(choice: Choice, ways: Ways) -> Self {
        let hosts: Box<dyn Iterator<Item = Host> + Send> = Box::new(choice.hosts());
        Self { choice, numbered: Numbered { hosts, ways, next: 0 }, batches: Batches::default() }
    }
}

impl<I: Iterator<Item = Host>, W: AsMut<Ways>> Numbered<I, W> {
    fn target(&mut self) -> Option<Target> {
        let (number, host, told) = self.next()?;
        let order = told.map(|told| told.order).map_err(|problem| super::invalid(&problem));
        Some(Target { number, name: host.name().into(), tried: 0, order })
    }
}

impl wigwag_fleet::Source for Source {
    fn pull(&mut self, most: usize, below: u32) -> Pulled {
        let Self { batches, numbered, .. } = self;
        batches.pull(most, below, || numbered.target()).unwrap_or(Pulled::End)
    }

    /// Goes through the hosts again: duplicates are rare.
    fn name_of(&self, number: u32) -> Option<String> {
        self.choice.hosts().nth(number as usize).map(|host| host.name().to_owned())
    }
}
