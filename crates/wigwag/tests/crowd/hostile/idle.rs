//! Connects and says nothing.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

pub(super) async fn behave(mut stream: TcpStream) -> io::Result<()> {
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}
