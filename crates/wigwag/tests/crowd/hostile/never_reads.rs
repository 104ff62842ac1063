//! Asks for more than buffers hold, and takes none of it.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

pub(super) async fn behave(mut stream: TcpStream) -> io::Result<()> {
    // Until it is cut.
    loop {
        stream.write_all(&b"\x1bPAGE\r".repeat(100)).await?;
    }
}
