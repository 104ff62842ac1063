//! What a loop that runs can be told: to listen elsewhere, and other limits.

use std::net::SocketAddr;

use tokio::sync::{mpsc, oneshot};

use super::listener::{BindError, Listener};
use super::serve::Limits;

/// The end that tells.
#[derive(Debug, Clone)]
pub struct Changer(mpsc::Sender<Change>);

/// The end of the loop that is told.
#[derive(Debug)]
pub struct Changes(Option<mpsc::Receiver<Change>>);

#[derive(Debug)]
pub(super) struct Change {
    listen: Option<Vec<SocketAddr>>,
    limits: Limits,
    done: oneshot::Sender<Result<Vec<SocketAddr>, BindError>>,
}

impl Changer {
    /// Listens on these addresses from now on (on the same as before, unless said) within these limits. Connections that are
    /// open stay, and sockets of addresses that stay are not closed for a moment. Returns the addresses listened on.
    ///
    /// # Errors
    ///
    /// An address cannot be listened on; all is as it was.
    pub async fn change(&self, listen: Option<Vec<SocketAddr>>, limits: Limits) -> Result<Vec<SocketAddr>, BindError> {
        let (done, is_done) = oneshot::channel();
        // A loop that has stopped listens nowhere.
        if self.0.send(Change { listen, limits, done }).await.is_err() {
            return Ok(Vec::new());
        }
        is_done.await.unwrap_or_else(|_stopped| Ok(Vec::new()))
    }
}

impl Changes {
    /// There are never any.
    pub fn none() -> Self {
        Self(None)
    }

    /// Both ends.
    pub fn channel() -> (Changer, Self) {
        let (changer, changes) = mpsc::channel(1);
        (Changer(changer), Self(Some(changes)))
    }

    /// The next one; waits for ever where there is none. May be dropped.
    pub(super) async fn next(&mut self) -> Change {
        if let Some(changes) = &mut self.0 {
            if let Some(change) = changes.recv().await {
                return change;
            }
            self.0 = None;
        }
        std::future::pending().await
    }
}

impl Change {
    /// Does it.
    pub(super) fn make(self, listener: &mut Listener, limits: &mut Limits) {
        let listened = self.listen.map_or(Ok(()), |addresses| listener.listen_on(&addresses));
        let told = listened.map(|()| {
            *limits = self.limits;
            listener.local_addrs()
        });
        // Whoever no longer waits for it need not be told.
        let _ = self.done.send(told);
    }
}
