//! The device half of sockets: listen, serve within limits, stop gracefully.

mod listener;
mod seats;
mod serve;
mod stats;
mod stop;

pub use listener::{BindError, Listener};
pub use seats::Seat;
pub use serve::{Accepted, Limits, serve};
pub use stats::{Counts, Stats};
pub use stop::Stop;
