//! Dumps: `00000000: 1b40 0d0a  .@..` and `00000000  1b 40 0d 0a  |.@..|`.

use super::HexError;
use super::list::push_run;
use super::piece::{Piece, is_blank, is_digit};

const WHOLE_LINES: &str = "paste whole lines of `xxd` or `hexdump -Cv` in order, or only the bytes: 1B 40";

/// An offset of at least eight digits, and behind it a colon or, on the same line, a text column between bars.
pub(super) fn is_dump(trimmed: Piece<'_>) -> bool {
    let (offset, behind) = trimmed.split(is_digit);
    let columns = behind.text.lines().next().unwrap_or_default();
    offset.text.len() >= 8 && (columns.starts_with(':') || columns.starts_with(is_blank) && columns.contains('|'))
}

pub(super) fn read_dump(dump: Piece<'_>) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::new();
    let mut first_offset = None;
    for line in dump.lines() {
        let (offset, columns) = line.split(is_digit);
        let Ok(number) = u64::from_str_radix(offset.text, 16) else {
            return line.refuse("does not start with an offset", WHOLE_LINES);
        };
        let first = *first_offset.get_or_insert(number);
        if number.checked_sub(first) != u64::try_from(bytes.len()).ok() {
            return offset.refuse("is not the offset of the next byte", WHOLE_LINES);
        }
        // The last line of hexdump -C is the offset behind the last byte, alone.
        if !columns.is_empty() {
            push_dump_line(columns, &mut bytes)?;
        }
    }
    Ok(bytes)
}

/// Reads what stands behind the offset. The text column proves where the hex ends, and that there was an offset.
fn push_dump_line(columns: Piece<'_>, bytes: &mut Vec<u8>) -> Result<(), HexError> {
    let (hex, text, longest_group) = if columns.text.starts_with(": ") {
        let (_, columns) = columns.cut(2);
        let (hex, text) = columns.cut(columns.text.find("  ").unwrap_or(columns.text.len()));
        // xxd -e turns groups of four bytes around, which a text column of dots would not tell.
        (hex, text.text, "0000".len())
    } else {
        let (hex, text) = columns.split(|c| c != '|');
        let text = text.text.strip_prefix('|').and_then(|text| text.strip_suffix('|'));
        (hex, text.unwrap_or_default(), "00".len())
    };

    let start = bytes.len();
    for group in hex.words() {
        if !group.is_all(is_digit) || group.text.len() > longest_group {
            return group.refuse("is not a group of bytes as `xxd` and `hexdump -C` write them", WHOLE_LINES);
        }
        push_run(group, bytes)?;
    }
    let in_text_column = |byte: &u8| {
        if (0x20..0x7F).contains(byte) { char::from(*byte) } else { '.' }
    };
    let expected: String = bytes.iter().skip(start).map(in_text_column).collect();
    // Blanks at the end of a line do not survive every paste.
    if text.trim() == expected.trim() { Ok(()) } else { columns.refuse("shows other text than its bytes", WHOLE_LINES) }
}
