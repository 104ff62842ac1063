//! Strangers, each of some kind, who come back for as long as they are let.
//!
//! One more kind is a variant of `Kind`, a file of what it does with a connection, and a line in `form`.

mod drip;
mod endless;
mod flood;
mod garbage;
mod half_close;
mod idle;
mod never_reads;
mod reset;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

use crate::chance::Chance;

/// Who comes, and how many of them at once.
pub(crate) struct Crowd(pub(crate) Vec<(Kind, usize)>);

/// What a stranger does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Idle,
    Drip,
    Endless,
    Garbage,
    HalfClose,
    Reset,
    FloodFromOne,
    FloodFromMany,
    NeverReads,
}

impl Kind {
    /// What it does with a connection, until it has had enough or is cut.
    async fn behave(self, stream: TcpStream, chance: &Mutex<Chance>) -> io::Result<()> {
        match self {
            Self::Idle => idle::behave(stream).await,
            Self::Drip => drip::behave(stream).await,
            Self::Endless => endless::behave(stream).await,
            Self::Garbage => garbage::behave(stream, chance).await,
            Self::HalfClose => half_close::behave(stream).await,
            Self::Reset => reset::behave(stream, chance).await,
            Self::FloodFromOne => flood::reset(stream),
            Self::FloodFromMany => flood::close(stream),
            Self::NeverReads => never_reads::behave(stream).await,
        }
    }

    /// Each kind has a network of its own, and each client an address in it.
    fn address(self, client: usize, chance: &Mutex<Chance>) -> Ipv4Addr {
        const EVERYWHERE: usize = 1 << 16;
        let host = match self {
            Self::FloodFromOne => 1,
            Self::FloodFromMany => chance.lock().unwrap().below(EVERYWHERE),
            Self::Idle
            | Self::Drip
            | Self::Endless
            | Self::Garbage
            | Self::HalfClose
            | Self::Reset
            | Self::NeverReads => client,
        };
        let [.., high, low] = (host as u32).to_be_bytes();
        Ipv4Addr::new(127, 10 + self as u8, high, low)
    }

    /// How long it stays away between two connections, at the most.
    fn rest(self) -> Duration {
        match self {
            Self::FloodFromOne | Self::FloodFromMany => Duration::ZERO,
            Self::Idle
            | Self::Drip
            | Self::Endless
            | Self::Garbage
            | Self::HalfClose
            | Self::Reset
            | Self::NeverReads => Duration::from_millis(200),
        }
    }
}

/// How many connections of a kind were tried, and were made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Came {
    tried: Arc<AtomicU64>,
    made: Arc<AtomicU64>,
}

impl Came {
    pub(crate) fn tried(&self) -> u64 {
        self.tried.load(Ordering::Relaxed)
    }

    pub(crate) fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }
}

/// A crowd at the door, on a thread of its own.
pub(crate) struct Gathered {
    came: Vec<(Kind, Came)>,
    go: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Crowd {
    /// Sets it on the agent at `door`.
    pub(crate) fn gather(&self, door: SocketAddr) -> Gathered {
        let strangers: Vec<_> = self.0.iter().map(|(kind, count)| (*kind, *count, Came::default())).collect();
        let came = strangers.iter().map(|(kind, _, came)| (*kind, came.clone())).collect();
        let chance = Arc::new(Mutex::new(Chance::new()));
        let (go, gone) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                for (kind, count, came) in strangers {
                    for client in 0..count {
                        tokio::spawn(come_again(kind, client, door, chance.clone(), came.clone()));
                    }
                }
                let _ = gone.await;
            });
            // With the runtime all that they hold is closed.
        });
        Gathered { came, go, thread }
    }
}

impl Gathered {
    /// Sends it away; how many connections it had.
    pub(crate) fn disperse(self) -> Vec<(Kind, Came)> {
        let _ = self.go.send(());
        self.thread.join().unwrap();
        self.came
    }
}

async fn come_again(kind: Kind, client: usize, door: SocketAddr, chance: Arc<Mutex<Chance>>, came: Came) {
    loop {
        came.tried.fetch_add(1, Ordering::Relaxed);
        // Whatever ends it, being cut off too, it comes back.
        if let Ok(stream) = connect(kind.address(client, &chance), door, kind).await {
            came.made.fetch_add(1, Ordering::Relaxed);
            let _ = kind.behave(stream, &chance).await;
        }
        match kind.rest() {
            Duration::ZERO => tokio::task::yield_now().await,
            most => {
                let rest = chance.lock().unwrap().below(most.as_millis() as usize);
                tokio::time::sleep(Duration::from_millis(rest as u64)).await;
            }
        }
    }
}

async fn connect(from: Ipv4Addr, door: SocketAddr, kind: Kind) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    if kind == Kind::NeverReads {
        // So that answers pile up on the other side.
        socket.set_recv_buffer_size(4096)?;
    }
    socket.bind((from, 0).into())?;
    socket.connect(door).await
}
