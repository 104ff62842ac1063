//! Consistent overhead byte stuffing (Cheshire and Baker, 1999): no zero byte inside, one zero byte at the end.
//!
//! ```text
//! code  code-1 bytes  code  code-1 bytes ... 00
//! ```
//!
//! Between two blocks stands a zero that was left out, unless the first of them is full (code FF).

use super::Unstuffed;

pub(super) fn stuff(plain: &[u8]) -> Vec<u8> {
    const FULL: usize = 254;
    let mut wire = Vec::with_capacity(plain.len() + plain.len() / FULL + 2);
    let mut rest = plain;
    loop {
        let run = rest.iter().take(FULL).position(|byte| *byte == 0).unwrap_or(rest.len().min(FULL));
        let (block, behind) = rest.split_at(run);
        wire.push(run as u8 + 1);
        wire.extend_from_slice(block);
        rest = match behind {
            [] => return wire,
            // A full block has no zero behind it; the zero that comes next starts a block of its own.
            _ if run == FULL => behind,
            [_zero, behind @ ..] => behind,
        };
    }
}

/// The block that is being read.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// 0 before the first block.
    code: u8,
    remaining: u8,
}

impl Block {
    /// Whether no block has begun.
    pub(super) fn is_fresh(&self) -> bool {
        self.code == 0
    }

    /// Takes a byte that is not the delimiter.
    pub(super) fn unstuff(&mut self, byte: u8) -> Unstuffed {
        if self.remaining > 0 {
            self.remaining -= 1;
            return Unstuffed { byte: Some(byte), wire_bytes: 1 };
        }
        let zero_left_out = !matches!(self.code, 0 | 0xFF);
        self.code = byte;
        self.remaining = byte.saturating_sub(1);
        Unstuffed { byte: zero_left_out.then_some(0), wire_bytes: 1 }
    }

    /// The delimiter has come.
    pub(super) fn end(&mut self) -> Result<(), &'static str> {
        if self.remaining > 0 {
            return Err("the rest of a COBS block");
        }
        *self = Self::default();
        Ok(())
    }
}
