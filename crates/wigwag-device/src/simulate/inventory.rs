//! The inventory of simulated devices, as an inventory file.

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use super::places::{Places, Spread};

impl Places {
    /// Writes an inventory of the devices, which speak the protocol of this name.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn write_inventory(&self, protocol: &str, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "[defaults]\nprotocol = {}", quoted(protocol))?;
        if let Some(port) = self.common_port() {
            writeln!(out, "port = {port}")?;
        }
        let devices = || (0..self.count()).filter_map(|device| self.address_of(device));
        match self.spread() {
            Some(Spread::Ports) => {
                writeln!(out, "\n[group.simulated]\nhosts = [\"device-[{}-{}]\"]", number(1), number(self.count()))?;
                devices().zip(1..).try_for_each(|(at, device)| {
                    let (address, port) = (at.ip(), at.port());
                    writeln!(out, "\n[host.\"device-{}\"]\naddress = \"{address}\"\nport = {port}", number(device))
                })
            }
            Some(Spread::Addresses) | None => {
                let hosts: Vec<String> = folded(devices().map(|at| at.ip())).iter().map(|host| quoted(host)).collect();
                writeln!(out, "\n[group.simulated]\nhosts = [\n    {},\n]", hosts.join(",\n    "))?;
                let elsewhere = |at: &SocketAddr| Some(at.port()) != self.common_port();
                devices()
                    .filter(elsewhere)
                    .try_for_each(|at| writeln!(out, "\n[host.\"{}\"]\nport = {}", at.ip(), at.port()))
            }
        }
    }
}

/// Device numbers are of one width, so that names sort.
fn number(device: u32) -> String {
    format!("{device:04}")
}

/// `127.1.0.[1-254]`: consecutive addresses that differ in their last number only, as one word.
fn folded(addresses: impl Iterator<Item = IpAddr>) -> Vec<String> {
    let mut runs: Vec<([u8; 3], u8, u8)> = Vec::new();
    let mut others = Vec::new();
    for address in addresses {
        let IpAddr::V4(address) = address else {
            others.push(address.to_string());
            continue;
        };
        let [a, b, c, d] = address.octets();
        match runs.last_mut() {
            Some((head, _, last)) if *head == [a, b, c] && last.checked_add(1) == Some(d) => *last = d,
            _ => runs.push(([a, b, c], d, d)),
        }
    }
    let shown = |([a, b, c], first, last): ([u8; 3], u8, u8)| match first == last {
        true => format!("{a}.{b}.{c}.{first}"),
        false => format!("{a}.{b}.{c}.[{first}-{last}]"),
    };
    runs.into_iter().map(shown).chain(others).collect()
}

/// A TOML string.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted += &format!("\\u{:04X}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn consecutive_addresses_are_one_word() {
        let from = |first: [u8; 4], count: u32| {
            let first = u32::from(Ipv4Addr::from(first));
            folded((first..first + count).map(|address| IpAddr::V4(address.into())))
        };
        assert_eq!(from([127, 1, 0, 1], 3), ["127.1.0.[1-3]"]);
        assert_eq!(from([127, 1, 0, 1], 1), ["127.1.0.1"]);
        assert_eq!(from([127, 1, 0, 254], 4), ["127.1.0.[254-255]", "127.1.1.[0-1]"]);
    }

    #[test]
    fn names_of_protocols_are_strings() {
        assert_eq!(quoted("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000A\"");
    }
}
