//! Byte stuffing: what a span of a frame looks like on the wire.
//!
//! To add one: a variant of [`Codec`], and a file that turns its wire bytes into plain ones a piece at a time
//! ([`Unstuffer`]) and plain ones into wire bytes ([`Region::stuff`]).

mod cobs;
mod escape;
mod hex;

pub use escape::Escape;

use std::ops::Range;

use super::decode::Closing;
use super::literals::Group;
use escape::EscapeTable;

/// Byte stuffing of a span of parts.
#[derive(Debug, Clone)]
pub enum Coding {
    /// Some bytes are written as a lead byte and a code.
    Escape(Escape),
    /// A whole coding, of the named span or of the whole frame.
    Codec {
        /// Which one.
        codec: Codec,
        /// The span, `a` or `a..b`; `None` is the whole frame.
        span: Option<String>,
    },
}

/// A coding that is known by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// RFC 1055; ends with its END byte, 0xC0.
    Slip,
    /// Consistent overhead byte stuffing; ends with its zero byte.
    Cobs,
    /// Two hex digits a byte, as in Modbus ASCII.
    Hex,
}

impl Codec {
    /// The codec of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "slip" => Some(Self::Slip),
            "cobs" => Some(Self::Cobs),
            "hex" => Some(Self::Hex),
            _ => None,
        }
    }
}

/// The stuffed span of a compiled layout.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) stuffing: Stuffing,
    pub(super) end: RegionEnd,
}

#[derive(Debug)]
pub(super) enum Stuffing {
    Escape(EscapeTable),
    Cobs,
    Hex,
}

/// What ends the stuffed bytes on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RegionEnd {
    /// The codec's own last byte.
    Delimiter(u8),
    /// The literals behind it, which stand unstuffed.
    Literals(usize),
    /// Its parts, each of which knows its size.
    Parts,
    /// The end of the bytes, all of which are there.
    Given,
}

impl Region {
    /// Whether its parts end it, each of which knows its size.
    pub(super) fn ends_with_its_parts(&self) -> bool {
        self.end == RegionEnd::Parts
    }

    /// Whether it reaches to the end of bytes that are all there.
    pub(super) fn is_all(&self) -> bool {
        self.end == RegionEnd::Given
    }

    /// The stuffed parts from `first` to `last`; `open` is what ends them where the coding itself does not.
    pub(super) fn new(coding: &Coding, first: usize, last: usize, open: RegionEnd) -> Self {
        let (stuffing, end) = match coding {
            Coding::Escape(escape) => (Stuffing::Escape(escape.table()), open),
            Coding::Codec { codec: Codec::Slip, .. } => {
                (Stuffing::Escape(EscapeTable::slip()), RegionEnd::Delimiter(escape::SLIP_END))
            }
            Coding::Codec { codec: Codec::Cobs, .. } => (Stuffing::Cobs, RegionEnd::Delimiter(0)),
            Coding::Codec { codec: Codec::Hex, .. } => (Stuffing::Hex, open),
        };
        Self { first, last, stuffing, end }
    }

    /// The wire bytes of `plain`.
    pub(super) fn stuff(&self, plain: &[u8]) -> Vec<u8> {
        let mut wire = match &self.stuffing {
            Stuffing::Escape(table) => table.stuff(plain),
            Stuffing::Cobs => cobs::stuff(plain),
            Stuffing::Hex => hex::stuff(plain),
        };
        if let RegionEnd::Delimiter(delimiter) = self.end {
            wire.push(delimiter);
        }
        wire
    }
}

/// The plain bytes of a frame, and where each of them stands on the wire.
#[derive(Debug, Default)]
pub(super) struct Plain {
    pub(super) bytes: Vec<u8>,
    /// For each plain byte, the wire offset behind it.
    ends: Vec<u32>,
    /// Where delimiters were taken: the plain offset, and the wire offset behind them.
    gaps: Vec<(usize, usize)>,
    /// How many wire bytes have been turned into plain ones, or taken as a delimiter.
    pub(super) taken: usize,
}

/// Wire bytes that no encoder of this coding writes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadStuffing {
    pub(super) wire_offset: usize,
    pub(super) expected: &'static str,
}

impl Plain {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.gaps.clear();
        self.taken = 0;
    }

    fn push(&mut self, byte: u8, wire_bytes: usize) {
        self.taken += wire_bytes;
        self.bytes.push(byte);
        self.ends.push(u32::try_from(self.taken).unwrap_or(u32::MAX));
    }

    fn take_delimiter(&mut self) {
        self.taken += 1;
        self.gaps.push((self.bytes.len(), self.taken));
    }

    /// Takes up to `most` bytes of the wire as they stand.
    pub(super) fn copy(&mut self, wire: &[u8], most: usize) {
        for byte in wire.get(self.taken..).unwrap_or_default().iter().take(most) {
            self.push(*byte, 1);
        }
    }

    /// Gives back what lies behind `plain_offset`, so that it can be read in another way.
    pub(super) fn rewind(&mut self, plain_offset: usize) {
        self.taken = self.wire_offset(plain_offset);
        self.bytes.truncate(plain_offset);
        self.ends.truncate(plain_offset);
    }

    /// The wire offset at which the plain byte of this offset starts, or would.
    pub(super) fn wire_offset(&self, plain_offset: usize) -> usize {
        let gap = self.gaps.iter().rev().find(|(plain, _)| *plain == plain_offset);
        gap.map_or_else(|| self.wire_end(plain_offset), |(_, behind)| *behind)
    }

    /// The wire offset behind the plain byte before this offset.
    fn wire_end(&self, plain_offset: usize) -> usize {
        match plain_offset.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).map_or(self.taken, |end| *end as usize),
        }
    }

    /// Where these plain bytes stand on the wire.
    pub(super) fn wire_range(&self, plain: &Range<usize>) -> Range<usize> {
        let end = self.wire_end(plain.end);
        self.wire_offset(plain.start).min(end)..end
    }
}

/// Turns the wire bytes of a region into plain ones as they come.
#[derive(Debug, Default)]
pub(super) struct Unstuffer {
    cobs: cobs::Block,
}

impl Unstuffer {
    /// Takes what has come, until there are `enough` plain bytes; true once the end of the region has been seen.
    pub(super) fn take(
        &mut self,
        region: &Region,
        groups: &[Group],
        wire: &[u8],
        closing: Closing,
        plain: &mut Plain,
        enough: usize,
    ) -> Result<bool, BadStuffing> {
        while plain.bytes.len() < enough {
            let rest = wire.get(plain.taken..).unwrap_or_default();
            if let RegionEnd::Literals(group) = region.end
                && let Some(group) = groups.get(group)
            {
                let look = group.look(rest);
                if look.whole.is_some() || (rest.is_empty() && closing.ends(group)) {
                    return Ok(true);
                }
                if look.pending && closing == Closing::Open {
                    return Ok(false);
                }
            }
            let Some(&byte) = rest.first() else {
                return Ok(region.end == RegionEnd::Given);
            };
            if region.end == RegionEnd::Delimiter(byte) {
                // An empty packet is nothing: senders put delimiters in front, to flush the noise of the line.
                let empty = plain.bytes.is_empty() && self.cobs.is_fresh() && region.first == 0;
                self.cobs.end().map_err(|expected| BadStuffing { wire_offset: plain.taken, expected })?;
                plain.take_delimiter();
                if !empty {
                    return Ok(true);
                }
                continue;
            }
            let taken = match &region.stuffing {
                Stuffing::Escape(table) => table.unstuff(rest),
                Stuffing::Hex => hex::unstuff(rest),
                Stuffing::Cobs => Ok(Some(self.cobs.unstuff(byte))),
            };
            match taken {
                Ok(Some(Unstuffed { byte: Some(byte), wire_bytes })) => plain.push(byte, wire_bytes),
                Ok(Some(Unstuffed { byte: None, wire_bytes })) => plain.taken += wire_bytes,
                Ok(None) => return Ok(false),
                Err((offset, expected)) => {
                    return Err(BadStuffing { wire_offset: plain.taken + offset, expected });
                }
            }
        }
        Ok(false)
    }
}

/// One step of unstuffing: at most one plain byte, and how many wire bytes it took.
#[derive(Debug, PartialEq, Eq)]
struct Unstuffed {
    byte: Option<u8>,
    wire_bytes: usize,
}

/// A plain byte, `None` for more wire bytes, or the offset of a wire byte that is wrong and what it should be.
type Step = Result<Option<Unstuffed>, (usize, &'static str)>;
