//! Many names as few words.

use wigwag_fleet::targets::fold;
use wigwag_protocol::bytes::display::escape_str;

/// The most names that are worth keeping to be shown; others are counted.
pub(crate) const MOST_NAMES: usize = 1_000;

/// The longest set of names that is shown where there may be very many.
pub(super) const LONGEST: usize = 400;

/// The names as a set, `press-[001-117,119]`; they come from outside.
pub(crate) fn folded(names: &[impl AsRef<str>]) -> String {
    escape_str(&fold(names)).to_string()
}

/// The same, as far as it is not too long to be read. These names are some of `all`, or all of them.
pub(crate) fn some_of(names: &[impl AsRef<str>], all: u64) -> String {
    let set = folded(names);
    let shown = match set.get(..set.floor_char_boundary(LONGEST)) {
        Some(start) if set.len() > LONGEST => start,
        _ => return if all > names.len() as u64 { format!("{set}, ... ({all} in all)") } else { set },
    };
    let end = shown.rfind(',').unwrap_or(shown.len());
    format!("{}, ... ({all} in all)", shown.get(..end).unwrap_or_default())
}
