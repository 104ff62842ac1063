//! Many exchanges at once.
//!
//! A driver owns sockets, buffers and timers, and knows nothing of fleets: it is given jobs and gives back how they
//! ended. [`RoutedDriver`] gives each job to the one of two that it costs least.

mod plain;
mod routed;
mod tokio;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::End;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Call, Protocol};

use crate::dial::{DialError, Dialer};
use crate::endpoint::{Endpoint, Host};

pub use self::routed::RoutedDriver;

/// A command to be sent to a device.
#[derive(Debug)]
pub struct Job {
    /// The caller's number for it.
    pub id: u64,
    /// What the device speaks.
    pub protocol: Arc<Protocol>,
    /// The command.
    pub call: Arc<Call>,
    /// The secrets of the connection that is still to be made, and where `seq` begins on it: see
    /// [`Link::new`](wigwag_protocol::exchange::Link::new).
    pub secrets: Arc<Fields>,
    /// See `secrets`.
    pub seq: u64,
    /// How it is made.
    pub dialer: Arc<Dialer>,
    /// Where the device is.
    pub endpoint: Endpoint,
    /// Its addresses where they are known; empty where the proxy looks them up.
    pub addresses: Vec<SocketAddr>,
}

impl Job {
    /// The address of a plain TCP connection to the device, where that is all there is to it: neither a name to look up,
    /// nor a choice of addresses, nor anything between.
    pub fn plain_address(&self) -> Option<SocketAddr> {
        let address = match (&self.endpoint.host, self.addresses.as_slice()) {
            (Host::Ip(ip), []) => SocketAddr::new(*ip, self.endpoint.port),
            (Host::Ip(_) | Host::Name(_), [only]) => *only,
            (Host::Ip(_) | Host::Name(_), _) => return None,
        };
        Some(address).filter(|_| self.dialer.is_plain())
    }
}

/// A name to be looked up.
#[derive(Debug)]
pub struct Lookup {
    /// The caller's number for it.
    pub id: u64,
    /// The name.
    pub name: String,
    /// The port of its addresses.
    pub port: u16,
    /// How long it may take.
    pub limit: Duration,
}

/// Something came to its end.
#[derive(Debug)]
pub enum Done {
    /// A name was looked up.
    LookedUp {
        /// The lookup's number.
        id: u64,
        /// Its addresses, at least one.
        addresses: Result<Vec<SocketAddr>, DialError>,
    },
    /// An exchange is over.
    Ended {
        /// The job's number.
        id: u64,
        /// How it ended.
        end: End,
    },
}

/// Which exchanges are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cut {
    /// Those that have not reached their commit point, now and later.
    Uncommitted,
    /// All.
    All,
}

/// Wakes a driver from any thread.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

/// Drives exchanges.
pub trait Driver {
    /// The present moment, on the clock that `until` and the exchanges are told by.
    fn now(&self) -> Moment;

    /// Begins to look up names.
    fn look_up(&mut self, lookups: Vec<Lookup>);

    /// Begins an exchange.
    fn start(&mut self, job: Job);

    /// Waits until something is done, `until` has come, or somebody wakes it. What is done is appended.
    fn poll(&mut self, until: Option<Moment>, done: &mut Vec<Done>);

    /// Cuts exchanges. What is cut ends as any other.
    fn cut(&mut self, cut: Cut);

    /// What wakes it.
    fn waker(&self) -> Waker;
}
