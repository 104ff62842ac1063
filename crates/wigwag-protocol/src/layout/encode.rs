//! Values to a frame: values first, then lengths, inner ones first, then checksums, then stuffing.
//!
//! What has been written is read back before it is handed out. Bytes that would not mean what was said are refused.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::decode::{Closing, DecodeErrorKind, Mark, Span, Step};
use super::literals::Find;
use super::types::Type;
use super::value::{Fields, Value};
use super::{Count, Field, Layout, Literal, Node, NodeKind, Op, Origin, Program, Repeat};

/// Values that come from neither the layout nor the caller's fields.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// What `seq` parts say; cut to the part's width.
    pub seq: u64,
    /// What was learned or configured, by its full name: `greeting.salt`, `secret.password`.
    pub learned: Fields,
}

/// A frame ready to be written, in one piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes on the wire.
    pub bytes: Vec<u8>,
    /// What ends it beside its bytes.
    pub then: Then,
}

/// What follows the last byte of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Nothing; it ends by itself.
    Nothing,
    /// `<EOF>`: the sending side is closed.
    HalfClose,
    /// `<IDLE t>`: nothing is written for so long.
    Silence(Duration),
}

/// Values that cannot be written as this frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A part has no value.
    #[error("`{part}` has no value")]
    Missing {
        /// The part.
        part: Arc<str>,
    },
    /// A value does not fit its part.
    #[error("`{part}`: {problem}")]
    Invalid {
        /// The part.
        part: Arc<str>,
        /// What is wrong with it.
        problem: String,
    },
    /// A value holds what would end it.
    #[error("`{part}` contains {terminator} at byte {offset}, which would end it there")]
    ContainsTerminator {
        /// The part.
        part: Arc<str>,
        /// What ends the part, shown.
        terminator: String,
        /// Where in the value, in bytes.
        offset: usize,
    },
    /// A value is longer than `max`.
    #[error("it is longer than {max} bytes")]
    TooLong {
        /// The most bytes that a variable part may have.
        max: usize,
    },
    /// Read back, the bytes would mean something else.
    #[error("these values cannot be told apart once written: {problem}")]
    Ambiguous {
        /// What reading them back finds.
        problem: String,
    },
}

type Result<T> = std::result::Result<T, EncodeError>;

impl Layout {
    /// Writes these values as one frame.
    ///
    /// # Errors
    ///
    /// A value is missing, does not fit, or would not be read back as what it is.
    pub fn encode(&self, fields: &Fields, context: &Context) -> Result<Encoded> {
        let program = self.program();
        let spans = vec![0..0; program.nodes.len()];
        let mut writer = Writer { program, context, out: Vec::new(), spans, repeats: 0, marks: Vec::new() };
        writer.scope(0..program.nodes.len(), fields)?;
        writer.check_terminators()?;
        let encoded = Encoded { bytes: writer.stuffed(), then: writer.then() };
        self.read_back(&writer, &encoded)?;
        Ok(encoded)
    }

    fn read_back(&self, writer: &Writer<'_>, encoded: &Encoded) -> Result<()> {
        let mut decoder = self.decoder();
        let mut step = decoder.advance(&encoded.bytes, Closing::Open);
        for closing in [Closing::Eof, Closing::Silent] {
            if step == Ok(Step::NeedMore) {
                step = decoder.advance(&encoded.bytes, closing);
            }
        }
        let problem = match step {
            Ok(Step::Frame(size)) if size == encoded.bytes.len() => {
                let frame = decoder.frame(&encoded.bytes);
                match writer.first_misread(frame.spans, frame.marks) {
                    None => return Ok(()),
                    Some(node) => format!("`{}` would have another size", writer.name(node)),
                }
            }
            Ok(Step::Frame(size)) => format!("the frame would end after byte {size} of {}", encoded.bytes.len()),
            Ok(Step::NeedMore) if encoded.bytes.is_empty() => "nothing would be written at all".to_owned(),
            Ok(Step::NeedMore) => "the frame would not end".to_owned(),
            Err(error) if error.kind == DecodeErrorKind::TooLong => {
                return Err(EncodeError::TooLong { max: writer.program.max });
            }
            Err(error) => error.to_string(),
        };
        Err(EncodeError::Ambiguous { problem })
    }
}

impl Literal {
    /// The alternative that a value asks for; the error says why there is none.
    pub(super) fn chosen(&self, value: &Value) -> std::result::Result<Vec<u8>, &'static str> {
        let wanted = match value {
            Value::Bytes(bytes) => bytes.as_slice(),
            Value::Text(text) => text.as_bytes(),
            Value::Integer(_)
            | Value::Float(_)
            | Value::Name(_)
            | Value::Bits(..)
            | Value::List(_)
            | Value::Record(_) => return Err("it takes bytes or text"),
        };
        let is_end = wanted.is_empty() && (self.eof || self.idle.is_some());
        match is_end || self.alternatives.iter().any(|alternative| alternative == wanted) {
            true => Ok(wanted.to_vec()),
            false => Err("it is none of the alternatives"),
        }
    }
}

struct Writer<'a> {
    program: &'a Program,
    context: &'a Context,
    /// Plain bytes, before stuffing.
    out: Vec<u8>,
    /// Where each node stands in them; of repeated ones the latest.
    spans: Vec<Range<usize>>,
    /// How many repeats are being written, one in the other.
    repeats: usize,
    /// Where the parts inside repeats stand, as the decoder marks them.
    marks: Vec<Mark>,
}

/// A number that is known only once the parts behind it are written.
struct Late {
    node: usize,
    number: i128,
}

impl Writer<'_> {
    /// Writes the parts of one scope, then its lengths and checksums.
    fn scope(&mut self, range: Range<usize>, fields: &Fields) -> Result<()> {
        // A length of variable width that lies in a span is settled by writing again; each round can only widen it.
        const MOST_ROUNDS: usize = 8;
        let (start, marks) = (self.out.len(), self.marks.len());
        let nodes: Vec<usize> = self.program.siblings(range).collect();
        let mut guesses: Vec<Late> = Vec::new();
        for _ in 0..MOST_ROUNDS {
            self.out.truncate(start);
            self.marks.truncate(marks);
            for node in &nodes {
                self.node(*node, fields, &guesses)?;
            }
            let late = nodes.iter().filter_map(|node| self.late(*node, fields)).collect::<Result<Vec<_>>>()?;
            let settled = late.iter().all(|late| self.patch(late).is_ok_and(|fits| fits));
            if settled {
                return self.sums(&nodes);
            }
            for late in &late {
                self.patch(late)?;
            }
            guesses = late;
        }
        Err(EncodeError::Ambiguous { problem: "a length that covers itself does not settle".to_owned() })
    }

    fn node(&mut self, node: usize, fields: &Fields, guesses: &[Late]) -> Result<()> {
        let Some(what) = self.program.nodes.get(node) else {
            return Ok(());
        };
        let given = what.name().and_then(|name| fields.get(name));
        let start = self.out.len();
        match &what.kind {
            NodeKind::Literal(literal) => {
                let bytes = self.literal(node, literal, given)?;
                self.out.extend_from_slice(&bytes);
            }
            NodeKind::Field(field) => {
                let bytes = self.field(node, field, given, fields, guesses)?;
                self.out.extend_from_slice(&bytes);
            }
            NodeKind::Repeat(repeat) => {
                self.repeats += 1;
                let written = self.repeat(node, what, repeat, given);
                self.repeats -= 1;
                written?;
            }
        }
        self.set_span(node, start..self.out.len());
        if self.repeats > 0 && !matches!(what.kind, NodeKind::Repeat(_)) {
            self.mark(node, start);
        }
        Ok(())
    }

    fn mark(&mut self, node: usize, start: usize) {
        self.marks.push(Mark { node: node as u32, span: Span::new(start, self.out.len()) });
    }

    /// The alternative that was asked for, else the first.
    fn literal(&self, node: usize, literal: &Literal, given: Option<&Value>) -> Result<Vec<u8>> {
        match given {
            Some(value) => literal.chosen(value).map_err(|problem| self.invalid(node, problem)),
            None => Ok(literal.alternatives.first().cloned().unwrap_or_default()),
        }
    }

    fn field(
        &self,
        node: usize,
        field: &Field,
        given: Option<&Value>,
        fields: &Fields,
        guesses: &[Late],
    ) -> Result<Vec<u8>> {
        let bytes = |value: &Value, digits| {
            field
                .kind
                .bytes(value, &field.names, self.program.encoding, digits)
                .map_err(|problem| self.invalid(node, problem))
        };
        let zero = Value::Integer(0);
        match &field.origin {
            Origin::Constant(constant) => Ok(constant.clone()),
            Origin::Seq => {
                let (_, most) = field.kind.range();
                bytes(&Value::Integer(i128::from(self.context.seq) % (most + 1)), None)
            }
            Origin::Learned(name) => match self.context.learned.get(name) {
                Some(value) => bytes(value, None),
                None if field.kind.is_number() => bytes(&zero, None),
                None => Ok(vec![0; field.kind.fixed_size().unwrap_or(0)]),
            },
            Origin::Sum => Ok(vec![0; field.kind.fixed_size().unwrap_or(0)]),
            Origin::Length(_) => self.placeholder(node, field, fields, guesses),
            Origin::Given => match given {
                Some(value) => bytes(value, self.digits(field, fields)),
                None if field.measures.is_some() => self.placeholder(node, field, fields, guesses),
                None => Err(EncodeError::Missing { part: self.name(node) }),
            },
        }
    }

    fn placeholder(&self, node: usize, field: &Field, fields: &Fields, guesses: &[Late]) -> Result<Vec<u8>> {
        if let Some(size) = field.kind.fixed_size() {
            return Ok(vec![0; size]);
        }
        let number = guesses.iter().find(|late| late.node == node).map_or(0, |late| late.number);
        let value = Value::Integer(number);
        field
            .kind
            .bytes(&value, &field.names, self.program.encoding, self.digits(field, fields))
            .map_err(|problem| self.invalid(node, problem))
    }

    /// How many digits a `dec(field)` must have, where that field is given.
    fn digits(&self, field: &Field, fields: &Fields) -> Option<usize> {
        let Type::DecOf(width) = field.kind else { return None };
        match fields.get(self.program.nodes.get(width)?.name()?) {
            Some(Value::Integer(digits)) => usize::try_from(*digits).ok(),
            _ => None,
        }
    }

    fn repeat(&mut self, node: usize, what: &Node, repeat: &Repeat, given: Option<&Value>) -> Result<()> {
        let elements = match given {
            Some(Value::List(elements)) => elements.as_slice(),
            Some(_) => return Err(self.invalid(node, "it takes a list")),
            None => return Err(EncodeError::Missing { part: self.name(node) }),
        };
        if let Count::Number(number) = repeat.count
            && number != elements.len()
        {
            return Err(self.invalid(node, format!("it takes {number} elements, not {}", elements.len())));
        }
        for (index, element) in elements.iter().enumerate() {
            self.mark(node, self.out.len());
            if !repeat.record {
                self.single(node, index, element)?;
            } else if let Value::Record(fields) = element {
                self.scope(node + 1..what.next, fields)?;
            } else {
                return Err(self.invalid(node, "each element is a record of its parts"));
            }
        }
        Ok(())
    }

    /// One element of a repeated single value.
    fn single(&mut self, repeat: usize, index: usize, value: &Value) -> Result<()> {
        let Some(NodeKind::Field(field)) = self.program.nodes.get(repeat + 1).map(|node| &node.kind) else {
            return Ok(());
        };
        let bytes = field.kind.bytes(value, &field.names, self.program.encoding, None);
        let mut bytes = bytes.map_err(|problem| self.invalid(repeat, problem))?;
        let start = self.out.len();
        if matches!(field.kind, Type::Number(_)) && index > 0 {
            // Numbers of any width side by side are told apart by the blank before each.
            self.out.push(b' ');
        }
        self.out.append(&mut bytes);
        self.set_span(repeat + 1, start..self.out.len());
        self.mark(repeat + 1, start);
        Ok(())
    }

    /// The number that a length, or the width or count of another part, turns out to be.
    fn late(&self, node: usize, fields: &Fields) -> Option<Result<Late>> {
        let NodeKind::Field(field) = &self.program.nodes.get(node)?.kind else {
            return None;
        };
        let number = match &field.origin {
            Origin::Length(index) => {
                let length = self.program.lengths.get(*index)?;
                let span = self.spans.get(length.last)?.end as i128 - self.spans.get(length.first)?.start as i128;
                span + i128::from(length.offset)
            }
            Origin::Given => {
                let target = field.measures?;
                let measured = match &self.program.nodes.get(target)?.kind {
                    NodeKind::Repeat(_) => {
                        fields.get(self.program.nodes.get(target)?.name()?)?.elements()?.len() as i128
                    }
                    NodeKind::Field(_) | NodeKind::Literal(_) => self.spans.get(target)?.len() as i128,
                };
                match self.program.nodes.get(node)?.name().and_then(|name| fields.get(name)) {
                    None => measured,
                    Some(given) if field.names.number(given) == Ok(measured) => return None,
                    Some(_) => {
                        return Some(Err(
                            self.invalid(node, format!("it must be {measured} to fit `{}`", self.name(target)))
                        ));
                    }
                }
            }
            Origin::Constant(_) | Origin::Seq | Origin::Learned(_) | Origin::Sum => return None,
        };
        Some(Ok(Late { node, number }))
    }

    /// Writes a late number in its place; false if it needs another width.
    fn patch(&mut self, late: &Late) -> Result<bool> {
        let Some(NodeKind::Field(field)) = self.program.nodes.get(late.node).map(|node| &node.kind) else {
            return Ok(true);
        };
        let span = self.spans.get(late.node).cloned().unwrap_or_default();
        let digits = matches!(field.kind, Type::DecOf(_)).then_some(span.len());
        let digits = digits.filter(|digits| late.number.to_string().len() <= *digits);
        let bytes = field.kind.bytes(&Value::Integer(late.number), &field.names, self.program.encoding, digits);
        let bytes = bytes.map_err(|problem| self.invalid(late.node, problem))?;
        let fits = bytes.len() == span.len();
        if fits && let Some(place) = self.out.get_mut(span) {
            place.copy_from_slice(&bytes);
        }
        Ok(fits)
    }

    fn sums(&mut self, nodes: &[usize]) -> Result<()> {
        for sum in self.program.sums.iter().filter(|sum| nodes.contains(&sum.node)) {
            let start = self.spans.get(sum.first).map_or(0, |span| span.start);
            let end = self.spans.get(sum.last).map_or(0, |span| span.end);
            let number = sum.compute(self.out.get(start..end).unwrap_or_default());
            self.patch(&Late { node: sum.node, number: i128::from(number) })?;
        }
        Ok(())
    }

    /// Finds the value that holds its own end, to name it; everything else is found by reading back.
    fn check_terminators(&self) -> Result<()> {
        for op in &self.program.ops {
            let &Op::Until { node, group, back } = op else { continue };
            let Some(group) = self.program.groups.get(group) else { continue };
            for span in self.all_spans(node) {
                if let Find::At(at, look) = group.find(&self.out, span.start + back, true)
                    && at < span.end + back
                {
                    let (part, start) = self.part_at(at).unwrap_or((node, span.start));
                    let terminator = look.whole.and_then(|index| group.choices.get(index));
                    let shown = terminator.map(|choice| crate::bytes::display::escape(&choice.bytes).to_string());
                    return Err(EncodeError::ContainsTerminator {
                        part: self.name(part),
                        terminator: shown.unwrap_or_default(),
                        offset: at - start,
                    });
                }
            }
        }
        Ok(())
    }

    /// Everywhere that a part stands.
    fn all_spans(&self, node: usize) -> impl Iterator<Item = Range<usize>> {
        let repeated = self.marks.iter().filter(move |mark| mark.node as usize == node).map(|mark| mark.span.range());
        let top_level = self.program.top_level().filter(move |top| *top == node);
        repeated.chain(top_level.filter_map(|node| self.spans.get(node).cloned()))
    }

    /// The part that an offset lies in, and where that part starts.
    fn part_at(&self, offset: usize) -> Option<(usize, usize)> {
        let is_part =
            |node: &usize| self.program.nodes.get(*node).is_some_and(|node| !matches!(node.kind, NodeKind::Repeat(_)));
        let top_level = self.program.top_level().filter(is_part);
        let top_level = top_level.filter_map(|node| Some((node, self.spans.get(node)?.clone())));
        let repeated = self.marks.iter().map(|mark| (mark.node as usize, mark.span.range()));
        top_level.chain(repeated).find(|(_, span)| span.contains(&offset)).map(|(node, span)| (node, span.start))
    }

    /// The first part that the decoder found elsewhere than it was written.
    fn first_misread(&self, spans: &[Span], marks: &[Mark]) -> Option<usize> {
        let same = |node: usize| spans.get(node).map(|span| span.range()) == self.spans.get(node).cloned();
        if let Some(node) = self.program.top_level().find(|node| !same(*node)) {
            return Some(node);
        }
        let differs = self.marks.iter().zip(marks).find(|(written, read)| written != read).map(|(written, _)| written);
        let surplus = || self.marks.last().filter(|_| self.marks.len() != marks.len());
        differs.or_else(surplus).map(|mark| mark.node as usize)
    }

    /// What ends the frame beside its bytes.
    fn then(&self) -> Then {
        let Some(last) = self.program.top_level().last() else { return Then::Nothing };
        let written = self.spans.get(last).is_some_and(|span| !span.is_empty());
        match self.program.nodes.get(last).map(|node| &node.kind) {
            Some(NodeKind::Literal(Literal { eof, idle, .. })) if !written => match idle {
                Some(silence) if !eof => Then::Silence(*silence),
                _ => Then::HalfClose,
            },
            _ => Then::Nothing,
        }
    }

    /// The bytes as they go on the wire.
    fn stuffed(&self) -> Vec<u8> {
        let Some(region) = &self.program.region else {
            return self.out.clone();
        };
        let start = self.spans.get(region.first).map_or(0, |span| span.start);
        let end = self.spans.get(region.last).map_or(0, |span| span.end);
        let part = |range: Range<usize>| self.out.get(range).unwrap_or_default();
        [part(0..start), &region.stuff(part(start..end)), part(end..self.out.len())].concat()
    }

    fn set_span(&mut self, node: usize, span: Range<usize>) {
        if let Some(slot) = self.spans.get_mut(node) {
            *slot = span;
        }
    }

    fn name(&self, node: usize) -> Arc<str> {
        let name = self.program.nodes.get(node).and_then(|node| node.called().cloned());
        name.unwrap_or_else(|| Arc::from("a part"))
    }

    fn invalid(&self, node: usize, problem: impl Into<String>) -> EncodeError {
        EncodeError::Invalid { part: self.name(node), problem: problem.into() }
    }
}
