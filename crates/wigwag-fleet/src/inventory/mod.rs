//! What is known of hosts: groups, settings, variables; read from what people have already.
//!
//! [`Inventory::read`] reads files of any format in `format/`. [`Inventory::select`] answers which hosts are meant and
//! gives them one at a time, each with what its groups and itself say of it, the nearer word over the farther one:
//! defaults, then groups from the outer to the inner ones (of equals the later), then the host.
//!
//! | file | what it is |
//! |---|---|
//! | `format/` | one file for each format, and how it is told which one a file has |
//! | `builder`, `model` | what the formats build, and how it is kept |
//! | `setting`, `settings`, `value` | what can be said of a host |
//! | `lineage` | what the groups of a host say together |
//! | `known`, `host` | hosts as sets of names, and one by one |
//! | `select/`, `condition/` | which hosts are meant |
//! | `findings` | what is odd in an inventory |

mod builder;
mod condition;
mod error;
mod findings;
mod format;
mod host;
mod known;
mod lineage;
mod model;
mod select;
mod setting;
mod settings;
mod value;

use std::path::Path;
use std::sync::Arc;

pub use error::{InventoryError, SelectError};
pub use findings::{Finding, World};
pub use format::{Format, MOST_BYTES};
pub use host::{Explained, Host, Origin};
pub use select::{Hosts, Sample, Selection, Selector};
pub use setting::{KEYS, SecretSource, Setting};
pub use settings::Settings;
pub use value::Value;

use builder::Builder;
use host::Walk;
use known::Known;
use model::Model;

use crate::targets::{Combined, Names as _, TargetError};

/// What is known of hosts. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    model: Arc<Model>,
}

/// A group, as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Group<'a> {
    model: &'a Arc<Model>,
    place: u32,
}

/// Finds hosts of an inventory by their names, and remembers from one to the next what they mostly have in common.
#[derive(Debug, Clone)]
pub struct Finder {
    model: Arc<Model>,
    walk: Walk,
}

impl Finder {
    /// As [`Inventory::host`].
    pub fn host(&mut self, name: impl Into<Box<str>>) -> Host {
        Host::new(&self.model, name, &mut self.walk)
    }
}

impl Inventory {
    /// Reads these files, in whatever formats they are; of several the later wins, key by key. `-` is standard input, which
    /// can be read once.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is no inventory.
    pub fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Self, InventoryError> {
        let mut builder = Builder::new();
        for path in paths {
            format::read(path.as_ref(), &mut builder)?;
        }
        Ok(Self { model: Arc::new(builder.finish()) })
    }

    /// Reads one text of a format that is known, as if it were this file.
    ///
    /// # Errors
    ///
    /// It is no inventory of this format.
    pub fn parse(text: &str, format: Format, path: &Path) -> Result<Self, InventoryError> {
        let mut builder = Builder::new();
        format::parse(text, format, path, &mut builder)?;
        Ok(Self { model: Arc::new(builder.finish()) })
    }

    /// Whether no file was read.
    pub fn is_empty(&self) -> bool {
        self.model.is_empty()
    }

    /// What is known of the host of this name; of one that no file names, the defaults.
    pub fn host(&self, name: &str) -> Host {
        self.finder().host(name)
    }

    /// For many hosts, one after the other.
    pub fn finder(&self) -> Finder {
        Finder { model: Arc::clone(&self.model), walk: Walk::default() }
    }

    /// Whether a file names this host.
    pub fn knows(&self, name: &str) -> bool {
        self.model.knows(name)
    }

    /// The names that an expression stands for, whatever they are: what is no host, or no inventory has, too.
    ///
    /// # Errors
    ///
    /// It means nothing, or asks for a group that no inventory has.
    pub fn expand(&self, targets: &str) -> Result<Combined, TargetError> {
        select::expand(&self.model, targets)
    }

    /// The hosts that are in no group.
    pub fn ungrouped(&self) -> Vec<String> {
        Known::direct(&self.model, None).iter().collect()
    }

    /// All groups, in the order in which they were first named.
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        (0..self.model.groups.len() as u32).map(|place| Group { model: &self.model, place })
    }

    /// The names of all variables, in the order in which they were first named.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.model.keys.iter().map(|key| &**key)
    }
}

impl<'a> Group<'a> {
    /// Its name.
    pub fn name(self) -> &'a str {
        self.model.group_name(self.place)
    }

    /// The groups in it, in their order.
    pub fn children(self) -> impl Iterator<Item = Group<'a>> {
        let children = self.model.group(self.place).map(|group| group.children.as_slice()).unwrap_or_default();
        children.iter().map(move |place| Group { model: self.model, place: *place })
    }

    /// The hosts that it names itself, not those of the groups in it.
    pub fn own_hosts(self) -> Vec<String> {
        Known::direct(self.model, Some(self.place)).iter().collect()
    }

    /// Whether no other group has it in it.
    pub fn is_outermost(self) -> bool {
        self.model.group(self.place).is_some_and(|group| group.parents.is_empty())
    }
}
