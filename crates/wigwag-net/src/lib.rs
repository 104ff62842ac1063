//! Sockets for Wigwag: reach a device, move bytes, accept clients.
//!
//! - [`endpoint`]: where something is, as people write it: `press-7:9100`, `[::1]:9100`.
//! - [`dial`]: from an endpoint to a connection: names, source address, SOCKS5, TLS, and one honest line when it fails.
//! - [`connection`]: what a driver needs of a connection, with an exact commit point.
//! - [`drive`]: an exchange over a connection.
//! - [`channel`]: one device, command after command.
//! - [`driver`]: many exchanges at once, for a fleet.
//! - [`resolve`]: the names of a fleet.
//! - [`accept`]: the device half: listen, serve within limits, stop gracefully.
//!
//! Nothing here knows what the bytes mean. Every future may be dropped at any await: its sockets are closed and no task
//! is left behind. A current-thread runtime is enough.
#![warn(missing_docs)]

pub mod accept;
pub mod cause;
#[cfg(feature = "dial")]
pub mod channel;
mod clock;
#[cfg(feature = "dial")]
pub mod connection;
#[cfg(feature = "dial")]
pub mod dial;
#[cfg(feature = "dial")]
pub mod drive;
#[cfg(feature = "fleet")]
pub mod driver;
pub mod endpoint;
#[cfg(feature = "fleet")]
pub mod resolve;
pub mod tls;

#[cfg(feature = "dial")]
pub use channel::Channel;
pub use clock::Clock;
#[cfg(feature = "dial")]
pub use connection::{Connection, HalfClose, Received, Turn};
#[cfg(feature = "dial")]
pub use dial::{DialError, Dialer, Progress, Proxy, Route};
pub use endpoint::{Endpoint, EndpointError, Host};
pub use tls::{ServerTls, ServerTlsOptions, TlsConfigError, TlsVersion};
#[cfg(feature = "dial")]
pub use tls::{Tls, TlsFacts, TlsOptions};
