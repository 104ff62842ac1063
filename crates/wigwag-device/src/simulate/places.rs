//! Where simulated devices are: how they are told apart, and the sockets for that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};
use wigwag_net::cause;

use super::SetupError;

/// How devices are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Each has an address of its own, one behind the other, and all the same port.
    Addresses,
    /// Each has a port of its own.
    Ports,
}

/// Where each device is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places(Kind);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    One(SocketAddr),
    Addresses {
        first: Ipv4Addr,
        count: u32,
        port: u16,
        /// The port of those that refuse connections, and which they are, in order.
        refusing: (u16, Vec<u32>),
    },
    Ports {
        address: IpAddr,
        /// By device.
        ports: Vec<u16>,
        /// The same, by port.
        by_port: Vec<(u16, u32)>,
    },
}

/// The sockets of all devices.
#[derive(Debug, Default)]
pub struct Sockets {
    pub(super) listening: Vec<TcpListener>,
    /// Bound and not listening: whoever connects is refused, and nobody else can listen there.
    refusing: Vec<Socket>,
}

/// The address of the first device, unless another is said.
pub const FIRST: Ipv4Addr = Ipv4Addr::new(127, 1, 0, 1);

impl Places {
    /// One device at this address; port 0 lets the system choose.
    ///
    /// # Errors
    ///
    /// It cannot be listened on.
    pub fn one(at: SocketAddr, refuses: bool) -> Result<(Self, Sockets), SetupError> {
        let socket = bound(at, None).map_err(|error| cannot_listen(at, &error))?;
        let at = local(&socket)?;
        let mut sockets = Sockets::default();
        sockets.take(socket, at, refuses)?;
        Ok((Self(Kind::One(at)), sockets))
    }

    /// So many devices with consecutive addresses of the loopback interface from this one on (`.0` and `.255` at the end
    /// are addresses like all others there), behind one socket; `refuses` says which do not listen.
    ///
    /// # Errors
    ///
    /// The addresses are no loopback addresses, or cannot be listened on.
    pub fn addresses(at: SocketAddr, count: u32, refuses: impl Fn(u32) -> bool) -> Result<(Self, Sockets), SetupError> {
        let IpAddr::V4(first) = at.ip() else { return Err(no_room(at.ip(), count)) };
        let last = u32::from(first).checked_add(count.saturating_sub(1)).map(Ipv4Addr::from);
        let is_there = |address: Ipv4Addr| address.is_loopback() && address != Ipv4Addr::new(127, 255, 255, 255);
        if !first.is_loopback() || !last.is_some_and(is_there) {
            return Err(no_room(at.ip(), count));
        }
        let everywhere = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let socket =
            bound(everywhere(at.port()), Some(LOOPBACK)).map_err(|error| cannot_tell_apart(at.port(), &error))?;
        let port = local(&socket)?.port();
        let mut sockets = Sockets::default();
        sockets.take(socket, everywhere(port), false)?;
        let refusing: Vec<u32> = (0..count).filter(|device| refuses(*device)).collect();
        let refusing_port = match refusing.is_empty() {
            true => port,
            false => {
                let socket = bound(everywhere(0), Some(LOOPBACK)).map_err(|error| cannot_tell_apart(0, &error))?;
                let refusing_port = local(&socket)?.port();
                sockets.take(socket, everywhere(refusing_port), true)?;
                refusing_port
            }
        };
        Ok((Self(Kind::Addresses { first, count, port, refusing: (refusing_port, refusing) }), sockets))
    }

    /// So many devices with consecutive ports of this address, or with ports that the system chooses where its port is 0;
    /// `refuses` says which do not listen.
    ///
    /// # Errors
    ///
    /// A port cannot be listened on.
    pub fn ports(at: SocketAddr, count: u32, refuses: impl Fn(u32) -> bool) -> Result<(Self, Sockets), SetupError> {
        let mut sockets = Sockets::default();
        let mut ports = Vec::new();
        for device in 0..count {
            let port = match at.port() {
                0 => Some(0),
                first => u32::from(first).checked_add(device).and_then(|port| u16::try_from(port).ok()),
            };
            let Some(port) = port else {
                let message = format!("there are only {device} ports from {} on", at.port());
                return Err(SetupError { message, help: Some("--spread addresses has room for more".to_owned()) });
            };
            let at = SocketAddr::new(at.ip(), port);
            let socket = bound(at, None).map_err(|error| cannot_listen(at, &error))?;
            ports.push(local(&socket)?.port());
            sockets.take(socket, at, refuses(device))?;
        }
        let mut by_port: Vec<(u16, u32)> = ports.iter().copied().zip(0..).collect();
        by_port.sort_unstable();
        Ok((Self(Kind::Ports { address: at.ip(), ports, by_port }), sockets))
    }

    /// How many devices there are.
    pub fn count(&self) -> u32 {
        match &self.0 {
            Kind::One(_) => 1,
            Kind::Addresses { count, .. } => *count,
            Kind::Ports { ports, .. } => ports.len() as u32,
        }
    }

    /// The device that a client reached at this address of ours; the first is 0.
    pub(super) fn device_at(&self, local: SocketAddr) -> Option<u32> {
        match &self.0 {
            Kind::One(_) => Some(0),
            Kind::Addresses { first, count, .. } => {
                distance(IpAddr::V4(*first), local.ip()).filter(|device| device < count)
            }
            Kind::Ports { by_port, .. } => {
                let place = by_port.binary_search_by_key(&local.port(), |(port, _)| *port).ok()?;
                by_port.get(place).map(|(_, device)| *device)
            }
        }
    }

    /// Where a device is; the first is 0.
    pub fn address_of(&self, device: u32) -> Option<SocketAddr> {
        match &self.0 {
            Kind::One(at) => (device == 0).then_some(*at),
            Kind::Addresses { first, count, port, refusing } => {
                let address = u32::from(*first).checked_add(device).filter(|_| device < *count)?;
                let port = if refusing.1.binary_search(&device).is_ok() { refusing.0 } else { *port };
                Some(SocketAddr::from((Ipv4Addr::from(address), port)))
            }
            Kind::Ports { address, ports, .. } => {
                ports.get(device as usize).map(|port| SocketAddr::new(*address, *port))
            }
        }
    }

    /// How they are told apart; a single one is not.
    pub fn spread(&self) -> Option<Spread> {
        match &self.0 {
            Kind::One(_) => None,
            Kind::Addresses { .. } => Some(Spread::Addresses),
            Kind::Ports { .. } => Some(Spread::Ports),
        }
    }

    /// The port that most devices have, where they have one.
    pub fn common_port(&self) -> Option<u16> {
        match &self.0 {
            Kind::One(at) => Some(at.port()),
            Kind::Addresses { port, .. } => Some(*port),
            Kind::Ports { .. } => None,
        }
    }
}

/// How many addresses one is behind another.
pub(super) fn distance(first: IpAddr, address: IpAddr) -> Option<u32> {
    match (first, address) {
        (IpAddr::V4(first), IpAddr::V4(address)) => u32::from(address).checked_sub(u32::from(first)),
        _ => None,
    }
}

impl Sockets {
    fn take(&mut self, socket: Socket, at: SocketAddr, refuses: bool) -> Result<(), SetupError> {
        /// How many connections may wait to be accepted; the kernel lowers it to its own limit.
        const BACKLOG: i32 = 4096;
        if refuses {
            self.refusing.push(socket);
            return Ok(());
        }
        socket.listen(BACKLOG).map_err(|error| cannot_listen(at, &error))?;
        self.listening.push(socket.into());
        Ok(())
    }
}

const LOOPBACK: &[u8] = b"lo";

/// A socket with this address, reached through this interface only.
fn bound(address: SocketAddr, interface: Option<&[u8]>) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if let Some(interface) = interface {
        bind_to_interface(&socket, interface)?;
    }
    socket.set_reuse_address(true)?;
    // Accepted sockets inherit it: a byte of a split answer is on its way before the next one.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

#[cfg(target_os = "linux")]
fn bind_to_interface(socket: &Socket, interface: &[u8]) -> io::Result<()> {
    socket.bind_device(Some(interface))
}

#[cfg(not(target_os = "linux"))]
fn bind_to_interface(_socket: &Socket, _interface: &[u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn local(socket: &Socket) -> Result<SocketAddr, SetupError> {
    let address = socket.local_addr().ok().and_then(|address| address.as_socket());
    address.ok_or_else(|| SetupError { message: "the system gave no port".to_owned(), help: None })
}

fn cannot_listen(at: SocketAddr, error: &io::Error) -> SetupError {
    let message = format!("cannot listen on {at}: {}", cause::words(error));
    let help = match error.kind() {
        io::ErrorKind::AddrInUse => Some(format!("--listen {}:0 lets the system choose a port", shown(at.ip()))),
        io::ErrorKind::PermissionDenied if at.port() < 1024 => {
            Some(format!("--listen {}:{}", shown(at.ip()), at.port() + 10_000))
        }
        _ => None,
    };
    SetupError { message, help }
}

fn shown(address: IpAddr) -> String {
    if address.is_ipv6() { format!("[{address}]") } else { address.to_string() }
}

fn cannot_tell_apart(port: u16, error: &io::Error) -> SetupError {
    let (message, help) = match error.kind() {
        io::ErrorKind::AddrInUse => (
            format!("cannot listen on port {port} of the loopback interface: {}", cause::words(error)),
            "--listen 127.1.0.1:0 lets the system choose a port",
        ),
        _ => (
            format!("cannot bind a socket to the loopback interface alone: {}", cause::words(error)),
            "--spread ports tells devices apart by their ports and needs no permission",
        ),
    };
    SetupError { message, help: Some(help.to_owned()) }
}

fn no_room(first: IpAddr, count: u32) -> SetupError {
    SetupError {
        message: format!("there are no {count} loopback addresses from {first} on"),
        help: Some("devices are told apart by addresses from 127.0.0.1 to 127.255.255.254".to_owned()),
    }
}
