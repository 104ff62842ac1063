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

/// The most bytes of a frame of the protocols that are called `small-...`: their `max`, and what stands around it.
pub const SMALL_FRAME: usize = 32 + 4;

/// Protocols whose frames are soon too long.
const SMALL: [&str; 3] = [
    r#"
    name = "small-line"
    request = { layout = "body <CR LF|LF|CR>", max = 32 }
    response = { layout = "body <CR LF|LF|CR>", max = 32 }
    example = [{ body = "PING", send = "'PING' <CR LF>", recv = "'PONG' <CR LF>" }]
    "#,
    r#"
    name = "small-length"
    request = { layout = "id:u8=seq n:u16=len(body) body", max = 32 }
    response = { layout = "id:u8 n:u16=len(body) body", match = ["id"], max = 32 }
    example = [{ body = "PING", send = "00 00 04 50 49 4E 47", recv = "00 00 04 50 4F 4E 47" }]
    "#,
    r#"
    name = "small-silence"
    request = { layout = "<ESC> body <EOF|IDLE 100ms>", max = 32 }
    response = { layout = "body <EOF|IDLE 100ms>", max = 32 }
    example = [{ body = "PING", send = "<ESC> 'PING'", recv = "'PONG'" }]
    "#,
];

/// The built-in protocols, in the order of their names, and small ones.
pub static PROTOCOLS: LazyLock<Vec<Protocol>> = LazyLock::new(|| {
    let texts = library::names().filter_map(library::text).chain(SMALL);
    let protocol = |text| Protocol::parse(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    texts.map(protocol).collect()
});

/// Whether its frames have at most [`SMALL_FRAME`] bytes.
pub fn is_small(protocol: &Protocol) -> bool {
    protocol.name.starts_with("small-")
}
