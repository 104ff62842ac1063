//! Networks: `10.0.0.0/24`, `2001:db8::/112`.

use std::fmt::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::numbers::too_many;
use super::{MOST_NAMES, TargetError};

/// The addresses of a network: without network and broadcast address in IPv4, but for /31 (RFC 3021) and /32; all of
/// them in IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Whether this is written as networks are: an address, a slash, anything.
    pub(super) fn is_meant(text: &str) -> bool {
        text.split_once('/').is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok())
    }

    /// Reads a network.
    ///
    /// # Errors
    ///
    /// No network, an address inside one, or more addresses than one word may stand for.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let all = 0..text.len();
        let parts = text.split_once('/').and_then(|(address, prefix)| Some((address.parse().ok()?, prefix)));
        let Some((address, length)) = parts else {
            return Err(TargetError::new(all, format!("`{text}` is not a network such as 10.0.0.0/24")));
        };
        let at = text.len() - length.len()..text.len();
        let most = match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        };
        let digits = !length.is_empty() && length.len() <= 3 && length.bytes().all(|byte| byte.is_ascii_digit());
        let prefix = length.parse().ok().filter(|prefix: &u8| digits && *prefix <= most);
        let Some(prefix) = prefix else {
            return Err(TargetError::new(at, format!("`{length}` is not the length of a prefix (0 to {most})")));
        };
        let network = Self { address: masked(address, prefix), prefix };
        if network.address != address {
            let help = format!("write {network} for all of it, or {address} for this one");
            return Err(TargetError::new(all, format!("{address} is an address inside the network")).with_help(help));
        }
        if network.size().is_none_or(|size| size > MOST_NAMES) {
            return Err(too_many(all));
        }
        Ok(network)
    }

    /// How many addresses there are.
    pub fn count(&self) -> u64 {
        self.size().unwrap_or(u64::MAX)
    }

    fn size(&self) -> Option<u64> {
        let all = 1_u64.checked_shl(self.host_bits())?;
        Some(if self.has_ends() { all - 2 } else { all })
    }

    fn host_bits(&self) -> u32 {
        match self.address {
            IpAddr::V4(_) => 32 - u32::from(self.prefix),
            IpAddr::V6(_) => 128 - u32::from(self.prefix),
        }
    }

    /// Whether its first and last address are no hosts.
    fn has_ends(&self) -> bool {
        self.address.is_ipv4() && self.host_bits() >= 2
    }

    /// Adds the address at this place to `out`.
    pub fn write(&self, place: u64, out: &mut String) {
        let place = place + u64::from(self.has_ends());
        // Writing to memory cannot fail.
        let _ = match self.address {
            IpAddr::V4(first) => write!(out, "{}", Ipv4Addr::from_bits(first.to_bits() + place as u32)),
            IpAddr::V6(first) => write!(out, "{}", Ipv6Addr::from_bits(first.to_bits() + u128::from(place))),
        };
    }

    /// Whether this is one of the addresses, however it is written.
    pub fn contains(&self, name: &str) -> bool {
        // Most names are none; most that are, are short.
        name.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':')
            && name.parse().is_ok_and(|address| self.contains_address(address))
    }

    /// Whether this is one of the addresses.
    pub fn contains_address(&self, address: IpAddr) -> bool {
        if address.is_ipv4() != self.address.is_ipv4() || masked(address, self.prefix) != self.address {
            return false;
        }
        match address {
            IpAddr::V4(address) if self.has_ends() => {
                let host = address.to_bits() & !(u32::MAX << self.host_bits());
                host != 0 && u64::from(host) <= self.count()
            }
            IpAddr::V4(_) | IpAddr::V6(_) => true,
        }
    }
}

fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    let prefix = u32::from(prefix);
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - prefix).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - prefix).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many, the first and the last; or what is wrong.
    fn shown(text: &str) -> String {
        match Network::parse(text) {
            Ok(network) => {
                let name = |place| {
                    let mut name = String::new();
                    network.write(place, &mut name);
                    assert!(network.contains(&name), "{name}");
                    name
                };
                format!("{}: {} to {}", network.count(), name(0), name(network.count() - 1))
            }
            Err(error) => format!("{:?}: {}", error.at, error.message),
        }
    }

    #[test]
    fn addresses_of_networks() {
        for (text, expected) in [
            ("10.0.0.0/24", "254: 10.0.0.1 to 10.0.0.254"),
            ("10.0.0.0/30", "2: 10.0.0.1 to 10.0.0.2"),
            ("10.0.0.2/31", "2: 10.0.0.2 to 10.0.0.3"),
            ("10.0.0.7/32", "1: 10.0.0.7 to 10.0.0.7"),
            ("10.0.0.0/12", "1048574: 10.0.0.1 to 10.15.255.254"),
            ("2001:db8::/127", "2: 2001:db8:: to 2001:db8::1"),
            ("2001:db8::/108", "1048576: 2001:db8:: to 2001:db8::f:ffff"),
            ("::1/128", "1: ::1 to ::1"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn every_error_has_its_place() {
        for (text, expected) in [
            ("10.0.0.0/11", "0..11: this stands for more than 1048576 targets"),
            ("2001:db8::/64", "0..13: this stands for more than 1048576 targets"),
            ("::/0", "0..4: this stands for more than 1048576 targets"),
            ("0.0.0.0/0", "0..9: this stands for more than 1048576 targets"),
            ("10.0.0.0/33", "9..11: `33` is not the length of a prefix (0 to 32)"),
            ("10.0.0.0/", "9..9: `` is not the length of a prefix (0 to 32)"),
            ("10.0.0.0/+8", "9..11: `+8` is not the length of a prefix (0 to 32)"),
            ("10.0.0.5/24", "0..11: 10.0.0.5 is an address inside the network"),
            ("press/24", "0..8: `press/24` is not a network such as 10.0.0.0/24"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn network_and_broadcast_address_are_no_hosts() {
        let network = Network::parse("10.0.0.0/29").unwrap();
        for (name, expected) in [
            ("10.0.0.0", false),
            ("10.0.0.1", true),
            ("10.0.0.6", true),
            ("10.0.0.7", false),
            ("10.0.0.8", false),
            ("::1", false),
        ] {
            assert_eq!(network.contains(name), expected, "{name}");
        }
    }
}
