//! The names of a fleet: looked up many at a time, and each once.
//!
//! `getaddrinfo` takes a thread for each name that is being looked up. This asks the name servers of `/etc/resolv.conf`
//! itself, after `/etc/hosts`, keeps what they say for as long as they allow, and needs no thread. What it does not know
//! are the machine's other sources of names (mDNS, LDAP): a name that only they know has no address here.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::config::LookupIpStrategy;
use hickory_resolver::net::NetError;
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::net::lookup_host;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::units::show_duration;

use crate::dial::{DialError, MOST_ADDRESSES};

/// How many names are asked for at once: enough to keep a name server busy, few enough not to be turned away by it.
const AT_ONCE: usize = 64;

/// How many answers are kept.
const KEPT: u64 = 65_536;

/// Looks up names.
#[derive(Clone)]
pub struct Resolver {
    resolver: Result<TokioResolver, Arc<str>>,
    turns: Arc<Semaphore>,
}

impl Resolver {
    /// With the machine's settings. Where they cannot be read every lookup says so.
    pub fn of_this_machine() -> Self {
        let resolver = TokioResolver::builder_tokio().and_then(|mut builder: ResolverBuilder<_>| {
            let options = builder.options_mut();
            options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
            options.cache_size = KEPT;
            builder.build()
        });
        let resolver = resolver.map_err(|error| format!("/etc/resolv.conf: {error}").into());
        Self { resolver, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The addresses of a name, at least one, IPv4 first. The time counts from when its turn has come.
    ///
    /// # Errors
    ///
    /// `dns`: it has none, or nobody could be asked.
    pub async fn lookup(&self, name: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, DialError> {
        let _turn = self.turns.acquire().await;
        let looked_up = timeout(limit, self.ask(name)).await.unwrap_or_else(|_| {
            let message = format!("the resolver did not answer within {}", show_duration(limit));
            Err(DialError::new(Unreachable::Dns, message))
        })?;
        let mut addresses: Vec<SocketAddr> = Vec::new();
        for ip in looked_up {
            let address = SocketAddr::new(ip, port);
            if !addresses.contains(&address) && addresses.len() < MOST_ADDRESSES {
                addresses.push(address);
            }
        }
        match addresses.is_empty() {
            true => Err(DialError::new(Unreachable::Dns, "the name has no address")),
            false => Ok(addresses),
        }
    }

    async fn ask(&self, name: &str) -> Result<Vec<IpAddr>, DialError> {
        // Only the machine knows the numbers of its interfaces.
        if name.contains('%') {
            let answer = lookup_host((name, 0)).await.map_err(|error| crate::dial::failed_lookup(&error))?;
            return Ok(answer.map(|address| address.ip()).collect());
        }
        let resolver = self
            .resolver
            .as_ref()
            .map_err(|cause| DialError::new(Unreachable::Dns, format!("no name server is known ({cause})")))?;
        match resolver.lookup_ip(name).await {
            Ok(answer) => Ok(answer.iter().collect()),
            Err(error) => Err(failed(&error)),
        }
    }
}

fn failed(error: &NetError) -> DialError {
    match error.is_no_records_found() {
        true => DialError::new(Unreachable::Dns, "no such host (the name server says so)"),
        false => DialError::new(Unreachable::Dns, format!("the name could not be looked up ({error})")),
    }
}

impl std::fmt::Debug for Resolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").field("turns", &self.turns).finish_non_exhaustive()
    }
}
