//! A decoded frame: which part stands where, what it says, and why the frame ended.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use super::coding::Plain;
use super::decode::{Mark, Span};
use super::value::{Fields, Value};
use super::{Node, NodeKind, Origin, Program};

/// Why a frame ended where it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndReason {
    /// All its parts are of fixed size.
    Size,
    /// A length part said so.
    Length,
    /// A terminator came.
    Terminator,
    /// Nothing came for a while.
    Idle,
    /// The peer ended the connection.
    Eof,
    /// All the bytes were there from the start.
    Given,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Size => "size",
            Self::Length => "length",
            Self::Terminator => "terminator",
            Self::Idle => "idle",
            Self::Eof => "eof",
            Self::Given => "end",
        })
    }
}

/// A decoded frame, looking into the bytes that it was decoded from.
#[derive(Debug)]
pub struct Frame<'a> {
    pub(super) program: &'a Program,
    pub(super) plain: Option<&'a Plain>,
    /// Plain bytes: the wire's, without stuffing.
    pub(super) bytes: &'a [u8],
    pub(super) spans: &'a [Span],
    pub(super) marks: &'a [Mark],
    /// How many steps have been taken: what they did not reach is not known.
    pub(super) steps: usize,
    pub(super) reason: EndReason,
}

/// One part of a decoded frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its name, or `secret.password` for a learned value without one; literals mostly have none.
    pub name: Option<Arc<str>>,
    /// Where it stands on the wire, in bytes from the start of the frame.
    pub wire: Range<usize>,
    /// What it says; nothing for literals.
    pub value: Option<Value>,
}

impl<'a> Frame<'a> {
    /// Why it ended.
    pub const fn reason(&self) -> EndReason {
        self.reason
    }

    /// The plain bytes of a part that stands in no record.
    pub fn bytes(&self, name: &str) -> Option<&'a [u8]> {
        let node = self.node(name)?;
        self.bytes.get(self.span(node))
    }

    /// The plain bytes that came in the place of a learned value, by its full name: `secret.password`.
    pub fn learned_bytes(&self, full_name: &str) -> Option<&'a [u8]> {
        let is_it = |node: usize| self.program.nodes.get(node)?.learned().filter(|name| &***name == full_name);
        let node = self.program.top_level().find(|node| is_it(*node).is_some() && self.is_placed(*node))?;
        self.bytes.get(self.span(node))
    }

    /// The value of a part that stands in no record.
    pub fn value(&self, name: &str) -> Option<Value> {
        let node = self.node(name)?;
        Some(self.node_value(node, self.span(node), &mut self.marks_of(node)))
    }

    /// The value of a part that stands in no record, with its name as it can be kept.
    pub(crate) fn named(&self, name: &str) -> Option<(Arc<str>, Value)> {
        let node = self.node(name)?;
        let name = self.program.nodes.get(node)?.name.clone()?;
        Some((name, self.node_value(node, self.span(node), &mut self.marks_of(node))))
    }

    /// The values that the layout does not fix by itself: neither constants nor lengths, checksums or counters.
    pub fn fields(&self) -> Fields {
        let nodes = self.program.siblings(0..self.program.nodes.len());
        let mut fields = Fields::with_room_for(nodes.filter(|(_, node)| node.is_field()).count());
        self.put_fields(&mut fields, |_| true);
        fields
    }

    /// Sets those of the [`fields`](Self::fields) whose names are wanted.
    pub(crate) fn put_fields(&self, fields: &mut Fields, is_wanted: impl Fn(&str) -> bool) {
        let nodes = self.program.siblings(0..self.program.nodes.len());
        for (index, node) in nodes.filter(|(index, node)| node.is_field() && self.is_placed(*index)) {
            if let Some(name) = node.name.as_ref().filter(|name| is_wanted(name)) {
                fields.set(name.clone(), self.node_value(index, self.span(index), &mut self.marks_of(index)));
            }
        }
    }

    /// Every part in the order of the wire, those of repeated records one by one.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for node in self.program.top_level() {
            let repeated = self.program.nodes.get(node).is_some_and(|node| matches!(node.kind, NodeKind::Repeat(_)));
            if !repeated {
                parts.extend(self.part(node, self.span(node)).filter(|_| self.is_placed(node)));
                continue;
            }
            let children = node + 1..self.program.nodes.get(node).map_or(node, |node| node.next);
            let inside = self.marks.iter().filter(|mark| children.contains(&(mark.node as usize)));
            parts.extend(inside.filter_map(|mark| self.part(mark.node as usize, mark.span.range())));
        }
        parts
    }

    fn part(&self, node: usize, plain: Range<usize>) -> Option<Part> {
        let what = self.program.nodes.get(node)?;
        let value = match &what.kind {
            NodeKind::Literal(_) => None,
            NodeKind::Field(field) => {
                let bytes = self.bytes.get(plain.clone())?;
                Some(field.kind.value(bytes, &field.names, self.program.encoding))
            }
            NodeKind::Repeat(_) => return None,
        };
        let wire = match self.plain {
            None => plain,
            Some(map) => map.wire_range(&plain),
        };
        // The repeat's name serves its nameless single values.
        let parent = || self.program.nodes.get(node.checked_sub(1)?)?.name.clone();
        let name = what.called().cloned().or_else(|| value.as_ref().and_then(|_| parent()));
        Some(Part { name, wire, value })
    }

    fn node(&self, name: &str) -> Option<usize> {
        self.program.named(name).filter(|node| self.is_placed(*node))
    }

    /// Whether all of a part that stands in no record is in its place.
    pub(super) fn is_placed(&self, node: usize) -> bool {
        self.program.placed_by.get(node).is_some_and(|steps| *steps <= self.steps)
    }

    fn span(&self, node: usize) -> Range<usize> {
        self.spans.get(node).copied().unwrap_or_default().range()
    }

    /// The marks from the first element of a top-level repeat on.
    fn marks_of(&self, node: usize) -> std::slice::Iter<'a, Mark> {
        let start = self.marks.iter().position(|mark| mark.node as usize == node).unwrap_or(self.marks.len());
        self.marks.get(start..).unwrap_or_default().iter()
    }

    fn node_value(&self, node: usize, span: Range<usize>, marks: &mut std::slice::Iter<'a, Mark>) -> Value {
        let bytes = self.bytes.get(span).unwrap_or_default();
        match self.program.nodes.get(node).map(|node| &node.kind) {
            Some(NodeKind::Field(field)) => field.kind.value(bytes, &field.names, self.program.encoding),
            Some(NodeKind::Repeat(repeat)) => self.list(node, repeat.record, marks),
            Some(NodeKind::Literal(_)) | None => Value::of_literal(bytes),
        }
    }

    /// Reads the elements of a repeat off the marks, which stand in order: an element, then its parts.
    fn list(&self, node: usize, record: bool, marks: &mut std::slice::Iter<'a, Mark>) -> Value {
        let next_is = |marks: &std::slice::Iter<'a, Mark>, wanted: usize| {
            marks.as_slice().first().is_some_and(|mark| mark.node as usize == wanted)
        };
        let mut elements = Vec::new();
        while next_is(marks, node) {
            marks.next();
            let mut fields = Fields::new();
            let mut single = None;
            let behind = self.program.nodes.get(node).map_or(node, |node| node.next);
            for (child, what) in self.program.siblings(node + 1..behind) {
                let value = if matches!(what.kind, NodeKind::Repeat(_)) {
                    self.node_value(child, 0..0, marks)
                } else {
                    let span = marks.next().map_or(0..0, |mark| mark.span.range());
                    self.node_value(child, span, marks)
                };
                match &what.name {
                    Some(name) if what.is_field() => fields.set(name.clone(), value),
                    _ => single = Some(value),
                }
            }
            elements.push(match single {
                Some(value) if !record => value,
                _ => Value::Record(fields),
            });
        }
        Value::List(elements)
    }
}

impl Node {
    /// Whether its value says something that the layout does not say by itself.
    fn is_field(&self) -> bool {
        match &self.kind {
            NodeKind::Literal(literal) => literal.alternatives.len() > 1,
            NodeKind::Repeat(_) => true,
            NodeKind::Field(field) => match &field.origin {
                Origin::Given | Origin::Learned(_) => true,
                Origin::Constant(_) | Origin::Seq | Origin::Length(_) | Origin::Sum => false,
            },
        }
    }
}
