//! Values to a frame: values first, then lengths, inner ones first, then checksums, then stuffing.
//!
//! What has been written is read back before it is handed out. Bytes that would not mean what was said are refused.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use smallvec::{SmallVec, smallvec};

use super::decode::{Closing, DecodeErrorKind, Mark, Span, Step};
use super::literals::Find;
use super::types::Type;
use super::value::{Fields, Value, Values};
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

/// Room for what is variable in most frames, so that they are written in one allocation.
const ROOM: usize = 32;

impl Layout {
    /// Writes these values as one frame.
    ///
    /// # Errors
    ///
    /// A value is missing, does not fit, or would not be read back as what it is.
    pub fn encode(&self, values: &dyn Values, context: &Context) -> Result<Encoded> {
        let program = self.program();
        if program.unmistakable {
            let encoded = Writer::new(program, context, false).write(values)?;
            if encoded.bytes.len() <= program.max {
                debug_assert_eq!(
                    self.encode_and_read_back(values, context).as_ref(),
                    Ok(&encoded),
                    "{}",
                    program.source
                );
                return Ok(encoded);
            }
        }
        self.encode_and_read_back(values, context)
    }

    fn encode_and_read_back(&self, values: &dyn Values, context: &Context) -> Result<Encoded> {
        let mut writer = Writer::new(self.program(), context, true);
        let encoded = writer.write(values)?;
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
    pub(super) fn chosen<'v>(&self, value: &'v Value) -> std::result::Result<&'v [u8], &'static str> {
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
            true => Ok(wanted),
            false => Err("it is none of the alternatives"),
        }
    }
}

impl Node {
    /// The value that is given for it.
    fn given<'v>(&self, values: &'v dyn Values) -> Option<&'v Value> {
        values.get(self.name()?)
    }
}

struct Writer<'a> {
    program: &'a Program,
    context: &'a Context,
    /// Plain bytes, before stuffing.
    out: Vec<u8>,
    /// Where each node stands in them; of repeated ones the latest.
    spans: SmallVec<[Range<usize>; 8]>,
    /// How many repeats are being written, one in the other.
    repeats: usize,
    /// Where the parts inside repeats stand, as the decoder marks them.
    marks: Vec<Mark>,
    /// Whether that is asked for: the frame will be read back.
    keeps_marks: bool,
}

/// A number that is known only once the parts behind it are written.
struct Late {
    node: usize,
    number: i128,
}

impl<'a> Writer<'a> {
    fn new(program: &'a Program, context: &'a Context, keeps_marks: bool) -> Self {
        let spans = smallvec![0..0; program.nodes.len()];
        let out = Vec::with_capacity(program.overhead + ROOM);
        Self { program, context, out, spans, repeats: 0, marks: Vec::new(), keeps_marks }
    }

    fn write(&mut self, values: &dyn Values) -> Result<Encoded> {
        self.scope(0..self.program.nodes.len(), values)?;
        self.check_terminators()?;
        Ok(Encoded { bytes: self.stuffed(), then: self.then() })
    }

    /// Writes the parts of one scope, then its lengths and checksums.
    fn scope(&mut self, range: Range<usize>, values: &dyn Values) -> Result<()> {
        // A length of variable width that lies in a span is settled by writing again; each round can only widen it.
        const MOST_ROUNDS: usize = 8;
        let (start, marks) = (self.out.len(), self.marks.len());
        let mut guesses = Vec::new();
        for _ in 0..MOST_ROUNDS {
            self.out.truncate(start);
            self.marks.truncate(marks);
            for (index, node) in self.program.siblings(range.clone()) {
                self.node(index, node, values, &guesses)?;
            }
            guesses.clear();
            if self.settle(range.clone(), values, &mut guesses)? {
                return self.sums(range);
            }
        }
        Err(EncodeError::Ambiguous { problem: "a length that covers itself does not settle".to_owned() })
    }

    /// Writes what is known only now into its place; false, and what to guess next time, if some of it needs another
    /// width.
    fn settle(&mut self, range: Range<usize>, values: &dyn Values, guesses: &mut Vec<Late>) -> Result<bool> {
        let mut settled = true;
        for (index, node) in self.program.siblings(range) {
            let NodeKind::Field(field) = &node.kind else { continue };
            let Some(late) = self.late(index, node, field, values)? else { continue };
            settled &= self.patch(field, &late)?;
            if field.kind.fixed_size().is_none() {
                guesses.push(late);
            }
        }
        Ok(settled)
    }

    fn node(&mut self, index: usize, node: &Node, values: &dyn Values, guesses: &[Late]) -> Result<()> {
        let start = self.out.len();
        match &node.kind {
            NodeKind::Literal(literal) => self.literal(index, literal, node.given(values))?,
            NodeKind::Field(field) => self.field(index, node, field, values, guesses)?,
            NodeKind::Repeat(repeat) => {
                self.repeats += 1;
                let written = self.repeat(index, node, repeat, node.given(values));
                self.repeats -= 1;
                written?;
            }
        }
        self.set_span(index, start..self.out.len());
        if self.repeats > 0 && !matches!(node.kind, NodeKind::Repeat(_)) {
            self.mark(index, start);
        }
        Ok(())
    }

    fn mark(&mut self, node: usize, start: usize) {
        if !self.keeps_marks {
            return;
        }
        self.marks.push(Mark { node: node as u32, span: Span::new(start, self.out.len()) });
    }

    /// The alternative that was asked for, else the first.
    fn literal(&mut self, node: usize, literal: &Literal, given: Option<&Value>) -> Result<()> {
        let chosen = match given {
            Some(value) => literal.chosen(value).map_err(|problem| self.invalid(node, problem))?,
            None => literal.alternatives.first().map_or(&[][..], Vec::as_slice),
        };
        self.out.extend_from_slice(chosen);
        Ok(())
    }

    fn field(&mut self, node: usize, what: &Node, field: &Field, values: &dyn Values, guesses: &[Late]) -> Result<()> {
        const ZERO: Value = Value::Integer(0);
        match &field.origin {
            Origin::Constant(constant) => self.out.extend_from_slice(constant),
            Origin::Seq => {
                let (_, most) = field.kind.range();
                self.value(node, field, &Value::Integer(i128::from(self.context.seq) % (most + 1)), None)?;
            }
            Origin::Learned(name) => match self.context.learned.get(name) {
                Some(value) => self.value(node, field, value, None)?,
                None if field.kind.is_number() => self.value(node, field, &ZERO, None)?,
                None => self.zeros(field.kind.fixed_size().unwrap_or(0)),
            },
            Origin::Sum => self.zeros(field.kind.fixed_size().unwrap_or(0)),
            Origin::Length(_) => self.placeholder(node, field, values, guesses)?,
            Origin::Given => match what.given(values) {
                Some(value) => self.value(node, field, value, self.digits(field, values))?,
                None if field.measures.is_some() => self.placeholder(node, field, values, guesses)?,
                None => return Err(EncodeError::Missing { part: self.name(node) }),
            },
        }
        Ok(())
    }

    fn value(&mut self, node: usize, field: &Field, value: &Value, digits: Option<usize>) -> Result<()> {
        let written = field.kind.write(value, &field.names, self.program.encoding, digits, &mut self.out);
        written.map_err(|problem| self.invalid(node, problem))
    }

    fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    fn placeholder(&mut self, node: usize, field: &Field, values: &dyn Values, guesses: &[Late]) -> Result<()> {
        if let Some(size) = field.kind.fixed_size() {
            self.zeros(size);
            return Ok(());
        }
        let number = guesses.iter().find(|late| late.node == node).map_or(0, |late| late.number);
        self.value(node, field, &Value::Integer(number), self.digits(field, values))
    }

    /// How many digits a `dec(field)` must have, where that field is given.
    fn digits(&self, field: &Field, values: &dyn Values) -> Option<usize> {
        let Type::DecOf(width) = field.kind else { return None };
        match values.get(self.program.nodes.get(width)?.name()?) {
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
        let start = self.out.len();
        if matches!(field.kind, Type::Number(_)) && index > 0 {
            // Numbers of any width side by side are told apart by the blank before each.
            self.out.push(b' ');
        }
        // It is the repeat that has a name.
        let written = field.kind.write(value, &field.names, self.program.encoding, None, &mut self.out);
        written.map_err(|problem| self.invalid(repeat, problem))?;
        self.set_span(repeat + 1, start..self.out.len());
        self.mark(repeat + 1, start);
        Ok(())
    }

    /// The number that a length, or the width or count of another part, turns out to be.
    fn late(&self, index: usize, node: &Node, field: &Field, values: &dyn Values) -> Result<Option<Late>> {
        let number = match (&field.origin, field.measures) {
            (Origin::Length(length), _) => self.measured_span(*length),
            (Origin::Given, Some(target)) => self.measured_part(index, node, field, target, values)?,
            (Origin::Given | Origin::Constant(_) | Origin::Seq | Origin::Learned(_) | Origin::Sum, _) => None,
        };
        Ok(number.map(|number| Late { node: index, number }))
    }

    fn measured_span(&self, length: usize) -> Option<i128> {
        let length = self.program.lengths.get(length)?;
        let span = self.spans.get(length.last)?.end as i128 - self.spans.get(length.first)?.start as i128;
        Some(span + i128::from(length.offset))
    }

    /// How many elements, or how many bytes, the part `target` has; nothing where that is given already.
    fn measured_part(
        &self,
        index: usize,
        node: &Node,
        field: &Field,
        target: usize,
        values: &dyn Values,
    ) -> Result<Option<i128>> {
        let Some(measured) = self.measure(target, values) else { return Ok(None) };
        match node.given(values) {
            None => Ok(Some(measured)),
            Some(given) if field.names.number(given) == Ok(measured) => Ok(None),
            Some(_) => Err(self.invalid(index, format!("it must be {measured} to fit `{}`", self.name(target)))),
        }
    }

    fn measure(&self, node: usize, values: &dyn Values) -> Option<i128> {
        let what = self.program.nodes.get(node)?;
        match &what.kind {
            NodeKind::Repeat(_) => Some(what.given(values)?.elements()?.len() as i128),
            NodeKind::Field(_) | NodeKind::Literal(_) => Some(self.spans.get(node)?.len() as i128),
        }
    }

    /// Writes a late number in its place; false if it needs another width.
    fn patch(&mut self, field: &Field, late: &Late) -> Result<bool> {
        let span = self.spans.get(late.node).cloned().unwrap_or_default();
        let digits = matches!(field.kind, Type::DecOf(_)).then_some(span.len());
        let digits = digits.filter(|digits| late.number.to_string().len() <= *digits);
        let behind = self.out.len();
        self.value(late.node, field, &Value::Integer(late.number), digits)?;
        let fits = self.out.len() - behind == span.len();
        if fits {
            self.out.copy_within(behind.., span.start);
        }
        self.out.truncate(behind);
        Ok(fits)
    }

    fn sums(&mut self, range: Range<usize>) -> Result<()> {
        for sum in &self.program.sums {
            let here = self.program.siblings(range.clone()).find(|(index, _)| *index == sum.node);
            let Some((_, Node { kind: NodeKind::Field(field), .. })) = here else { continue };
            let start = self.spans.get(sum.first).map_or(0, |span| span.start);
            let end = self.spans.get(sum.last).map_or(0, |span| span.end);
            let number = sum.compute(self.out.get(start..end).unwrap_or_default());
            self.patch(field, &Late { node: sum.node, number: i128::from(number) })?;
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
        let written = self.spans.last().is_some_and(|span| !span.is_empty());
        match self.program.nodes.last().map(|node| &node.kind) {
            Some(NodeKind::Literal(Literal { eof: true, .. })) if !written => Then::HalfClose,
            Some(NodeKind::Literal(Literal { idle: Some(silence), .. })) if !written => Then::Silence(*silence),
            _ => Then::Nothing,
        }
    }

    /// The bytes as they go on the wire.
    fn stuffed(&mut self) -> Vec<u8> {
        let Some(region) = &self.program.region else {
            return std::mem::take(&mut self.out);
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

#[cfg(test)]
mod tests;
