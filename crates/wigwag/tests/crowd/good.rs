//! Clients that behave, each from an address of its own. None of them asks twice for the same thing: what is not answered, or
//! answered wrongly, is a failure.

use std::io::{self, Read, Write};
use std::iter;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::agent::HUNG;

/// What clients do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Habit {
    /// A connection for each request, which has its reply at once.
    Replies,
    /// A connection for each request, for which a program runs.
    Programs,
    /// One connection, on which it asks again before it has been idle for too long.
    Stays,
}

const HABITS: [Habit; 3] = [Habit::Replies, Habit::Programs, Habit::Stays];

impl Habit {
    fn address(self) -> Ipv4Addr {
        Ipv4Addr::new(127, 1, 0, 1 + self as u8)
    }

    /// How many do it at once, from the same address.
    fn clients(self) -> usize {
        match self {
            Self::Replies | Self::Stays => 4,
            Self::Programs => 2,
        }
    }

    /// How long it does something else between two exchanges.
    fn pause(self) -> Duration {
        match self {
            Self::Replies | Self::Programs => Duration::from_millis(5),
            Self::Stays => Duration::from_millis(300),
        }
    }

    /// The request of this number, and its right answer.
    fn exchange(self, number: usize) -> (String, String) {
        match self {
            Self::Replies | Self::Stays => ("\x1bSTATUS\r".to_owned(), "READY\0".to_owned()),
            Self::Programs => (format!("\x1bECHO {number}\r"), format!("{number}\0")),
        }
    }
}

/// What became of the exchanges of clients.
#[derive(Debug, Clone)]
pub(crate) struct Served {
    pub(crate) habit: Habit,
    /// How long each took that was answered rightly, the connection included where it had one of its own. Ascending,
    /// once they are all told together.
    pub(crate) took: Vec<Duration>,
    pub(crate) failures: Vec<String>,
    /// How many connections they made.
    pub(crate) connections: u64,
}

/// Clients at work, on a thread each.
pub(crate) struct Good {
    enough: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Served>>,
}

impl Good {
    pub(crate) fn start(door: SocketAddr) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let at_work = |habit| {
            let enough = enough.clone();
            thread::spawn(move || work(habit, door, || enough.load(Ordering::Relaxed)))
        };
        let clients = HABITS.into_iter().flat_map(|habit| iter::repeat_n(habit, habit.clients()));
        Self { threads: clients.map(at_work).collect(), enough }
    }

    /// Lets them finish what they are at.
    pub(crate) fn finish(self) -> Vec<Served> {
        self.enough.store(true, Ordering::Relaxed);
        let served: Vec<Served> = self.threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        HABITS.into_iter().map(|habit| together(habit, &served)).collect()
    }
}

/// One exchange of each habit.
pub(crate) fn once_each(door: SocketAddr) -> Vec<Served> {
    HABITS.into_iter().map(|habit| work(habit, door, || true)).collect()
}

/// What became of the exchanges of all clients with this habit.
fn together(habit: Habit, served: &[Served]) -> Served {
    let mut all = Served { habit, took: Vec::new(), failures: Vec::new(), connections: 0 };
    for one in served.iter().filter(|one| one.habit == habit) {
        all.took.extend(&one.took);
        all.failures.extend_from_slice(&one.failures);
        all.connections += one.connections;
    }
    all.took.sort_unstable();
    all
}

fn work(habit: Habit, door: SocketAddr, enough: impl Fn() -> bool) -> Served {
    let mut served = Served { habit, took: Vec::new(), failures: Vec::new(), connections: 0 };
    let (mut kept, start) = (None, Instant::now());
    for number in 0.. {
        let began = Instant::now();
        let asked = ask(habit, number, door, kept.take(), &mut served.connections);
        match asked {
            Ok(stream) => {
                served.took.push(began.elapsed());
                kept = (habit == Habit::Stays).then_some(stream);
            }
            Err(error) => {
                let (at, after) = (began - start, began.elapsed());
                served.failures.push(format!("{habit:?} {number} at {at:?}, after {after:?}: {error}"));
            }
        }
        if enough() {
            break;
        }
        thread::sleep(habit.pause());
    }
    served
}

/// One exchange, on this connection or a new one.
fn ask(
    habit: Habit,
    number: usize,
    door: SocketAddr,
    kept: Option<TcpStream>,
    connections: &mut u64,
) -> io::Result<TcpStream> {
    let (request, right) = habit.exchange(number);
    let mut stream = match kept {
        Some(stream) => stream,
        None => {
            *connections += 1;
            connect(habit.address(), door)?
        }
    };
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    while answer.last() != Some(&0) {
        let mut piece = [0; 64];
        match stream.read(&mut piece)? {
            0 => return Err(io::Error::other(format!("closed after {:?}", String::from_utf8_lossy(&answer)))),
            count => answer.extend(&piece[..count]),
        }
    }
    match answer == right.as_bytes() {
        true => Ok(stream),
        false => Err(io::Error::other(format!("answered {:?}", String::from_utf8_lossy(&answer)))),
    }
}

fn connect(from: Ipv4Addr, door: SocketAddr) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect_timeout(&door.into(), HUNG)?;
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(HUNG))?;
    stream.set_write_timeout(Some(HUNG))?;
    Ok(stream)
}
