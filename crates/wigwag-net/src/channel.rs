//! One device, command after command: over one connection as long as that is safe.

use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Exchange, Link};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Call, Effect, Protocol};

use crate::clock::Clock;
use crate::connection::Connection;
use crate::dial::Dialer;
use crate::drive::{Watch, drive, drive_on};
use crate::endpoint::Endpoint;

/// How long a connection may have been idle for a command that acts each time: a device that has gone away meanwhile
/// would leave it unconfirmed.
const IDLE_BEFORE_ONCE: Duration = Duration::from_secs(1);

/// A way to one device.
#[derive(Debug)]
pub struct Channel {
    /// How it is reached.
    pub dialer: Dialer,
    /// Where it is.
    pub endpoint: Endpoint,
    /// What it speaks.
    pub protocol: Arc<Protocol>,
    /// The secrets that are configured for it, by their plain names.
    pub secrets: Fields,
    /// The first value of `seq` parts of the next connection; to be random.
    pub seq: u64,
    /// The clock of all its exchanges.
    pub clock: Clock,
    kept: Option<Kept>,
}

#[derive(Debug)]
struct Kept {
    connection: Connection,
    link: Link,
    since: Moment,
}

impl Channel {
    /// A way that is not walked yet.
    pub fn new(dialer: Dialer, endpoint: Endpoint, protocol: Arc<Protocol>, secrets: Fields, seq: u64) -> Self {
        Self { dialer, endpoint, protocol, secrets, seq, clock: Clock::start(), kept: None }
    }

    /// Sends one command and waits for what comes of it.
    pub async fn exchange(&mut self, call: Arc<Call>, watch: &mut impl Watch) -> End {
        let now = self.clock.now();
        let kept = self.kept.take().and_then(|kept| kept.if_usable(call.effect(), now));
        let (link, connection) = match kept {
            Some(Kept { link, connection, .. }) => (link, Some(connection)),
            None => (Link::new(&self.secrets, self.seq), None),
        };
        let mut exchange = Exchange::new(self.protocol.clone(), call, link, now);
        let connection = match connection {
            Some(connection) => {
                if self.dialer.proxy.is_none() {
                    exchange.handle_connecting(connection.peer_addr(), now);
                }
                drive_on(&mut exchange, connection, self.clock, watch).await
            }
            None => drive(&mut exchange, &self.dialer, &self.endpoint, self.clock, watch).await,
        };
        // A driven exchange is over; one that were not would be cut here.
        exchange.handle_interrupt(self.clock.now());
        let mut end = exchange.poll_end().unwrap_or_else(|| unreachable!("an exchange that is over has an end"));
        if let (Some(connection), Some(link)) = (connection, end.link.take()) {
            self.kept = Some(Kept { connection, link, since: self.clock.now() });
        }
        end
    }

    /// Closes the connection that is kept, if there is one.
    pub fn close(&mut self) {
        if let Some(Kept { connection, .. }) = self.kept.take() {
            connection.close();
        }
    }
}

impl Kept {
    /// The connection, unless it is too old for a command of this effect, or the device has ended it or said something
    /// meanwhile: then it is closed.
    fn if_usable(mut self, effect: Effect, now: Moment) -> Option<Self> {
        let too_old = effect == Effect::Once && now.since(self.since) > IDLE_BEFORE_ONCE;
        let silent = matches!(self.connection.read_now(&mut [0; 1]), Ok(None));
        if too_old || !silent {
            self.connection.close();
            return None;
        }
        Some(self)
    }
}
