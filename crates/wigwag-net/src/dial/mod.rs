//! From an endpoint to a connection.
//!
//! ```text
//!   name ──resolver──> addresses ──TCP, one after the other──> [SOCKS5] ──> [TLS] ──> Connection
//! ```
//!
//! No byte of a command is handed over here, so whatever fails proves that nothing was sent. There are never two
//! connections at once: the next address of a name is tried only after the connect to the one before it has failed.

mod address;
mod error;
mod socks5;
mod tcp;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::units::show_duration;

pub use self::error::DialError;
pub use self::socks5::{Credentials, Proxy, ProxyError, Resolves};

#[cfg(feature = "fleet")]
pub(crate) use self::address::MOST_ADDRESSES;
use self::address::addresses;
use self::error::failed_handshake;
#[cfg(feature = "fleet")]
pub(crate) use self::error::{failed_connect, failed_lookup};
use self::tcp::{Deadline, connect_first};
#[cfg(feature = "fleet")]
pub(crate) use self::tcp::{is_own, not_answered};
use crate::connection::Connection;
use crate::endpoint::{Endpoint, Host};
use crate::tls::{Session, Tls, TlsFacts};

/// How connections are made. One for many devices.
#[derive(Debug, Clone, Default)]
pub struct Dialer {
    /// The local address that connections come from.
    pub source: Option<IpAddr>,
    /// The proxy to go through.
    pub proxy: Option<Proxy>,
    /// TLS over the connection.
    pub tls: Option<Tls>,
    /// The longest a whole dial may take: resolver, all addresses, proxy and TLS together. Each address of a name gets
    /// an equal share of what is left, so that one that never answers leaves time for the next. Without it the caller
    /// bounds the future, and a silent first address uses up what the operating system allows.
    pub timeout: Option<Duration>,
}

/// How far a dial has come. The last one seen is where a dropped dial stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The resolver is being asked for a name; never seen for a literal address.
    Resolving {
        /// The name: the device's, or the proxy's.
        name: &'a str,
    },
    /// The resolver has answered.
    Resolved {
        /// In the order in which they will be tried.
        addresses: &'a [SocketAddr],
    },
    /// A TCP connection is being opened.
    Connecting {
        /// The device's address, or the proxy's.
        address: SocketAddr,
    },
    /// This address failed; another one may follow.
    Failed {
        /// The address that was tried.
        address: SocketAddr,
        /// Why it failed.
        error: &'a DialError,
    },
    /// TCP is connected.
    Connected {
        /// To the device, or to the proxy.
        address: SocketAddr,
    },
    /// The proxy says that it is connected to the device.
    Tunnelled,
    /// TLS is agreed on.
    Secured {
        /// What was agreed on.
        facts: TlsFacts<'a>,
    },
}

/// A way to a device: its endpoint, and its addresses where they are known already.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    /// Where it is. TLS wants its certificate to bear this name.
    pub endpoint: &'a Endpoint,
    /// The addresses of its name, in the order in which they are tried; empty: they are looked up.
    pub addresses: &'a [SocketAddr],
}

impl<'a> From<&'a Endpoint> for Route<'a> {
    fn from(endpoint: &'a Endpoint) -> Self {
        Self { endpoint, addresses: &[] }
    }
}

impl Dialer {
    /// Whether the proxy looks up the names of devices.
    pub fn leaves_names_to_proxy(&self) -> bool {
        self.proxy.as_ref().is_some_and(|proxy| proxy.resolves == Resolves::There)
    }

    /// The name that has to be looked up here before the device can be connected to.
    pub fn name_to_look_up<'e>(&self, endpoint: &'e Endpoint) -> Option<&'e str> {
        match &endpoint.host {
            Host::Name(name) if !self.leaves_names_to_proxy() => Some(name),
            Host::Name(_) | Host::Ip(_) => None,
        }
    }

    /// Whether a connection is nothing but a TCP connection, from whichever address the kernel chooses.
    pub fn is_plain(&self) -> bool {
        self.source.is_none() && self.proxy.is_none() && self.tls.is_none()
    }

    /// Connects to the device at the end of `route`.
    ///
    /// Dropping the future closes what it opened. Only a running `getaddrinfo` cannot be stopped: it ends by itself on
    /// one of the runtime's blocking threads, so end such a runtime with `shutdown_background`.
    pub async fn dial(
        &self,
        route: impl Into<Route<'_>>,
        progress: &mut impl FnMut(Progress<'_>),
    ) -> Result<Connection, DialError> {
        let route = route.into();
        let deadline = Deadline::after(self.timeout);
        let (stream, peer) = match &self.proxy {
            None => {
                let addresses = addresses(route, deadline, progress).await?;
                connect_first(self.source, &addresses, deadline, progress).await?
            }
            Some(proxy) => socks5::connect(proxy, route, self.source, deadline, progress).await?,
        };
        match &self.tls {
            None => Ok(Connection::plain(stream, peer)),
            Some(tls) => secure(tls, route.endpoint, stream, peer, deadline, progress).await,
        }
    }
}

async fn secure(
    tls: &Tls,
    endpoint: &Endpoint,
    stream: TcpStream,
    peer: SocketAddr,
    deadline: Deadline,
    progress: &mut impl FnMut(Progress<'_>),
) -> Result<Connection, DialError> {
    let host = endpoint.host.to_string();
    let name = tls.name_for(&endpoint.host).ok_or_else(|| {
        DialError::new(Unreachable::Tls, format!("{host} is not a name that a certificate can bear"))
            .hint("give the certificate's name with --tls-server-name")
            .lasting()
    })?;
    let session = Session::new(tls.config().clone(), name)
        .map_err(|error| DialError::new(Unreachable::Local, format!("TLS cannot be started: {error}")))?;
    let handshake = Connection::secured(stream, peer, Box::new(session));
    let connection = deadline
        .bound(handshake, |limit| {
            DialError::new(
                Unreachable::Tls,
                format!("the device did not finish the TLS handshake within {}", show_duration(limit)),
            )
            .hint("is this the right port? without --tls it is asked in plain TCP")
        })
        .await?
        .map_err(|error| failed_handshake(&error, &host, tls.has_certificate()))?;
    if let Some(facts) = connection.tls() {
        progress(Progress::Secured { facts });
    }
    Ok(connection)
}
