//! Words, numbers and signs, of which everything else is made.

use super::super::error::LayoutError;
use super::Name;

pub(super) struct Reader<'s> {
    pub(super) source: &'s str,
    pub(super) pos: usize,
    /// How many records are open.
    pub(super) depth: usize,
}

impl<'s> Reader<'s> {
    pub(super) fn name(&mut self, wanted: &str) -> Result<Name, LayoutError> {
        self.skip_space();
        let rest = self.rest();
        let starts = rest.chars().next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
        if !starts {
            return Err(self.error_here(match self.peek() {
                Some(found) => format!("expected {wanted}, found `{found}`"),
                None => format!("the layout ends here, where {wanted} should stand"),
            }));
        }
        let length = rest.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(rest.len());
        let start = self.pos;
        self.pos += length;
        let name = Name { text: rest.get(..length).unwrap_or_default().to_owned(), at: start..self.pos };
        self.skip_space();
        Ok(name)
    }

    pub(super) fn unsigned(&mut self, wanted: &str) -> Result<u64, LayoutError> {
        self.skip_space();
        let start = self.pos;
        let number = self.signed(wanted)?;
        u64::try_from(number).map_err(|_| LayoutError::new(start..self.trimmed_end(), "a number from 0 to 2^64-1"))
    }

    /// A decimal or `0x` number with an optional sign, within the range of u64 and i64 together.
    pub(super) fn signed(&mut self, wanted: &str) -> Result<i128, LayoutError> {
        self.skip_space();
        let start = self.pos;
        let negative = match self.peek() {
            Some(sign @ ('+' | '-')) => {
                self.pos += 1;
                sign == '-'
            }
            _ => false,
        };
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        self.pos += length;
        let magnitude = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => word.parse::<u64>(),
        };
        let at = start..self.pos;
        self.skip_space();
        match magnitude {
            Ok(magnitude) if negative => Ok(-i128::from(magnitude)),
            Ok(magnitude) => Ok(i128::from(magnitude)),
            Err(_) if word.is_empty() => Err(LayoutError::new(at, format!("expected {wanted}"))),
            Err(_) => Err(LayoutError::new(at, format!("`{word}` is not a number up to 2^64-1"))
                .with_help("decimal, or hex as in `0x8005`")),
        }
    }

    pub(super) fn expect(&mut self, wanted: char, said: &str) -> Result<(), LayoutError> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.error_here(match self.peek() {
            Some(found) => format!("expected {said}, found `{found}`"),
            None => format!("expected {said}, but the layout ends here"),
        }))
    }

    pub(super) fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let taken = self.take_raw(wanted);
        if taken {
            self.skip_space();
        }
        taken
    }

    pub(super) fn take_raw(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        if taken {
            self.pos += wanted.len_utf8();
        }
        taken
    }

    pub(super) fn take_text(&mut self, wanted: &str) -> bool {
        self.skip_space();
        let taken = self.rest().starts_with(wanted);
        if taken {
            self.pos += wanted.len();
            self.skip_space();
        }
        taken
    }

    pub(super) fn skip_space(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
    }

    /// Where the text that was read ends, without the space behind it.
    pub(super) fn trimmed_end(&self) -> usize {
        self.source.get(..self.pos).unwrap_or_default().trim_end().len()
    }

    pub(super) fn rest(&self) -> &'s str {
        self.source.get(self.pos..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn error_here(&self, message: impl Into<String>) -> LayoutError {
        let width = self.peek().map_or(0, char::len_utf8);
        LayoutError::new(self.pos..self.pos + width, message)
    }
}
