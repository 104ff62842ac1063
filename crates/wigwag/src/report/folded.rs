//! Many names as few words.

use wigwag_fleet::targets::fold;
use wigwag_protocol::bytes::display::escape_str;

/// The names as a set, `press-[001-117,119]`; they come from outside.
pub(crate) fn folded(names: &[impl AsRef<str>]) -> String {
    escape_str(&fold(names)).to_string()
}
