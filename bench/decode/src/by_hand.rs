//! What a careful programmer writes for one frame: the bytes since the frame began go in; more is needed, the bytes are
//! wrong, or here is where its parts stand. Each checks what the layout checks. Parts whose place never changes are
//! constants.
//!
//! They are not inlined: a decoder is called through an interface, as Wigwag's is.

use std::ops::Range;

use crc::{CRC_16_MODBUS, Crc};

pub(crate) const MODBUS: Crc<u16> = Crc::<u16>::new(&CRC_16_MODBUS);

const MAX: usize = wigwag_protocol::layout::MAX_LIMIT;

pub(crate) enum Read {
    NeedMore,
    /// The size of the frame, and where its body stands.
    Frame {
        size: usize,
        body: Range<usize>,
    },
    Wrong {
        offset: usize,
        expected: &'static str,
    },
}

/// `body <CR>`
#[inline(never)]
pub(crate) fn terminator(input: &[u8]) -> Read {
    match memchr::memchr(b'\r', input) {
        Some(at) if at <= MAX => Read::Frame { size: at + 1, body: 0..at },
        None if input.len() <= MAX => Read::NeedMore,
        Some(_) | None => Read::Wrong { offset: 0, expected: "fewer bytes" },
    }
}

/// `tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body`
#[inline(never)]
pub(crate) fn length(input: &[u8]) -> Read {
    let &[_, _, pid_high, pid_low, len_high, len_low, ..] = input else { return Read::NeedMore };
    if (pid_high, pid_low) != (0, 0) {
        return Read::Wrong { offset: 2, expected: "0" };
    }
    let len = usize::from(u16::from_be_bytes([len_high, len_low]));
    if !(2..=MAX).contains(&len) {
        return Read::Wrong { offset: 4, expected: "a length that fits" };
    }
    let size = 6 + len;
    if input.len() < size {
        return Read::NeedMore;
    }
    Read::Frame { size, body: 8..size }
}

/// `unit:u8 fc:u8 n:u8=len(body) body crc:u16le=crc16_modbus(unit..)`
#[inline(never)]
pub(crate) fn checksum(input: &[u8]) -> Read {
    let &[_, _, n, ..] = input else { return Read::NeedMore };
    let end = 3 + usize::from(n);
    let Some(&[low, high]) = input.get(end..end + 2) else { return Read::NeedMore };
    if MODBUS.checksum(&input[..end]) != u16::from_le_bytes([low, high]) {
        return Read::Wrong { offset: end, expected: "the checksum" };
    }
    Read::Frame { size: end + 2, body: 3..end }
}
