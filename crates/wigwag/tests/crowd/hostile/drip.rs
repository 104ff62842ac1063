//! A byte a second, of a request that never ends.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::interval;

pub(super) async fn behave(mut stream: TcpStream) -> io::Result<()> {
    let mut second = interval(Duration::from_secs(1));
    let mut answer = [0; 64];
    stream.write_all(b"\x1b").await?;
    loop {
        tokio::select! {
            read = stream.read(&mut answer) => if read? == 0 { return Ok(()) },
            _ = second.tick() => stream.write_all(b"S").await?,
        }
    }
}
