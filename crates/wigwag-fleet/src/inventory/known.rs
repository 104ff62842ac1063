//! The hosts of inventories as sets of names.

use std::sync::Arc;

use super::host::{Host, Walk};
use super::model::{Declared, GroupId, Model};
use crate::targets::{Cursor, Listed, Names, Wildcard};

/// The hosts of some groups, or of all inventories, in the order in which they were first named.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    model: Arc<Model>,
    which: Which,
}

/// Which hosts are meant.
#[derive(Debug, Clone)]
enum Which {
    All,
    /// Those that no group names.
    Ungrouped,
    /// For each group whether its hosts are meant.
    Groups(Box<[bool]>),
}

impl Known {
    /// All hosts.
    pub(crate) fn all(model: &Arc<Model>) -> Self {
        Self { model: Arc::clone(model), which: Which::All }
    }

    /// The hosts of these groups and of all groups in them.
    pub(crate) fn of_groups(model: &Arc<Model>, groups: impl IntoIterator<Item = GroupId>) -> Self {
        Self { model: Arc::clone(model), which: Which::Groups(model.with_children(groups).into()) }
    }

    /// The hosts that this group names itself; without one, those that no group names.
    pub(crate) fn direct(model: &Arc<Model>, group: Option<GroupId>) -> Self {
        let which = match group {
            None => Which::Ungrouped,
            Some(group) => Which::Groups((0..model.groups.len()).map(|place| place == group as usize).collect()),
        };
        Self { model: Arc::clone(model), which }
    }

    /// Whether a host that these groups name is meant.
    fn has_any(&self, groups: &[GroupId]) -> bool {
        match &self.which {
            Which::All => true,
            Which::Ungrouped => groups.is_empty(),
            Which::Groups(chosen) => groups.iter().any(|group| chosen.get(*group as usize) == Some(&true)),
        }
    }

    fn has_item(&self, item: usize) -> bool {
        match self.model.listed_in.get(item) {
            Some((Some(group), _)) => self.has_any(&[*group]),
            Some((None, _)) => self.has_any(&[]),
            None => false,
        }
    }

    fn is_in_a_group(&self, name: &str) -> bool {
        let mut groups = Vec::new();
        self.model.direct_groups(name, self.model.hosts.get(name), &mut groups);
        !groups.is_empty()
    }

    /// Whether something that was named before the place `rank` has this name, too.
    fn was_before(&self, name: &str, rank: usize) -> bool {
        let entry = self.model.hosts.get(name).filter(|entry| self.has_any(&entry.groups));
        if entry.is_some_and(|entry| (entry.rank as usize) < rank) {
            return true;
        }
        let mut was = false;
        self.model.listed.each_with(name, |item| {
            let before = self.model.listed_in.get(item).is_some_and(|(_, other)| (*other as usize) < rank);
            was |= before && self.has_item(item);
        });
        was
    }
}

impl Names for Known {
    fn contains(&self, name: &str) -> bool {
        let mut contains = self.model.hosts.get(name).is_some_and(|entry| self.has_any(&entry.groups));
        if !contains {
            self.model.listed.each_with(name, |item| contains |= self.has_item(item));
        }
        contains
    }

    fn next(&self, cursor: &mut Cursor, name: &mut String) -> bool {
        let has_ranges = !self.model.listed.items().is_empty();
        while let Some(declared) = self.model.declared.get(cursor.item) {
            name.clear();
            let rank = cursor.item;
            let is_one = match declared {
                Declared::Host(host) => {
                    cursor.item += 1;
                    let entry =
                        self.model.hosts.get_index(*host as usize).filter(|(_, entry)| self.has_any(&entry.groups));
                    name.push_str(entry.map(|(name, _)| &**name).unwrap_or_default());
                    entry.is_some()
                }
                Declared::Item(item) => {
                    let item = *item as usize;
                    let names = self.model.listed.items().get(item).filter(|_| self.has_item(item));
                    match names.filter(|names| cursor.place < names.count()) {
                        Some(names) => {
                            names.write(cursor.place, name);
                            cursor.place += 1;
                            true
                        }
                        None => {
                            *cursor = Cursor { item: cursor.item + 1, place: 0, ..*cursor };
                            false
                        }
                    }
                }
            };
            // Who has a name of its own may be in a group by a range.
            let is_meant = is_one && !(matches!(self.which, Which::Ungrouped) && self.is_in_a_group(name));
            if is_meant && !(has_ranges && self.was_before(name, rank)) {
                return true;
            }
        }
        false
    }
}

/// Those hosts of inventories whose name fits.
#[derive(Debug)]
pub(crate) struct Fitting {
    pub(crate) known: Known,
    pub(crate) wildcard: Wildcard,
}

impl Names for Fitting {
    fn contains(&self, name: &str) -> bool {
        self.wildcard.matches(name) && self.known.contains(name)
    }

    fn next(&self, cursor: &mut Cursor, name: &mut String) -> bool {
        while self.known.next(cursor, name) {
            if self.wildcard.matches(name) {
                return true;
            }
        }
        false
    }
}

/// Names of which some are addresses: they mean, too, the hosts that an inventory has at these addresses. Only to take
/// hosts out, or to keep them: who excludes 10.4.0.7 does not ask what the device there is called.
#[derive(Debug)]
pub(crate) struct At {
    pub(crate) model: Arc<Model>,
    pub(crate) listed: Listed,
}

impl Names for At {
    fn contains(&self, name: &str) -> bool {
        if self.listed.contains(name) {
            return true;
        }
        if self.model.is_empty() {
            return false;
        }
        let host = Host::new(&self.model, name, &mut Walk::default());
        let Some(address) = host.address() else { return false };
        let at_port = || host.endpoint(None).is_ok_and(|endpoint| self.listed.contains(&endpoint.to_string()));
        self.listed.contains(&address.to_string()) || at_port()
    }

    fn next(&self, cursor: &mut Cursor, name: &mut String) -> bool {
        self.listed.next(cursor, name)
    }
}
