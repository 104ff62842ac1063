//! Closes its sending side in the middle of a request.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(super) async fn behave(mut stream: TcpStream) -> io::Result<()> {
    stream.write_all(b"\x1bSTATUS\r\x1bSTAT").await?;
    stream.shutdown().await?;
    while stream.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}
