//! Tokio drives everything: TCP, TLS, proxies. One task an exchange, all on the caller's thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::sleep_until;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::Exchange;

use super::{Cut, Done, Driver, Job, Lookup, Waker};
use crate::clock::Clock;
use crate::dial::Route;
use crate::drive::{NoteCommit, drive};
use crate::resolve::Resolver;

/// Drives exchanges on a Tokio runtime of its own.
#[derive(Debug)]
pub struct TokioDriver {
    runtime: Option<Runtime>,
    clock: Clock,
    resolver: Resolver,
    cut: watch::Sender<Option<Cut>>,
    woken: Arc<Notify>,
    /// Bounded by the number of jobs and lookups that the caller has under way.
    done: mpsc::UnboundedReceiver<Done>,
    report: mpsc::UnboundedSender<Done>,
}

impl TokioDriver {
    /// A driver with nothing to do.
    ///
    /// # Errors
    ///
    /// The machine lacks the descriptors that a runtime needs.
    pub fn new() -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (report, done) = mpsc::unbounded_channel();
        // The clock and the resolver belong to the runtime's time.
        let (clock, resolver) = runtime.block_on(async { (Clock::start(), Resolver::of_this_machine()) });
        let cut = watch::Sender::new(None);
        Ok(Self { runtime: Some(runtime), clock, resolver, cut, woken: Arc::default(), done, report })
    }

    fn spawn(&self, task: impl Future<Output = Done> + Send + 'static) {
        let report = self.report.clone();
        let task = async move {
            // Nobody listens when the driver is dropped, and then nobody has to.
            let _ = report.send(task.await);
        };
        if let Some(runtime) = &self.runtime {
            drop(runtime.spawn(task));
        }
    }
}

impl Driver for TokioDriver {
    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn look_up(&mut self, lookups: Vec<Lookup>) {
        for Lookup { id, name, port, limit } in lookups {
            let resolver = self.resolver.clone();
            self.spawn(async move { Done::LookedUp { id, addresses: resolver.lookup(&name, port, limit).await } });
        }
    }

    fn start(&mut self, jobs: Vec<Job>) {
        for job in jobs {
            let (clock, cut) = (self.clock, self.cut.subscribe());
            self.spawn(exchange(job, clock, cut));
        }
    }

    fn poll(&mut self, until: Option<Moment>, done: &mut Vec<Done>) {
        let Some(runtime) = &self.runtime else { return };
        let (ends, woken, clock) = (&mut self.done, &self.woken, self.clock);
        runtime.block_on(async {
            let overdue = async {
                match until {
                    Some(until) => sleep_until(clock.instant(until)).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                end = ends.recv() => done.extend(end),
                () = woken.notified() => {}
                () = overdue => {}
            }
        });
        while let Ok(end) = ends.try_recv() {
            done.push(end);
        }
    }

    fn cut(&mut self, cut: Cut) {
        self.cut.send_if_modified(|present| {
            let deeper = present.is_none_or(|present| cut > present);
            *present = if deeper { Some(cut) } else { *present };
            deeper
        });
    }

    fn waker(&self) -> Waker {
        let woken = self.woken.clone();
        Arc::new(move || woken.notify_one())
    }
}

/// A lookup by the machine's own resolver may still hold a thread, for which nobody should wait.
impl Drop for TokioDriver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Drives one exchange to its end, or until it is cut.
async fn exchange(job: Job, clock: Clock, mut cut: watch::Receiver<Option<Cut>>) -> Done {
    let Job { id, protocol, call, link, dialer, endpoint, addresses } = job;
    let mut exchange = Exchange::new(protocol, call, link, clock.now());
    let committed = AtomicBool::new(false);
    {
        let route = Route { endpoint: &endpoint, addresses: &addresses };
        let mut watch = NoteCommit { committed: &committed, watch: &mut () };
        let driven = drive(&mut exchange, &dialer, route, clock, &mut watch);
        tokio::pin!(driven);
        loop {
            let is_cut = match *cut.borrow_and_update() {
                None => false,
                Some(Cut::Uncommitted) => !committed.load(Ordering::Relaxed),
                Some(Cut::All) => true,
            };
            if is_cut {
                break;
            }
            tokio::select! {
                biased;
                _kept = &mut driven => break,
                changed = cut.changed() => if changed.is_err() { break },
            }
        }
    }
    exchange.handle_interrupt(clock.now());
    let end = exchange.poll_end().unwrap_or_else(|| unreachable!("an exchange that was interrupted is over"));
    Done::Ended { id, end: Box::new(end) }
}
