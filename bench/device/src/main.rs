//! The peer: what a Rust programmer would write who wants no more than the answer. A task for each client, on one thread.
//!
//! Prints its port, serves until it is killed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Builder;

const ANY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// The kernel lowers it to its own limit (`net.core.somaxconn`). With the usual one a burst overflows, and is reset.
const BACKLOG: u32 = 65535;

/// With its NUL.
const READY: &[u8] = b"READY\0";

fn main() -> std::io::Result<()> {
    Builder::new_current_thread().enable_io().build()?.block_on(async {
        let socket = TcpSocket::new_v4()?;
        socket.bind(ANY)?;
        let listener = socket.listen(BACKLOG)?;
        println!("{}", listener.local_addr()?.port());
        loop {
            if let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client));
            }
        }
    })
}

async fn serve(mut client: TcpStream) {
    let mut bytes = [0; 256];
    while let Ok(count @ 1..) = client.read(&mut bytes).await {
        if bytes[count - 1] == b'\r' && client.write_all(READY).await.is_err() {
            return;
        }
    }
}
