//! `<ESC> '1*1PC' <CR>`, or hex digits.

use super::{At, Result};
use crate::bytes::hex;
use crate::layout;
use crate::protocol::file::raw::Texts;

/// Literals as in a layout.
pub(super) fn literals(source: &At<String>) -> Result<Vec<u8>> {
    layout::parse_bytes(&source.value).map_err(|error| source.layout_fault(error))
}

/// Literals as in a layout, or hex digits; all of a list, joined.
pub(super) fn literals_or_hex(sources: &Texts) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for source in sources.all() {
        let is_notation = source.value.trim_start().starts_with(['\'', '"', '<']);
        bytes.extend(match is_notation {
            true => literals(source)?,
            false => hex::parse(&source.value).map_err(|error| source.hex_fault(error))?,
        });
    }
    Ok(bytes)
}
