//! What the readers of all formats build.

use std::mem;
use std::path::{Path, PathBuf};

use indexmap::map::raw_entry_v1::{RawEntryApiV1, RawEntryMut};
use wigwag_net::Host as Address;

use super::Value;
use super::model::{Declared, FileId, Given, GroupId, HostEntry, Model, Own, Strength, Var};
use super::setting::{self, Setting, SettingError};
use crate::targets::Item;

/// An inventory while it is read, file after file. What a later file says of the same thing wins, key by key.
#[derive(Debug)]
pub(crate) struct Builder {
    model: Model,
    file: FileId,
    /// What paths in settings are relative to.
    folder: PathBuf,
    /// What was set last to what: a table sets the same for one host after the other.
    last: Option<Step>,
}

/// A set of settings, one more setting, and the set that came of it.
#[derive(Debug)]
struct Step {
    before: u32,
    setting: Setting,
    file: FileId,
    after: u32,
}

/// Whose setting or variable it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Everybody's who has none.
    Defaults,
    Group(GroupId),
    /// A place in `hosts`.
    Host(u32),
}

/// More hosts in one inventory than this are not counted any more.
const MOST_HOSTS: usize = u32::MAX as usize;

impl Builder {
    pub(crate) fn new() -> Self {
        let mut model = Model::default();
        // Its place, 0, stands for "nothing set".
        model.sets.insert(Box::new([]));
        Self { model, file: 0, folder: PathBuf::new(), last: None }
    }

    /// What follows is from this file.
    pub(crate) fn begin(&mut self, path: &Path) {
        self.file = FileId::try_from(self.model.files.len()).unwrap_or(FileId::MAX);
        self.model.files.push(path.to_owned());
        self.folder = path.parent().map(Path::to_owned).unwrap_or_default();
    }

    /// At most so many hosts follow: room for them is made once, not each time that it becomes too little.
    pub(crate) fn expect_hosts(&mut self, most: usize) {
        self.model.hosts.reserve(most);
        self.model.declared.reserve(most);
    }

    /// The group of this name; made if there is none yet. `all` is everybody, and so are its settings the defaults.
    pub(crate) fn group(&mut self, name: &str) -> Owner {
        if name == ALL {
            return Owner::Defaults;
        }
        let group = self.group_named(name);
        if let Some((_, group)) = self.model.groups.get_index_mut(group as usize) {
            group.is_declared = true;
        }
        Owner::Group(group)
    }

    fn group_named(&mut self, name: &str) -> GroupId {
        let entry = self.model.groups.entry(name.into());
        let place = entry.index();
        entry.or_default();
        place as GroupId
    }

    /// The group `child` is in the group `parent`. It need not be declared: that is a finding, not an error.
    ///
    /// # Errors
    ///
    /// One line, if the parent is already in the child.
    pub(crate) fn child(&mut self, parent: Owner, child: &str) -> Result<(), String> {
        // Everything is in `all`, and nothing is above it.
        let Owner::Group(parent) = parent else {
            self.group_named(child);
            return Ok(());
        };
        if child == ALL {
            return Err(format!("`{ALL}` holds every group and cannot be in one"));
        }
        let child = self.group_named(child);
        if self.model.with_children([child]).get(parent as usize) == Some(&true) {
            let (parent, child) = (self.model.group_name(parent), self.model.group_name(child));
            return Err(match parent == child {
                true => format!("the group `{parent}` would be in itself"),
                false => format!("the groups `{parent}` and `{child}` would be in one another"),
            });
        }
        if let Some((_, group)) = self.model.groups.get_index_mut(parent as usize)
            && !group.children.contains(&child)
        {
            group.children.push(child);
        }
        if let Some((_, group)) = self.model.groups.get_index_mut(child as usize)
            && !group.parents.contains(&parent)
        {
            group.parents.push(parent);
        }
        Ok(())
    }

    /// Hosts of a group: a name, names with ranges, or a network.
    ///
    /// # Errors
    ///
    /// One line, if it cannot be a name.
    pub(crate) fn hosts(&mut self, group: Owner, item: Item) -> Result<(), String> {
        let name = match &item {
            Item::Pattern(pattern) => pattern.as_name(),
            Item::Network(_) => None,
        };
        if let Some(name) = name {
            return self.host_in(group, name).map(drop);
        }
        // Names of one range differ in their digits only.
        let mut first = String::new();
        item.write(0, &mut first);
        check_name(&first)?;
        let rank = self.model.declared.len() as u32;
        let place = self.model.listed.push(item);
        self.model.declared.push(Declared::Item(place as u32));
        let group = match group {
            Owner::Group(group) => Some(group),
            Owner::Defaults | Owner::Host(_) => None,
        };
        self.model.listed_in.push((group, rank));
        self.count_member(group);
        Ok(())
    }

    /// The host of this name, in this group if it is one.
    ///
    /// # Errors
    ///
    /// One line, if it cannot be a name.
    pub(crate) fn host_in(&mut self, group: Owner, name: &str) -> Result<Owner, String> {
        let host = self.host(name)?;
        let (Owner::Group(group), Owner::Host(place)) = (group, host) else { return Ok(host) };
        if let Some((_, entry)) = self.model.hosts.get_index_mut(place as usize)
            && !entry.groups.contains(&group)
        {
            // Nearly all are in one group.
            entry.groups.reserve_exact(1);
            entry.groups.push(group);
            self.count_member(Some(group));
        }
        Ok(host)
    }

    /// The host of this name; made if there is none yet.
    ///
    /// # Errors
    ///
    /// One line, if it cannot be a name.
    pub(crate) fn host(&mut self, name: &str) -> Result<Owner, String> {
        match self.model.hosts.raw_entry_mut_v1().from_key(name) {
            RawEntryMut::Occupied(entry) => Ok(Owner::Host(entry.index() as u32)),
            RawEntryMut::Vacant(entry) => {
                check_name(name)?;
                let (place, rank) = (entry.index(), self.model.declared.len() as u32);
                if place >= MOST_HOSTS {
                    return Err("this is one host too many".to_owned());
                }
                let host = HostEntry { rank, groups: Vec::new(), own: Own::default(), address: None, port: None };
                entry.insert(name.into(), host);
                self.model.declared.push(Declared::Host(place as u32));
                Ok(Owner::Host(place as u32))
            }
        }
    }

    fn count_member(&mut self, group: Option<GroupId>) {
        let group = group.and_then(|group| self.model.groups.get_index_mut(group as usize));
        if let Some((_, group)) = group {
            group.members += 1;
        }
    }

    /// Takes a setting.
    ///
    /// # Errors
    ///
    /// There is no such key, or the value does not fit.
    pub(crate) fn set(&mut self, owner: Owner, key: &str, value: &Value) -> Result<(), SettingError> {
        let setting = Setting::parse(key, value, &self.folder)?;
        self.put(owner, setting);
        Ok(())
    }

    /// Takes a variable, which is a setting if it is called `wigwag_...`.
    ///
    /// # Errors
    ///
    /// There is no such setting, or its value does not fit.
    pub(crate) fn variable(&mut self, owner: Owner, key: &str, value: Value) -> Result<(), SettingError> {
        let Some(key) = key.strip_prefix("wigwag_") else {
            self.var(owner, key, value);
            return Ok(());
        };
        // Names of variables have no dots.
        match key.strip_prefix("secret_") {
            Some(name) => self.set(owner, &format!("secret.{name}"), &value),
            None => self.set(owner, key, &value),
        }
    }

    /// Takes a variable as Ansible means it: `ansible_host` and `ansible_port` say where the device is, unless a setting
    /// of our own does.
    ///
    /// # Errors
    ///
    /// As [`variable`](Self::variable), and an address or a port that is none.
    pub(crate) fn ansible_variable(&mut self, owner: Owner, key: &str, value: Value) -> Result<(), SettingError> {
        let wrong = |message: String| SettingError::Value { message: format!("{key}: {message}"), help: None };
        let is_template = value.to_string().contains("{{");
        match key {
            "ansible_host" | "ansible_port" if is_template => {
                let whose = self.name_of(owner).into();
                self.model.templates.push((whose, key.into()));
            }
            "ansible_host" => {
                let address = setting::address(value.to_string().trim()).map_err(wrong)?;
                self.put(owner, Setting::AnsibleHost(address));
            }
            "ansible_port" => {
                let port = setting::port(&value).map_err(wrong)?;
                self.put(owner, Setting::AnsiblePort(port));
            }
            _ => {}
        }
        self.variable(owner, key, value)
    }

    fn name_of(&self, owner: Owner) -> &str {
        match owner {
            Owner::Defaults => ALL,
            Owner::Group(group) => self.model.group_name(group),
            Owner::Host(place) => {
                self.model.hosts.get_index(place as usize).map(|(name, _)| &**name).unwrap_or_default()
            }
        }
    }

    fn put(&mut self, owner: Owner, setting: Setting) {
        let file = self.file;
        if let Owner::Host(place) = owner
            && let Some((_, entry)) = self.model.hosts.get_index_mut(place as usize)
        {
            match setting {
                Setting::Address(host) => return give(&mut entry.address, boxed(host), file, Strength::Wigwag),
                Setting::AnsibleHost(host) => return give(&mut entry.address, boxed(host), file, Strength::Ansible),
                Setting::Port(port) => return give(&mut entry.port, port, file, Strength::Wigwag),
                Setting::AnsiblePort(port) => return give(&mut entry.port, port, file, Strength::Ansible),
                _ => {}
            }
        }
        let Some(before) = self.own(owner).map(|own| own.set) else { return };
        let is_last = |step: &&Step| step.before == before && step.file == file && step.setting == setting;
        let after = match self.last.as_ref().filter(is_last) {
            Some(step) => step.after,
            None => {
                let after = self.with(before, &setting);
                self.last = Some(Step { before, setting, file, after });
                after
            }
        };
        if let Some(own) = self.own(owner) {
            own.set = after;
        }
    }

    /// The set of settings that has one more.
    fn with(&mut self, before: u32, setting: &Setting) -> u32 {
        let mut set: Vec<u32> = self.model.sets.get_index(before as usize).map(|set| set.to_vec()).unwrap_or_default();
        set.retain(|place| {
            let other = self.model.settings.get_index(*place as usize);
            !other.is_some_and(|(other, _)| other.is_about_the_same_as(setting))
        });
        set.push(self.model.settings.insert_full((setting.clone(), self.file)).0 as u32);
        self.model.sets.insert_full(set.into()).0 as u32
    }

    /// Takes a variable that is no setting, whatever it is called.
    pub(crate) fn var(&mut self, owner: Owner, key: &str, value: Value) {
        let key = match self.model.keys.get_index_of(key) {
            Some(key) => key,
            None => self.model.keys.insert_full(key.into()).0,
        };
        let value = self.model.values.insert_full(value).0;
        let var = Var { key: key as u32, value: value as u32, file: self.file };
        let Some(own) = self.own(owner) else { return };
        match own.vars.iter_mut().find(|other| other.key == var.key) {
            Some(other) => *other = var,
            None => own.vars.push(var),
        }
    }

    fn own(&mut self, owner: Owner) -> Option<&mut Own> {
        match owner {
            Owner::Defaults => Some(&mut self.model.defaults),
            Owner::Group(group) => self.model.groups.get_index_mut(group as usize).map(|(_, group)| &mut group.own),
            Owner::Host(host) => self.model.hosts.get_index_mut(host as usize).map(|(_, host)| &mut host.own),
        }
    }

    /// All that was read.
    pub(crate) fn finish(mut self) -> Model {
        let levels: Vec<u32> = (0..self.model.groups.len()).map(|group| level(&self.model, group)).collect();
        for (group, level) in self.model.groups.values_mut().zip(levels) {
            group.level = level;
        }
        for host in self.model.hosts.values_mut() {
            host.own.vars.shrink_to_fit();
        }
        self.model.hosts.shrink_to_fit();
        self.model.declared.shrink_to_fit();
        self.model.values.shrink_to_fit();
        mem::take(&mut self.model)
    }
}

/// The group that holds everybody.
pub(crate) const ALL: &str = "all";

fn boxed(host: Address) -> Box<Address> {
    Box::new(host)
}

/// The later word counts, unless the earlier one is stronger.
fn give<T>(slot: &mut Option<Given<T>>, value: T, file: FileId, strength: Strength) {
    if slot.as_ref().is_none_or(|before| before.strength <= strength) {
        *slot = Some(Given { value, file, strength });
    }
}

/// How many groups stand above this one, on the longest way. No group is in itself: `child` has seen to it.
fn level(model: &Model, group: usize) -> u32 {
    let mut level = 0;
    let mut above: Vec<GroupId> = vec![group as GroupId];
    loop {
        let mut next: Vec<GroupId> = above
            .iter()
            .filter_map(|group| model.group(*group))
            .flat_map(|group| group.parents.iter().copied())
            .collect();
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            return level;
        }
        above = next;
        level += 1;
    }
}

/// The longest name that is taken.
const LONGEST: usize = 1024;

/// Whether a host can have this name: written as a target it must be this one host.
fn check_name(name: &str) -> Result<(), String> {
    let foreign = |c: &char| c.is_whitespace() || c.is_control() || matches!(c, ',' | '!' | '&' | '^' | '*' | '?');
    match name.chars().find(foreign) {
        _ if name.is_empty() => Err("a host without a name".to_owned()),
        _ if name.len() > LONGEST => Err(format!("the name of a host has at most {LONGEST} bytes")),
        Some(c) => Err(format!("`{c}` cannot be part of the name of a host: it could not be written as a target")),
        None if name.starts_with('@') => {
            Err(format!("`{name}` would be a group; the name of a host does not begin with `@`"))
        }
        // Nothing else means more than itself.
        None if name.contains(['[', ']', '/']) => match Item::parse(name).map_err(|error| error.message)? {
            Item::Pattern(pattern) if pattern.as_name().is_some() => Ok(()),
            Item::Pattern(_) => Err(format!("`{name}` would be a range, which cannot be the name of one host")),
            Item::Network(_) => Err(format!("`{name}` would be a network, which cannot be the name of one host")),
        },
        None => Ok(()),
    }
}
