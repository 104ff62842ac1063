//! What comes of a device that cannot be reached.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use wigwag_net::driver::{Driver, Job, RoutedDriver};
use wigwag_protocol::exchange::Phase;
use wigwag_protocol::protocol::Times;

use crate::{Way, all, by_both, device, end_of, kind, patient, read_request};

/// A port that nobody listens on: bound, so that nobody else gets it, and never listening.
fn deaf_port() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

#[test]
fn who_is_refused_is_told_so() {
    by_both(|way, driver| {
        let (_socket, address) = deaf_port();
        let end = end_of(driver, way.status(1, address));
        assert_eq!(kind(&end), "unreachable refused");
        assert_eq!(end.evidence.error.as_deref(), Some("could not connect: connection refused"));
        assert_eq!((end.evidence.address, end.evidence.bytes_written), (Some(address), 0));
    });
}

/// The kernel goes through all ports of a kind for its connections, and meets the one that is connected to: then the
/// connection leads to its own beginning, and would answer with the command itself.
#[test]
#[cfg(target_os = "linux")]
fn a_connection_to_itself_is_no_device() {
    /// More than there are ports of a kind.
    const CONNECTIONS: u64 = 16_000;
    const AT_ONCE: u64 = 100;
    // Connections begin at ports of the other kind than listeners, as long as there are any.
    let address = {
        let (_socket, address) = deaf_port();
        SocketAddr::new(address.ip(), address.port() ^ 1)
    };
    let first = Way::Plain.status(0, address);
    let job = |id| Job {
        id,
        protocol: first.protocol.clone(),
        call: first.call.clone(),
        secrets: first.secrets.clone(),
        dialer: first.dialer.clone(),
        endpoint: first.endpoint.clone(),
        addresses: Vec::new(),
        ..first
    };
    let mut driver = RoutedDriver::new().unwrap();
    for _ in 0..CONNECTIONS / AT_ONCE {
        (0..AT_ONCE).map(job).for_each(|job| driver.start(job));
        for (_, end) in all(&mut driver, AT_ONCE as usize) {
            assert_eq!((kind(&end).as_str(), end.evidence.bytes_written), ("unreachable refused", 0));
        }
    }
}

/// A listener with a full queue drops what comes, as a network does.
#[test]
fn who_is_not_answered_waits_no_longer_than_allowed() {
    by_both(|way, driver| {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let _queued = std::net::TcpStream::connect(address).unwrap();

        let times = Times { connect: Duration::from_millis(50), ..patient() };
        let end = end_of(driver, way.job(1, address, "line", b"STATUS", times));

        assert_eq!(kind(&end), "unreachable timeout");
        let error = end.evidence.error.unwrap();
        assert_eq!(error, "could not connect: no answer to the connection request within 50 ms");

        let times = Times { total: Duration::from_millis(50), ..patient() };
        let end = end_of(driver, way.job(1, address, "line", b"STATUS", times));

        assert_eq!((kind(&end).as_str(), end.evidence.phase), ("unreachable timeout", Phase::Connect));
        let error = end.evidence.error.unwrap();
        assert_eq!(error, "could not connect: no answer within the 50 ms of the whole attempt");
    });
}

/// This is how a device elsewhere is connected to: not before the next turn of the loop. An address of this kind is not
/// taken for one of this machine.
#[test]
fn who_is_answered_later_is_sent_to_then() {
    let driver = &mut RoutedDriver::new().unwrap();
    let (address, device) = device(|stream| read_request(stream).write_all(b"READY\r\n").unwrap());
    let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped();
    let end = end_of(driver, Way::Plain.status(1, (mapped, address.port()).into()));
    assert_eq!((kind(&end).as_str(), end.evidence.body.as_slice()), ("ok", &b"READY"[..]));
    device.join().unwrap();

    let (_socket, address) = deaf_port();
    let end = end_of(driver, Way::Plain.status(1, (mapped, address.port()).into()));
    assert_eq!(end.evidence.error.as_deref(), Some("could not connect: connection refused"));
}

/// A device that is reset before anything was written proves that nothing was.
#[test]
fn who_is_dropped_before_the_greeting_has_sent_nothing() {
    by_both(|way, driver| {
        let (address, device) = device(drop);
        let end = end_of(driver, greeted(way, address, patient()));
        assert_eq!(kind(&end), "unreachable dropped");
        device.join().unwrap();
    });
}

#[test]
fn who_is_not_greeted_in_time_has_sent_nothing() {
    by_both(|way, driver| {
        let (address, device) = device(|stream| stream);
        let times = Times { first: Duration::from_millis(50), ..patient() };
        let end = end_of(driver, greeted(way, address, times));
        assert_eq!((kind(&end).as_str(), end.evidence.bytes_written), ("unreachable greeting", 0));
        device.join().unwrap();
    });
}

fn greeted(way: Way, address: SocketAddr, times: Times) -> wigwag_net::driver::Job {
    way.job(1, address, "pjlink", b"%1POWR ?", times)
}
