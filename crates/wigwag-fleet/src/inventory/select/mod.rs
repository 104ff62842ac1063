//! Which hosts are meant.

mod exclude;
mod resolve;
mod sample;

use std::fmt;
use std::sync::{Arc, OnceLock};

pub use sample::Sample;

use super::condition::Condition;
use super::host::Walk;
use super::known::Known;
use super::model::Model;
use super::{Host, Inventory, SelectError};
use crate::targets::{Combined, Cursor, Expression, Join, Names, TargetError};
use exclude::Exclude;
use resolve::Unknown;

/// Which hosts are meant.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selector {
    /// TARGETS: one expression. Without it all hosts of the inventories are meant.
    pub targets: Option<String>,
    /// `-w`: what must hold for a host.
    pub condition: Option<String>,
    /// What an exclude file says: one expression a line, `#` begins a comment. It always wins.
    pub exclude: Option<String>,
    /// Only some of them, always the same.
    pub sample: Option<Sample>,
    /// Names that no inventory knows are taken, too, though one was read.
    pub any_target: bool,
}

/// The hosts that are meant, in the order of the words and of the inventories, each once. Cheap to clone; no memory is
/// needed for what a range or a network stands for.
#[derive(Clone)]
pub struct Selection {
    chosen: Arc<Chosen>,
}

struct Chosen {
    model: Arc<Model>,
    names: Combined,
    exclude: Option<Exclude>,
    condition: Option<Condition>,
    /// The largest hash that belongs to the sample.
    most_hash: Option<u64>,
    count: OnceLock<u64>,
}

impl Inventory {
    /// The hosts that are meant.
    ///
    /// A name is looked up in the inventories. What none names stands for itself, with the defaults, if it is an address,
    /// has a port or is a network; any other name is taken only where no inventory was read, or with `any_target`.
    ///
    /// # Errors
    ///
    /// A text that means nothing, a name or a group that no inventory knows, or nothing is left.
    pub fn select(&self, selector: &Selector) -> Result<Selection, SelectError> {
        let names = match &selector.targets {
            Some(targets) => {
                resolve::targets(&self.model, targets, selector.any_target).map_err(SelectError::Targets)?
            }
            None if self.is_empty() => {
                return Err(nothing("no targets given", Some("name them, or an inventory: -i FILE")));
            }
            None => {
                let mut all = Combined::default();
                all.push(Join::And, Arc::new(Known::all(&self.model)));
                all
            }
        };
        let condition = selector.condition.as_deref().map(|text| Condition::parse(text, self)).transpose();
        let condition = condition.map_err(SelectError::Condition)?;
        let exclude = selector.exclude.as_deref().map(|text| Exclude::parse(text, &self.model)).transpose();
        let exclude = exclude.map_err(SelectError::Exclude)?;
        let chosen = |most_hash| Chosen {
            model: Arc::clone(&self.model),
            names: names.clone(),
            exclude: exclude.clone(),
            condition: condition.clone(),
            most_hash,
            count: OnceLock::new(),
        };
        let mut selection = Selection { chosen: Arc::new(chosen(None)) };
        if selection.hosts().next().is_none() {
            return Err(selector.nothing_left(&selection));
        }
        if let Some(sample) = selector.sample {
            let most_hash = sample.most_hash(selection.hosts().map(|host| sample::hash(host.name())));
            selection = Selection { chosen: Arc::new(chosen(Some(most_hash))) };
        }
        Ok(selection)
    }
}

/// The names that an expression stands for, whatever they are.
pub(super) fn expand(model: &Arc<Model>, text: &str) -> Result<Combined, TargetError> {
    resolve::expression(model, &Expression::parse(text)?, Unknown::Ignored)
}

impl Selector {
    fn nothing_left(&self, selection: &Selection) -> SelectError {
        let chosen = &selection.chosen;
        let named = chosen.names.next(&mut Cursor::default(), &mut String::new());
        match (named, self.condition.is_some(), self.exclude.is_some()) {
            (false, _, _) => nothing("no host is meant", Some("`wigwag inventory list` shows all hosts")),
            (true, true, true) => nothing("no host is left: the condition holds for none, or all are excluded", None),
            (true, true, false) => nothing("the condition holds for no host", None),
            (true, false, _) => nothing("all hosts are excluded", None),
        }
    }
}

fn nothing(message: &str, help: Option<&str>) -> SelectError {
    SelectError::Nothing { message: message.to_owned(), help: help.map(str::to_owned) }
}

impl Selection {
    /// The hosts, one at a time.
    pub fn hosts(&self) -> Hosts {
        Hosts {
            chosen: Arc::clone(&self.chosen),
            cursor: Cursor::default(),
            name: String::new(),
            walk: Walk::default(),
        }
    }

    /// How many hosts there are. Counts them when it is asked for the first time.
    pub fn count(&self) -> u64 {
        *self.chosen.count.get_or_init(|| {
            let mut hosts = self.hosts();
            let mut count = 0;
            while hosts.step() {
                count += 1;
            }
            count
        })
    }

    /// Whether this host is one of them.
    pub fn contains(&self, name: &str) -> bool {
        self.chosen.names.contains(name) && self.chosen.keeps(name, &mut Walk::default())
    }
}

impl fmt::Debug for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Selection").field("names", &self.chosen.names).finish_non_exhaustive()
    }
}

impl Chosen {
    /// Whether a name that is meant is left.
    fn keeps(&self, name: &str, walk: &mut Walk) -> bool {
        if self.most_hash.is_some_and(|most| sample::hash(name) > most) {
            return false;
        }
        if self.exclude.as_ref().is_some_and(|exclude| exclude.contains(name)) {
            return false;
        }
        let Some(condition) = &self.condition else { return true };
        condition.holds(&Host::new(&self.model, name, walk))
    }
}

/// The hosts of a selection, one at a time.
#[derive(Clone)]
pub struct Hosts {
    chosen: Arc<Chosen>,
    cursor: Cursor,
    name: String,
    walk: Walk,
}

impl Hosts {
    /// Goes to the next name; false at the end.
    fn step(&mut self) -> bool {
        while self.chosen.names.next(&mut self.cursor, &mut self.name) {
            if self.chosen.keeps(&self.name, &mut self.walk) {
                return true;
            }
        }
        false
    }
}

impl Iterator for Hosts {
    type Item = Host;

    fn next(&mut self) -> Option<Host> {
        self.step().then(|| Host::new(&self.chosen.model, self.name.as_str(), &mut self.walk))
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosts").field("at", &self.name).finish_non_exhaustive()
    }
}
