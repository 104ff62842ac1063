//! Byte layouts, protocols and exchanges: bytes in, bytes and events out.
//!
//! No socket, no clock, no file. Whatever comes from a network or a person, nothing in here panics.
#![warn(missing_docs)]
#![warn(clippy::wildcard_enum_match_arm)]

pub mod bytes;
pub mod exchange;
pub mod layout;
pub mod outcome;
pub mod protocol;
pub mod template;
pub mod toml_file;
pub mod units;

mod moment;

pub use moment::Moment;
