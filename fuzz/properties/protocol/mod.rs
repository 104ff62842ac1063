//! What must hold of `wigwag-protocol`, whatever comes. A fuzz target looks for bytes that break a property; the tests
//! replay `corpus-seed/`, and what is near to it, through the same functions.

pub mod display;
pub mod exchange;
pub mod files;
pub mod frames;
pub mod hex;
pub mod layouts;
pub mod script;
pub mod session;

use std::sync::LazyLock;

use wigwag_protocol::protocol::{Protocol, library};

/// The built-in protocols, in the order of their names.
pub static PROTOCOLS: LazyLock<Vec<Protocol>> = LazyLock::new(|| {
    let texts = library::names().filter_map(library::text);
    texts.map(|text| Protocol::parse(text).expect("a built-in protocol")).collect()
});
