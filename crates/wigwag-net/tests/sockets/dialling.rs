//! Names, addresses, sources and deadlines.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpSocket;
use wigwag_net::{Dialer, Endpoint, Progress};
use wigwag_protocol::outcome::Unreachable;

use crate::{at, deaf_port, dial, drain, in_time, listen};

/// What a dial told on its way.
async fn told(dialer: &Dialer, endpoint: &Endpoint) -> Vec<String> {
    let mut told = Vec::new();
    let _ = in_time(dialer.dial(endpoint, &mut |progress| {
        told.push(match progress {
            Progress::Resolving { name } => format!("resolving {name}"),
            Progress::Resolved { .. } => "resolved".to_owned(),
            Progress::Connecting { .. } => "connecting".to_owned(),
            Progress::Failed { error, .. } => format!("failed: {error}"),
            Progress::Connected { .. } => "connected".to_owned(),
            Progress::Tunnelled => "tunnelled".to_owned(),
            Progress::Secured { .. } => "secured".to_owned(),
        });
    }))
    .await;
    told
}

#[tokio::test]
async fn a_literal_address_never_touches_the_resolver() {
    let (_listener, address) = listen().await;

    assert_eq!(told(&Dialer::default(), &at(address)).await, ["connecting", "connected"]);
}

#[tokio::test]
async fn a_name_is_resolved_first() {
    let (_listener, address) = listen().await;
    let endpoint = Endpoint::parse("localhost", Some(address.port())).unwrap();

    let told = told(&Dialer::default(), &endpoint).await;

    assert_eq!(told.first().map(String::as_str), Some("resolving localhost"));
    assert_eq!(told.last().map(String::as_str), Some("connected"));
}

#[tokio::test]
async fn nobody_listens() {
    let (_socket, address) = deaf_port();

    let error = dial(&Dialer::default(), &at(address)).await.unwrap_err();

    assert_eq!((error.reason, error.message.as_str()), (Unreachable::Refused, "connection refused"));
    assert!(!error.lasting);
    assert_eq!(told(&Dialer::default(), &at(address)).await, ["connecting", "failed: connection refused"]);
}

#[tokio::test]
async fn a_name_that_is_none() {
    let endpoint = Endpoint::parse("nonexistent.invalid:9100", None).unwrap();

    let error = dial(&Dialer::default(), &endpoint).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Dns);
    // Which of the two depends on whether this machine has a name server to ask.
    let told = ["no such host (the resolver says", "the name could not be looked up (the resolver says"];
    assert!(told.iter().any(|text| error.message.starts_with(text)), "{}", error.message);
    assert!(!error.message.contains("os error"), "{}", error.message);
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn the_device_sees_the_source_address() {
    let (listener, address) = listen().await;
    let source = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

    let connection = dial(&Dialer { source: Some(source), ..Dialer::default() }, &at(address)).await.unwrap();
    let (_, seen) = in_time(listener.accept()).await.unwrap();

    assert_eq!(seen.ip(), source);
    assert_eq!(connection.local_addr().unwrap(), seen);
}

#[tokio::test]
async fn a_source_that_is_not_ours() {
    let (_listener, address) = listen().await;
    let source = Some("192.0.2.1".parse().unwrap());

    let error = dial(&Dialer { source, ..Dialer::default() }, &at(address)).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Local);
    assert_eq!(error.message, "the source address 192.0.2.1 is not an address of this machine");
    assert!(error.lasting);
}

#[tokio::test]
async fn a_source_of_the_other_family() {
    let (_listener, address) = listen().await;
    let source = Some("::1".parse().unwrap());

    let error = dial(&Dialer { source, ..Dialer::default() }, &at(address)).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Local);
    assert_eq!(error.message, "the source address ::1 is IPv6, the target has only IPv4");
}

/// A listening socket whose queue is full: further connection requests get no answer at all.
#[cfg(target_os = "linux")]
async fn silent() -> (Vec<Box<dyn std::any::Any>>, SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let address = listener.local_addr().unwrap();
    let mut kept: Vec<Box<dyn std::any::Any>> = vec![Box::new(listener)];
    // A queue of n takes n + 1 connections; once one hangs it is full.
    while let Ok(stream) =
        tokio::time::timeout(Duration::from_millis(200), tokio::net::TcpStream::connect(address)).await
    {
        kept.push(Box::new(stream.unwrap()));
    }
    (kept, address)
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_silent_address_ends_with_the_timeout() {
    let (_kept, address) = silent().await;
    let dialer = Dialer { timeout: Some(Duration::from_millis(50)), ..Dialer::default() };

    let error = dial(&dialer, &at(address)).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Timeout);
    assert!(error.message.starts_with("no answer to the connection request within "), "{}", error.message);
}

/// Whether a connection request to `port` is under way on this machine (state 2 is SYN_SENT).
#[cfg(target_os = "linux")]
fn is_knocking(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let target = format!("0100007F:{port:04X} 02");
    table.lines().any(|line| line.contains(&target))
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_dropped_connect_closes_its_socket() {
    let (_kept, address) = silent().await;
    let (dialer, endpoint) = (Dialer::default(), at(address));
    // The connects that filled the queue may still be seen.
    assert!(!is_knocking(address.port()));

    let mut progress = |_: Progress<'_>| {};
    let mut dial = Box::pin(dialer.dial(&endpoint, &mut progress));
    let pending = tokio::time::timeout(Duration::from_millis(20), &mut dial).await;

    assert!(pending.is_err() && is_knocking(address.port()));
    drop(dial);
    assert!(!is_knocking(address.port()));
}

#[tokio::test]
async fn a_dropped_connection_is_closed() {
    let (connection, stream) = crate::pair().await;

    drop(connection);

    assert_eq!(drain(stream).await, b"");
}
