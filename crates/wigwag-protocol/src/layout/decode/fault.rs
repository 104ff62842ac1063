//! Errors of decoding, in words.

use super::super::literals::Group;
use super::super::{NodeKind, Program, Sum};
use super::machine::{Input, Machine};
use super::{DecodeError, DecodeErrorKind};
use crate::bytes::display::escape;

/// An error with offsets into plain bytes; boxed, since it is rare and large.
pub(super) struct Fault(pub(super) Box<DecodeError>);

impl Fault {
    #[cold]
    pub(super) fn too_long(program: &Program, node: Option<usize>, offset: usize) -> Self {
        Self(Box::new(DecodeError {
            kind: DecodeErrorKind::TooLong,
            part: node.and_then(|node| program.nodes.get(node)?.called().cloned()),
            offset,
            expected: format!("at most {} bytes", program.max),
            found: "more".to_owned(),
            frame: None,
        }))
    }

    /// The error with offsets on the wire.
    #[cold]
    pub(super) fn into_error(self, wire_offset: impl Fn(usize) -> usize) -> DecodeError {
        let mut error = *self.0;
        error.offset = wire_offset(error.offset);
        error.frame = error.frame.map(wire_offset);
        error
    }
}

impl Machine {
    /// The byte at `offset` is not what it should be.
    #[cold]
    pub(super) fn misfit(&self, input: &Input<'_>, node: Option<usize>, offset: usize, expected: &str) -> Fault {
        // What lies behind the limit may not have come yet, and is no part of this.
        let held = input.bytes.get(..self.limit(input)).unwrap_or(input.bytes);
        Fault(Box::new(DecodeError {
            kind: DecodeErrorKind::Framing,
            part: node.and_then(|node| input.program.nodes.get(node)?.called().cloned()),
            offset,
            expected: expected.to_owned(),
            found: found(held, offset),
            frame: None,
        }))
    }
}

impl Program {
    /// The whole number in the bytes of a node.
    pub(super) fn whole(&self, node: usize, bytes: &[u8]) -> Option<i128> {
        match &self.nodes.get(node)?.kind {
            NodeKind::Field(field) => field.kind.whole(bytes),
            NodeKind::Literal(_) | NodeKind::Repeat(_) => None,
        }
    }

    /// The literals of a group, in words.
    pub(super) fn expect_literals(&self, group: &Group) -> String {
        let mut words: Vec<String> = group.choices.iter().map(|choice| escape(&choice.bytes).to_string()).collect();
        if group.eof {
            words.push("the end of the connection".to_owned());
        }
        if group.idle.is_some() {
            words.push("silence".to_owned());
        }
        words.join(" or ")
    }
}

impl Sum {
    pub(super) fn show(&self, number: u64) -> String {
        let digits = (self.checksum.width() as usize).div_ceil(4);
        format!("{} 0x{number:0digits$X}", self.checksum.name())
    }
}

/// The byte at an offset, in words.
pub(super) fn found(buf: &[u8], offset: usize) -> String {
    match buf.get(offset) {
        Some(byte) => escape(&[*byte]).to_string(),
        None => "the end".to_owned(),
    }
}
