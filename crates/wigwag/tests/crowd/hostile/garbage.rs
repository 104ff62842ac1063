//! Bytes that mean nothing, or by chance something.

use std::io;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::chance::Chance;

const PIECES: usize = 8;
const LONGEST: usize = 2000;

pub(super) async fn behave(mut stream: TcpStream, chance: &Mutex<Chance>) -> io::Result<()> {
    for _ in 0..PIECES {
        let piece = piece(&mut chance.lock().unwrap());
        stream.write_all(&piece).await?;
        tokio::task::yield_now().await;
    }
    stream.shutdown().await?;
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

fn piece(chance: &mut Chance) -> Vec<u8> {
    (0..chance.below(LONGEST)).map(|_| chance.below(256) as u8).collect()
}
