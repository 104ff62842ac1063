//! Many names as few words.

use wigwag_protocol::bytes::display::escape_str;

/// The names as a set, `press-[001-117,119]`; names come from outside.
pub(super) fn folded(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| escape_str(name).to_string()).collect();
    names.join(",")
}
