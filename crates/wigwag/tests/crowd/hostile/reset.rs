//! Resets the connection: before a request, in one, or while a program runs for it.

use std::io;
use std::sync::Mutex;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::chance::Chance;

pub(super) async fn behave(mut stream: TcpStream, chance: &Mutex<Chance>) -> io::Result<()> {
    let said: &[u8] = match chance.lock().unwrap().below(3) {
        0 => b"",
        1 => b"\x1bECHO 1",
        _ => b"\x1bECHO reset\r",
    };
    stream.write_all(said).await?;
    stream.set_zero_linger()
}
