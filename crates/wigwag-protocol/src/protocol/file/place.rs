//! Where something stands in the file.

use std::ops::Range;

use serde::{Deserialize, Deserializer};

/// Something from the file and the place of its token there, in bytes.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = toml::Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { at: spanned.span(), value: spanned.into_inner() })
    }
}

/// A place in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    /// A whole key, value or heading.
    Token(Range<usize>),
    /// Some bytes of the text that a string's token stands for.
    Inside { token: Range<usize>, within: Range<usize> },
}

impl Place {
    /// The place in bytes of the file.
    pub(super) fn in_file(&self, text: &str) -> Range<usize> {
        match self {
            Self::Token(token) => token.clone(),
            Self::Inside { token, within } => {
                let place = text.get(token.clone()).and_then(|string| place_in_string(string, within));
                place.map_or(token.clone(), |place| token.start + place.start..token.start + place.end)
            }
        }
    }
}

/// Where the bytes `within` of a TOML string's value stand in its token, quotes included; `None` where they are nowhere:
/// an empty string has no inside.
fn place_in_string(token: &str, within: &Range<usize>) -> Option<Range<usize>> {
    let string = Unquoted::of(token)?;
    let (mut start, mut end) = (None, None);
    let (mut value, mut at) = (0, string.offset);
    for piece in string.pieces() {
        if start.is_none() && within.start < value + piece.value {
            start = Some(at);
        }
        if end.is_none() && within.end <= value && start.is_some() {
            end = Some(at);
        }
        value += piece.value;
        at += piece.token;
    }
    (value > 0).then(|| start.unwrap_or(at)..end.unwrap_or(at).max(start.unwrap_or(at)))
}

/// A TOML string without its quotes.
struct Unquoted<'t> {
    text: &'t str,
    /// Where it starts in its token.
    offset: usize,
    has_escapes: bool,
}

/// So many bytes of a token are so many bytes of the string's value.
struct Piece {
    token: usize,
    value: usize,
}

impl<'t> Unquoted<'t> {
    fn of(token: &'t str) -> Option<Self> {
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| token.starts_with(quote))?;
        let text = token.strip_prefix(quote)?.strip_suffix(quote)?;
        // A line break right behind three quotes is no part of the text.
        let start = match quote.len() {
            3 => text.strip_prefix('\n').or_else(|| text.strip_prefix("\r\n")).unwrap_or(text),
            _ => text,
        };
        let offset = quote.len() + text.len() - start.len();
        Some(Self { text: start, offset, has_escapes: quote.starts_with('"') })
    }

    fn pieces(&self) -> impl Iterator<Item = Piece> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            let first = rest.chars().next()?;
            let piece = match first {
                '\\' if self.has_escapes => escape(rest),
                _ => Piece { token: first.len_utf8(), value: first.len_utf8() },
            };
            rest = rest.get(piece.token..).unwrap_or_default();
            Some(piece)
        })
    }
}

/// The escape at the start of `rest`.
fn escape(rest: &str) -> Piece {
    let digits = match rest.chars().nth(1) {
        Some('x') => 2,
        Some('u') => 4,
        Some('U') => 8,
        // A backslash at the end of a line takes all white space up to the next word.
        Some(c) if c.is_ascii_whitespace() => {
            let behind = rest.get(1..).unwrap_or_default();
            return Piece { token: rest.len() - behind.trim_ascii_start().len(), value: 0 };
        }
        _ => return Piece { token: 2, value: 1 },
    };
    let number = rest.get(2..2 + digits).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    Piece { token: 2 + digits, value: number.and_then(char::from_u32).map_or(1, char::len_utf8) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The part of `token` that stands for `inner`, a part of the text that it stands for.
    fn shown<'t>(token: &'t str, inner: &str) -> &'t str {
        let table: toml::Table = toml::from_str(&format!("a = {token}")).unwrap();
        let value = table["a"].as_str().unwrap();
        let start = value.find(inner).unwrap();
        &token[place_in_string(token, &(start..start + inner.len())).unwrap()]
    }

    #[test]
    fn a_place_in_a_text_is_found_in_its_token() {
        assert_eq!(shown("'<ESC> body <CR>'", "body"), "body");
        assert_eq!(shown(r#""<ESC> 'it' body""#, "'it'"), "'it'");
        assert_eq!(shown(r#""\"it's\" body""#, "body"), "body");
        assert_eq!(shown(r#""\"it's\" body""#, "\"it's\""), "\\\"it's\\\"");
        assert_eq!(shown(r#""\u00e9\U0001F600\x41\e body""#, "body"), "body");
        assert_eq!(shown(r#""\u00e9\x41 body""#, "A"), "\\x41");
        assert_eq!(shown("\"é body\"", "body"), "body");
        assert_eq!(shown(r"'C:\new body'", "body"), "body");
    }

    #[test]
    fn long_texts_have_line_breaks() {
        assert_eq!(shown("'''\nbody\nlast'''", "last"), "last");
        assert_eq!(shown("'''\r\nbody\r\nlast'''", "last"), "last");
        assert_eq!(shown("\"\"\"\nbody \\\n   last\"\"\"", "last"), "last");
        assert_eq!(shown("\"\"\"\nbody \\   \r\n\r\n   last\"\"\"", "body last"), "body \\   \r\n\r\n   last");
        assert_eq!(shown("\"\"\"a \"quoted\" body\"\"\"", "body"), "body");
    }

    #[test]
    fn the_end_of_a_text_is_before_the_quote_and_an_empty_text_has_no_inside() {
        assert_eq!(place_in_string("'body'", &(4..4)), Some(5..5));
        assert_eq!(place_in_string("'body'", &(0..4)), Some(1..5));
        assert_eq!(place_in_string("'body'", &(2..2)), Some(3..3));
        assert_eq!(place_in_string("''", &(0..0)), None);
        assert_eq!(place_in_string("12", &(0..1)), None);
    }
}
