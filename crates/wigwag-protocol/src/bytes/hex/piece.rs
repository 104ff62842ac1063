//! A piece of the text that knows where it stands, so that every error can point.

use super::HexError;
use crate::bytes::display;

/// A piece of the text that knows where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) at: usize,
    pub(super) text: &'a str,
}

impl<'a> Piece<'a> {
    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn is_all(self, belongs: impl Fn(char) -> bool) -> bool {
        self.text.chars().all(belongs)
    }

    pub(super) fn starts_bytes_literal(self) -> bool {
        self.text.strip_prefix('b').is_some_and(|text| text.starts_with(is_quote))
    }

    /// The first `length` bytes and the rest; all and nothing where that is past the end or inside a character.
    pub(super) fn cut(self, length: usize) -> (Self, Self) {
        let (text, behind) = self.text.split_at_checked(length).unwrap_or((self.text, ""));
        (Self { text, ..self }, Self { at: self.at + text.len(), text: behind })
    }

    /// The longest beginning of such characters, and the rest.
    pub(super) fn split(self, belongs: impl Fn(char) -> bool) -> (Self, Self) {
        self.cut(self.text.find(|c| !belongs(c)).unwrap_or(self.text.len()))
    }

    /// The first character and the rest.
    pub(super) fn first(self) -> (Self, Self) {
        self.cut(self.text.chars().next().map_or(0, char::len_utf8))
    }

    /// Up to the next separator, or to the next `$` if that is not the first character, and the rest.
    pub(super) fn word(self) -> (Self, Self) {
        let dollar = usize::from(self.text.starts_with('$'));
        let (digits, _) = self.cut(dollar).1.split(|c| !is_between(c) && c != '$');
        self.cut(dollar + digits.text.len())
    }

    pub(super) fn trim(self) -> Self {
        let text = self.text.trim_start();
        Self { at: self.at + self.text.len() - text.len(), text: text.trim_end() }
    }

    /// The lines that are not blank, trimmed.
    pub(super) fn lines(self) -> impl Iterator<Item = Self> {
        self.parts(|c| c == '\n').map(Self::trim).filter(|line| !line.is_empty())
    }

    /// What stands between blanks.
    pub(super) fn words(self) -> impl Iterator<Item = Self> {
        self.parts(is_blank).map(Self::trim).filter(|word| !word.is_empty())
    }

    /// What each separator ends, with the separator.
    pub(super) fn parts(self, separator: impl FnMut(char) -> bool) -> impl Iterator<Item = Self> {
        let mut at = self.at;
        self.text.split_inclusive(separator).map(move |text| {
            let part = Self { at, text };
            at += text.len();
            part
        })
    }

    /// What stands between a pair of quotes, or all where it does not start with one.
    pub(super) fn unquoted(self) -> Result<Self, HexError> {
        self.text.chars().next().filter(|c| is_quote(*c)).map_or(Ok(self), |quote| self.enclosed(quote))
    }

    /// What stands between the first character and `close`, which must be the last one.
    pub(super) fn enclosed(self, close: char) -> Result<Self, HexError> {
        let (open, inside) = self.first();
        match inside.text.strip_suffix(close) {
            Some(text) => Ok(Self { text, ..inside }),
            None => open.refuse("is not closed at the end", &*format!("end with {close}, or leave both out")),
        }
    }

    /// Whether it is marked, and the digits without the mark.
    pub(super) fn marking(self) -> (Marking, Self) {
        let text = self.text;
        let unprefixed = text.strip_prefix("0x").or(text.strip_prefix("0X")).or(text.strip_prefix('$'));
        match (unprefixed, text.strip_suffix(['h', 'H'])) {
            (Some(digits), _) => (Marking::Marked, self.cut(text.len() - digits.len()).1),
            (None, Some(digits)) => (Marking::Marked, self.cut(digits.len()).0),
            (None, None) => (Marking::Bare, self),
        }
    }

    /// Whether it consists of separators and what could be bytes in hex.
    pub(super) fn could_be_hex(self) -> bool {
        self.text.split(is_between).filter(|word| !word.is_empty()).all(|text| {
            let (marking, digits) = Self { text, ..self }.marking();
            let is_whole = marking == Marking::Marked || digits.text.len().is_multiple_of(2);
            is_whole && !digits.is_empty() && digits.is_all(is_digit)
        })
    }

    pub(super) fn refuse<'h, T>(self, what: &str, help: impl Into<Option<&'h str>>) -> Result<T, HexError> {
        /// More would not help in a message of one line.
        const MAX_QUOTED: usize = 24;
        let found = display::escape_str(self.text).truncated(MAX_QUOTED);
        let at = self.at..self.at + self.text.len();
        Err(HexError { at, message: format!("`{found}` {what}"), help: help.into().map(str::to_owned) })
    }
}

/// Whether a byte says by itself that it is hex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marking {
    /// `0x1B`, `$1B`, `1Bh`.
    Marked,
    /// `1B`, or a run of such bytes.
    Bare,
}

pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_hexdigit()
}

pub(super) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace()
}

/// Whether it can stand between bytes.
pub(super) fn is_between(c: char) -> bool {
    is_blank(c) || matches!(c, ',' | ':' | '-')
}
