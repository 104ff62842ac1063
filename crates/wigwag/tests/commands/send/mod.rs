//! `wigwag send`.

mod answers;
mod bad_devices;
mod commands;
mod foreign_bytes;
mod interrupts;
mod layouts;
mod named;
mod proxies;
mod tls;
mod usage;
mod wire;
