//! Literals: `'text'`, `<ESC>`, `<CR LF|LF>`, and the ends that are no bytes.

use std::time::Duration;

use super::super::error::LayoutError;
use super::reader::Reader;
use super::{Literal, Name};
use crate::bytes::notation;
use crate::units;

impl Reader<'_> {
    /// `'text'`, `"text"` or `<...>`.
    pub(super) fn literal(&mut self) -> Result<Literal, LayoutError> {
        let start = self.pos;
        let literal = if self.peek() == Some('<') {
            self.angle()?
        } else {
            Literal { alternatives: vec![self.quoted()?], ..Literal::default() }
        };
        if literal.alternatives.iter().any(Vec::is_empty) {
            return Err(LayoutError::new(start..self.pos, "an empty literal says nothing"));
        }
        self.skip_space();
        Ok(literal)
    }

    fn quoted(&mut self) -> Result<Vec<u8>, LayoutError> {
        let start = self.pos;
        let quote = self.source.as_bytes().get(start).copied().unwrap_or(b'\'');
        let rest = self.source.get(start + 1..).unwrap_or_default();
        let Some(length) = rest.bytes().position(|b| b == quote) else {
            return Err(LayoutError::new(start..self.source.len(), "this text has no closing quote"));
        };
        self.pos = start + length + 2;
        Ok(rest.as_bytes().get(..length).unwrap_or_default().to_vec())
    }

    fn angle(&mut self) -> Result<Literal, LayoutError> {
        let start = self.pos;
        self.expect('<', "`<`")?;
        let mut literal = Literal::default();
        loop {
            self.alternative(&mut literal)?;
            if self.take_raw('>') {
                return Ok(literal);
            }
            if !self.take_raw('|') {
                return Err(LayoutError::new(start..self.pos, "this `<` has no closing `>`"));
            }
        }
    }

    fn alternative(&mut self, literal: &mut Literal) -> Result<(), LayoutError> {
        let start = self.pos;
        let mut bytes = Vec::new();
        let mut ends = false;
        loop {
            self.skip_space();
            match self.peek() {
                None | Some('>' | '|') => break,
                Some('\'' | '"') => bytes.extend(self.quoted()?),
                Some(_) => {
                    let word = self.angle_word();
                    match word.text.as_str() {
                        "EOF" => (literal.eof, ends) = (true, true),
                        "IDLE" => (literal.idle, ends) = (Some(self.duration()?), true),
                        _ => bytes.push(angle_byte(&word)?),
                    }
                }
            }
        }
        match (ends, bytes.is_empty()) {
            (true, false) => Err(LayoutError::new(start..self.pos, "EOF and IDLE stand alone between `|`")),
            (false, true) => {
                Err(LayoutError::new(start..self.pos, "nothing stands here: a name such as `CR`, or `0x0D`"))
            }
            (true, true) => Ok(()),
            (false, false) => {
                literal.alternatives.push(bytes);
                Ok(())
            }
        }
    }

    fn angle_word(&mut self) -> Name {
        let start = self.pos;
        let rest = self.rest();
        let length =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '|' | '\'' | '"')).unwrap_or(rest.len());
        self.pos += length;
        Name { text: rest.get(..length).unwrap_or_default().to_owned(), at: start..self.pos }
    }

    /// `250ms` or `2s`, from 1 ms to an hour.
    fn duration(&mut self) -> Result<Duration, LayoutError> {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_secs(60 * 60);
        self.skip_space();
        let word = self.angle_word();
        match units::parse_duration(&word.text) {
            Ok(duration) if (SHORTEST..=LONGEST).contains(&duration) => Ok(duration),
            _ => Err(LayoutError::new(
                word.at,
                "IDLE takes a time from 1ms to 1 hour, as in `<IDLE 200ms>` or `<IDLE 2s>`",
            )),
        }
    }
}

/// One word between angle brackets: `ESC` or `0x1B`.
fn angle_byte(word: &Name) -> Result<u8, LayoutError> {
    if let Some(hex) = word.text.strip_prefix("0x").or_else(|| word.text.strip_prefix("0X")) {
        return match (hex.len(), u8::from_str_radix(hex, 16)) {
            (1 | 2, Ok(byte)) => Ok(byte),
            _ => Err(LayoutError::new(word.at.clone(), format!("`{}` is not one byte", word.text))
                .with_help("write each byte on its own: `<0x78 0x78>`")),
        };
    }
    notation::control_byte(&word.text).ok_or_else(|| {
        let error =
            LayoutError::new(word.at.clone(), format!("`{}` is not the name of a control character", word.text));
        if word.text.len() <= 2 && u8::from_str_radix(&word.text, 16).is_ok() {
            return error.with_help(format!("hex is written with 0x: `<0x{}>`", word.text.to_uppercase()));
        }
        error.suggesting(&word.text, notation::control_names())
    })
}
