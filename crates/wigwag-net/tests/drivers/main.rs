//! What a driver of many exchanges owes its caller, shown with each driver over real sockets on loopback.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wigwag_net::driver::{Cut, Done, Driver, Job, Lookup, TokioDriver};
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::exchange::{End, Link};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::Protocol;

fn drivers() -> Vec<Box<dyn Driver>> {
    vec![Box::new(TokioDriver::new().unwrap())]
}

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// `STATUS CR LF`, and a line back.
fn job(id: u64, address: SocketAddr) -> Job {
    let protocol = Protocol::named("line").unwrap().unwrap();
    let call = protocol.call_body(Some(b"STATUS".to_vec()), Fields::new()).unwrap();
    Job {
        id,
        protocol: Arc::new(protocol),
        call: Arc::new(call),
        link: Link::new(&Fields::new(), 0),
        dialer: Arc::new(Dialer::default()),
        endpoint: Endpoint::parse(&address.to_string(), None).unwrap(),
        addresses: vec![address],
    }
}

/// Everything that comes to its end, until `count` things have.
fn all(driver: &mut dyn Driver, count: usize) -> Vec<(u64, End)> {
    let mut done = Vec::new();
    while done.len() < count {
        driver.poll(None, &mut done);
    }
    let ends = done.into_iter().map(|done| match done {
        Done::Ended { id, end } => (id, *end),
        Done::LookedUp { .. } => panic!("nothing was to be looked up"),
    });
    ends.collect()
}

fn read_request(stream: &mut TcpStream) {
    let mut request = [0; 8];
    stream.read_exact(&mut request).unwrap();
    assert_eq!(&request, b"STATUS\r\n");
}

#[test]
fn many_exchanges_end_each_with_its_own_answer() {
    for mut driver in drivers() {
        let (listener, address) = listen();
        let device = thread::spawn(move || {
            for number in 0..50 {
                let (mut stream, _) = listener.accept().unwrap();
                read_request(&mut stream);
                write!(stream, "READY {number}\r\n").unwrap();
            }
        });

        driver.start((0..50).map(|id| job(id, address)).collect());
        let mut ends = all(&mut *driver, 50);

        device.join().unwrap();
        ends.sort_by_key(|(id, _)| *id);
        assert_eq!(ends.iter().map(|(id, _)| *id).collect::<Vec<_>>(), (0..50).collect::<Vec<_>>());
        let mut bodies: Vec<String> =
            ends.iter().map(|(_, end)| String::from_utf8(end.evidence.body.clone()).unwrap()).collect();
        bodies.sort();
        let mut expected: Vec<String> = (0..50).map(|number| format!("READY {number}")).collect();
        expected.sort();
        assert_eq!(bodies, expected);
    }
}

#[test]
fn what_is_not_sent_yet_is_cancelled_and_the_rest_goes_on() {
    for mut driver in drivers() {
        let (listener, address) = listen();
        let (silent, waiting) = listen();
        driver.start(vec![job(1, address)]);
        let device = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            stream
        });
        // The request has left when the device has read it.
        while !device.is_finished() {
            driver.poll(Some(driver.now() + Duration::from_millis(1)), &mut Vec::new());
        }
        let mut stream = device.join().unwrap();

        driver.cut(Cut::Uncommitted);
        driver.start(vec![job(2, waiting)]);
        let ends = all(&mut *driver, 1);
        assert_eq!((ends[0].0, ends[0].1.outcome.word()), (2, "cancelled"));

        stream.write_all(b"OK\r\n").unwrap();
        let ends = all(&mut *driver, 1);
        assert_eq!((ends[0].0, ends[0].1.outcome.word()), (1, "ok"));
        drop(silent);
    }
}

#[test]
fn what_is_cut_after_its_first_byte_is_unconfirmed() {
    for mut driver in drivers() {
        let (listener, address) = listen();
        driver.start(vec![job(1, address)]);
        let device = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            stream
        });
        while !device.is_finished() {
            driver.poll(Some(driver.now() + Duration::from_millis(1)), &mut Vec::new());
        }

        driver.cut(Cut::All);
        driver.cut(Cut::Uncommitted);
        let ends = all(&mut *driver, 1);

        let outcome = ends[0].1.outcome;
        assert_eq!((outcome.word(), outcome.reason()), ("unconfirmed", Some("interrupted")));
        let mut rest = Vec::new();
        let _ = device.join().unwrap().read_to_end(&mut rest);
        assert!(rest.is_empty(), "the connection is closed");
    }
}

#[test]
fn a_driver_with_nothing_to_do_is_woken_from_another_thread() {
    for mut driver in drivers() {
        let wake = driver.waker();
        let waking = thread::spawn(move || wake());
        let mut done = Vec::new();
        driver.poll(None, &mut done);
        waking.join().unwrap();
        assert!(done.is_empty());
    }
}

#[test]
fn names_are_looked_up() {
    for mut driver in drivers() {
        let lookup = Lookup { id: 7, name: "localhost".to_owned(), port: 9100, limit: Duration::from_secs(60) };
        driver.look_up(vec![lookup]);
        let mut done = Vec::new();
        while done.is_empty() {
            driver.poll(None, &mut done);
        }
        let Some(Done::LookedUp { id: 7, addresses: Ok(addresses) }) = done.pop() else { panic!("{done:?}") };
        assert!(addresses.iter().all(|address| address.ip().is_loopback() && address.port() == 9100));
    }
}
