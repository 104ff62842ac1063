//! A SOCKS5 proxy (RFC 1928) that serves one client after the other.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use super::HUNG;

const NAME: u8 = 3;

/// A proxy on loopback. It takes every name for 127.0.0.1.
pub(crate) struct Proxy {
    address: String,
    asked: Receiver<String>,
}

impl Proxy {
    pub(crate) fn start() -> Self {
        Self::greeting_with(b"")
    }

    /// Says these bytes in one piece with its own reply, as if the device had said them at once: then they are there
    /// when the connection is.
    pub(crate) fn greeting_with(banner: &[u8]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (told, asked) = channel();
        let banner = banner.to_vec();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let _ = serve(client, &banner, |target| drop(told.send(target)));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What the next client asked for.
    pub(crate) fn asked(&self) -> String {
        self.asked.recv_timeout(HUNG).expect("a client of the proxy")
    }
}

/// ```text
/// client: 05 count methods.. | 05 01 00 kind address port
/// proxy:  05 00              | 05 00 00 01 0.0.0.0 0
/// ```
fn serve(mut client: TcpStream, banner: &[u8], told: impl Fn(String)) -> io::Result<()> {
    let [_version, count] = read(&mut client)?;
    client.read_exact(&mut vec![0; usize::from(count)])?;
    client.write_all(&[5, 0])?;

    let [_version, _connect, _reserved, kind] = read(&mut client)?;
    let host = if kind == NAME {
        let [size] = read(&mut client)?;
        let mut name = vec![0; usize::from(size)];
        client.read_exact(&mut name)?;
        String::from_utf8_lossy(&name).into_owned()
    } else {
        Ipv4Addr::from(read::<4>(&mut client)?).to_string()
    };
    let port = u16::from_be_bytes(read(&mut client)?);
    told(format!("{host}:{port}"));

    let device = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    client.write_all(&[&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0], banner].concat())?;
    let back = (device.try_clone()?, client.try_clone()?);
    let returning = thread::spawn(move || relay(back.0, back.1));
    relay(client, device);
    let _ = returning.join();
    Ok(())
}

fn read<const N: usize>(from: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn relay(mut from: TcpStream, mut to: TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
