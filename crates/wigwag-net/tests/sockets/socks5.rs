//! Dialling through a proxy.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use wigwag_net::{DialError, Dialer, Endpoint, Received};
use wigwag_protocol::outcome::Unreachable;

use crate::certificates::{Authority, params_for};
use crate::proxy::{Behaviour, serve_one};
use crate::{at, deaf_port, dial, in_time, listen};

fn through(proxy: &str) -> Dialer {
    Dialer { proxy: Some(proxy.parse().unwrap()), ..Dialer::default() }
}

/// The failure of a dial through a proxy that behaves so, and the proxy's address.
async fn refused(behaviour: Behaviour, credentials: &str) -> (DialError, SocketAddr) {
    let (listener, address) = listen().await;
    let dialer = through(&format!("socks5h://{credentials}{address}"));
    let endpoint = Endpoint::parse("press-7:9100", None).unwrap();
    let error = tokio::select! {
        error = async { dial(&dialer, &endpoint).await.unwrap_err() } => error,
        error = async {
            let _ = serve_one(&listener, behaviour).await;
            std::future::pending().await
        } => error,
    };
    assert_eq!(error.reason, Unreachable::Proxy);
    (error, address)
}

#[tokio::test]
async fn a_command_and_its_answer() {
    let (proxy, proxy_address) = listen().await;
    let (device, address) = listen().await;
    let dialer = through(&format!("socks5://ops:secret@{proxy_address}"));
    let endpoint = at(address);
    let exchange = async {
        let mut connection = dial(&dialer, &endpoint).await.unwrap();
        assert_eq!(connection.peer_addr(), proxy_address);
        connection.write_all(b"PING").await.unwrap();
        let mut buffer = [0; 16];
        assert_eq!(connection.read(&mut buffer).await.unwrap(), Received::Bytes(4));
        assert_eq!(&buffer[..4], b"PONG");
    };
    let answer = async {
        let (mut stream, _) = device.accept().await.unwrap();
        let mut request = [0; 4];
        stream.read_exact(&mut request).await.unwrap();
        stream.write_all(b"PONG").await.unwrap();
    };

    let ((), (), asked) =
        in_time(async { tokio::join!(exchange, answer, serve_one(&proxy, Behaviour::WantsPassword(address))) }).await;

    assert_eq!(asked.unwrap(), address.to_string());
}

#[tokio::test]
async fn the_h_decides_who_resolves() {
    for (scheme, expected) in [("socks5", "127.0.0.1"), ("socks5h", "localhost")] {
        let (proxy, proxy_address) = listen().await;
        let (device, address) = listen().await;
        let dialer = through(&format!("{scheme}://{proxy_address}"));
        let endpoint = Endpoint::parse("localhost", Some(address.port())).unwrap();
        let connect = async { drop(dial(&dialer, &endpoint).await.unwrap()) };
        let accept = async { drop(device.accept().await.unwrap()) };

        let ((), (), asked) =
            in_time(async { tokio::join!(connect, accept, serve_one(&proxy, Behaviour::Connects(address))) }).await;

        // A machine may know ::1 for localhost first.
        let asked = asked.unwrap().replace("::1:", "127.0.0.1:");
        assert_eq!(asked, format!("{expected}:{}", address.port()));
    }
}

#[tokio::test]
async fn tls_goes_through_the_tunnel_and_is_the_devices() {
    let authority = Authority::new();
    let (proxy, proxy_address) = listen().await;
    let (device, address) = listen().await;
    let dialer = Dialer { tls: Some(authority.tls()), ..through(&format!("socks5h://{proxy_address}")) };
    let endpoint = Endpoint::parse("press-7:9100", None).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(authority.issue(params_for("press-7")).server(&rustls::version::TLS13)));
    let accept = async {
        let (stream, _) = device.accept().await.unwrap();
        drop(acceptor.accept(stream).await.unwrap());
    };
    let connect = async { assert!(dial(&dialer, &endpoint).await.unwrap().tls().is_some()) };

    let ((), (), asked) =
        in_time(async { tokio::join!(connect, accept, serve_one(&proxy, Behaviour::Connects(address))) }).await;

    assert_eq!(asked.unwrap(), "press-7:9100");
}

#[tokio::test]
async fn each_reply_code_is_the_proxies_and_in_words() {
    for (code, expected) in [
        (1, "says: general failure"),
        (2, "does not allow this connection"),
        (3, "says: network is unreachable"),
        (4, "says: no route to host"),
        (5, "says: connection refused"),
        (6, "says: TTL expired on the way"),
        (7, "cannot open connections"),
        (8, "does not support this kind of address"),
        (99, "answered with a code that SOCKS5 does not know"),
    ] {
        let (error, address) = refused(Behaviour::Replies(code), "").await;
        assert_eq!(error.message, format!("proxy socks5h://{address} {expected}"));
    }
}

#[tokio::test]
async fn a_refused_password_is_not_told_and_not_tried_again() {
    let device = "127.0.0.1:9".parse().unwrap();

    let (error, address) = refused(Behaviour::WantsPassword(device), "ops:wrong@").await;
    assert_eq!(error.message, format!("proxy socks5h://{address} refused user and password"));
    assert!(error.lasting);

    let (error, address) = refused(Behaviour::WantsPassword(device), "").await;
    assert_eq!(error.message, format!("proxy socks5h://{address} wants a user and a password"));
    assert!(error.lasting);
}

#[tokio::test]
async fn a_proxy_that_is_none() {
    let (error, address) = refused(Behaviour::Talks(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "").await;

    assert_eq!(error.message, format!("proxy socks5h://{address} does not speak SOCKS5"));
}

#[tokio::test]
async fn a_proxy_that_hangs_up() {
    let (listener, address) = listen().await;
    let dialer = through(&format!("socks5h://{address}"));
    let endpoint = at(address);
    let hang_up = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; 3]).await.unwrap();
    };

    let (connection, ()) = tokio::join!(dial(&dialer, &endpoint), hang_up);

    assert_eq!(connection.unwrap_err().message, format!("proxy socks5h://{address} closed the connection"));
}

#[tokio::test]
async fn a_proxy_that_is_not_there() {
    let (_socket, address) = deaf_port();

    let error = dial(&through(&format!("socks5h://{address}")), &at(address)).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Proxy);
    assert_eq!(error.message, format!("proxy socks5h://{address} cannot be reached: connection refused"));
}

#[tokio::test]
async fn a_proxy_that_is_silent() {
    let (_listener, address) = listen().await;
    let dialer = Dialer { timeout: Some(Duration::from_millis(50)), ..through(&format!("socks5h://{address}")) };

    let error = dial(&dialer, &at(address)).await.unwrap_err();

    assert_eq!(error.reason, Unreachable::Proxy);
    assert_eq!(error.message, format!("proxy socks5h://{address} did not answer within 50 ms"));
}

#[tokio::test]
async fn a_dropped_negotiation_closes_its_socket() {
    let (listener, address) = listen().await;
    let (dialer, endpoint) = (through(&format!("socks5h://{address}")), at(address));
    let mut progress = |_: wigwag_net::Progress<'_>| {};
    let mut dial = Box::pin(dialer.dial(&endpoint, &mut progress));
    let mut stream = tokio::select! {
        _ = &mut dial => panic!("nobody answers the greeting"),
        greeted = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.read_exact(&mut [0; 3]).await.unwrap();
            stream
        } => greeted,
    };

    drop(dial);

    assert_eq!(in_time(stream.read(&mut [0; 1])).await.unwrap(), 0);
}
