//! Bytes as people compare them with a manual.

use std::io::{self, Write};

use wigwag_protocol::bytes::hex;

/// How many bytes stand on a line.
pub(super) const WIDTH: usize = 16;

/// Writes bytes as offset, hex and text, each line behind `indent`.
pub(crate) fn hexdump(out: &mut impl Write, indent: &str, bytes: &[u8]) -> io::Result<()> {
    for (line, chunk) in bytes.chunks(WIDTH).enumerate() {
        let (offset, hex, text) = (line * WIDTH, hex::encode_spaced(chunk), dots(chunk));
        writeln!(out, "{indent}{offset:04x}  {hex:<width$}  {text}", width = 3 * WIDTH - 1)?;
    }
    Ok(())
}

/// The bytes as text between bars, a dot for each that is not printable.
pub(crate) fn dots(bytes: &[u8]) -> String {
    let shown = |byte: &u8| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '.' };
    format!("|{}|", bytes.iter().map(shown).collect::<String>())
}
