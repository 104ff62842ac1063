//! Real sockets on loopback: ports from the system, events instead of sleeps, everything in parallel.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod accepting;
mod certificates;
mod channel;
mod connecting;
mod dialling;
mod proxy;
mod securing;
mod socks5;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use wigwag_net::{Connection, DialError, Dialer, Endpoint, Received};

/// A test that hangs is a test that failed. Long, for a machine that builds something else at the same time.
const PATIENCE: Duration = Duration::from_secs(60);

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("an event that never came")
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A port that nobody listens on: bound, so that nobody else gets it, and never listening.
fn deaf_port() -> (socket2::Socket, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    (socket, address)
}

fn at(address: SocketAddr) -> Endpoint {
    Endpoint::parse(&address.to_string(), None).unwrap()
}

async fn dial(dialer: &Dialer, endpoint: &Endpoint) -> Result<Connection, DialError> {
    in_time(dialer.dial(endpoint, &mut |_| {})).await
}

/// A plain connection and the device's end of it.
async fn pair() -> (Connection, TcpStream) {
    let (listener, address) = listen().await;
    let connection = dial(&Dialer::default(), &at(address)).await.unwrap();
    let (stream, _) = in_time(listener.accept()).await.unwrap();
    (connection, stream)
}

/// All that the device says, and how it ends.
async fn read_to_end(connection: &mut Connection) -> (Vec<u8>, std::io::Result<Received>) {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match in_time(connection.read(&mut buffer)).await {
            Ok(Received::Bytes(count)) => bytes.extend_from_slice(&buffer[..count]),
            end => return (bytes, end),
        }
    }
}

/// Everything up to the client's end, however it ends.
async fn drain(mut stream: impl tokio::io::AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = in_time(stream.read_to_end(&mut bytes)).await;
    bytes
}
