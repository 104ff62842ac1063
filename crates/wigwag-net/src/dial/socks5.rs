//! SOCKS5 (RFC 1928, passwords RFC 1929) over a TCP connection of our own.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpStream;
use tokio_socks::tcp::Socks5Stream;
use tokio_socks::{Error as SocksError, TargetAddr};
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::units::show_duration;

use super::address::addresses;
use super::error::DialError;
use super::tcp::{Deadline, connect_first, most_telling};
use super::{Progress, Route};
use crate::cause;
use crate::endpoint::{Endpoint, EndpointError, Host};

const DEFAULT_PORT: u16 = 1080;
/// User and password travel with a length of one byte each.
const LONGEST_CREDENTIAL: usize = 255;

/// A SOCKS5 proxy: `socks5://[user:password@]host[:port]` or `socks5h://...`. Shown without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// Who looks up the device's name.
    pub resolves: Resolves,
    /// Where the proxy is.
    pub endpoint: Endpoint,
    /// What it wants to see.
    pub credentials: Option<Credentials>,
}

/// Who looks up the device's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolves {
    /// This machine: `socks5://`.
    Here,
    /// The proxy: `socks5h://`.
    There,
}

/// A user and a password, percent-decoded.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: String,
    password: String,
}

/// What is wrong with a proxy's URL. Never quotes a password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProxyError {
    /// Another scheme, or none.
    #[error("a proxy is written socks5://host:port or socks5h://host:port")]
    Scheme,
    /// The part after the credentials is not an endpoint.
    #[error("the proxy's address: {0}")]
    Endpoint(EndpointError),
    /// A path or a query after the port.
    #[error("nothing may follow the proxy's port")]
    Trailing,
    /// A user without a password, or one of them is empty.
    #[error("a proxy's user and password are written user:password@, and neither may be empty")]
    Credentials,
    /// A `%` without two hexadecimal digits, or bytes that are not UTF-8.
    #[error("the proxy's user or password is not well percent-encoded")]
    Encoding,
    /// Longer than SOCKS5 can carry.
    #[error("the proxy's user and password may have at most {LONGEST_CREDENTIAL} bytes each")]
    TooLong,
}

impl FromStr for Proxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let (resolves, rest) = match text.split_once("://") {
            Some(("socks5", rest)) => (Resolves::Here, rest),
            Some(("socks5h", rest)) => (Resolves::There, rest),
            Some(_) | None => return Err(ProxyError::Scheme),
        };
        // An unencoded @ in a password is a common slip; the last one is the right one in any case.
        let (credentials, host) = match rest.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials.parse()?), host),
            None => (None, rest),
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.contains(['/', '?', '#']) {
            return Err(ProxyError::Trailing);
        }
        let endpoint = Endpoint::parse(host, Some(DEFAULT_PORT)).map_err(ProxyError::Endpoint)?;
        Ok(Self { resolves, endpoint, credentials })
    }
}

impl FromStr for Credentials {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let (user, password) = text.split_once(':').ok_or(ProxyError::Credentials)?;
        Self::new(percent_decoded(user)?, percent_decoded(password)?)
    }
}

impl Credentials {
    /// For a password that comes from a file or a prompt.
    pub fn new(user: String, password: String) -> Result<Self, ProxyError> {
        if user.is_empty() || password.is_empty() {
            return Err(ProxyError::Credentials);
        }
        if user.len() > LONGEST_CREDENTIAL || password.len() > LONGEST_CREDENTIAL {
            return Err(ProxyError::TooLong);
        }
        Ok(Self { user, password })
    }
}

fn percent_decoded(text: &str) -> Result<String, ProxyError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        if *first != b'%' {
            bytes.push(*first);
            rest = tail;
            continue;
        }
        let [high, low, tail @ ..] = tail else {
            return Err(ProxyError::Encoding);
        };
        let digit = |byte: &u8| char::from(*byte).to_digit(16).ok_or(ProxyError::Encoding);
        let value = digit(high)? * 16 + digit(low)?;
        bytes.push(u8::try_from(value).map_err(|_| ProxyError::Encoding)?);
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| ProxyError::Encoding)
}

/// Without user and password.
impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.resolves {
            Resolves::Here => "socks5",
            Resolves::There => "socks5h",
        };
        write!(f, "{scheme}://{}", self.endpoint)
    }
}

/// Without the password.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).finish_non_exhaustive()
    }
}

/// A TCP connection that `proxy` has connected to the end of `route`, and the proxy's address.
pub(super) async fn connect(
    proxy: &Proxy,
    route: Route<'_>,
    source: Option<IpAddr>,
    deadline: Deadline,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<(TcpStream, SocketAddr), DialError> {
    let targets = targets(proxy, route, deadline, progress).await?;
    let proxy_addresses =
        addresses((&proxy.endpoint).into(), deadline, progress).await.map_err(|error| of_proxy(proxy, error))?;
    let mut failures = Vec::new();
    for target in targets {
        let (stream, address) = connect_first(source, &proxy_addresses, deadline, progress)
            .await
            .map_err(|error| of_proxy(proxy, error))?;
        let late = |limit: Duration| failed(proxy, &format!("did not answer within {}", show_duration(limit)));
        match deadline.bound(tunnel(proxy, stream, target), late).await? {
            Ok(stream) => {
                progress(Progress::Tunnelled);
                return Ok((stream, address));
            }
            Err(error) if concerns_target(&error) => failures.push(refused(proxy, &error)),
            Err(error) => return Err(refused(proxy, &error)),
        }
    }
    Err(most_telling(failures))
}

/// What the proxy is asked for, one after the other.
async fn targets(
    proxy: &Proxy,
    route: Route<'_>,
    deadline: Deadline,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Vec<TargetAddr<'static>>, DialError> {
    match (&route.endpoint.host, proxy.resolves) {
        (Host::Name(name), Resolves::There) => Ok(vec![TargetAddr::Domain(name.clone().into(), route.endpoint.port)]),
        (Host::Name(_), Resolves::Here) | (Host::Ip(_), Resolves::Here | Resolves::There) => {
            let addresses = addresses(route, deadline, progress).await?;
            Ok(addresses.into_iter().map(TargetAddr::Ip).collect())
        }
    }
}

async fn tunnel(proxy: &Proxy, stream: TcpStream, target: TargetAddr<'static>) -> Result<TcpStream, SocksError> {
    let tunnel = match &proxy.credentials {
        None => Socks5Stream::connect_with_socket(stream, target).await?,
        Some(Credentials { user, password }) => {
            Socks5Stream::connect_with_password_and_socket(stream, target, user, password).await?
        }
    };
    Ok(tunnel.into_inner())
}

/// Whether the proxy works and only this target does not: then the device's next address may be tried.
fn concerns_target(error: &SocksError) -> bool {
    matches!(
        error,
        SocksError::GeneralSocksServerFailure
            | SocksError::NetworkUnreachable
            | SocksError::HostUnreachable
            | SocksError::ConnectionRefused
            | SocksError::TtlExpired
            | SocksError::AddressTypeNotSupported
    )
}

/// RFC 1928's reply codes and what else can go wrong between us and the proxy, in words.
fn refused(proxy: &Proxy, error: &SocksError) -> DialError {
    let says = |what: &str| failed(proxy, what);
    match error {
        SocksError::GeneralSocksServerFailure => says("says: general failure"),
        SocksError::ConnectionNotAllowedByRuleset => says("does not allow this connection").lasting(),
        SocksError::NetworkUnreachable => says("says: network is unreachable"),
        SocksError::HostUnreachable => says("says: no route to host"),
        SocksError::ConnectionRefused => says("says: connection refused"),
        SocksError::TtlExpired => says("says: TTL expired on the way"),
        SocksError::CommandNotSupported => says("cannot open connections").lasting(),
        SocksError::AddressTypeNotSupported => says("does not support this kind of address"),
        SocksError::PasswordAuthFailure(_) => says("refused user and password").lasting(),
        SocksError::NoAcceptableAuthMethods if proxy.credentials.is_some() => {
            says("takes no user and password").lasting()
        }
        SocksError::NoAcceptableAuthMethods | SocksError::AuthorizationRequired => {
            says("wants a user and a password").lasting()
        }
        // The crate uses it for reply codes that RFC 1928 does not know, too.
        SocksError::UnknownAuthMethod => says("answered with a code that SOCKS5 does not know"),
        SocksError::InvalidResponseVersion | SocksError::InvalidReservedByte | SocksError::UnknownAddressType => {
            says("does not speak SOCKS5")
        }
        SocksError::Io(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => says("closed the connection"),
        SocksError::Io(error) => says(&format!("failed: {}", cause::words(error))),
        other => says(&format!("failed: {other}")),
    }
}

/// A failure on the way to the proxy. What this machine lacks stays its own.
fn of_proxy(proxy: &Proxy, error: DialError) -> DialError {
    match error.reason {
        Unreachable::Local => error,
        Unreachable::Dns
        | Unreachable::Refused
        | Unreachable::NoRoute
        | Unreachable::Timeout
        | Unreachable::Tls
        | Unreachable::Proxy
        | Unreachable::Dropped
        | Unreachable::Greeting
        | Unreachable::Login => DialError {
            reason: Unreachable::Proxy,
            message: format!("proxy {proxy} cannot be reached: {}", error.message),
            ..error
        },
    }
}

fn failed(proxy: &Proxy, what: &str) -> DialError {
    DialError::new(Unreachable::Proxy, format!("proxy {proxy} {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_shows_all_but_its_secret() {
        let proxy = "socks5h://ops:p%40ss%3a@gate.example".parse::<Proxy>().unwrap();
        assert_eq!(proxy.to_string(), "socks5h://gate.example:1080");
        assert_eq!(proxy.credentials, Some(Credentials::new("ops".into(), "p@ss:".into()).unwrap()));
        assert!(!format!("{proxy:?}").contains("p@ss"));
        let proxy = "socks5://[::1]:9050/".parse::<Proxy>().unwrap();
        assert_eq!((proxy.to_string().as_str(), proxy.credentials), ("socks5://[::1]:9050", None));
    }

    #[test]
    fn every_error_says_what_is_wrong() {
        for (text, expected) in [
            ("gate:1080", "a proxy is written socks5://host:port or socks5h://host:port"),
            ("http://gate:1080", "a proxy is written socks5://host:port or socks5h://host:port"),
            ("socks5://", "the proxy's address: no host given"),
            ("socks5://gate:99999", "the proxy's address: `99999` is not a port (1 to 65535)"),
            ("socks5://gate:1080/x", "nothing may follow the proxy's port"),
            ("socks5://ops@gate", "a proxy's user and password are written user:password@, and neither may be empty"),
            ("socks5://ops:@gate", "a proxy's user and password are written user:password@, and neither may be empty"),
            ("socks5://ops:%4@gate", "the proxy's user or password is not well percent-encoded"),
            ("socks5://ops:%ff@gate", "the proxy's user or password is not well percent-encoded"),
        ] {
            assert_eq!(text.parse::<Proxy>().unwrap_err().to_string(), expected, "{text}");
        }
    }
}
