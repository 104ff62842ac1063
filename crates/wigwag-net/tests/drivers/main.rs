//! What a driver of many exchanges owes its caller, over real sockets on loopback: by either way that a job can take.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod connecting;
mod conversing;
mod cutting;

use std::io::Read;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wigwag_net::driver::{Done, Driver, Job, Lookup, RoutedDriver};
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::exchange::End;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Call, Protocol, Times};

/// Which driver drives. A source address is one of the things that the plain one leaves to Tokio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Plain,
    Tokio,
}

impl Way {
    fn dialer(self) -> Dialer {
        match self {
            Self::Plain => Dialer::default(),
            Self::Tokio => Dialer { source: Some(Ipv4Addr::LOCALHOST.into()), ..Dialer::default() },
        }
    }

    /// A command and its answer, as the protocol of this name has them.
    fn job(self, id: u64, address: SocketAddr, protocol: &str, body: &[u8], times: Times) -> Job {
        let protocol = Protocol::named(protocol).unwrap().unwrap();
        let call = protocol.call_body(Some(body.to_vec()), Fields::new()).unwrap().with_times(times);
        self.job_of(id, address, protocol, call)
    }

    fn job_of(self, id: u64, address: SocketAddr, protocol: Protocol, call: Call) -> Job {
        let dialer = Dialer { timeout: Some(call.times().connect), ..self.dialer() };
        let job = Job {
            id,
            protocol: Arc::new(protocol),
            call: Arc::new(call),
            secrets: Arc::default(),
            seq: 0,
            dialer: Arc::new(dialer),
            endpoint: Endpoint::parse(&address.to_string(), None).unwrap(),
            addresses: Vec::new(),
        };
        assert_eq!(job.plain_address().is_some(), self == Self::Plain);
        job
    }

    /// `STATUS CR LF`, and a line back.
    fn status(self, id: u64, address: SocketAddr) -> Job {
        self.job(id, address, "line", b"STATUS", patient())
    }
}

/// For what must not happen by time: a test that hangs is a test that failed.
fn patient() -> Times {
    const LONG: Duration = Duration::from_secs(60);
    Times { connect: LONG, first: LONG, idle: LONG, total: LONG }
}

/// Does the same by both ways.
fn by_both(test: impl Fn(Way, &mut dyn Driver)) {
    for way in [Way::Plain, Way::Tokio] {
        test(way, &mut RoutedDriver::new().unwrap());
    }
}

/// With room for all clients that a test begins at once.
fn listen() -> (TcpListener, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
    socket.listen(1024).unwrap();
    let listener = TcpListener::from(socket);
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A device that does this with its only client.
fn device<T: Send + 'static>(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> (SocketAddr, JoinHandle<T>) {
    let (listener, address) = listen();
    (address, thread::spawn(move || serve(listener.accept().unwrap().0)))
}

/// Everything that comes to its end, until `count` things have.
fn all(driver: &mut dyn Driver, count: usize) -> Vec<(u64, End)> {
    let mut done = Vec::new();
    while done.len() < count {
        driver.poll(None, &mut done);
    }
    let ends = done.into_iter().map(|done| match done {
        Done::Ended { id, end } => (id, end),
        Done::LookedUp { .. } => panic!("nothing was to be looked up"),
    });
    ends.collect()
}

/// How the only job ends.
fn end_of(driver: &mut dyn Driver, job: Job) -> End {
    driver.start(job);
    let mut ends = all(driver, 1);
    assert_eq!(ends.len(), 1);
    ends.pop().unwrap().1
}

/// `unconfirmed reset`
fn kind(end: &End) -> String {
    match end.outcome.reason() {
        Some(reason) => format!("{} {reason}", end.outcome.word()),
        None => end.outcome.word().to_owned(),
    }
}

/// Drives until the device has done what it does.
fn drive_until_finished<T>(driver: &mut dyn Driver, device: &JoinHandle<T>) {
    while !device.is_finished() {
        driver.poll(Some(driver.now() + Duration::from_millis(1)), &mut Vec::new());
    }
}

fn read_request(mut stream: TcpStream) -> TcpStream {
    let mut request = [0; 8];
    stream.read_exact(&mut request).unwrap();
    assert_eq!(&request, b"STATUS\r\n");
    stream
}

/// Closes with a reset.
fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
}

#[test]
fn a_driver_with_nothing_to_do_is_woken_from_another_thread() {
    let mut driver = RoutedDriver::new().unwrap();
    let wake = driver.waker();
    let waking = thread::spawn(move || wake());
    let mut done = Vec::new();
    driver.poll(None, &mut done);
    waking.join().unwrap();
    assert!(done.is_empty());
}

#[test]
fn names_are_looked_up() {
    let mut driver = RoutedDriver::new().unwrap();
    let lookup = Lookup { id: 7, name: "localhost".to_owned(), port: 9100, limit: Duration::from_secs(60) };
    driver.look_up(vec![lookup]);
    let mut done = Vec::new();
    while done.is_empty() {
        driver.poll(None, &mut done);
    }
    let Some(Done::LookedUp { id: 7, addresses: Ok(addresses) }) = done.pop() else { panic!("{done:?}") };
    assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 9100));
}
