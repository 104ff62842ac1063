//! A word as it is typed, to a value.

use crate::bytes::display::escape;
use crate::layout::syntax;
use crate::layout::types::{Names, Number, Type};
use crate::layout::value::Value;
use crate::layout::{Field, Literal};

use super::{Parameter, Shape, each, word_for};

impl Parameter<'_> {
    /// The value of a word: whole numbers in decimal or as `0x10`, named values by name or number, bits as
    /// `drawer+offline` or a number, lists as `1,2,0x10`, everything else as it stands.
    ///
    /// # Errors
    ///
    /// What it takes instead.
    pub fn read(&self, text: &str) -> Result<Value, String> {
        let value = match self.shape {
            Shape::Alternatives(literal) => literal.read(text)?,
            Shape::Single(field) => self.single(field, text)?,
            Shape::List(_, field) => {
                let words = text.split(',').filter(|_| !text.is_empty());
                Value::List(each(words, |word| self.single(field, word))?)
            }
            Shape::Records(_) => return Err("a list of records cannot be typed as a word".to_owned()),
        };
        self.check(&value)?;
        Ok(value)
    }

    fn single(&self, field: &Field, text: &str) -> Result<Value, String> {
        match field.kind {
            Type::Integer { .. }
            | Type::Dec(_)
            | Type::Hex(_)
            | Type::Bcd(_)
            | Type::DecOf(_)
            | Type::Number(Number::Dec | Number::Hex) => field.read_whole(text.trim()),
            Type::Float { .. } | Type::Number(Number::Float) => match text.trim().parse::<f64>() {
                Ok(number) if number.is_finite() => Ok(Value::Float(number)),
                Ok(_) | Err(_) => Err(format!("`{}` is not a number", escape(text.as_bytes()))),
            },
            Type::Chars(_) | Type::Text => Ok(Value::Text(text.to_owned())),
            // As they are read: bytes, not text.
            Type::Raw(_) | Type::Bytes => {
                let value = Value::Text(text.to_owned());
                field.kind.bytes(&value, &field.names, self.program.encoding, None).map(Value::Bytes)
            }
        }
    }
}

impl Literal {
    /// The alternative that a word stands for: the word itself, the name of a control character, or byte notation.
    fn read(&self, text: &str) -> Result<Value, String> {
        let typed = self.alternatives.iter().find(|bytes| word_for(bytes) == Some(text));
        let written = || syntax::parse_bytes(text).ok().filter(|bytes| self.alternatives.contains(bytes));
        if let Some(bytes) = typed.cloned().or_else(written) {
            return Ok(Value::of_literal(&bytes));
        }
        if text.is_empty() && (self.eof || self.idle.is_some()) {
            return Ok(Value::Bytes(Vec::new()));
        }
        Err(format!("it takes one of {}", self.words().join(", ")))
    }
}

impl Field {
    fn read_whole(&self, word: &str) -> Result<Value, String> {
        let number = match &self.names {
            Names::None => {
                whole_number(word).ok_or_else(|| format!("`{}` is not a whole number", escape(word.as_bytes())))?
            }
            Names::Values(named) => {
                let typed = whole_number(word);
                let found = named.iter().find(|(name, number)| &**name == word || typed == Some(*number));
                found.map(|(_, number)| *number).ok_or_else(|| self.takes_one_of())?
            }
            Names::Bits(_) if word.is_empty() => 0,
            Names::Bits(bits) => match whole_number(word) {
                Some(number) => number,
                None => word.split('+').try_fold(0, |sum, word| {
                    let bit = bits.iter().find(|(name, _)| &**name == word.trim()).map(|(_, bit)| 1 << bit);
                    bit.map(|bit| sum | bit).ok_or_else(|| format!("{}, or several joined by `+`", self.takes_one_of()))
                })?,
            },
        };
        let (least, most) = self.kind.range();
        match (least..=most).contains(&number) {
            true => Ok(self.names.name(number)),
            false => Err(format!("{number} is not from {least} to {most}")),
        }
    }

    fn takes_one_of(&self) -> String {
        format!("it takes one of {}", self.names.words().join(", "))
    }
}

/// A decimal or `0x` number, with or without a sign.
fn whole_number(word: &str) -> Option<i128> {
    let (negative, digits) = match word.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, word.strip_prefix('+').unwrap_or(word)),
    };
    let (digits, radix) = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    // The standard library would take a second sign.
    let number = i128::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with(['+', '-']))?;
    Some(if negative { -number } else { number })
}
