//! A connection without a protocol: bytes as they come, however many.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use wigwag_device::serve::Event;
use wigwag_net::accept::{Accepted, Socket};
use wigwag_protocol::layout::{DEFAULT_MAX, Fields, Value};

use super::onlooker::{Answering, Onlooker};

/// What comes without such a pause is one piece, and gets one reply.
const PAUSE: Duration = Duration::from_millis(20);

/// The most bytes that one read takes.
const CHUNK: usize = 16 * 1024;

/// One more than a reply could copy, so that it refuses to copy half a piece.
const KEPT: usize = DEFAULT_MAX + 1;

pub(super) async fn attend(onlooker: Arc<Onlooker>, accepted: Accepted) {
    let Accepted { stream, peer, stop, .. } = accepted;
    onlooker.note(peer, Event::Connected);
    tokio::select! {
        biased;
        () = stop.stopped() => {}
        ended = converse(&onlooker, stream, peer) => {
            if let Err(error) = ended {
                onlooker.note(peer, Event::Broke(&error));
            }
        }
    }
    onlooker.note(peer, Event::Closed);
}

async fn converse(onlooker: &Onlooker, mut stream: Socket, peer: SocketAddr) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    let mut piece = Vec::new();
    loop {
        let reading = stream.read(&mut buffer);
        let read = match piece.is_empty() {
            true => Some(reading.await?),
            false => timeout(PAUSE, reading).await.ok().transpose()?,
        };
        let bytes = buffer.get(..read.unwrap_or_default()).unwrap_or_default();
        match read {
            Some(0) => onlooker.note(peer, Event::HalfClosed),
            Some(_) => onlooker.note(peer, Event::Received(bytes)),
            None => {}
        }
        match &onlooker.answering {
            Answering::Silently => {}
            Answering::Echoing => say(onlooker, &mut stream, peer, bytes).await?,
            Answering::With(_) if bytes.is_empty() => {
                if !piece.is_empty() {
                    let fields = Fields::from([("body", Value::Bytes(std::mem::take(&mut piece)))]);
                    let reply = onlooker.reply(peer, &fields).unwrap_or_default();
                    say(onlooker, &mut stream, peer, &reply).await?;
                }
            }
            Answering::With(_) => {
                let room = KEPT.saturating_sub(piece.len());
                piece.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
            }
        }
        if read == Some(0) {
            return stream.shutdown().await;
        }
    }
}

async fn say(onlooker: &Onlooker, stream: &mut Socket, peer: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    if !bytes.is_empty() {
        stream.write_all(bytes).await?;
        onlooker.note(peer, Event::Wrote(bytes));
    }
    Ok(())
}
