//! Where devices are: one command at a time to each, and not too many in a network.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::hash::BuildHasher;
use std::net::SocketAddr;

use foldhash::{fast, quality};
use smallvec::{SmallVec, smallvec};
use wigwag_net::{Endpoint, Host};

use crate::pace::{Subnet, SubnetCap};

/// What a device is known by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// Its resolved address.
    Address(SocketAddr),
    /// Its name and port, where a proxy looks up the address.
    Name(Box<str>),
}

impl Place {
    /// What a device is known by, at least one place: its addresses, or its name where nobody here looks them up.
    pub fn of(endpoint: &Endpoint, addresses: &[SocketAddr]) -> SmallVec<[Self; 1]> {
        match (&endpoint.host, addresses) {
            (Host::Ip(ip), []) => smallvec![Self::Address(SocketAddr::new(*ip, endpoint.port))],
            (Host::Name(_), []) => smallvec![Self::Name(endpoint.to_string().into())],
            (Host::Ip(_) | Host::Name(_), addresses) => addresses.iter().copied().map(Self::Address).collect(),
        }
    }

    /// As it is written in an intent.
    pub fn read(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.into()), Self::Address)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// Who is being spoken to, and who waits for that to end.
#[derive(Debug, Default)]
pub struct Places {
    caps: Vec<SubnetCap>,
    /// Places by their hashes: two that share one wait for each other, and no more than that.
    hasher: quality::RandomState,
    taken: HashSet<u64, fast::RandomState>,
    /// Who waits for a place that is taken. Mostly nobody does.
    waiting: HashMap<u64, VecDeque<u32>, fast::RandomState>,
    subnets: HashMap<Subnet, InSubnet, fast::RandomState>,
}

#[derive(Debug, Default)]
struct InSubnet {
    in_flight: usize,
    waiting: VecDeque<u32>,
}

impl Places {
    /// Nobody is spoken to yet; no more than these in each network.
    pub fn new(caps: Vec<SubnetCap>) -> Self {
        Self { caps, ..Self::default() }
    }

    /// Takes the device at these places for a target. If it is taken, or its network is full, the target waits and is
    /// given back by a [`leave`](Self::leave).
    pub fn enter(&mut self, places: &[Place], target: u32) -> bool {
        let hashes = self.hashes(places);
        if let Some(taken) = hashes.iter().find(|hash| self.taken.contains(hash)) {
            self.waiting.entry(*taken).or_default().push_back(target);
            return false;
        }
        if let Some((most, subnet)) = self.subnet(places) {
            let network = self.subnets.entry(subnet).or_default();
            if network.in_flight >= most {
                network.waiting.push_back(target);
                return false;
            }
            network.in_flight += 1;
        }
        self.taken.extend(hashes);
        true
    }

    /// Gives the device at these places back, and says who may try now: all that waited for it, and one that waited for
    /// its network.
    pub fn leave(&mut self, places: &[Place]) -> Vec<u32> {
        let mut next = Vec::new();
        if let Some((_, subnet)) = self.subnet(places)
            && let Some(network) = self.subnets.get_mut(&subnet)
        {
            network.in_flight = network.in_flight.saturating_sub(1);
            next.extend(network.waiting.pop_front());
            if network.in_flight == 0 && network.waiting.is_empty() {
                self.subnets.remove(&subnet);
            }
        }
        for hash in self.hashes(places) {
            self.taken.remove(&hash);
            next.extend(self.waiting.remove(&hash).unwrap_or_default());
        }
        next
    }

    fn hashes(&self, places: &[Place]) -> SmallVec<[u64; 1]> {
        places.iter().map(|place| self.hasher.hash_one(place)).collect()
    }

    /// The network that counts for these places, and how many may be in flight there.
    fn subnet(&self, places: &[Place]) -> Option<(usize, Subnet)> {
        let Some(Place::Address(address)) = places.first() else { return None };
        self.caps.iter().find_map(|cap| Some((cap.most, cap.network(address.ip())?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Vec<Place> {
        vec![Place::read(text)]
    }

    #[test]
    fn one_at_a_time_to_each_device() {
        let mut places = Places::default();
        assert!(places.enter(&at("10.4.0.7:9100"), 0));
        assert!(!places.enter(&at("10.4.0.7:9100"), 1));
        assert!(places.enter(&at("10.4.0.7:9101"), 2), "another port is another device");
        assert_eq!(places.leave(&at("10.4.0.7:9100")), [1]);
        assert!(places.enter(&at("10.4.0.7:9100"), 1));
    }

    #[test]
    fn a_device_with_two_addresses_is_taken_whole() {
        let mut places = Places::default();
        let both = vec![Place::read("10.4.0.7:9100"), Place::read("10.4.1.7:9100")];
        assert!(places.enter(&both, 0));
        assert!(!places.enter(&at("10.4.1.7:9100"), 1));
        assert_eq!(places.leave(&both), [1]);
    }

    #[test]
    fn not_too_many_in_a_network() {
        let mut places = Places::new(vec!["24:2".parse().unwrap()]);
        assert!(places.enter(&at("10.4.0.1:1"), 0) && places.enter(&at("10.4.0.2:1"), 1));
        assert!(!places.enter(&at("10.4.0.3:1"), 2));
        assert!(places.enter(&at("10.4.1.1:1"), 3), "another network has room");
        assert_eq!(places.leave(&at("10.4.0.1:1")), [2]);
        assert!(places.enter(&at("10.4.0.3:1"), 2));
        assert!(!places.enter(&at("10.4.0.4:1"), 4));
    }
}
