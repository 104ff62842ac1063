//! Bytes and the people who read and type them: control names, pasted hex, and the safe display of foreign bytes.
//!
//! Everything here is about single bytes and runs of them; what bytes *mean* is [`layout`](crate::layout)'s business.

pub mod display;
pub mod hex;
pub mod notation;
