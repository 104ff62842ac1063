//! A SOCKS5 proxy of a few lines (RFC 1928, RFC 1929).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// How the proxy behaves.
#[derive(Clone, Copy)]
pub(crate) enum Behaviour {
    /// Connects to the one device there is, whatever is asked for.
    Connects(SocketAddr),
    /// As `Connects`, for `ops` with `secret` only.
    WantsPassword(SocketAddr),
    /// Answers each request with this reply code.
    Replies(u8),
    /// Says something else than SOCKS5.
    Talks(&'static [u8]),
}

/// Serves one client; tells the target it asked for, as `host:port`.
pub(crate) async fn serve_one(listener: &TcpListener, behaviour: Behaviour) -> std::io::Result<String> {
    let (mut client, _) = listener.accept().await?;
    if let Behaviour::Talks(text) = behaviour {
        client.write_all(text).await?;
        let mut rest = Vec::new();
        client.read_to_end(&mut rest).await?;
        return Ok(String::new());
    }
    greet(&mut client, matches!(behaviour, Behaviour::WantsPassword(_))).await?;
    let target = request(&mut client).await?;
    match behaviour {
        Behaviour::Connects(device) | Behaviour::WantsPassword(device) => {
            let mut device = TcpStream::connect(device).await?;
            reply(&mut client, 0).await?;
            copy_bidirectional(&mut client, &mut device).await?;
        }
        Behaviour::Replies(code) => reply(&mut client, code).await?,
        Behaviour::Talks(_) => {}
    }
    Ok(target)
}

async fn greet(client: &mut TcpStream, wants_password: bool) -> std::io::Result<()> {
    assert_eq!(client.read_u8().await?, 5);
    let mut methods = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut methods).await?;
    if !wants_password {
        return client.write_all(&[5, 0]).await;
    }
    if !methods.contains(&2) {
        return client.write_all(&[5, 0xff]).await;
    }
    client.write_all(&[5, 2]).await?;
    assert_eq!(client.read_u8().await?, 1);
    let user = counted(client).await?;
    let password = counted(client).await?;
    let refused = u8::from((user.as_slice(), password.as_slice()) != (b"ops", b"secret"));
    client.write_all(&[1, refused]).await
}

async fn request(client: &mut TcpStream) -> std::io::Result<String> {
    let mut head = [0; 4];
    client.read_exact(&mut head).await?;
    assert_eq!(head[..3], [5, 1, 0]);
    let host = match head[3] {
        1 => std::net::Ipv4Addr::from(client.read_u32().await?).to_string(),
        3 => String::from_utf8(counted(client).await?).unwrap(),
        _ => std::net::Ipv6Addr::from(client.read_u128().await?).to_string(),
    };
    Ok(format!("{host}:{}", client.read_u16().await?))
}

async fn reply(client: &mut TcpStream, code: u8) -> std::io::Result<()> {
    client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await
}

async fn counted(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; client.read_u8().await?.into()];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}
