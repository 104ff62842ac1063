//! Each job by the driver that it costs least.

use std::io;

use wigwag_protocol::Moment;

use super::plain::PlainDriver;
use super::tokio::TokioDriver;
use super::{Cut, Done, Driver, Job, Lookup, Waker};
use crate::clock::Clock;

/// Plain TCP by a loop on the caller's thread; names, proxies, TLS and whatever is rare by Tokio on another one.
#[derive(Debug)]
pub struct RoutedDriver {
    clock: Clock,
    plain: PlainDriver,
    tokio: TokioDriver,
}

impl RoutedDriver {
    /// A driver with nothing to do.
    ///
    /// # Errors
    ///
    /// The machine lacks the descriptors that it needs.
    pub fn new() -> io::Result<Self> {
        let clock = Clock::start();
        let plain = PlainDriver::new(clock)?;
        let tokio = TokioDriver::new(clock, plain.waker())?;
        Ok(Self { clock, plain, tokio })
    }
}

impl Driver for RoutedDriver {
    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn look_up(&mut self, lookups: Vec<Lookup>) {
        lookups.into_iter().for_each(|lookup| self.tokio.look_up(lookup));
    }

    fn start(&mut self, job: Job) {
        match job.plain_address() {
            Some(address) => self.plain.start(job, address),
            None => self.tokio.start(job),
        }
    }

    fn poll(&mut self, until: Option<Moment>, done: &mut Vec<Done>) {
        self.plain.poll(until, done);
        self.tokio.take(done);
    }

    fn cut(&mut self, cut: Cut) {
        self.plain.cut(cut);
        self.tokio.cut(cut);
    }

    fn waker(&self) -> Waker {
        self.plain.waker()
    }
}
