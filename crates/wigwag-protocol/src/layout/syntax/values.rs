//! What stands behind `=`: constants, lengths, checksums, learned values.

use super::super::MAX_LIMIT;
use super::super::error::LayoutError;
use super::reader::Reader;
use super::{Argument, Last, Name, Span, Value};

impl Reader<'_> {
    pub(super) fn value(&mut self) -> Result<Value, LayoutError> {
        self.skip_space();
        let start = self.pos;
        match self.peek() {
            Some('\'' | '"' | '<') => {
                let literal = self.literal()?;
                match literal.alternatives.as_slice() {
                    [only] if !literal.eof && literal.idle.is_none() => {
                        return Ok(Value::Bytes(only.clone(), start..self.trimmed_end()));
                    }
                    _ => return Err(LayoutError::new(start..self.trimmed_end(), "a constant is plain bytes")),
                }
            }
            Some(c) if c.is_ascii_digit() || c == '-' || c == '+' => return self.number_value(),
            _ => {}
        }
        let word = self.name("a value: a constant, `seq`, `len(...)` or a checksum such as `sum8(...)`")?;
        match self.peek() {
            Some('(') if word.text == "len" => self.len_value(start),
            Some('(') => self.checksum_value(word, start),
            Some('.') => {
                self.pos += 1;
                self.learned(word)
            }
            _ if word.text == "seq" => Ok(Value::Seq),
            _ => Ok(Value::Name(word)),
        }
    }

    /// What stands behind the dot of `secret.password`.
    pub(super) fn learned(&mut self, scope: Name) -> Result<Value, LayoutError> {
        let part = self.name("the name of the part")?;
        Ok(Value::Learned { scope, part })
    }

    fn number_value(&mut self) -> Result<Value, LayoutError> {
        let start = self.pos;
        let rest = self.rest();
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if word.contains(['.', 'e', 'E']) && !word.contains(['x', 'X']) {
            let number: f64 = word
                .parse()
                .map_err(|_| LayoutError::new(start..start + length, format!("`{word}` is not a number")))?;
            self.pos += length;
            self.skip_space();
            return Ok(Value::Float(number, start..start + length));
        }
        let number = self.signed("a number")?;
        Ok(Value::Number(number, start..self.trimmed_end()))
    }

    fn len_value(&mut self, start: usize) -> Result<Value, LayoutError> {
        self.expect('(', "`(`")?;
        let span = self.span()?;
        self.expect(')', "`)`")?;
        let offset = match self.peek() {
            Some(sign @ ('+' | '-')) => {
                let at = self.pos;
                self.take_raw(sign);
                let offset = self.unsigned("an offset such as `+2`")?;
                let offset = i64::try_from(offset).ok().filter(|offset| *offset <= MAX_LIMIT as i64);
                let problem = || LayoutError::new(at..self.trimmed_end(), "an offset of a length is 16 Mi at most");
                let offset = offset.ok_or_else(problem)?;
                if sign == '-' { -offset } else { offset }
            }
            _ => 0,
        };
        Ok(Value::Len { span, offset, at: start..self.trimmed_end() })
    }

    fn checksum_value(&mut self, kind: Name, start: usize) -> Result<Value, LayoutError> {
        self.expect('(', "`(`")?;
        let span = self.span()?;
        let mut arguments = Vec::new();
        while self.take(',') {
            arguments.push(self.argument()?);
        }
        self.expect(')', "`,` or `)`")?;
        let modulus = if self.take('%') {
            let at = self.pos;
            let modulus = self.unsigned("a number after `%`")?;
            if modulus < 2 {
                return Err(LayoutError::new(at..self.trimmed_end(), "`%` takes a number from 2 up"));
            }
            Some(modulus)
        } else {
            None
        };
        Ok(Value::Checksum { kind, span, arguments, modulus, at: start..self.trimmed_end() })
    }

    fn argument(&mut self) -> Result<Argument, LayoutError> {
        self.skip_space();
        let start = self.pos;
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            let value = self.unsigned("a number")?;
            return Ok(Argument { name: None, value: Some(value), at: start..self.trimmed_end() });
        }
        let name = self.name("`width=16`, `refin`, ...")?;
        let value = if self.take('=') { Some(self.unsigned("a number")?) } else { None };
        Ok(Argument { name: Some(name.text), value, at: start..self.trimmed_end() })
    }

    fn span(&mut self) -> Result<Span, LayoutError> {
        let first = self.name("the name of the span's first part")?;
        let last = if !self.take_text("..") {
            Last::Same
        } else if matches!(self.peek(), Some(c) if c == '_' || c.is_ascii_alphabetic()) {
            Last::Part(self.name("the name of the span's last part")?)
        } else {
            Last::Open
        };
        Ok(Span { first, last })
    }
}
