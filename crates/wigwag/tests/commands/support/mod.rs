//! What stands on the other side of the programs under test, and how they are started and watched.
//!
//! | file | what it gives |
//! |---|---|
//! | `program` | starting `wigwag` and `wigwag-agent`, waiting for what they print, signals, exit codes |
//! | `device` | a device inside the test, that does to each client what the test says |
//! | `python` | the devices of `tests/devices`, one process each |
//! | `netcat` | `nc` as a device and as a client |
//! | `proxy` | a SOCKS5 proxy |
//! | `certificates` | authorities and certificates that live as long as a test |

mod certificates;
mod device;
mod netcat;
#[path = "../../support/program.rs"]
mod program;
mod proxy;
mod python;

pub(crate) use certificates::{Authority, Identity};
pub(crate) use device::{Client, Device, Unvisited};
pub(crate) use netcat::{nc_device, nc_to};
pub(crate) use program::{Ended, HUNG, Program, Running, agent, agent_path, json_of, wigwag};
pub(crate) use proxy::Proxy;
pub(crate) use python::PythonDevice;

/// What `esc-cr` puts on the wire for `STATUS`.
pub(crate) const STATUS: &[u8] = b"\x1bSTATUS\r";

/// Whether nothing in a text could act on a terminal or hide: line breaks and tabs are all that is not printable.
pub(crate) fn is_inert(bytes: &[u8]) -> bool {
    let hidden = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(hidden))
}

/// One of everything that could act on a terminal or hide: a window title, C1 as a byte and as a character, a turn of
/// direction, a zero-width space, DEL, and bytes that are no UTF-8.
pub(crate) const HOSTILE: &[u8] = b"A\x1b]0;owned\x07B\x9b31mC\xc2\x9b31mD\xe2\x80\xaeE\xe2\x80\x8bF\x7fG\xff\xfeH\rI";

/// How [`HOSTILE`] is shown on one line.
pub(crate) const HOSTILE_SHOWN: &str =
    "A<ESC>]0;owned<BEL>B<0x9B>31mC<U+009B>31mD<U+202E>E<U+200B>F<DEL>G<0xFF><0xFE>H<CR>I";
