//! The formats, one file each, and how it is told which one a file has.

mod toml;

use std::fs;
use std::path::Path;

use wigwag_net::cause;
use wigwag_protocol::protocol::FileError;

use super::InventoryError;
use super::builder::Builder;
use super::error::nowhere;

/// The largest file that is read: room for millions of hosts.
pub const MOST_BYTES: u64 = 512 * 1024 * 1024;

/// What an inventory is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Our own form.
    Toml,
}

/// Reads a file of any format.
pub(super) fn read(path: &Path, builder: &mut Builder) -> Result<(), InventoryError> {
    let wrong =
        |message: String| InventoryError { path: path.to_owned(), text: String::new(), error: nowhere(message) };
    let metadata = fs::metadata(path).map_err(|error| wrong(cause::words(&error)))?;
    if metadata.len() > MOST_BYTES {
        return Err(wrong(format!("longer than {MOST_BYTES} bytes")));
    }
    let bytes = fs::read(path).map_err(|error| wrong(cause::words(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("this is not UTF-8 text".to_owned()))?;
    parse(&text, Format::Toml, path, builder)
}

/// Reads a text of this format.
pub(super) fn parse(text: &str, format: Format, path: &Path, builder: &mut Builder) -> Result<(), InventoryError> {
    builder.begin(path);
    let read = match format {
        Format::Toml => toml::read(text, builder),
    };
    read.map_err(|error: FileError| InventoryError { path: path.to_owned(), text: text.to_owned(), error })
}
