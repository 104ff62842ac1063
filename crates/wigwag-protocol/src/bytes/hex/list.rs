//! Lists of bytes: `1B 40`, `0x1B, 0x40`, `{0x1B, 0x40}`, `<0x1B><0x40>`.

use super::HexError;
use super::piece::{Marking, Piece, is_between, is_digit};
use crate::bytes::notation;

const ONE_BY_ONE: &str = "write every byte by itself, in the order it is to be sent: 1B 40";
const ALL_ALIKE: &str = "mark every byte (0x1B 0x40) or none (1B 40)";
const SEPARATORS: &str = "separate bytes by blanks or one comma; `:` and `-` stand directly between unmarked bytes";

pub(super) fn read_list(list: Piece<'_>) -> Result<Vec<u8>, HexError> {
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
pub(super) fn push_run(run: Piece<'_>, bytes: &mut Vec<u8>) -> Result<(), HexError> {
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
