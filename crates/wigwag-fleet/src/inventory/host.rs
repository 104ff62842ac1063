//! One host, with all that is known of it.

use std::fmt;
use std::sync::Arc;

use wigwag_net::{Endpoint, EndpointError, Host as Address};

use super::lineage::{Lineage, Said};
use super::model::{HostEntry, Model, Strength};
use super::{Setting, Settings, Value};

/// One host, with all that is known of it. Cheap to make: what it shares with others is shared.
#[derive(Clone)]
pub struct Host {
    name: Box<str>,
    model: Arc<Model>,
    /// Its place among the hosts that are named one by one.
    place: Option<usize>,
    lineage: Arc<Lineage>,
    settings: Arc<Settings>,
}

/// Something that is set for a host, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// The key of the setting, or the name of the variable.
    pub key: String,
    /// Its value, as it may be shown.
    pub value: String,
    /// Who says so.
    pub origin: Origin,
}

/// Who says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The defaults of a file, or Ansible's group `all`.
    Defaults {
        /// The path of the file.
        file: String,
    },
    /// A group.
    Group {
        /// Its name.
        group: String,
        /// The path of the file.
        file: String,
    },
    /// The host itself.
    Host {
        /// The path of the file.
        file: String,
    },
    /// The name of the host, which has a port.
    Name,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defaults { file } => write!(f, "defaults, {file}"),
            Self::Group { group, file } => write!(f, "group {group}, {file}"),
            Self::Host { file } => write!(f, "host, {file}"),
            Self::Name => f.write_str("its name"),
        }
    }
}

impl Host {
    pub(crate) fn new(model: &Arc<Model>, name: impl Into<Box<str>>, walk: &mut Walk) -> Self {
        let name = name.into();
        let found = model.hosts.get_full(&*name);
        let (place, entry) = (found.map(|(place, ..)| place), found.map(|(.., entry)| entry));
        model.direct_groups(&name, entry, &mut walk.direct);
        let lineage = model.lineage(&walk.direct, &mut walk.last);
        let own = entry.map_or(0, |entry| entry.own.set);
        let settings = model.merged(&lineage, own);
        Self { name, model: Arc::clone(model), place, lineage, settings }
    }

    /// Its name: what an inventory calls it, or what was typed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name alone.
    pub fn into_name(self) -> Box<str> {
        self.name
    }

    /// What is set for it. Hosts with equal settings have the same one, by pointer.
    pub fn settings(&self) -> &Arc<Settings> {
        &self.settings
    }

    /// Where it is: its address if one is set, else its name; and its port, which is that of the host's own settings, of
    /// its name, of its groups, or `default_port`.
    ///
    /// # Errors
    ///
    /// The name is no host's, or there is no port.
    pub fn endpoint(&self, default_port: Option<u16>) -> Result<Endpoint, EndpointError> {
        let Some(address) = self.address() else {
            // What the name says comes between what the host says itself and all others.
            let own = self.own_port(Strength::Wigwag).map(|(port, _)| port);
            let others = || self.others_port().map(|(port, _)| port).or(default_port);
            let named = Endpoint::parse(&self.name, own.or_else(others))?;
            return Ok(Endpoint { port: own.unwrap_or(named.port), ..named });
        };
        match self.port().or(default_port) {
            Some(port) => Ok(Endpoint::new(address.clone(), port)),
            None => Err(EndpointError::NoPort { host: address.to_string() }),
        }
    }

    /// Its address, where that is not its name.
    pub fn address(&self) -> Option<&Address> {
        self.address_and_origin().map(|(address, _)| address)
    }

    /// Its port, where one is set.
    pub fn port(&self) -> Option<u16> {
        self.port_and_origin().map(|(port, _)| port)
    }

    /// Whether its port is one that only Ansible's variables name; often it is that of ssh.
    pub fn port_is_ansibles(&self) -> bool {
        let own = self.entry().and_then(|entry| entry.port.as_ref()).map(|given| given.strength);
        let groups = self.lineage.find(Strength::Wigwag, port_of).is_some();
        match self.port_and_origin() {
            None | Some((_, From::Name)) => false,
            Some((_, From::Host(_))) => own == Some(Strength::Ansible),
            Some((_, From::Groups(_))) => !groups,
        }
    }

    /// The value of a variable.
    pub fn var(&self, name: &str) -> Option<&Value> {
        let key = self.model.keys.get_index_of(name)? as u32;
        let own = self.entry().and_then(|entry| entry.own.vars.iter().find(|var| var.key == key));
        let var = own.or_else(|| self.lineage.vars.get(&key).map(|(var, _)| var))?;
        self.model.value(var.value)
    }

    /// All variables, sorted by their names.
    pub fn vars(&self) -> Vec<(&str, &Value)> {
        let own = self.entry().map(|entry| entry.own.vars.as_slice()).unwrap_or_default();
        let inherited = self.lineage.vars.values().map(|(var, _)| var);
        let inherited = inherited.filter(|var| own.iter().all(|other| other.key != var.key));
        let mut vars: Vec<(&str, &Value)> = own
            .iter()
            .chain(inherited)
            .filter_map(|var| Some((self.model.key(var), self.model.value(var.value)?)))
            .collect();
        vars.sort_unstable_by_key(|(key, _)| *key);
        vars
    }

    /// All groups that it is in: those above first.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.lineage.groups.iter().map(|group| self.model.group_name(*group))
    }

    /// Whether an inventory names it.
    pub fn is_known(&self) -> bool {
        self.model.knows(&self.name)
    }

    /// Every setting, and who says so.
    pub fn explained_settings(&self) -> Vec<Explained> {
        let mut explained = Vec::new();
        if let Some((address, from)) = self.address_and_origin() {
            explained.push(Explained {
                key: "address".to_owned(),
                value: address.to_string(),
                origin: self.origin(from),
            });
        }
        if let Some((port, from)) = self.port_and_origin() {
            explained.push(Explained { key: "port".to_owned(), value: port.to_string(), origin: self.origin(from) });
        }
        let own: Vec<_> = self.entry().map(|entry| self.model.set(entry.own.set).collect()).unwrap_or_default();
        let inherited = self.lineage.settings.iter();
        let inherited =
            inherited.filter(|(setting, _)| own.iter().all(|(other, _)| !other.is_about_the_same_as(setting)));
        let mut others: Vec<(&Setting, From)> =
            inherited.map(|(setting, said)| (setting, From::Groups(*said))).collect();
        others.extend(own.iter().map(|(setting, file)| (setting, From::Host(*file))));
        others.retain(|(setting, _)| {
            let (address, port) = (address_of(setting, Strength::Wigwag), port_of(setting, Strength::Wigwag));
            let ansibles = matches!(setting, Setting::AnsibleHost(_) | Setting::AnsiblePort(_));
            address.is_none() && port.is_none() && !ansibles
        });
        others.sort_by_key(|(setting, _)| setting.key());
        explained.extend(others.into_iter().map(|(setting, from)| Explained {
            key: setting.key(),
            value: setting.to_string(),
            origin: self.origin(from),
        }));
        explained
    }

    /// Every variable, and who says so, sorted by name.
    pub fn explained_vars(&self) -> Vec<Explained> {
        let explained = |(name, value): (&str, &Value)| {
            let key = self.model.keys.get_index_of(name).unwrap_or_default() as u32;
            let own = self.entry().and_then(|entry| entry.own.vars.iter().find(|var| var.key == key));
            let inherited = || self.lineage.vars.get(&key).map(|(_, said)| From::Groups(*said));
            let from = own.map(|var| From::Host(var.file)).or_else(inherited).unwrap_or(From::Name);
            Explained { key: name.to_owned(), value: value.to_string(), origin: self.origin(from) }
        };
        self.vars().into_iter().map(explained).collect()
    }

    fn entry(&self) -> Option<&HostEntry> {
        self.model.hosts.get_index(self.place?).map(|(_, entry)| entry)
    }

    fn address_and_origin(&self) -> Option<(&Address, From)> {
        let own = |strength| {
            let given = self.entry()?.address.as_ref().filter(|given| given.strength == strength)?;
            Some((&*given.value, From::Host(given.file)))
        };
        let groups = |strength| {
            let mut settings = self.lineage.settings.iter();
            settings.find_map(|(setting, said)| Some((address_of(setting, strength)?, From::Groups(*said))))
        };
        own(Strength::Wigwag)
            .or_else(|| groups(Strength::Wigwag))
            .or_else(|| own(Strength::Ansible))
            .or_else(|| groups(Strength::Ansible))
    }

    fn port_and_origin(&self) -> Option<(u16, From)> {
        let of_name = || Some((port_in(&self.name)?, From::Name));
        self.own_port(Strength::Wigwag).or_else(of_name).or_else(|| self.others_port())
    }

    fn own_port(&self, strength: Strength) -> Option<(u16, From)> {
        let given = self.entry()?.port.filter(|given| given.strength == strength)?;
        Some((given.value, From::Host(given.file)))
    }

    /// What is said of its port by those that a name with a port overrules.
    fn others_port(&self) -> Option<(u16, From)> {
        let groups = |strength| self.lineage.find(strength, port_of).map(|(port, said)| (port, From::Groups(said)));
        groups(Strength::Wigwag).or_else(|| self.own_port(Strength::Ansible)).or_else(|| groups(Strength::Ansible))
    }

    fn origin(&self, from: From) -> Origin {
        let file = |file: u16| self.model.files.get(usize::from(file)).map(|path| path.display().to_string());
        let file = |place| file(place).unwrap_or_default();
        match from {
            From::Name => Origin::Name,
            From::Host(place) => Origin::Host { file: file(place) },
            From::Groups(Said { group: None, file: place }) => Origin::Defaults { file: file(place) },
            From::Groups(Said { group: Some(group), file: place }) => {
                Origin::Group { group: self.model.group_name(group).to_owned(), file: file(place) }
            }
        }
    }
}

/// What is remembered from host to host.
#[derive(Debug, Clone, Default)]
pub(crate) struct Walk {
    direct: Vec<u32>,
    last: Option<Arc<Lineage>>,
}

/// Who says something, by places.
#[derive(Debug, Clone, Copy)]
enum From {
    Name,
    Host(u16),
    Groups(Said),
}

fn address_of(setting: &Setting, strength: Strength) -> Option<&Address> {
    match (setting, strength) {
        (Setting::Address(host), Strength::Wigwag) | (Setting::AnsibleHost(host), Strength::Ansible) => Some(host),
        _ => None,
    }
}

fn port_of(setting: &Setting, strength: Strength) -> Option<u16> {
    match (setting, strength) {
        (Setting::Port(port), Strength::Wigwag) | (Setting::AnsiblePort(port), Strength::Ansible) => Some(*port),
        _ => None,
    }
}

/// The port in a name such as `press-7:9101`.
fn port_in(name: &str) -> Option<u16> {
    // Most have none.
    if !name.contains(':') {
        return None;
    }
    Endpoint::parse(name, None).ok().map(|endpoint| endpoint.port)
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host").field("name", &self.name).field("settings", &self.settings).finish_non_exhaustive()
    }
}
