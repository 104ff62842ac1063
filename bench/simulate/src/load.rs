//! The client of both servers.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Makes so many exchanges over so many connections, each waiting for its answer before the next; every answer is compared.
pub(crate) fn exchange(
    server: SocketAddr,
    request: &[u8],
    response: &[u8],
    connections: usize,
    exchanges: usize,
) -> Result<(), String> {
    runtime()?.block_on(async {
        let mut clients = tokio::task::JoinSet::new();
        for _ in 0..connections {
            let (request, response) = (request.to_vec(), response.to_vec());
            clients.spawn(async move { converse(server, &request, &response, exchanges / connections).await });
        }
        while let Some(ended) = clients.join_next().await {
            ended.map_err(|error| error.to_string())??;
        }
        Ok(())
    })
}

async fn converse(server: SocketAddr, request: &[u8], response: &[u8], exchanges: usize) -> Result<(), String> {
    let mut stream = connect(server).await?;
    let mut answer = vec![0; response.len()];
    for _ in 0..exchanges {
        stream.write_all(request).await.map_err(|error| error.to_string())?;
        stream.read_exact(&mut answer).await.map_err(|error| error.to_string())?;
        if answer != response {
            return Err(format!("the server answered {answer:02x?} instead of {response:02x?}"));
        }
    }
    Ok(())
}

/// Connections that say nothing, for as long as they are held.
pub(crate) fn hold(server: SocketAddr, count: usize) -> Result<Vec<std::net::TcpStream>, String> {
    runtime()?.block_on(async {
        let mut held = Vec::with_capacity(count);
        for _ in 0..count {
            let stream = connect(server).await?;
            held.push(stream.into_std().map_err(|error| error.to_string())?);
        }
        Ok(held)
    })
}

async fn connect(server: SocketAddr) -> Result<TcpStream, String> {
    let stream = TcpStream::connect(server).await.map_err(|error| format!("{server}: {error}"))?;
    stream.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(stream)
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())
}
