//! Two ASCII hex digits a byte: upper case when written, either when read.

use super::{Step, Unstuffed};

pub(super) fn stuff(plain: &[u8]) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    plain.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0F)]).collect()
}

pub(super) fn unstuff(wire: &[u8]) -> Step {
    const EXPECTED: &str = "a hex digit";
    let nibble = |byte: u8| char::from(byte).to_digit(16).map(|nibble| nibble as u8);
    let Some(&first) = wire.first() else { return Ok(None) };
    let high = nibble(first).ok_or((0, EXPECTED))?;
    let Some(&second) = wire.get(1) else { return Ok(None) };
    let low = nibble(second).ok_or((1, EXPECTED))?;
    Ok(Some(Unstuffed { byte: Some(high << 4 | low), wire_bytes: 2 }))
}
