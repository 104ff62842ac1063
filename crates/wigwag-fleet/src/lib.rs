//! One command to very many devices.
//!
//! - [`targets`]: sets of names as people write them: `dev[001-500]`, `10.0.0.0/24`, `@presses!press-7`.
//! - [`inventory`]: what is known of hosts: groups, settings, variables; read from what people have already.
#![warn(missing_docs)]

pub mod inventory;
pub mod targets;
