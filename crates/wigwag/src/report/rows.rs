//! The annotated dump: every byte with its place, its part and what it says.

use std::borrow::Cow;
use std::io::{self, Write};

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::Part;

use super::hexdump::WIDTH;
use super::text::{byte_count, value};

/// The hex digits of a whole line and the blanks between them.
const HEX_COLUMN: usize = 3 * WIDTH - 1;

/// How wide the names are at least, so that short ones stand in the same place in every frame.
const NAME_COLUMN: usize = 8;

/// Some bytes and what is known of them: a line, or as many as they fill.
#[derive(Debug, Clone)]
pub(crate) struct Row<'b> {
    /// Where they stand; none for bytes that stand nowhere as they are, such as those without their stuffing.
    pub(crate) at: Option<usize>,
    pub(crate) bytes: Cow<'b, [u8]>,
    pub(crate) name: String,
    pub(crate) says: String,
    /// Made of a secret: the bytes are not shown.
    pub(crate) hidden: bool,
    /// A byte of these, and what is wrong there.
    pub(crate) wrong: Option<(usize, String)>,
}

impl<'b> Row<'b> {
    /// Bytes that say what they are.
    pub(crate) fn of(at: usize, bytes: &'b [u8], name: &str) -> Self {
        let says = match bytes.iter().all(|byte| *byte == b' ') {
            // Blanks alone would not be seen.
            true => format!("'{}'", escape(bytes)),
            false => escape(bytes).to_string(),
        };
        Self { at: Some(at), bytes: bytes.into(), name: name.to_owned(), says, hidden: false, wrong: None }
    }

    /// A part of a frame that starts at `base`.
    pub(super) fn of_part(base: usize, frame: &'b [u8], part: &Part) -> Self {
        let bytes = frame.get(part.wire.clone()).unwrap_or_default();
        let row = Self::of(base + part.wire.start, bytes, part.name.as_deref().unwrap_or(""));
        match &part.value {
            Some(said) => Self { says: value(said), ..row },
            None => row,
        }
    }
}

/// Writes the rows that have bytes, each line behind `indent`.
pub(crate) fn rows(out: &mut impl Write, indent: &str, rows: &[Row<'_>]) -> io::Result<()> {
    let names = rows.iter().map(|row| row.name.len()).max().unwrap_or_default().max(NAME_COLUMN);
    rows.iter().filter(|row| !row.bytes.is_empty()).try_for_each(|row| one(out, indent, names, row))
}

fn one(out: &mut impl Write, indent: &str, names: usize, row: &Row<'_>) -> io::Result<()> {
    for (line, chunk) in row.bytes.chunks(WIDTH).enumerate() {
        let offset = row.at.map(|at| format!("{:04x}", at + line * WIDTH)).unwrap_or_default();
        let hex = if row.hidden { "..".repeat(chunk.len()) } else { hex::encode_spaced(chunk) };
        // What a long part says is told once; its bytes can be read off the lines.
        let note = match (line, row.bytes.len() <= WIDTH) {
            (0, true) => format!("  {:<names$} {}", row.name, row.says),
            (0, false) => format!("  {:<names$} {}", row.name, byte_count(&row.bytes)),
            _ => String::new(),
        };
        let text = format!("{indent}{offset:<4}  {hex:<HEX_COLUMN$}{note}");
        writeln!(out, "{}", text.trim_end())?;
        if let Some((at, wrong)) = &row.wrong
            && (line * WIDTH..line * WIDTH + chunk.len()).contains(at)
        {
            writeln!(out, "{indent}      {:blanks$}^^ {wrong}", "", blanks = 3 * (at - line * WIDTH))?;
        }
    }
    Ok(())
}
