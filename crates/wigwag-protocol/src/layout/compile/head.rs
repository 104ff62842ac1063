//! The head of a frame: the parts at its start whose place never changes.
//!
//! Where all of it has come and is as it should be, the decoder takes it in one stride, and need not even write down
//! where its parts stand. In every other case it goes step by step, which comes to the same and says what is wrong.

use std::ops::Range;

use super::super::decode::Span;
use super::super::types::Type;
use super::super::{Field, NodeKind, Op, Origin};
use super::Compiler;

#[derive(Debug, Default)]
pub(in super::super) struct Head {
    pub(in super::super) size: usize,
    /// The step behind it.
    pub(in super::super) exit: usize,
    /// Its parts and where they stand.
    pub(in super::super) spans: Vec<(usize, Span)>,
    /// What must stand where.
    pub(in super::super) constants: Vec<(usize, Vec<u8>)>,
    /// The lengths whose spans begin in it.
    pub(in super::super) openings: Vec<Opening>,
}

/// A length in the head: where it stands, and where its span begins.
#[derive(Debug)]
pub(in super::super) struct Opening {
    pub(in super::super) at: Range<usize>,
    pub(in super::super) kind: Type,
    pub(in super::super) offset: i64,
    pub(in super::super) start: usize,
}

impl Compiler<'_> {
    pub(super) fn head(&self) -> Head {
        let mut head = Head::default();
        while let Some(op) = self.ops.get(head.exit) {
            let taken = match op {
                Op::Fixed { node, size } => self.fixed_head(&mut head, *node, *size),
                Op::Literals { group } => self.literal_head(&mut head, *group),
                Op::Open { length } => self.open_head(&mut head, *length),
                Op::Line { .. }
                | Op::Until { .. }
                | Op::ToLimit { .. }
                | Op::Number { .. }
                | Op::DecOf { .. }
                | Op::Close { .. }
                | Op::Verify { .. }
                | Op::Check { .. }
                | Op::Enter
                | Op::Leave
                | Op::Repeat { .. }
                | Op::Again { .. } => None,
            };
            if taken.is_none() {
                break;
            }
            head.exit += 1;
        }
        head
    }

    fn fixed_head(&self, head: &mut Head, node: usize, size: usize) -> Option<()> {
        let Some(NodeKind::Field(Field { kind, origin, .. })) = self.nodes.get(node).map(|node| &node.kind) else {
            return None;
        };
        // Digits can be wrong, and constants among them can be written in several ways.
        if !matches!(kind, Type::Integer { .. } | Type::Float { .. } | Type::Raw(_)) {
            return None;
        }
        if let Origin::Constant(constant) = origin {
            head.constants.push((head.size, constant.clone()));
        }
        head.take(node, size);
        Some(())
    }

    fn literal_head(&self, head: &mut Head, group: usize) -> Option<()> {
        let group = self.groups.get(group)?;
        let [only] = group.choices.as_slice() else { return None };
        if group.eof || group.idle.is_some() {
            return None;
        }
        head.constants.push((head.size, only.bytes.clone()));
        for (index, size) in only.sizes.iter().enumerate() {
            head.take(group.first + index, *size);
        }
        Some(())
    }

    fn open_head(&self, head: &mut Head, length: usize) -> Option<()> {
        let length = self.lengths.get(length)?;
        let at = head.place(length.node)?;
        let start = head.place(length.first).map_or(head.size, |first| first.start);
        let Some(NodeKind::Field(Field { kind, .. })) = self.nodes.get(length.node).map(|node| &node.kind) else {
            return None;
        };
        head.openings.push(Opening { at, kind: *kind, offset: length.offset, start });
        Some(())
    }
}

impl Head {
    fn place(&self, node: usize) -> Option<Range<usize>> {
        self.spans.iter().find(|(known, _)| *known == node).map(|(_, span)| span.range())
    }

    fn take(&mut self, node: usize, size: usize) {
        self.spans.push((node, Span::new(self.size, self.size + size)));
        self.size += size;
    }
}
