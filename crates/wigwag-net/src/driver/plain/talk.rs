//! An exchange in as little space as it needs.

use std::net::SocketAddr;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Exchange, Quiet, Transmit};

use crate::driver::Job;

/// An exchange: small while its device is quiet, whole from when something comes or goes wrong.
#[derive(Debug)]
pub(super) enum Talk {
    Quiet(Quiet),
    Whole(Box<Exchange>),
    /// Most are over with the first that comes: those never lie anywhere as a whole.
    Over(End),
}

impl Talk {
    /// An exchange that begins by connecting to this address.
    pub(super) fn begin(job: Job, address: SocketAddr, now: Moment) -> Self {
        let is_enough = Quiet::is_enough(&job.protocol, &job.call);
        let quiet = Quiet::new(job.protocol, job.call, job.secrets, job.seq, address, now);
        if is_enough { Self::Quiet(quiet) } else { Self::Whole(Box::new(quiet.exchange())) }
    }

    /// Tells the exchange something that it has to be whole for.
    pub(super) fn tell(&mut self, something: impl FnOnce(&mut Exchange)) {
        match self {
            Self::Quiet(quiet) => {
                let mut exchange = quiet.exchange();
                something(&mut exchange);
                *self = match exchange.poll_end() {
                    Some(end) => Self::Over(end),
                    None => Self::Whole(Box::new(exchange)),
                };
            }
            Self::Whole(exchange) => something(exchange),
            Self::Over(_) => {}
        }
    }

    /// How it ended, once it is over.
    pub(super) fn end(self) -> Option<End> {
        match self {
            Self::Quiet(_) => None,
            Self::Whole(mut exchange) => exchange.poll_end(),
            Self::Over(end) => Some(end),
        }
    }

    pub(super) fn is_over(&self) -> bool {
        match self {
            Self::Quiet(_) => false,
            Self::Whole(exchange) => exchange.is_over(),
            Self::Over(_) => true,
        }
    }

    pub(super) fn is_committed(&self) -> bool {
        match self {
            Self::Quiet(quiet) => quiet.is_committed(),
            Self::Whole(exchange) => exchange.is_committed(),
            Self::Over(_) => false,
        }
    }

    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Quiet(quiet) => Some(quiet.address()),
            Self::Whole(exchange) => exchange.address(),
            Self::Over(_) => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Moment> {
        match self {
            Self::Quiet(quiet) => Some(quiet.deadline()),
            Self::Whole(exchange) => exchange.deadline(),
            Self::Over(_) => None,
        }
    }

    pub(super) fn poll_transmit(&self) -> Option<Transmit<'_>> {
        match self {
            Self::Quiet(quiet) => quiet.poll_transmit(),
            Self::Whole(exchange) => exchange.poll_transmit(),
            Self::Over(_) => None,
        }
    }

    /// The connection stands and is ready for use.
    pub(super) fn handle_open(&mut self, now: Moment) {
        match self {
            Self::Quiet(quiet) => quiet.handle_open(now),
            Self::Whole(exchange) => {
                exchange.handle_connected(now);
                exchange.handle_open(now);
            }
            Self::Over(_) => {}
        }
    }

    /// So many bytes were taken, of so many there were.
    pub(super) fn handle_written(&mut self, count: usize, size: usize, now: Moment) {
        match self {
            Self::Quiet(quiet) if count == size => quiet.handle_written(now),
            Self::Quiet(_) | Self::Whole(_) | Self::Over(_) => {
                self.tell(|exchange| exchange.handle_written(count, now));
            }
        }
    }

    pub(super) fn handle_half_closed(&mut self, now: Moment) {
        match self {
            Self::Quiet(quiet) => quiet.handle_half_closed(now),
            Self::Whole(exchange) => exchange.handle_half_closed(true, now),
            Self::Over(_) => {}
        }
    }
}
