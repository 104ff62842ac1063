//! Escapes: some bytes are written as a lead byte and a code. SLIP is one such table with an END byte.

use crate::layout::error::LayoutError;
use crate::layout::syntax;

use super::{Step, Unstuffed};

pub(super) const SLIP_END: u8 = 0xC0;
const SLIP_ESC: u8 = 0xDB;

/// Escapes of a span: a lead byte, and the code of each byte that may not stand as itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escape {
    /// `a` or `a..b`.
    pub(crate) span: String,
    lead: u8,
    /// Plain byte and code.
    pairs: Vec<(u8, u8)>,
}

impl Escape {
    /// Escapes whose codes come from a rule: `bytes` in byte notation, `by` as `+0x80`, `-0x20`, `xor 0x40` or
    /// `double`.
    ///
    /// # Errors
    ///
    /// Notation that cannot be read, or escapes that cannot be told apart.
    pub fn by_rule(span: &str, lead: &str, bytes: &str, by: &str) -> Result<Self, LayoutError> {
        let code = rule(by)?;
        let pairs = syntax::parse_bytes(bytes)?.into_iter().map(|byte| (byte, code(byte))).collect();
        Self::new(span, lead, pairs)
    }

    /// Escapes whose codes are listed: `map` as `0xC0=0xDC, 0xDB=0xDD`.
    ///
    /// # Errors
    ///
    /// Notation that cannot be read, or escapes that cannot be told apart.
    pub fn by_map(span: &str, lead: &str, map: &str) -> Result<Self, LayoutError> {
        let mut pairs = Vec::new();
        for entry in map.split(',') {
            let pair = entry.split_once('=').and_then(|(plain, code)| Some((byte(plain)?, byte(code)?)));
            let wrong = || problem(format!("`{}` is not `0xC0=0xDC`", entry.trim()));
            pairs.push(pair.ok_or_else(wrong)?);
        }
        Self::new(span, lead, pairs)
    }

    fn new(span: &str, lead: &str, pairs: Vec<(u8, u8)>) -> Result<Self, LayoutError> {
        let &[lead] = syntax::parse_bytes(lead)?.as_slice() else {
            return Err(problem("the lead of an escape is one byte"));
        };
        if !pairs.iter().any(|(plain, _)| *plain == lead) {
            return Err(problem(format!("the lead 0x{lead:02X} itself is not escaped, so it could not be told apart")));
        }
        for (index, (plain, code)) in pairs.iter().enumerate() {
            if pairs.iter().skip(index + 1).any(|(other, other_code)| other == plain || other_code == code) {
                return Err(problem(format!(
                    "0x{plain:02X} is escaped twice, or two bytes have the code 0x{code:02X}"
                )));
            }
        }
        Ok(Self { span: span.to_owned(), lead, pairs })
    }

    pub(super) fn table(&self) -> EscapeTable {
        EscapeTable::new(self.lead, &self.pairs)
    }
}

fn problem(message: impl Into<String>) -> LayoutError {
    LayoutError::new(0..0, format!("escape: {}", message.into()))
}

/// `0x1B` or `27`.
fn byte(text: &str) -> Option<u8> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u8::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

fn rule(by: &str) -> Result<impl Fn(u8) -> u8, LayoutError> {
    let by = by.trim();
    let (operation, number): (fn(u8, u8) -> u8, _) = if by == "double" {
        (|byte, _| byte, Some(0))
    } else if let Some(number) = by.strip_prefix('+') {
        (u8::wrapping_add, byte(number))
    } else if let Some(number) = by.strip_prefix('-') {
        (u8::wrapping_sub, byte(number))
    } else if let Some(number) = by.strip_prefix("xor") {
        (|byte, number| byte ^ number, byte(number))
    } else {
        (u8::wrapping_add, None)
    };
    let Some(number) = number else {
        return Err(problem(format!("`{by}` is not `+0x80`, `-0x20`, `xor 0x40` or `double`")));
    };
    Ok(move |byte| operation(byte, number))
}

/// Escapes ready for use: the code of each plain byte, the plain byte of each code.
#[derive(Debug)]
pub(crate) struct EscapeTable {
    lead: u8,
    codes: Box<[Option<u8>; 256]>,
    plains: Box<[Option<u8>; 256]>,
}

impl EscapeTable {
    fn new(lead: u8, pairs: &[(u8, u8)]) -> Self {
        let (mut codes, mut plains) = (Box::new([None; 256]), Box::new([None; 256]));
        for (plain, code) in pairs {
            if let Some(slot) = codes.get_mut(usize::from(*plain)) {
                *slot = Some(*code);
            }
            if let Some(slot) = plains.get_mut(usize::from(*code)) {
                *slot = Some(*plain);
            }
        }
        Self { lead, codes, plains }
    }

    pub(super) fn slip() -> Self {
        Self::new(SLIP_ESC, &[(SLIP_END, 0xDC), (SLIP_ESC, 0xDD)])
    }

    pub(super) fn stuff(&self, plain: &[u8]) -> Vec<u8> {
        let mut wire = Vec::with_capacity(plain.len() + 1);
        for byte in plain {
            match self.codes.get(usize::from(*byte)).copied().flatten() {
                Some(code) => wire.extend([self.lead, code]),
                None => wire.push(*byte),
            }
        }
        wire
    }

    pub(super) fn unstuff(&self, wire: &[u8]) -> Step {
        match *wire {
            [] => Ok(None),
            [first, ..] if first != self.lead => Ok(Some(Unstuffed { byte: Some(first), wire_bytes: 1 })),
            [_] => Ok(None),
            [_, code, ..] => match self.plains.get(usize::from(code)).copied().flatten() {
                Some(plain) => Ok(Some(Unstuffed { byte: Some(plain), wire_bytes: 2 })),
                None => Err((1, "a code that the escape knows")),
            },
        }
    }
}
