//! Hex as people paste it, read without ever guessing; and written.
//!
//! | pasted | rule |
//! |---|---|
//! | `1B 40` `1b,40` `1B:40` `1B-40` | two digits a byte; colons and dashes stand between all bytes of a line or none |
//! | `1B40` `1b40 0d0a` | runs of whole bytes in the order written, with nothing but blanks between them |
//! | `0x1B,0x40` `$1B$40` `1Bh 40h` | marked bytes: all are marked or none; `0xA`, `$A` and `0FFh` are bytes too |
//! | `{0x1B, 0x40}` `[0x1B]` `<0x1B 0x40><0x0D>` | only marked bytes: `{10}` is decimal in C, `<FF>` a form feed in layouts |
//! | `\x1b@\r` `"\x1b@"` `b'\x1b@'` | with a `\x`, or as `b'...'`: a C string, other characters stand for themselves |
//! | `hexdump -C`, `xxd` | each line's offset and text column must agree with its bytes |
//!
//! Quotes may stand around all but dumps. Blanks are any white space, line breaks included. Nothing is no bytes: whether
//! an empty command makes sense is for the caller to say.
//!
//! What could be read in two ways is refused, because the bytes go to a device: half bytes, `0x1B40` (which end first?),
//! `0x1B 40` (is 40 decimal?), `1B40,0D0A` (registers?), `0000 1b 40` (an offset?), `\x1b40` without quotes (a byte or
//! two characters?).

mod c_string;
mod dump;
mod list;
mod piece;

use piece::Piece;
use std::fmt::Write as _;
use std::ops::Range;

/// Text that is not hex, or not surely: where, what was found, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HexError {
    /// The place in the text, in bytes, between characters.
    pub at: Range<usize>,
    /// One line: what is wrong. What it quotes from the text is escaped.
    pub message: String,
    /// What to write instead, where that is known.
    pub help: Option<String>,
}

/// The bytes as pairs of lower-case digits without anything between: `1b40`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    encode_with(bytes, "")
}

/// As [`encode`], with a space between bytes: `1b 40`.
#[must_use]
pub fn encode_spaced(bytes: &[u8]) -> String {
    encode_with(bytes, " ")
}

fn encode_with(bytes: &[u8], between: &str) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2 + between.len()));
    for byte in bytes {
        if !text.is_empty() {
            text.push_str(between);
        }
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Reads hex in any of the forms above, in time linear in the text; there are never more bytes than the text has.
///
/// # Errors
///
/// When the text is not hex, or could mean other bytes as well.
pub fn parse(text: &str) -> Result<Vec<u8>, HexError> {
    let whole = Piece { at: 0, text };
    let trimmed = whole.trim();
    if dump::is_dump(trimmed) {
        return dump::read_dump(trimmed);
    }
    if text.contains("\\x") || trimmed.starts_bytes_literal() {
        return c_string::read_c_string(whole);
    }
    list::read_list(trimmed.unquoted()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn assert_read(text: &str, expected: &[u8]) {
        assert_eq!(parse(text).as_deref(), Ok(expected), "{text:?}");
    }

    /// Asserts that the text is refused, at `place`, with a message that contains `reason`.
    #[track_caller]
    fn assert_refused(text: &str, place: &str, reason: &str) {
        let error = parse(text).expect_err(text);
        assert_eq!(&text[error.at.clone()], place, "{text:?}: {error}");
        assert!(error.message.contains(reason), "{text:?}: {error}");
    }

    #[test]
    fn all_the_ways_to_paste_escape_at() {
        let ways = [
            "1B 40",
            "1b,40",
            "1B, 40",
            "0x1B,0x40",
            "0x1b 0X40",
            "1B:40",
            "1B-40",
            "1B40",
            "1b40",
            r"\x1b@",
            r"\x1B\x40",
            r"\e\x40",
            "$1B$40",
            "$1B $40",
            "$1B,$40",
            "1Bh 40h",
            "1BH,40H",
            "01Bh 40h",
            "{0x1B, 0x40}",
            "{0x1B, 0x40,}",
            "[0x1B, 0x40]",
            "<0x1B><0x40>",
            "<0x1B 0x40>",
            "< 0x1B > <0x40>",
            r"b'\x1b@'",
            r#"b"\x1b@""#,
            r"'\x1b@'",
            r#""\x1b@""#,
            r#"b'\x1b\x40'"#,
            r"b'\e@'",
            "\"1B 40\"",
            "'1b40'",
            " 1B\t40\r\n",
            "1B\n40",
            "0x1B,\n0x40,\n",
            "1B:\n40",
            "1B:40\n",
            "\u{a0}1B\u{a0}40",
            "\n\\x1b@\n",
            "  \"\\x1b@\"  ",
            "00000000: 1b40  .@",
            "00000000  1b 40  |.@|\n00000002\n",
        ];
        for text in ways {
            assert_read(text, b"\x1b@");
        }
    }

    #[test]
    fn nothing_is_no_bytes() {
        for text in ["", "  \n", "\"\"", "''", "b''", "{}", "[ ]", "<>"] {
            assert_read(text, b"");
        }
    }

    #[test]
    fn runs_are_whole_bytes_in_the_order_written() {
        assert_read("00ff10", &[0x00, 0xFF, 0x10]);
        assert_read("1b40 0d0a 41", b"\x1b@\r\nA");
        assert_read("1b400d0a\n4142\n", b"\x1b@\r\nAB");
    }

    #[test]
    fn marked_bytes_of_other_lengths() {
        assert_read("0xA,$d", b"\n\r");
        assert_read("0FFh 0Ah 1Ah", &[0xFF, 0x0A, 0x1A]);
    }

    #[test]
    fn escapes_of_c_strings() {
        assert_read(r#"\x00\r\n\t\0\e\\\a\b\f\v\'\""#, b"\x00\r\n\t\0\x1b\\\x07\x08\x0c\x0b'\"");
        assert_read(r"\x02STATUS 1\r", b"\x02STATUS 1\r");
        assert_read(r#""\x02it's 40, 41""#, b"\x02it's 40, 41");
        assert_read(r#"'\x1b40'"#, b"\x1b40");
        assert_read(r#""\x1b \x40 ""#, b"\x1b \x40 ");
        assert_read(r"b'STATUS\r\n'", b"STATUS\r\n");
        assert_read(r#""\x1b\\x40""#, b"\x1b\\x40");
        assert_read(r"\x1bE", b"\x1bE");
        assert_read(r"\x1b[2J", b"\x1b[2J");
    }

    /// As the tools printed them for the same 30 bytes.
    const DUMPED: &[u8] = b"\x1b@\r\nABC|\\x1b  end. and more \xff ";
    const XXD: &str = "\
00000000: 1b40 0d0a 4142 437c 5c78 3162 2020 656e  .@..ABC|\\x1b  en
00000010: 642e 2061 6e64 206d 6f72 6520 ff20       d. and more . \n";
    const HEXDUMP: &str = "\
00000000  1b 40 0d 0a 41 42 43 7c  5c 78 31 62 20 20 65 6e  |.@..ABC|\\x1b  en|
00000010  64 2e 20 61 6e 64 20 6d  6f 72 65 20 ff 20        |d. and more . |
0000001e
";

    #[test]
    fn dumps_are_read_by_their_columns() {
        assert_read(XXD, DUMPED);
        assert_read(XXD.trim_end(), DUMPED);
        assert_read(HEXDUMP, DUMPED);
        assert_read(HEXDUMP.split_once('\n').unwrap().1, &DUMPED[16..]);
        assert_read("00000000: 1b 40 0d  .@.", b"\x1b@\r");
    }

    #[test]
    fn dumps_that_do_not_agree_with_themselves_are_refused() {
        assert_refused(&HEXDUMP.replace("43", "44"), &HEXDUMP[8..78].replace("43", "44"), "other text");
        assert_refused(&HEXDUMP.replace("00000010", "00000020"), "00000020", "offset of the next byte");
        assert_refused(&HEXDUMP.replace("0000001e", "*"), "*", "does not start with an offset");
        assert_refused("00000000: 1b40 0d0a", ": 1b40 0d0a", "other text");
        assert_refused("00000000: 0a0d401b 7c434241  .@..ABC|", "0a0d401b", "not a group");
        assert_refused("00000000  1b 4  |.@|", "4", "half a byte");
        assert_refused("00000000  1b 40  |.@", "  1b 40  |.@", "other text");
        assert_refused("10000000000000000: 1b  .", "10000000000000000: 1b  .", "does not start with an offset");
    }

    #[test]
    fn columns_that_may_be_offsets_are_refused() {
        assert_refused("00000000  1b 40 0d 0a", "00000000", "offset");
        assert_refused("0000   1b 40 0d 0a", "0000", "offset");
        assert_refused("00000000 1b40", "00000000", "offset");
        assert_refused("000000 1b400d0a", "000000", "offset");
        assert_refused("0000000 401b 0a0d", "0000000", "half a byte");
        assert_refused("1b 40\n0000 41 42", "0000", "offset");
        assert_refused("0000: 1b 40", ":", "does not separate");
    }

    #[test]
    fn half_bytes_are_refused() {
        assert_refused("1B 4", "4", "half a byte");
        assert_eq!(parse("1B 4").unwrap_err().help.as_deref(), Some("write 04"));
        assert_refused("1B4", "1B4", "half a byte");
        assert_refused(r"\x1b\x4", r"\x", "two hex digits");
        assert_refused(r"\x1b\x4g", r"\x", "two hex digits");
        assert_refused(r"\x+1", r"\x", "two hex digits");
    }

    #[test]
    fn numbers_of_more_than_one_byte_are_refused() {
        for number in ["0x1B40", "$1B40", "1B40h", "0x100", "100h", "0x01B", "Ah", "0x1B0"] {
            assert_refused(number, number, "not one byte");
        }
        assert_refused("1B40,0D0A", "1B40", "or a number");
        assert_refused("1B40:0D0A", "1B40", "or a number");
    }

    #[test]
    fn what_may_be_decimal_is_refused() {
        assert_refused("0x1B 40", "40", "decimal");
        assert_refused("{10, 20}", "10", "decimal");
        assert_refused("[27,64]", "27", "decimal");
        assert_refused("<FF>", "FF", "decimal");
        assert_refused("40 0x1B", "0x1B", "marked as hex");
    }

    #[test]
    fn doubtful_separators_are_refused() {
        assert_refused("1B,,40", ",,", "separate");
        assert_refused(",1B", ",", "no byte before");
        assert_refused("1B:", ":", "no byte behind");
        assert_refused("10 20-30", "-", "another way");
        assert_refused("1B: 40", ":", "separate");
        assert_refused("0x1B-0x40", "-", "separate");
        assert_refused("10:20-30", "-", "another way");
    }

    #[test]
    fn what_may_be_characters_or_hex_is_refused() {
        assert_refused(r"\x1b40", "40", "characters or for hex");
        assert_refused(r"\x1b, \x40", ", ", "characters or for hex");
        assert_refused(r"1B 40 \x0d", "1B 40 ", "characters or for hex");
        assert_refused(r"\x1b 0x40", " 0x40", "characters or for hex");
        assert_refused("b'1b40'", "1b40", "characters or for hex");
        assert_refused(r"\x1b@ ", r"\x1b@ ", "blanks around");
        assert_refused(r#""\\x1b@""#, r"\\x1b@", "escaped twice");
    }

    #[test]
    fn strings_that_are_not_plain_are_refused() {
        assert_refused(r"\x1b\033", r"\0", "octal");
        assert_refused(r"\x1b\u0040", r"\u", "not an escape");
        assert_refused("\\x1b\\", "\\", "not an escape");
        assert_refused("\\x1bé", "é", "ASCII");
        assert_refused("\\x1b@\n\\x1b@", "\n", "ASCII");
        assert_refused(r#"printf "\x1b@""#, "\"", "stray quote");
        assert_refused(r#""\x1b" "@""#, "\"", "stray quote");
        assert_refused(r#""\x1b@"#, "\"", "not closed");
        assert_refused(r#"STATUS\r"#, r"STATUS\r", "not hex");
    }

    #[test]
    fn what_is_not_hex_is_refused_and_shown_safely() {
        assert_refused("STATUS", "STATUS", "not hex");
        assert_refused("1B 40 ; CR", ";", "not hex");
        assert_refused("1B\u{200b}40", "1B\u{200b}40", "<U+200B>");
        assert_refused("\u{1b}[2J", "\u{1b}[2J", "<ESC>[2J");
        assert_refused("<ESC>@", "ESC", "not hex");
        assert_refused("<0x1B>@", "@", "brackets");
        assert_refused("{0x1B", "{", "not closed");
        assert_refused("{0x1B};", "{", "not closed");
        assert_refused("'1B", "'", "not closed");
        assert_refused("１Ｂ", "１Ｂ", "not hex");
        assert!(parse("ESC 40").unwrap_err().help.unwrap().contains("1B"));
        assert!(parse(&"x".repeat(5000)).unwrap_err().message.len() < 100);
    }

    #[test]
    fn written_hex_is_lower_case() {
        assert_eq!(encode(&[0x1B, 0x40, 0xFF]), "1b40ff");
        assert_eq!(encode_spaced(&[0x1B, 0x40, 0xFF]), "1b 40 ff");
        assert_eq!(encode_spaced(&[]), "");
    }

    fn each(bytes: &[u8], between: &str, write: impl Fn(&u8) -> String) -> String {
        bytes.iter().map(write).collect::<Vec<_>>().join(between)
    }

    fn dump(bytes: &[u8], line: impl Fn(usize, &[u8], String) -> String) -> String {
        let shown = |byte: &u8| {
            if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' }
        };
        let lines = bytes.chunks(16).enumerate();
        lines.map(|(at, bytes)| line(at * 16, bytes, bytes.iter().map(shown).collect())).collect()
    }

    fn every_style(bytes: &[u8]) -> Vec<String> {
        let words = |line: &[u8]| line.chunks(2).map(encode).collect::<Vec<_>>().join(" ");
        vec![
            encode(bytes),
            encode_spaced(bytes),
            encode_spaced(bytes).to_uppercase(),
            each(bytes, ",", |byte| format!("{byte:02X}")),
            each(bytes, ":", |byte| format!("{byte:02x}")),
            each(bytes, "-", |byte| format!("{byte:02X}")),
            each(bytes, ", ", |byte| format!("0x{byte:02X}")),
            each(bytes, " ", |byte| format!("0x{byte:X}")),
            format!("{{{}}}", each(bytes, ",\n", |byte| format!("0x{byte:02x}"))),
            format!("[{},]", each(bytes, ", ", |byte| format!("0x{byte:02x}"))).replace("[,]", "[]"),
            each(bytes, "", |byte| format!("${byte:02X}")),
            each(bytes, " ", |byte| format!("{byte:02X}h")),
            each(bytes, "\n", |byte| format!("0{byte:02X}H")),
            each(bytes, "", |byte| format!("<0x{byte:02X}>")),
            each(bytes, "", |byte| format!("\\x{byte:02x}")),
            bytes.chunks(30).map(|line| encode(line) + "\n").collect(),
            dump(bytes, |at, line, text| format!("{at:08x}: {:<39}  {text}\n", words(line))),
            dump(bytes, |at, line, text| format!("{at:08x}  {:<48}  |{text}|\n", encode_spaced(line))),
        ]
    }

    fn c_string(bytes: &[u8]) -> String {
        each(bytes, "", |byte| match byte {
            b'\\' | b'\'' | b'"' => format!("\\{}", char::from(*byte)),
            0x20..0x7F => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        })
    }

    fn bytes_or_text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![any::<Vec<u8>>(), "[ -~]{0,40}".prop_map(String::into_bytes)]
    }

    proptest! {
        #[test]
        fn every_style_reads_back(bytes in bytes_or_text()) {
            for text in every_style(&bytes) {
                prop_assert_eq!(parse(&text), Ok(bytes.clone()), "{:?}", text);
            }
        }

        #[test]
        fn quoted_strings_read_back(bytes in bytes_or_text()) {
            let expected = [b"\x1b", bytes.as_slice()].concat();
            for text in [format!("b'\\x1b{}'", c_string(&bytes)), format!("\"\\x1b{}\"", c_string(&bytes))] {
                prop_assert_eq!(parse(&text), Ok(expected.clone()), "{:?}", text);
            }
        }

        #[test]
        fn no_text_panics_and_errors_point_into_it(
            text in prop_oneof![
                any::<String>(),
                "[0-9a-fA-FxXhH$:,\\\\{}\\[\\]<>'\"b \n|*.é-]{0,60}",
                "(0000000[0-9]:? {1,2}([0-9a-f]{2,4} ){0,9} ?\\|?[ -~]{0,9}\\|?\n){0,3}",
            ],
        ) {
            match parse(&text) {
                Ok(bytes) => prop_assert!(bytes.len() <= text.len()),
                Err(error) => {
                    prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
                    prop_assert!(!error.message.contains(char::is_control), "{:?}", error);
                }
            }
        }
    }
}
