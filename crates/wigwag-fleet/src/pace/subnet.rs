//! How many in flight in a network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// At most `most` devices in flight in each network of this size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubnetCap {
    /// How many bits of an address name the network.
    pub prefix: u8,
    /// Whether it is for IPv6 addresses.
    pub v6: bool,
    /// How many in flight.
    pub most: usize,
}

/// A network: its first address and how many bits name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subnet(IpAddr, u8);

impl SubnetCap {
    /// The network that an address is in; none if the cap is for the other family.
    pub fn network(&self, address: IpAddr) -> Option<Subnet> {
        let first = match address {
            IpAddr::V4(address) if !self.v6 => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) if self.v6 => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V4(_) | IpAddr::V6(_) => return None,
        };
        Some(Subnet(first, self.prefix))
    }
}

/// `24:20`, or `/64:20` for IPv6.
impl FromStr for SubnetCap {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not PREFIX:COUNT, such as 24:20, or /64:20 for IPv6");
        let (prefix, most) = text.split_once(':').ok_or_else(wrong)?;
        let (v6, prefix) = match prefix.strip_prefix('/') {
            Some(prefix) => (true, prefix),
            None => (false, prefix),
        };
        let longest = if v6 { 128 } else { 32 };
        let prefix: u8 = prefix.parse().map_err(|_| wrong())?;
        let most: usize = most.parse().map_err(|_| wrong())?;
        if prefix > longest {
            let help = if v6 { "" } else { "; IPv6 networks are written /64:20" };
            return Err(format!("`{text}`: an address has {longest} bits{help}"));
        }
        if most == 0 {
            return Err(format!("`{text}`: with 0 in flight nothing would be sent"));
        }
        Ok(Self { prefix, v6, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_are_one() {
        let cap: SubnetCap = "24:20".parse().unwrap();
        let network = |text: &str| cap.network(text.parse().unwrap());
        assert_eq!(network("10.4.7.1"), network("10.4.7.200"));
        assert_ne!(network("10.4.7.1"), network("10.4.8.1"));
        assert_eq!(network("::1"), None);

        let cap: SubnetCap = "/64:3".parse().unwrap();
        assert_eq!(cap.network("2001:db8::1".parse().unwrap()), cap.network("2001:db8::2".parse().unwrap()));
        let whole: SubnetCap = "0:3".parse().unwrap();
        assert_eq!(whole.network("1.2.3.4".parse().unwrap()), whole.network("200.2.3.4".parse().unwrap()));
    }

    #[test]
    fn what_is_no_cap_is_refused() {
        for (text, expected) in [
            ("24", "`24` is not PREFIX:COUNT, such as 24:20, or /64:20 for IPv6"),
            ("64:20", "`64:20`: an address has 32 bits; IPv6 networks are written /64:20"),
            ("24:0", "`24:0`: with 0 in flight nothing would be sent"),
        ] {
            assert_eq!(text.parse::<SubnetCap>(), Err(expected.to_owned()));
        }
    }
}
