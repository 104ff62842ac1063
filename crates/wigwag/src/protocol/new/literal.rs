//! Bytes as a layout writes them: `'%1POWR'`, `<STX>`, `<0x78 0x78>`.

use wigwag_protocol::bytes::notation;

use super::constants::is_printable;

/// The bytes as literals of the layout language; nothing for no bytes.
pub(super) fn literals(bytes: &[u8]) -> String {
    let runs: Vec<String> = bytes.chunk_by(|a, b| is_printable(*a) == is_printable(*b)).flat_map(run).collect();
    runs.join(" ")
}

/// As one literal, which a name can stand before: text only if all of it is.
pub(super) fn one_literal(bytes: &[u8]) -> String {
    match quoted(bytes) {
        Some(text) if bytes.iter().all(|byte| is_printable(*byte)) => text,
        _ => bracketed(bytes),
    }
}

/// The body of a command: text as literals, other bytes as numbers.
pub(super) fn body(bytes: &[u8]) -> String {
    match bytes {
        [] => String::new(),
        _ if is_text(bytes) => literals(bytes),
        _ => format!("<{}>", numbers(bytes)),
    }
}

/// A frame for people: text as literals, other bytes in plain hex.
pub(super) fn shown(bytes: &[u8]) -> String {
    if is_text(bytes) {
        return literals(bytes);
    }
    bytes.iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(" ")
}

/// Whether the bytes are better read as characters: lines of them, between a few control characters.
pub(super) fn is_text(bytes: &[u8]) -> bool {
    const MOST_AROUND: usize = 3;
    let first = bytes.iter().take(MOST_AROUND).take_while(|byte| byte.is_ascii_control()).count();
    let last = bytes.iter().rev().take(MOST_AROUND).take_while(|byte| byte.is_ascii_control()).count();
    let inside = bytes.get(first..bytes.len() - last).unwrap_or_default();
    !inside.is_empty() && inside.iter().all(|byte| is_printable(*byte) || matches!(byte, b'\t' | b'\r' | b'\n'))
}

fn run(bytes: &[u8]) -> Vec<String> {
    if !bytes.first().is_some_and(|byte| is_printable(*byte)) {
        return vec![bracketed(bytes)];
    }
    if let Some(text) = quoted(bytes) {
        return vec![text];
    }
    // There are no escapes in a text, so one that has both quotes is written in pieces.
    bytes.chunk_by(|a, b| (*a == b'\'') == (*b == b'\'')).filter_map(quoted).collect()
}

fn quoted(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    match (text.contains('\''), text.contains('"')) {
        (false, _) => Some(format!("'{text}'")),
        (true, false) => Some(format!("\"{text}\"")),
        (true, true) => None,
    }
}

fn bracketed(bytes: &[u8]) -> String {
    // Names only where all of them are names: `<0x10 0x90>` is two numbers.
    let names: Option<Vec<&str>> = bytes.iter().map(|byte| notation::control_name(*byte)).collect();
    match names {
        Some(names) => format!("<{}>", names.join(" ")),
        None => format!("<{}>", numbers(bytes)),
    }
}

/// The bytes as numbers of the layout language, without brackets.
fn numbers(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("0x{byte:02X}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use wigwag_protocol::layout::{Context, Fields, Layout, Options};

    #[test]
    fn bytes_are_written_as_manuals_print_them() {
        assert_eq!(literals(b"\x02"), "<STX>");
        assert_eq!(literals(b"\r\n"), "<CR LF>");
        assert_eq!(literals(&[0xAA, 0x55]), "<0xAA> 'U'");
        assert_eq!(one_literal(&[0xAA, 0x55]), "<0xAA 0x55>");
        assert_eq!(literals(&[0x10, 0x90]), "<0x10 0x90>");
        assert_eq!(literals(b"\x1bE it's\r"), "<ESC> \"E it's\" <CR>");
        assert_eq!(literals(b""), "");
    }

    #[test]
    fn text_is_told_from_numbers() {
        for text in [&b"\x1bs\r"[..], b"OK\r\n", b"A\r\nB\x0c", b"\x02 \x03\r\n", b"x"] {
            assert!(is_text(text), "{text:?}");
        }
        for numbers in [&b"\x02W\x03T"[..], b"", b"\r", b"\xAAA", b"\0\x01\0\0\0\x06A"] {
            assert!(!is_text(numbers), "{numbers:?}");
        }
        assert_eq!(body(b"\x01\xFF"), "<0x01 0xFF>");
        assert_eq!(body(b"1*1PC"), "'1*1PC'");
        assert_eq!(body(b""), "");
        assert_eq!(shown(b"\x01\xFF"), "01 FF");
    }

    #[test]
    fn they_are_read_as_the_same_bytes() {
        for bytes in [&b"it's \"both\""[..], b"''\"\"", b"\x00\x7f\x80\xff", b" ", b"a\tb\r\n", b"<0x41>|#"] {
            for text in [literals(bytes), one_literal(bytes)] {
                let layout =
                    Layout::frame(&text, &Options::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
                let encoded = layout.encode(&Fields::new(), &Context::default()).unwrap();
                assert_eq!(encoded.bytes, bytes, "{text}");
            }
        }
    }
}
