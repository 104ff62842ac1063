//! An exchange for as long as its device is quiet.

use std::net::SocketAddr;
use std::sync::Arc;

use super::Exchange;
use crate::Moment;
use crate::exchange::{Link, Transmit};
use crate::layout::Fields;
use crate::protocol::{Call, Protocol, Reply, Transport};

/// An exchange on a new connection on which nothing has come yet: what was told to it, which is a few moments.
///
/// Of thousands of exchanges at once nearly all wait. What an [`Exchange`] holds is of use when something comes; until then
/// the same is known in a tenth of the space. [`exchange`](Self::exchange) makes the whole of it, as if it had been told
/// all along.
#[derive(Debug)]
pub struct Quiet {
    protocol: Arc<Protocol>,
    call: Arc<Call>,
    secrets: Arc<Fields>,
    seq: u64,
    address: SocketAddr,
    began: Moment,
    connected: Option<Moment>,
    written: Option<Moment>,
    half_closed: Option<Moment>,
}

impl Quiet {
    /// Whether an exchange with this command begins with bytes that are always the same, whatever the device says.
    pub fn is_enough(protocol: &Protocol, call: &Call) -> bool {
        let session = &protocol.session;
        let speaks_first = session.greeting.is_none() && session.login.is_empty() && session.auth.is_none();
        speaks_first && protocol.transport == Transport::Plain && call.constant().is_some()
    }

    /// An attempt that begins `now` by connecting to this address; see [`Link::new`] for what else it takes. Only where it
    /// [`is_enough`](Self::is_enough).
    pub fn new(
        protocol: Arc<Protocol>,
        call: Arc<Call>,
        secrets: Arc<Fields>,
        seq: u64,
        address: SocketAddr,
        now: Moment,
    ) -> Self {
        let (connected, written, half_closed) = (None, None, None);
        Self { protocol, call, secrets, seq, address, began: now, connected, written, half_closed }
    }

    /// The address that is connected to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether the command was taken.
    pub fn is_committed(&self) -> bool {
        self.written.is_some()
    }

    /// The connection is ready for use.
    pub fn handle_open(&mut self, now: Moment) {
        self.connected.get_or_insert(now);
    }

    /// The kernel took all of what [`poll_transmit`](Self::poll_transmit) gave. Where it took less, tell it to the
    /// [`exchange`](Self::exchange).
    pub fn handle_written(&mut self, now: Moment) {
        self.written.get_or_insert(now);
    }

    /// The sending side was closed.
    pub fn handle_half_closed(&mut self, now: Moment) {
        self.half_closed.get_or_insert(now);
    }

    /// What to write now: the whole command, or that nothing more is written.
    pub fn poll_transmit(&self) -> Option<Transmit<'_>> {
        let (bytes, then) = self.call.constant()?;
        match (self.connected, self.written, self.half_closed) {
            (Some(_), None, _) => Some(Transmit::Bytes(bytes)),
            (Some(_), Some(_), None) if self.protocol.session.half_closes(then) => Some(Transmit::HalfClose),
            _ => None,
        }
    }

    /// The exchange's [`deadline`](Exchange::deadline).
    pub fn deadline(&self) -> Moment {
        let times = self.call.times();
        let wait = match (self.connected, self.written) {
            (None, _) => self.began + times.connect,
            (Some(connected), None) => connected + times.first,
            (Some(_), Some(written)) if matches!(self.call.reply(), Reply::Nothing) => written + times.idle,
            (Some(_), Some(written)) => written + times.first,
        };
        wait.min(self.began + times.total)
    }

    /// The exchange, told of all that has happened so far.
    pub fn exchange(&self) -> Exchange {
        let link = Link::new(&self.secrets, self.seq);
        let mut exchange = Exchange::new(self.protocol.clone(), self.call.clone(), link, self.began);
        exchange.handle_connecting(self.address, self.began);
        if let Some(connected) = self.connected {
            exchange.handle_connected(connected);
            exchange.handle_open(connected);
        }
        if let (Some(written), Some((bytes, _))) = (self.written, self.call.constant()) {
            exchange.handle_written(bytes.len(), written);
        }
        if let Some(half_closed) = self.half_closed {
            exchange.handle_half_closed(true, half_closed);
        }
        exchange
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::Times;

    const ADDRESS: &str = "192.0.2.7:9100";

    fn at(millis: u64) -> Moment {
        Moment::after_origin(Duration::from_millis(millis))
    }

    fn named(name: &str, body: &str) -> (Arc<Protocol>, Arc<Call>) {
        let protocol = Protocol::named(name).unwrap().unwrap();
        let seconds = Duration::from_secs;
        let times = Times { connect: seconds(3), first: seconds(5), idle: seconds(2), total: seconds(7) };
        let call = protocol.call_body(Some(body.into()), Fields::new()).unwrap().with_times(times);
        (Arc::new(protocol), Arc::new(call))
    }

    fn transmit(transmit: Option<Transmit<'_>>) -> String {
        format!("{transmit:?}")
    }

    /// What is told to both of them, one after the other; they say the same after each.
    #[test]
    fn it_says_the_same_as_the_exchange_that_was_told_all_along() {
        for (name, body) in [("esc-cr", "STATUS"), ("line", "STATUS"), ("raw", "x")] {
            let (protocol, call) = named(name, body);
            assert!(Quiet::is_enough(&protocol, &call), "{name}");
            let address: SocketAddr = ADDRESS.parse().unwrap();
            let secrets = Arc::new(Fields::new());
            let mut quiet = Quiet::new(protocol.clone(), call.clone(), secrets.clone(), 3, address, at(1));
            let mut told = Exchange::new(protocol, call, Link::new(&secrets, 3), at(1));
            told.handle_connecting(address, at(1));

            let same = |quiet: &Quiet, told: &Exchange| {
                for exchange in [told, &quiet.exchange()] {
                    assert_eq!(Some(quiet.deadline()), exchange.deadline(), "{name}");
                    assert_eq!(transmit(quiet.poll_transmit()), transmit(exchange.poll_transmit()), "{name}");
                    assert_eq!(quiet.is_committed(), exchange.is_committed());
                    assert_eq!(Some(quiet.address()), exchange.address());
                }
            };
            same(&quiet, &told);
            quiet.handle_open(at(20));
            told.handle_connected(at(20));
            told.handle_open(at(20));
            same(&quiet, &told);
            let Some(Transmit::Bytes(bytes)) = quiet.poll_transmit() else { panic!("{name}: nothing to write") };
            told.handle_written(bytes.len(), at(30));
            quiet.handle_written(at(30));
            same(&quiet, &told);
            if quiet.poll_transmit().is_some() {
                quiet.handle_half_closed(at(40));
                told.handle_half_closed(true, at(40));
                same(&quiet, &told);
            }
            let mut made = quiet.exchange();
            let ends = [&mut told, &mut made].map(|exchange| {
                exchange.receive(b"READY\0\r\n", at(5000));
                exchange.handle_eof(at(5100));
                exchange.poll_end().unwrap()
            });
            let [told, made] = ends;
            assert_eq!((told.outcome.word(), &told), ("ok", &made), "{name}");
        }
    }

    #[test]
    fn what_waits_for_the_device_before_it_speaks_is_more_than_quiet() {
        let (protocol, call) = named("pjlink", "%1POWR ?");
        assert!(!Quiet::is_enough(&protocol, &call));
    }
}
