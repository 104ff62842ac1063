//! A device inside the test.

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::HUNG;

/// A device that treats its clients, one after the other, as the test says.
pub(crate) struct Device {
    address: SocketAddr,
    visits: Receiver<Visit>,
}

/// What a client did, from its connection to its end.
struct Visit {
    received: Vec<u8>,
    from: IpAddr,
}

impl Device {
    pub(crate) fn that(behave: impl Fn(&mut Client) + Send + 'static) -> Self {
        Self::on_streams(behave, |stream| Box::new(stream))
    }

    /// The same behind TLS.
    pub(crate) fn secured(config: ServerConfig, behave: impl Fn(&mut Client) + Send + 'static) -> Self {
        let config = Arc::new(config);
        Self::on_streams(behave, move |stream| {
            Box::new(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream))
        })
    }

    /// Waits for exactly these bytes, answers, and hears the client out.
    pub(crate) fn answering(request: &[u8], response: &[u8]) -> Self {
        let (size, response) = (request.len(), response.to_vec());
        Self::that(move |client| {
            client.read(size);
            client.write(&response);
        })
    }

    fn on_streams(
        behave: impl Fn(&mut Client) + Send + 'static,
        wrap: impl Fn(TcpStream) -> Box<dyn Wire> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (visited, visits) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                stream.set_read_timeout(Some(HUNG)).unwrap();
                let from = stream.peer_addr().map(|peer| peer.ip()).unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                let socket = stream.try_clone().unwrap();
                let mut client = Client { wire: wrap(stream), socket, received: Vec::new() };
                behave(&mut client);
                client.read_all();
                // A test that does not ask has gone.
                let _ = visited.send(Visit { received: client.received, from });
            }
        });
        Self { address, visits }
    }

    /// As it is typed and printed.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// All that the next client sent until it went.
    pub(crate) fn received(&self) -> Vec<u8> {
        self.visit().received
    }

    /// The address the next client came from.
    pub(crate) fn visitor(&self) -> IpAddr {
        self.visit().from
    }

    fn visit(&self) -> Visit {
        self.visits.recv_timeout(HUNG).expect("a client that came and went")
    }
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// A device's view of one client.
pub(crate) struct Client {
    wire: Box<dyn Wire>,
    socket: TcpStream,
    received: Vec<u8>,
}

impl Client {
    /// Reads exactly so many bytes, or fewer if the client ends before.
    pub(crate) fn read(&mut self, count: usize) {
        let mut left = count;
        let mut buffer = [0; 4096];
        while left > 0 {
            let room = left.min(buffer.len());
            match self.wire.read(&mut buffer[..room]) {
                Ok(count @ 1..) => {
                    self.received.extend(&buffer[..count]);
                    left -= count;
                }
                Ok(0) => return,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Reads until the client sends nothing more.
    pub(crate) fn read_all(&mut self) {
        self.read(usize::MAX);
    }

    /// A client that no longer listens is its own business.
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let _ = self.wire.write_all(bytes).and_then(|()| self.wire.flush());
    }

    /// Writes the same bytes again and again for as long as they are taken; how many were.
    pub(crate) fn write_for_ever(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while let Ok(count) = self.wire.write(bytes) {
            taken += count;
        }
        taken
    }

    /// Ends the connection in order.
    pub(crate) fn close(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }
}

/// A port that is listened on and must not be connected to.
pub(crate) struct Unvisited(TcpListener);

impl Unvisited {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    pub(crate) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// The kernel keeps every connection that was made, ended or not, until it is accepted.
    pub(crate) fn was_visited(&self) -> bool {
        self.0.accept().is_ok()
    }
}
