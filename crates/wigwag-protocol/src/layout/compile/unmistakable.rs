//! Layouts whose frames cannot be misread: what is written need not be read back.
//!
//! The argument: going through the steps of such a layout, the decoder comes to each part where the encoder wrote it. A
//! part of fixed size is written in just that size, in bytes that its type takes. A literal is what it is. A variable
//! part, or a repeat that a length or the end of everything ends, is counted back from there by the sizes of the parts
//! behind it, which are fixed; and the length was counted from what was written. A counted repeat has as many elements as
//! its count says, because the encoder makes sure of that. A checksum is computed once all that it covers is final, over
//! the bytes that the decoder finds there. Nothing is told apart, nothing is stuffed.
//!
//! Searched for is a single byte at most, which ends a part outside all repeats: the encoder has looked for it in that part
//! and refused it there, so that the first one stands where it was written. Of longer ends, or one of several, a part
//! could hold the beginning.
//!
//! What remains is `max`: of a frame that is longer as a whole, some part or length may be too long. Such a frame is read
//! back.

use super::super::encoding::Encoding;
use super::super::types::Type;
use super::super::{Count, Field, Node, NodeKind, Op, Origin, Repeat, Stop};
use super::Compiler;

impl Compiler<'_> {
    /// Whether frames no longer than `max` always read back as what was written.
    pub(super) fn is_unmistakable(&self) -> bool {
        self.region.is_none() && self.ops.iter().all(|op| self.finds_what_was_written(op))
    }

    fn finds_what_was_written(&self, op: &Op) -> bool {
        match op {
            Op::Fixed { node, .. } | Op::ToLimit { node, .. } => self.takes_what_is_written(*node),
            Op::Literals { group } => self.is_always(*group).is_some(),
            Op::Open { .. } | Op::Close { .. } | Op::Verify { .. } | Op::Check { .. } | Op::Again { .. } => true,
            Op::Repeat { stop: Stop::Limit { .. }, .. } => true,
            Op::Repeat { node, stop: Stop::Count { .. }, .. } => self.counts_what_is_written(*node),
            Op::Until { node, group, back: 0 } => {
                let is_one_byte = self.is_always(*group).is_some_and(|bytes| bytes.len() == 1);
                is_one_byte && self.takes_what_is_written(*node) && !self.is_repeated(*node)
            }
            // Searched for: an element, or the part itself, could hold what ends it.
            Op::Repeat { stop: Stop::Literals(_), .. } | Op::Until { .. } | Op::Number { .. } => false,
            // Its width is not checked against what is given.
            Op::DecOf { .. } => false,
            Op::Enter | Op::Leave => false,
        }
    }

    /// Whether the type takes back all that can be written for it: bytes that are given for a text may be none.
    fn takes_what_is_written(&self, node: usize) -> bool {
        let Some(NodeKind::Field(field)) = self.nodes.get(node).map(|node| &node.kind) else { return false };
        match field.kind {
            Type::Chars(_) | Type::Text => matches!(self.encoding, Encoding::Bytes | Encoding::Latin1),
            Type::Integer { .. }
            | Type::Float { .. }
            | Type::Dec(_)
            | Type::Hex(_)
            | Type::Bcd(_)
            | Type::Raw(_)
            | Type::Bytes => true,
            Type::Number(_) | Type::DecOf(_) => false,
        }
    }

    /// The bytes that are written for these literals, where they are always the same.
    fn is_always(&self, group: usize) -> Option<&[u8]> {
        let group = self.groups.get(group)?;
        let [only] = group.choices.as_slice() else { return None };
        // The end of the connection, or a silence, is written in place of bytes where that is asked for by name.
        let mut literals = self.nodes.get(group.first..group.first + group.count)?.iter();
        let ends_otherwise = group.eof || group.idle.is_some();
        (!ends_otherwise || literals.all(|literal| literal.name().is_none())).then_some(&only.bytes)
    }

    /// Whether it stands inside a repeat.
    fn is_repeated(&self, node: usize) -> bool {
        let holds = |(repeat, of): (usize, &Node)| {
            matches!(of.kind, NodeKind::Repeat(_)) && (repeat + 1..of.next).contains(&node)
        };
        self.nodes.iter().enumerate().any(holds)
    }

    /// Whether the encoder refuses a count that is not the number of elements.
    fn counts_what_is_written(&self, repeat: usize) -> bool {
        let Some(NodeKind::Repeat(Repeat { count, .. })) = self.nodes.get(repeat).map(|node| &node.kind) else {
            return false;
        };
        match *count {
            Count::Number(_) => true,
            Count::Field(field) => matches!(
                self.nodes.get(field).map(|node| &node.kind),
                Some(NodeKind::Field(Field { origin: Origin::Given, measures: Some(measured), .. })) if *measured == repeat
            ),
            Count::ToEnd => false,
        }
    }
}
