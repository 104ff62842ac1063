//! A request that never ends: to the last byte that is kept of one, a while of nothing, and on.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::agent::REQUEST;

pub(super) async fn behave(mut stream: TcpStream) -> io::Result<()> {
    const A_WHILE: Duration = Duration::from_millis(500);
    const MORE: [u8; 4096] = [b'x'; 4096];
    stream.write_all(b"\x1b").await?;
    stream.write_all(&[b'x'; REQUEST]).await?;
    sleep(A_WHILE).await;
    // Until it is cut.
    loop {
        stream.write_all(&MORE).await?;
    }
}
