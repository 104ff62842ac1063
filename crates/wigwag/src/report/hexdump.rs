//! Bytes as people compare them with a manual.

use std::io::{self, Write};

use wigwag_protocol::bytes::hex;

/// How many bytes stand on a line.
pub(super) const WIDTH: usize = 16;

/// Writes bytes as offset, hex and text, each line behind `indent`.
pub(crate) fn hexdump(out: &mut impl Write, indent: &str, bytes: &[u8]) -> io::Result<()> {
    for (line, chunk) in bytes.chunks(WIDTH).enumerate() {
        let text: String =
            chunk.iter().map(|byte| if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '.' }).collect();
        let (offset, hex) = (line * WIDTH, hex::encode_spaced(chunk));
        writeln!(out, "{indent}{offset:04x}  {hex:<width$}  |{text}|", width = 3 * WIDTH - 1)?;
    }
    Ok(())
}
