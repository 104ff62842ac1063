//! The head of a frame: the parts at its start whose place never changes.
//!
//! Where all of it has come and is as it should be, the decoder takes it in one stride, and need not even write down
//! where its parts stand; many frames are a head and a body and nothing else, and are taken whole. In every other case
//! the decoder goes step by step, which comes to the same and says what is wrong.

use std::ops::Range;

use super::super::decode::Span;
use super::super::types::Type;
use super::super::{Extent, Field, NodeKind, Op, Origin};
use super::Compiler;

/// The most bytes that a head has: as many as are compared at once.
pub(in super::super) const MOST: usize = size_of::<u128>();

#[derive(Debug, Default)]
pub(in super::super) struct Head {
    pub(in super::super) size: usize,
    /// The step behind it.
    pub(in super::super) exit: usize,
    /// Where its parts stand; empty places for those behind it.
    pub(in super::super) spans: Box<[Span]>,
    /// The bits of its bytes that are constant, and what they are.
    pub(in super::super) mask: u128,
    pub(in super::super) constant: u128,
    /// The lengths whose spans begin in it.
    pub(in super::super) openings: Vec<Opening>,
    /// What stands behind it, where that is one variable part and its end.
    pub(in super::super) body: Option<Body>,
}

/// The usual bodies.
#[derive(Debug)]
pub(in super::super) enum Body {
    /// Up to this byte, which is the literal.
    UpTo { node: usize, literal: usize, end: u8 },
    /// All the rest of the span of the one length in the head.
    RestOfSpan { node: usize },
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
        let mut head = Head { spans: vec![Span::default(); self.nodes.len()].into(), ..Head::default() };
        while let Some(op) = self.ops.get(head.exit) {
            let taken = match op {
                Op::Fixed { node, size } => self.fixed_head(&mut head, *node, *size),
                Op::Literals { group } => self.literal_head(&mut head, *group),
                Op::Open { length, inside: 0 } => self.open_head(&mut head, *length),
                Op::Open { .. }
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
        // Where the end is known from outside, it can come before that of the body.
        head.body = self.body_behind(&head).filter(|_| self.extent == Extent::Stream);
        head
    }

    fn body_behind(&self, head: &Head) -> Option<Body> {
        let is_text = |node: usize| {
            matches!(self.nodes.get(node).map(|node| &node.kind), Some(NodeKind::Field(Field { kind: Type::Text, .. })))
        };
        match (self.ops.get(head.exit..)?, head.openings.len()) {
            (&[Op::Until { node, group, back: 0 }, Op::Literals { .. }], 0) if !is_text(node) => {
                let group = self.groups.get(group)?;
                Some(Body::UpTo { node, literal: group.first, end: group.only_byte()? })
            }
            (&[Op::ToLimit { node, back: 0 }, Op::Close { .. }], 1) if !is_text(node) => {
                Some(Body::RestOfSpan { node })
            }
            _ => None,
        }
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
            head.expect(constant)?;
        }
        head.take(node, size)
    }

    fn literal_head(&self, head: &mut Head, group: usize) -> Option<()> {
        let group = self.groups.get(group)?;
        let [only] = group.choices.as_slice() else { return None };
        if group.eof || group.idle.is_some() {
            return None;
        }
        head.expect(&only.bytes)?;
        only.sizes.iter().enumerate().try_for_each(|(index, size)| head.take(group.first + index, *size))
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
        self.spans.get(node).map(|span| span.range()).filter(|span| !span.is_empty())
    }

    /// The next bytes are these.
    fn expect(&mut self, constant: &[u8]) -> Option<()> {
        if self.size + constant.len() > MOST {
            return None;
        }
        for (place, byte) in (self.size..).zip(constant) {
            self.mask |= 0xFF << (8 * place);
            self.constant |= u128::from(*byte) << (8 * place);
        }
        Some(())
    }

    fn take(&mut self, node: usize, size: usize) -> Option<()> {
        let end = self.size.checked_add(size).filter(|end| *end <= MOST)?;
        *self.spans.get_mut(node)? = Span::new(self.size, end);
        self.size = end;
        Some(())
    }
}
