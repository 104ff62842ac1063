//! The device half of sockets: listen, serve within limits, stop gracefully.

mod changes;
mod listener;
mod reactor;
mod seats;
mod serve;
mod socket;
mod stats;
mod stop;
mod tasks;
mod wire;

pub use changes::{Changer, Changes};
pub use listener::{BindError, Listener};
pub use seats::Seat;
pub use serve::{Accepted, Limits, serve};
pub use socket::Socket;
pub use stats::{Counts, Stats};
pub use stop::Stop;
pub use wire::Wire;
