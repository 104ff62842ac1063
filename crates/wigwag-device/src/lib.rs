//! The device side: accept, receive, parse, act, respond.
//!
//! - [`serve`](mod@serve): plays a device on listening sockets, with whatever [`Actions`](serve::Actions) it is given.
//! - [`agent`]: a real device from a configuration file; the whole of `wigwag-agent`.
#![warn(missing_docs)]

pub mod agent;
pub mod serve;
