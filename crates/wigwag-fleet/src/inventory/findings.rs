//! What is odd in an inventory: nothing that keeps it from being read, but hardly meant.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use wigwag_net::Host as Address;
use wigwag_protocol::layout::nearest;

use super::{Inventory, Selection};
use crate::targets::fold;

/// Something odd. Hosts of one finding are folded. The texts quote the inventory: escape before printing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Several names of one device.
    SameDevice {
        /// Where it is; the port is missing where none is known.
        address: String,
        /// Its names, folded.
        hosts: String,
    },
    /// A name has no address.
    Unresolved {
        /// The hosts, folded.
        hosts: String,
        /// What the resolver said.
        reason: String,
    },
    /// A name cannot be a host, and no address is set for it.
    NoHost {
        /// The host.
        host: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A group in which there is nothing.
    EmptyGroup {
        /// Its name.
        group: String,
    },
    /// A group has a child that no file has.
    UnknownChild {
        /// The child.
        child: String,
        /// Who has it.
        parents: Vec<String>,
        /// The group that may be meant.
        near: Option<String>,
    },
    /// A protocol that does not exist.
    UnknownProtocol {
        /// Its name or path.
        protocol: String,
        /// Who speaks it, folded.
        hosts: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Hosts without a protocol, where others have one.
    NoProtocol {
        /// The hosts, folded.
        hosts: String,
    },
    /// The only port is that of Ansible, which often is that of ssh.
    AnsiblePort {
        /// The port.
        port: u16,
        /// The hosts, folded.
        hosts: String,
    },
    /// A variable that only Ansible could fill in.
    Template {
        /// The host or group that has it.
        whose: String,
        /// The variable.
        variable: String,
    },
}

/// What has to be asked outside of the inventory.
pub trait World {
    /// The port of a protocol, if it has one of its own.
    ///
    /// # Errors
    ///
    /// There is no such protocol: why.
    fn protocol(&self, name: &str) -> Result<Option<u16>, String>;

    /// The addresses of a name; none where nobody asked.
    ///
    /// # Errors
    ///
    /// The name has no address: what the resolver says.
    fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, String>;
}

impl Inventory {
    /// What is odd about these hosts and about all groups.
    pub fn check(&self, selection: &Selection, world: &impl World) -> Vec<Finding> {
        let mut findings = self.odd_groups();
        findings.extend(
            self.model.templates.iter().map(|(whose, variable)| Finding::Template {
                whose: whose.to_string(),
                variable: variable.to_string(),
            }),
        );
        findings.extend(Look::at(selection, world).findings());
        findings
    }

    /// The names that the resolver would be asked for, each once.
    pub fn names_to_resolve(&self, selection: &Selection) -> Vec<String> {
        let mut names: Vec<String> = selection
            .hosts()
            .filter_map(|host| match host.endpoint(Some(1)).ok()?.host {
                Address::Name(name) => Some(name),
                Address::Ip(_) => None,
            })
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn odd_groups(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (place, (name, group)) in (0_u32..).zip(&self.model.groups) {
            if !group.is_declared {
                let declared = self.model.groups.iter().filter(|(_, group)| group.is_declared);
                findings.push(Finding::UnknownChild {
                    child: name.to_string(),
                    parents: group.parents.iter().map(|parent| self.model.group_name(*parent).to_owned()).collect(),
                    near: nearest(name, declared.map(|(name, _)| &**name)).map(str::to_owned),
                });
                continue;
            }
            let within = self.model.with_children([place]);
            let is_empty = self.model.groups.values().zip(within).all(|(group, is_in)| !is_in || group.members == 0);
            if is_empty {
                findings.push(Finding::EmptyGroup { group: name.to_string() });
            }
        }
        findings
    }
}

/// What was seen of hosts.
#[derive(Default)]
struct Look {
    /// Who is where. The port is 0 where none is known.
    places: HashMap<(IpAddr, u16), Vec<String>>,
    unresolved: BTreeMap<String, Vec<String>>,
    no_host: Vec<(String, String)>,
    protocols: BTreeMap<String, Spoken>,
    no_protocol: Vec<String>,
    ansible_ports: BTreeMap<u16, Vec<String>>,
}

/// A protocol that hosts speak.
struct Spoken {
    hosts: Vec<String>,
    /// Its port, or what is wrong with it.
    known: Result<Option<u16>, String>,
}

impl Look {
    fn at(selection: &Selection, world: &impl World) -> Self {
        let mut look = Self::default();
        for host in selection.hosts() {
            let name = host.name().to_owned();
            let mut port = host.port();
            match &host.settings().protocol {
                None => look.no_protocol.push(name.clone()),
                Some(protocol) => {
                    let entry = look.protocols.entry(protocol.to_string());
                    let spoken = entry.or_insert_with(|| Spoken { hosts: Vec::new(), known: world.protocol(protocol) });
                    port = port.or(spoken.known.as_ref().ok().copied().flatten());
                    spoken.hosts.push(name.clone());
                }
            }
            if let Some(port) = host.port().filter(|_| host.port_is_ansibles()) {
                look.ansible_ports.entry(port).or_default().push(name.clone());
            }
            let addresses = match host.endpoint(Some(1)).map(|endpoint| endpoint.host) {
                Ok(Address::Ip(address)) => vec![address],
                Ok(Address::Name(host)) => match world.addresses(&host) {
                    Ok(addresses) => addresses,
                    Err(reason) => {
                        look.unresolved.entry(reason).or_default().push(name);
                        continue;
                    }
                },
                Err(error) => {
                    look.no_host.push((name, error.to_string()));
                    continue;
                }
            };
            for address in addresses {
                look.places.entry((address, port.unwrap_or_default())).or_default().push(name.clone());
            }
        }
        look
    }

    fn findings(self) -> Vec<Finding> {
        let Self { places, unresolved, no_host, protocols, no_protocol, ansible_ports } = self;
        let mut findings: Vec<Finding> =
            no_host.into_iter().map(|(host, reason)| Finding::NoHost { host, reason }).collect();
        let mut shared: Vec<((IpAddr, u16), Vec<String>)> =
            places.into_iter().filter(|(_, names)| names.len() > 1).collect();
        shared.sort_unstable();
        findings.extend(shared.into_iter().map(|((address, port), names)| {
            let address = match (address, port) {
                (address, 0) => address.to_string(),
                (address, port) => std::net::SocketAddr::new(address, port).to_string(),
            };
            Finding::SameDevice { address, hosts: fold(names) }
        }));
        let unresolved = unresolved.into_iter();
        findings.extend(unresolved.map(|(reason, names)| Finding::Unresolved { hosts: fold(names), reason }));
        let some_have_one = !protocols.is_empty();
        for (protocol, Spoken { hosts, known }) in protocols {
            if let Err(reason) = known {
                findings.push(Finding::UnknownProtocol { protocol, hosts: fold(hosts), reason });
            }
        }
        if some_have_one && !no_protocol.is_empty() {
            findings.push(Finding::NoProtocol { hosts: fold(no_protocol) });
        }
        let ports = ansible_ports.into_iter();
        findings.extend(ports.map(|(port, names)| Finding::AnsiblePort { port, hosts: fold(names) }));
        findings
    }
}
