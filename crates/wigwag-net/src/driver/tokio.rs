//! Tokio drives everything: names, TLS, proxies, several addresses. One task an exchange, on a thread of its own.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use wigwag_protocol::exchange::{Exchange, Link};

use super::{Cut, Done, Job, Lookup, Waker};
use crate::clock::Clock;
use crate::dial::Route;
use crate::drive::{NoteCommit, drive};
use crate::resolve::Resolver;

/// Drives exchanges on a Tokio runtime of its own.
#[derive(Debug)]
pub(super) struct TokioDriver {
    runtime: Option<Runtime>,
    clock: Clock,
    resolver: Resolver,
    cut: watch::Sender<Option<Cut>>,
    /// Bounded by the number of jobs and lookups that the caller has under way.
    done: Receiver<Done>,
    report: Report,
}

/// Where what is done is told.
#[derive(Clone)]
struct Report {
    done: Sender<Done>,
    wake: Waker,
}

impl TokioDriver {
    /// A driver with nothing to do, which wakes its caller whenever something is done.
    ///
    /// # Errors
    ///
    /// The machine lacks the descriptors that a runtime needs, or the thread.
    pub(super) fn new(clock: Clock, wake: Waker) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("tokio").enable_all().build()?;
        // The resolver belongs to the runtime's time.
        let resolver = runtime.block_on(async { Resolver::of_this_machine() });
        let (report, done) = channel();
        let report = Report { done: report, wake };
        Ok(Self { runtime: Some(runtime), clock, resolver, cut: watch::Sender::new(None), done, report })
    }

    /// Begins to look up a name.
    pub(super) fn look_up(&self, Lookup { id, name, port, limit }: Lookup) {
        let resolver = self.resolver.clone();
        self.spawn(async move { Done::LookedUp { id, addresses: resolver.lookup(&name, port, limit).await } });
    }

    /// Begins an exchange.
    pub(super) fn start(&self, job: Job) {
        self.spawn(exchange(job, self.clock, self.cut.subscribe()));
    }

    /// Takes what is done by now. Never waits.
    pub(super) fn take(&self, done: &mut Vec<Done>) {
        done.extend(self.done.try_iter());
    }

    /// Cuts exchanges. What is cut ends as any other.
    pub(super) fn cut(&self, cut: Cut) {
        self.cut.send_if_modified(|present| {
            let deeper = present.is_none_or(|present| cut > present);
            *present = if deeper { Some(cut) } else { *present };
            deeper
        });
    }

    fn spawn(&self, task: impl Future<Output = Done> + Send + 'static) {
        let report = self.report.clone();
        let task = async move {
            let done = task.await;
            // Nobody listens when the driver is dropped, and then nobody has to.
            if report.done.send(done).is_ok() {
                (report.wake)();
            }
        };
        if let Some(runtime) = &self.runtime {
            drop(runtime.spawn(task));
        }
    }
}

impl std::fmt::Debug for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Report").finish_non_exhaustive()
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
    let Job { id, protocol, call, secrets, seq, dialer, endpoint, addresses } = job;
    let mut exchange = Exchange::new(protocol, call, Link::new(&secrets, seq), clock.now());
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
    Done::Ended { id, end }
}
