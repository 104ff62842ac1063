//! C strings: `\x1b@`, `"\x1b@"`, `b'\x1b@'`.

use super::HexError;
use super::piece::{Piece, is_digit, is_quote};

const AS_ESCAPE: &str = "write each of its bytes as \\x and two digits";
const IN_QUOTES: &str = "put quotes around the whole for characters, as in \"\\x1b40\"; for bytes write \\x1b\\x40";

pub(super) fn read_c_string(whole: Piece<'_>) -> Result<Vec<u8>, HexError> {
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
