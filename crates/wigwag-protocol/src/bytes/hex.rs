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

use super::{display, notation};
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
    if is_dump(trimmed) {
        return read_dump(trimmed);
    }
    if text.contains("\\x") || trimmed.starts_bytes_literal() {
        return read_c_string(whole);
    }
    read_list(trimmed.unquoted()?.trim())
}

// Lists of bytes: 1B 40 | 0x1B, 0x40 | {0x1B, 0x40} | <0x1B><0x40>

const ONE_BY_ONE: &str = "write every byte by itself, in the order it is to be sent: 1B 40";
const ALL_ALIKE: &str = "mark every byte (0x1B 0x40) or none (1B 40)";
const SEPARATORS: &str = "separate bytes by blanks or one comma; `:` and `-` stand directly between unmarked bytes";

fn read_list(list: Piece<'_>) -> Result<Vec<u8>, HexError> {
    match list.text.chars().next() {
        Some('{') => List::of_marked_bytes().read(list.enclosed('}')?),
        Some('[') => List::of_marked_bytes().read(list.enclosed(']')?),
        Some('<') => read_angle_brackets(list),
        Some(_) | None => List::default().read(list),
    }
}

fn read_angle_brackets(list: Piece<'_>) -> Result<Vec<u8>, HexError> {
    let mut bytes = Vec::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (open, inside) = rest.first();
        let (inside, behind) = inside.split(|c| c != '>');
        if open.text != "<" || behind.is_empty() {
            return open.refuse("makes no pair of brackets", "put every byte between < and >, or none");
        }
        bytes.extend(List::of_marked_bytes().read(inside)?);
        rest = behind.first().1.trim();
    }
    Ok(bytes)
}

/// Whether a byte says by itself that it is hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marking {
    /// `0x1B`, `$1B`, `1Bh`.
    Marked,
    /// `1B`, or a run of such bytes.
    Bare,
}

/// A list while it is read, with what its beginning demands of the rest.
#[derive(Default)]
struct List<'a> {
    bytes: Vec<u8>,
    marking: Option<Marking>,
    /// `:` or `-`, or a blank for blanks and commas.
    joint: Option<char>,
    first_long_run: Option<Piece<'a>>,
    has_signs_between: bool,
}

impl<'a> List<'a> {
    fn of_marked_bytes() -> Self {
        Self { marking: Some(Marking::Marked), ..Self::default() }
    }

    fn read(mut self, list: Piece<'a>) -> Result<Vec<u8>, HexError> {
        let mut last_sign = None;
        for line in list.lines() {
            last_sign = self.line(line)?;
        }
        match (last_sign, self.first_long_run) {
            // A comma may end an initialiser, as in C.
            (Some(sign), _) if sign.text != "," => sign.refuse("has no byte behind it", SEPARATORS),
            (_, Some(run)) if self.has_signs_between => run.refuse("is more than one byte, or a number", ONE_BY_ONE),
            (Some(_) | None, Some(_) | None) => Ok(self.bytes),
        }
    }

    /// Reads a line and returns the comma, colon or dash at its end.
    fn line(&mut self, line: Piece<'a>) -> Result<Option<Piece<'a>>, HexError> {
        let mut last_sign = None;
        let mut rest = line;
        while !rest.is_empty() {
            let (word, behind) = rest.word();
            if word.is_empty() {
                return rest.first().0.refuse("has no byte before it", SEPARATORS);
            }
            self.word(word)?;
            let (between, behind) = behind.split(is_between);
            last_sign = self.joint(between)?;
            rest = behind;
        }
        if self.marking == Some(Marking::Bare) {
            check_columns(line)?;
        }
        Ok(last_sign)
    }

    fn word(&mut self, word: Piece<'a>) -> Result<(), HexError> {
        let (marking, digits) = word.marking();
        if digits.is_empty() || !digits.is_all(is_digit) {
            return word.refuse("is not hex", help_for_word(word.text));
        }
        match (*self.marking.get_or_insert(marking), marking) {
            (Marking::Marked, Marking::Marked) => push_marked_byte(word, digits, &mut self.bytes),
            (Marking::Marked, Marking::Bare) => word.refuse("is not marked as hex here: is it decimal?", ALL_ALIKE),
            (Marking::Bare, Marking::Marked) => word.refuse("is marked as hex, but not what is before it", ALL_ALIKE),
            (Marking::Bare, Marking::Bare) => {
                self.first_long_run = self.first_long_run.or(Some(digits).filter(|run| run.text.len() > 2));
                push_run(digits, &mut self.bytes)
            }
        }
    }

    /// Takes what stands behind a word, and returns its comma, colon or dash if it has one.
    fn joint(&mut self, between: Piece<'a>) -> Result<Option<Piece<'a>>, HexError> {
        let sign = between.trim();
        let joint = match sign.text {
            "" if between.is_empty() => return Ok(None),
            "" | "," => ' ',
            ":" if between.text == ":" && self.marking == Some(Marking::Bare) => ':',
            "-" if between.text == "-" && self.marking == Some(Marking::Bare) => '-',
            _ => return sign.refuse("does not separate bytes here", SEPARATORS),
        };
        if *self.joint.get_or_insert(joint) != joint {
            return between.refuse("separates in another way than before: a range, or a label?", ONE_BY_ONE);
        }
        self.has_signs_between |= !sign.is_empty();
        Ok(Some(sign).filter(|sign| !sign.is_empty()))
    }
}

fn push_marked_byte(word: Piece<'_>, digits: Piece<'_>, bytes: &mut Vec<u8>) -> Result<(), HexError> {
    let has_suffix = word.text.ends_with(['h', 'H']);
    let number = match (has_suffix, digits.text.len()) {
        // An assembler wants a zero before a number that starts with a letter, and AH is a register.
        (true, 3) => digits.text.strip_prefix('0'),
        (true, 2) | (false, 1 | 2) => Some(digits.text),
        (true | false, _) => None,
    };
    match number.and_then(|number| u8::from_str_radix(number, 16).ok()) {
        Some(byte) => bytes.push(byte),
        None => return word.refuse("is not one byte of two digits", ONE_BY_ONE),
    }
    Ok(())
}

/// Reads pairs of digits.
fn push_run(run: Piece<'_>, bytes: &mut Vec<u8>) -> Result<(), HexError> {
    let mut rest = run.text;
    while let Some((pair, behind)) = rest.split_at_checked(2) {
        bytes.extend(u8::from_str_radix(pair, 16));
        rest = behind;
    }
    match (rest, run.text.len()) {
        ("", _) => Ok(()),
        (digit, 1) => run.refuse("is half a byte", &*format!("write 0{digit}")),
        (_, _) => run.refuse("ends in half a byte: its number of digits is odd", ONE_BY_ONE),
    }
}

/// The runs of one line are as long as each other; only the last of three or more may be shorter. So an offset column
/// does not pass for bytes.
fn check_columns(line: Piece<'_>) -> Result<(), HexError> {
    let lengths: Vec<usize> = line.text.split(is_between).map(str::len).filter(|length| *length > 0).collect();
    let even = match lengths.as_slice() {
        [] | [_] => true,
        [first, second] => first == second,
        [first, between @ .., last] => between.iter().all(|length| length == first) && last <= first,
    };
    if even {
        return Ok(());
    }
    let (first, _) = line.split(|c| !is_between(c));
    first.refuse("is not as long as what is behind it: bytes, or an offset?", ONE_BY_ONE)
}

fn help_for_word(word: &str) -> Option<&'static str> {
    if word.contains('\\') {
        return Some("write every control character as \\x and two digits: \\x0d for \\r");
    }
    let name = word.trim_start_matches('<').trim_end_matches('>');
    notation::control_byte(name).map(|_| "write a control character as its byte: 1B for ESC, 0D for CR")
}

// C strings: \x1b@ | "\x1b@" | b'\x1b@'

const AS_ESCAPE: &str = "write each of its bytes as \\x and two digits";
const IN_QUOTES: &str = "put quotes around the whole for characters, as in \"\\x1b40\"; for bytes write \\x1b\\x40";

fn read_c_string(whole: Piece<'_>) -> Result<Vec<u8>, HexError> {
    let trimmed = whole.trim();
    let unprefixed = if trimmed.starts_bytes_literal() { trimmed.first().1 } else { trimmed };
    let quote = unprefixed.text.chars().next().filter(|c| is_quote(*c));
    let string = unprefixed.unquoted()?;
    if quote.is_none() && whole.text.trim_matches(['\r', '\n']) != string.text {
        return whole.refuse("has blanks around it: are they bytes?", IN_QUOTES);
    }

    let mut bytes = Vec::new();
    let mut literals = Vec::new();
    let mut has_hex_escape = false;
    let mut rest = string;
    while !rest.is_empty() {
        let (literal, behind) = rest.split(|c| c != '\\');
        push_literal(literal, quote, &mut bytes)?;
        literals.extend(Some(literal).filter(|literal| !literal.is_empty()));
        has_hex_escape |= behind.text.starts_with("\\x");
        rest = if behind.is_empty() { behind } else { push_escape(behind, &mut bytes)? };
    }

    if !has_hex_escape && string.text.contains("\\x") {
        return string.refuse("has no `\\x` but behind a backslash: was it escaped twice?", AS_ESCAPE);
    }
    // Quotes around a `\x` leave no doubt. Otherwise `\x1b40`, `\x1b, \x40` and b'1b40' may be meant as bytes in hex.
    let leaves_no_doubt = quote.is_some() && has_hex_escape;
    match literals.first() {
        Some(first) if !leaves_no_doubt && literals.iter().all(|literal| literal.could_be_hex()) => {
            first.refuse("may stand for characters or for hex here", IN_QUOTES)
        }
        Some(_) | None => Ok(bytes),
    }
}

fn push_literal(literal: Piece<'_>, quote: Option<char>, bytes: &mut Vec<u8>) -> Result<(), HexError> {
    let is_stray_quote = |c: char| if quote.is_some() { quote == Some(c) } else { is_quote(c) };
    let (good, behind) = literal.split(|c| (c == ' ' || c.is_ascii_graphic()) && !is_stray_quote(c));
    bytes.extend(good.text.bytes());
    match behind.text.chars().next() {
        None => Ok(()),
        Some(c) if is_stray_quote(c) => behind.first().0.refuse("is a stray quote", AS_ESCAPE),
        Some(_) => behind.first().0.refuse("is not a printable ASCII character", AS_ESCAPE),
    }
}

/// Reads one escape, whose backslash is the first character, and returns what stands behind it.
fn push_escape<'a>(text: Piece<'a>, bytes: &mut Vec<u8>) -> Result<Piece<'a>, HexError> {
    let (letter, behind) = text.first().1.first();
    let escape = text.cut(1 + letter.text.len()).0;
    let (pair, behind_pair) = behind.cut(2);
    let byte = match letter.text {
        "x" if pair.text.len() == 2 && pair.is_all(is_digit) => {
            bytes.extend(u8::from_str_radix(pair.text, 16));
            return Ok(behind_pair);
        }
        "x" => return escape.refuse("needs two hex digits behind it", "write \\x07 for the byte 7"),
        "0" if !behind.text.starts_with(|c: char| c.is_ascii_digit()) => 0x00,
        "a" => 0x07,
        "b" => 0x08,
        "t" => 0x09,
        "n" => 0x0A,
        "v" => 0x0B,
        "f" => 0x0C,
        "r" => 0x0D,
        "e" => 0x1B,
        "\\" => b'\\',
        "'" => b'\'',
        "\"" => b'"',
        _ => return escape.refuse("is not an escape read here; nor is octal", AS_ESCAPE),
    };
    bytes.push(byte);
    Ok(behind)
}

// Dumps: 00000000: 1b40 0d0a  .@.. | 00000000  1b 40 0d 0a  |.@..|

const WHOLE_LINES: &str = "paste whole lines of `xxd` or `hexdump -Cv` in order, or only the bytes: 1B 40";

/// An offset of at least eight digits, and behind it a colon or, on the same line, a text column between bars.
fn is_dump(trimmed: Piece<'_>) -> bool {
    let (offset, behind) = trimmed.split(is_digit);
    let columns = behind.text.lines().next().unwrap_or_default();
    offset.text.len() >= 8 && (columns.starts_with(':') || columns.starts_with(is_blank) && columns.contains('|'))
}

fn read_dump(dump: Piece<'_>) -> Result<Vec<u8>, HexError> {
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

// Text and its place

/// A piece of the text that knows where it stands.
#[derive(Debug, Clone, Copy)]
struct Piece<'a> {
    at: usize,
    text: &'a str,
}

impl<'a> Piece<'a> {
    fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    fn is_all(self, belongs: impl Fn(char) -> bool) -> bool {
        self.text.chars().all(belongs)
    }

    fn starts_bytes_literal(self) -> bool {
        self.text.strip_prefix('b').is_some_and(|text| text.starts_with(is_quote))
    }

    /// The first `length` bytes and the rest; all and nothing where that is past the end or inside a character.
    fn cut(self, length: usize) -> (Self, Self) {
        let (text, behind) = self.text.split_at_checked(length).unwrap_or((self.text, ""));
        (Self { text, ..self }, Self { at: self.at + text.len(), text: behind })
    }

    /// The longest beginning of such characters, and the rest.
    fn split(self, belongs: impl Fn(char) -> bool) -> (Self, Self) {
        self.cut(self.text.find(|c| !belongs(c)).unwrap_or(self.text.len()))
    }

    /// The first character and the rest.
    fn first(self) -> (Self, Self) {
        self.cut(self.text.chars().next().map_or(0, char::len_utf8))
    }

    /// Up to the next separator, or to the next `$` if that is not the first character, and the rest.
    fn word(self) -> (Self, Self) {
        let dollar = usize::from(self.text.starts_with('$'));
        let (digits, _) = self.cut(dollar).1.split(|c| !is_between(c) && c != '$');
        self.cut(dollar + digits.text.len())
    }

    fn trim(self) -> Self {
        let text = self.text.trim_start();
        Self { at: self.at + self.text.len() - text.len(), text: text.trim_end() }
    }

    /// The lines that are not blank, trimmed.
    fn lines(self) -> impl Iterator<Item = Self> {
        self.parts(|c| c == '\n').map(Self::trim).filter(|line| !line.is_empty())
    }

    /// What stands between blanks.
    fn words(self) -> impl Iterator<Item = Self> {
        self.parts(is_blank).map(Self::trim).filter(|word| !word.is_empty())
    }

    /// What each separator ends, with the separator.
    fn parts(self, separator: impl FnMut(char) -> bool) -> impl Iterator<Item = Self> {
        let mut at = self.at;
        self.text.split_inclusive(separator).map(move |text| {
            let part = Self { at, text };
            at += text.len();
            part
        })
    }

    /// What stands between a pair of quotes, or all where it does not start with one.
    fn unquoted(self) -> Result<Self, HexError> {
        self.text.chars().next().filter(|c| is_quote(*c)).map_or(Ok(self), |quote| self.enclosed(quote))
    }

    /// What stands between the first character and `close`, which must be the last one.
    fn enclosed(self, close: char) -> Result<Self, HexError> {
        let (open, inside) = self.first();
        match inside.text.strip_suffix(close) {
            Some(text) => Ok(Self { text, ..inside }),
            None => open.refuse("is not closed at the end", &*format!("end with {close}, or leave both out")),
        }
    }

    /// Whether it is marked, and the digits without the mark.
    fn marking(self) -> (Marking, Self) {
        let text = self.text;
        let unprefixed = text.strip_prefix("0x").or(text.strip_prefix("0X")).or(text.strip_prefix('$'));
        match (unprefixed, text.strip_suffix(['h', 'H'])) {
            (Some(digits), _) => (Marking::Marked, self.cut(text.len() - digits.len()).1),
            (None, Some(digits)) => (Marking::Marked, self.cut(digits.len()).0),
            (None, None) => (Marking::Bare, self),
        }
    }

    /// Whether it consists of separators and what could be bytes in hex.
    fn could_be_hex(self) -> bool {
        self.text.split(is_between).filter(|word| !word.is_empty()).all(|text| {
            let (marking, digits) = Self { text, ..self }.marking();
            let is_whole = marking == Marking::Marked || digits.text.len().is_multiple_of(2);
            is_whole && !digits.is_empty() && digits.is_all(is_digit)
        })
    }

    fn refuse<'h, T>(self, what: &str, help: impl Into<Option<&'h str>>) -> Result<T, HexError> {
        /// More would not help in a message of one line.
        const MAX_QUOTED: usize = 24;
        let found = display::escape_str(self.text).truncated(MAX_QUOTED);
        let at = self.at..self.at + self.text.len();
        Err(HexError { at, message: format!("`{found}` {what}"), help: help.into().map(str::to_owned) })
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_hexdigit()
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// Whether it can stand between bytes.
fn is_between(c: char) -> bool {
    is_blank(c) || matches!(c, ',' | ':' | '-')
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
        let pairs = |bytes: &[u8], between| each(bytes, between, |byte| format!("{byte:02x}"));
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
            dump(bytes, |at, line, text| format!("{at:08x}: {:<39}  {text}\n", each_group(line))),
            dump(bytes, |at, line, text| format!("{at:08x}  {:<48}  |{text}|\n", pairs(line, " "))),
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

    fn each_group(line: &[u8]) -> String {
        line.chunks(2).map(encode).collect::<Vec<_>>().join(" ")
    }

    proptest! {
        #[test]
        fn every_style_reads_back(bytes in bytes_or_text()) {
            for text in every_style(&bytes) {
                prop_assert_eq!(parse(&text).as_ref(), Ok(&bytes), "{:?}", text);
            }
        }

        #[test]
        fn quoted_strings_read_back(bytes in bytes_or_text()) {
            let expected = [b"\x1b", bytes.as_slice()].concat();
            for text in [format!("b'\\x1b{}'", c_string(&bytes)), format!("\"\\x1b{}\"", c_string(&bytes))] {
                prop_assert_eq!(parse(&text).as_ref(), Ok(&expected), "{:?}", text);
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
