//! What inventories say, as it is kept: every text once, every host in a few words.

use std::path::PathBuf;
use std::sync::Mutex;

use foldhash::fast::RandomState;
use indexmap::{IndexMap, IndexSet};
use wigwag_net::Host as Address;

use super::lineage::Lineages;
use super::{Setting, Value};
use crate::targets::Listed;

/// Everything that was read.
///
/// A host that only a range or a network names is kept nowhere: `listed` computes that it is there and in which group.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) files: Vec<PathBuf>,
    /// The names of variables.
    pub(crate) keys: Set<Box<str>>,
    pub(crate) values: Set<Value>,
    /// Settings, each with the file that says it.
    pub(crate) settings: Set<(Setting, FileId)>,
    /// What hosts, groups and the defaults set themselves: lists of places in `settings`.
    pub(crate) sets: Set<Box<[u32]>>,
    pub(crate) defaults: Own,
    pub(crate) groups: Map<Box<str>, Group>,
    /// Hosts that are named one by one.
    pub(crate) hosts: Map<Box<str>, HostEntry>,
    /// Ranges and networks.
    pub(crate) listed: Listed,
    /// The group of each range and network, and its place in `declared`.
    pub(crate) listed_in: Vec<(Option<GroupId>, u32)>,
    /// Hosts, ranges and networks in the order in which they were first named.
    pub(crate) declared: Vec<Declared>,
    /// Variables of Ansible that only Ansible could fill in: whose, and which.
    pub(crate) templates: Vec<(Box<str>, Box<str>)>,
    pub(crate) lineages: Mutex<Lineages>,
}

type Map<K, V> = IndexMap<K, V, RandomState>;
type Set<K> = IndexSet<K, RandomState>;

/// A place in `files`.
pub(crate) type FileId = u16;

/// A place in `groups`.
pub(crate) type GroupId = u32;

/// What is said of something itself: its settings, a place in `sets` (0 is the empty one), and its variables.
#[derive(Debug, Clone, Default)]
pub(crate) struct Own {
    pub(crate) set: u32,
    pub(crate) vars: Vec<Var>,
}

/// A variable: its name and its value, by their places, and the file that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Var {
    pub(crate) key: u32,
    pub(crate) value: u32,
    pub(crate) file: FileId,
}

#[derive(Debug, Default)]
pub(crate) struct Group {
    pub(crate) own: Own,
    pub(crate) children: Vec<GroupId>,
    pub(crate) parents: Vec<GroupId>,
    /// Whether a file has it, and not only names it as a child.
    pub(crate) is_declared: bool,
    /// How many hosts, ranges and networks it names itself.
    pub(crate) members: usize,
    /// How many groups stand above it, on the longest way.
    pub(crate) level: u32,
}

/// A host that is named by itself.
#[derive(Debug)]
pub(crate) struct HostEntry {
    /// Its place in `declared`.
    pub(crate) rank: u32,
    /// The groups that name it themselves.
    pub(crate) groups: Vec<GroupId>,
    pub(crate) own: Own,
    // Most hosts have an address of their own, and no two the same: these are not worth sharing.
    pub(crate) address: Option<Given<Box<Address>>>,
    pub(crate) port: Option<Given<u16>>,
}

/// Something that a host has for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given<T> {
    pub(crate) value: T,
    pub(crate) file: FileId,
    pub(crate) strength: Strength,
}

/// Whose word it is. Ansible's counts only where Wigwag's own says nothing, on any level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Strength {
    Ansible,
    Wigwag,
}

/// What was named.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Declared {
    /// A place in `hosts`.
    Host(u32),
    /// A place in `listed`.
    Item(u32),
}

impl Model {
    /// Whether nothing was read: then every name is asked of the resolver.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether an inventory names this host.
    pub(crate) fn knows(&self, name: &str) -> bool {
        use crate::targets::Names as _;
        self.hosts.contains_key(name) || self.listed.contains(name)
    }

    /// Collects the groups that name this host themselves, each once, in the order of their places. `entry` is what it
    /// has for itself.
    pub(crate) fn direct_groups(&self, name: &str, entry: Option<&HostEntry>, groups: &mut Vec<GroupId>) {
        groups.clear();
        groups.extend_from_slice(entry.map(|entry| entry.groups.as_slice()).unwrap_or_default());
        self.listed.each_with(name, |item| {
            groups.extend(self.listed_in.get(item).and_then(|(group, _)| *group));
        });
        groups.sort_unstable();
        groups.dedup();
    }

    /// These groups and all in them.
    pub(crate) fn with_children(&self, groups: impl IntoIterator<Item = GroupId>) -> Vec<bool> {
        let mut chosen = vec![false; self.groups.len()];
        let mut open: Vec<GroupId> = groups.into_iter().collect();
        while let Some(group) = open.pop() {
            match chosen.get_mut(group as usize) {
                Some(chosen) if !*chosen => *chosen = true,
                Some(_) | None => continue,
            }
            open.extend(self.group(group).map(|group| group.children.as_slice()).unwrap_or_default());
        }
        chosen
    }

    pub(crate) fn group(&self, group: GroupId) -> Option<&Group> {
        self.groups.get_index(group as usize).map(|(_, group)| group)
    }

    pub(crate) fn group_name(&self, group: GroupId) -> &str {
        self.groups.get_index(group as usize).map(|(name, _)| &**name).unwrap_or_default()
    }

    pub(crate) fn key(&self, var: &Var) -> &str {
        self.keys.get_index(var.key as usize).map(|key| &**key).unwrap_or_default()
    }

    pub(crate) fn value(&self, value: u32) -> Option<&Value> {
        self.values.get_index(value as usize)
    }

    /// The settings that a place in `sets` stands for.
    pub(crate) fn set(&self, set: u32) -> impl Iterator<Item = &(Setting, FileId)> {
        let places = self.sets.get_index(set as usize).map(|set| &**set).unwrap_or_default();
        places.iter().filter_map(|place| self.settings.get_index(*place as usize))
    }
}
