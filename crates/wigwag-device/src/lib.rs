//! The device side: accept, receive, parse, act, respond.
//!
//! - [`serve`](mod@serve): plays a device on listening sockets, with whatever [`Actions`](serve::Actions) it is given.
//! - [`agent`]: a real device from a configuration file; the whole of `wigwag-agent`.
//! - `simulate`: any device, or many, from a protocol file alone; a feature.
#![warn(missing_docs)]

pub mod agent;
pub mod serve;
#[cfg(feature = "simulate")]
pub mod simulate;
