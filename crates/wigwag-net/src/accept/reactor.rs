//! What happens on sockets, told in batches.

use std::io::{self, ErrorKind};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Registry};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// The most events of a batch.
const BATCH: usize = 1024;

/// The sockets of an accept loop. Tokio watches this set of them as one, so that a connection costs neither an entry nor a
/// task there.
#[derive(Debug)]
pub(super) struct Reactor {
    set: AsyncFd<mio::Poll>,
    registry: Arc<Registry>,
    events: Events,
}

impl Reactor {
    /// Without sockets. Within a Tokio runtime.
    #[expect(deprecated, reason = "what it is deprecated for cannot be: the set owns its descriptor and keeps it")]
    pub(super) fn new() -> io::Result<Self> {
        let set = mio::Poll::new()?;
        let registry = Arc::new(set.registry().try_clone()?);
        let set = AsyncFd::with_interest(set, Interest::READABLE)?;
        Ok(Self { set, registry, events: Events::with_capacity(BATCH) })
    }

    /// Where sockets are entered.
    pub(super) fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Tells of a batch of events; whether there is another. If not, `context` hears of it when there is.
    pub(super) fn poll_events(&mut self, context: &mut Context<'_>, tell: impl FnMut(&Event)) -> io::Result<bool> {
        let Poll::Ready(ready) = self.set.poll_read_ready_mut(context) else { return Ok(false) };
        let mut ready = ready?;
        match ready.get_inner_mut().poll(&mut self.events, Some(Duration::ZERO)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(true),
            polled => polled?,
        }
        let count = self.events.iter().map(tell).count();
        if count == BATCH {
            return Ok(true);
        }
        ready.clear_ready();
        Ok(self.set.poll_read_ready(context).is_ready())
    }
}
