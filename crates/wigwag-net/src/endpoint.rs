//! Where something is: a host and a port, as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};

use thiserror::Error;

/// The longest name the DNS can carry in its text form.
const LONGEST_NAME: usize = 253;

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The machine.
    pub host: Host,
    /// The TCP port on it.
    pub port: u16,
}

/// A machine, by name or by address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A name for the resolver. An IPv6 address with a zone (`fe80::1%eth0`) is one too: only the machine's resolver
    /// knows its interfaces.
    Name(String),
    /// An address; no resolver is ever asked about it.
    Ip(IpAddr),
}

/// What is wrong with a text that should be an [`Endpoint`]. The texts quote what was typed: escape before printing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EndpointError {
    /// Nothing where the host should be.
    #[error("no host given")]
    EmptyHost,
    /// Neither the text nor the defaults name a port.
    #[error("no port given for {host}")]
    NoPort {
        /// The host as typed.
        host: String,
    },
    /// Not a number from 1 to 65535.
    #[error("`{port}` is not a port (1 to 65535)")]
    BadPort {
        /// What stands where the port should be.
        port: String,
    },
    /// `[` without `]` or the other way round.
    #[error("the brackets in `{text}` do not match")]
    UnbalancedBracket {
        /// The whole text.
        text: String,
    },
    /// Something else than an IPv6 address stands in brackets.
    #[error("`{inside}` is not an IPv6 address")]
    NotIpv6 {
        /// What stands in the brackets.
        inside: String,
    },
    /// Something else than `:port` follows the closing bracket.
    #[error("`{rest}` cannot follow the bracket; write [address]:port")]
    AfterBracket {
        /// What follows.
        rest: String,
    },
    /// Several colons, and not an IPv6 address.
    #[error(
        "`{text}` has more than one colon and is not an IPv6 address; write [address]:port for an address with a port"
    )]
    Colons {
        /// The whole text.
        text: String,
    },
    /// `tcp://host:9100`.
    #[error("`{text}` is a URL; give only the host and the port")]
    Url {
        /// The whole text.
        text: String,
    },
    /// A number at the end, as an IPv4 address has, but not an IPv4 address. Resolvers read `10.4.7` as `10.4.0.7`.
    #[error("`{host}` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name")]
    NotIpv4 {
        /// The host as typed.
        host: String,
    },
    /// A character that host names do not have.
    #[error("`{character}` cannot be part of a host name")]
    BadCharacter {
        /// The first of them.
        character: char,
    },
    /// An empty part between two dots, or a name longer than the DNS can carry.
    #[error("`{host}` is not a host name")]
    NotAName {
        /// The host as typed.
        host: String,
    },
}

impl Endpoint {
    /// The endpoint at `host` and `port`.
    pub const fn new(host: Host, port: u16) -> Self {
        Self { host, port }
    }

    /// Reads `host`, `host:port`, `[v6]:port`, `[v6]` or a bare `v6`; a text without a port gets `default_port`.
    pub fn parse(text: &str, default_port: Option<u16>) -> Result<Self, EndpointError> {
        // What most of a large fleet is called by is read at once.
        if let Ok(address) = text.parse::<SocketAddrV4>()
            && address.port() > 0
        {
            return Ok(Self { host: Host::Ip((*address.ip()).into()), port: address.port() });
        }
        if text.contains("://") {
            return Err(EndpointError::Url { text: text.to_owned() });
        }
        let (host, port) = split(text)?;
        let host_part = host;
        let host = Host::parse(host)?;
        let port = match port {
            Some(port) => parse_port(port)?,
            None => default_port.ok_or_else(|| EndpointError::NoPort { host: host_part.to_owned() })?,
        };
        Ok(Self { host, port })
    }
}

impl Host {
    /// Reads a name or an address without brackets.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.is_empty() {
            return Err(EndpointError::EmptyHost);
        }
        if text.contains(':') {
            return parse_ipv6(text);
        }
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(IpAddr::V4(address)));
        }
        parse_name(text)
    }
}

/// The host and, where one is written, the port.
fn split(text: &str) -> Result<(&str, Option<&str>), EndpointError> {
    let unbalanced = || EndpointError::UnbalancedBracket { text: text.to_owned() };
    if let Some(bracketed) = text.strip_prefix('[') {
        let (inside, rest) = bracketed.split_once(']').ok_or_else(unbalanced)?;
        if !inside.contains(':') {
            return Err(EndpointError::NotIpv6 { inside: inside.to_owned() });
        }
        return match rest.strip_prefix(':') {
            Some(port) => Ok((inside, Some(port))),
            None if rest.is_empty() => Ok((inside, None)),
            None => Err(EndpointError::AfterBracket { rest: rest.to_owned() }),
        };
    }
    if text.contains(['[', ']']) {
        return Err(unbalanced());
    }
    match text.split_once(':') {
        None => Ok((text, None)),
        Some((host, port)) if !port.contains(':') => Ok((host, Some(port))),
        Some(_) => match parse_ipv6(text) {
            Ok(_) => Ok((text, None)),
            Err(_) => Err(EndpointError::Colons { text: text.to_owned() }),
        },
    }
}

fn parse_port(text: &str) -> Result<u16, EndpointError> {
    // `u16::from_str` would take a plus sign too.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port > 0 => Ok(port),
        Ok(_) | Err(_) => Err(EndpointError::BadPort { port: text.to_owned() }),
    }
}

/// An IPv6 address, or one with a zone, which only the resolver can turn into a socket address.
fn parse_ipv6(text: &str) -> Result<Host, EndpointError> {
    let not_ipv6 = || EndpointError::NotIpv6 { inside: text.to_owned() };
    let (address, zone) = match text.split_once('%') {
        Some((address, zone)) => (address, Some(zone)),
        None => (text, None),
    };
    let address = address.parse::<Ipv6Addr>().map_err(|_| not_ipv6())?;
    match zone {
        None => Ok(Host::Ip(IpAddr::V6(address))),
        Some(zone) if !zone.is_empty() && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) => {
            Ok(Host::Name(text.to_owned()))
        }
        Some(_) => Err(not_ipv6()),
    }
}

fn parse_name(text: &str) -> Result<Host, EndpointError> {
    if let Some(character) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_.".contains(*c)) {
        return Err(EndpointError::BadCharacter { character });
    }
    let labels = text.strip_suffix('.').unwrap_or(text);
    if text.len() > LONGEST_NAME || labels.split('.').any(str::is_empty) {
        return Err(EndpointError::NotAName { host: text.to_owned() });
    }
    // The rule of the WHATWG URL standard for what ends in a number; it keeps `inet_aton`'s readings (`10.4.7`,
    // `0x0a.1`) from sending a command to a machine that nobody named.
    let last = labels.rsplit('.').next().unwrap_or(labels);
    if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X") {
        return Err(EndpointError::NotIpv4 { host: text.to_owned() });
    }
    Ok(Host::Name(text.to_owned()))
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Host::Name(name) if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Host::Ip(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            Host::Name(_) | Host::Ip(IpAddr::V4(_)) => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Without brackets.
impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(address) => address.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Endpoint::parse(text, Some(9100)) {
            Ok(endpoint) => endpoint.to_string(),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn every_form_that_people_write() {
        for (text, expected) in [
            ("press-7", "press-7:9100"),
            ("press-7.plant.example.:9101", "press-7.plant.example.:9101"),
            ("plc_3:1", "plc_3:1"),
            ("10.4.0.7", "10.4.0.7:9100"),
            ("10.4.0.7:65535", "10.4.0.7:65535"),
            ("::1", "[::1]:9100"),
            ("[::1]", "[::1]:9100"),
            ("[2001:db8::7]:9101", "[2001:db8::7]:9101"),
            ("fe80::1%eth0", "[fe80::1%eth0]:9100"),
            ("[fe80::1%eth0]:9101", "[fe80::1%eth0]:9101"),
            ("3com", "3com:9100"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn every_error_says_what_is_wrong() {
        for (text, expected) in [
            ("", "no host given"),
            (":9100", "no host given"),
            ("press:0", "`0` is not a port (1 to 65535)"),
            ("press:65536", "`65536` is not a port (1 to 65535)"),
            ("press:+1", "`+1` is not a port (1 to 65535)"),
            ("press:", "`` is not a port (1 to 65535)"),
            ("[::1", "the brackets in `[::1` do not match"),
            ("::1]", "the brackets in `::1]` do not match"),
            ("[press]:1", "`press` is not an IPv6 address"),
            ("[1::2::3]:1", "`1::2::3` is not an IPv6 address"),
            ("[::1]9100", "`9100` cannot follow the bracket; write [address]:port"),
            (
                "a:b:c",
                "`a:b:c` has more than one colon and is not an IPv6 address; write [address]:port for an address with a port",
            ),
            ("tcp://press:9100", "`tcp://press:9100` is a URL; give only the host and the port"),
            ("10.4.7", "`10.4.7` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name"),
            ("10.4.0.256", "`10.4.0.256` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name"),
            ("0x7f000001", "`0x7f000001` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name"),
            ("press 7", "` ` cannot be part of a host name"),
            ("user@press", "`@` cannot be part of a host name"),
            ("press..example", "`press..example` is not a host name"),
            (
                "fe80::1%",
                "`fe80::1%` has more than one colon and is not an IPv6 address; write [address]:port for an address with a port",
            ),
        ] {
            assert_eq!(shown(text), format!("error: {expected}"), "{text}");
        }
        let error = Endpoint::parse("press", None).unwrap_err();
        assert_eq!(error.to_string(), "no port given for press");
    }
}
