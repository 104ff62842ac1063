//! A part as something to be filled in: what it takes, and what a word that was typed means there.

mod decoded;
mod read;

use crate::bytes::display::escape;
use crate::bytes::notation;

use super::types::{Names, Number, Type};
use super::value::{Fields, Value};
use super::{Count, Field, Layout, Literal, Node, NodeKind, Origin, Program};

/// What one part of a layout takes.
#[derive(Debug, Clone, Copy)]
pub struct Parameter<'l> {
    program: &'l Program,
    node: usize,
    shape: Shape<'l>,
}

#[derive(Debug, Clone, Copy)]
enum Shape<'l> {
    /// One of its alternatives.
    Alternatives(&'l Literal),
    Single(&'l Field),
    List(Count, &'l Field),
    Records(Count),
}

impl Layout {
    /// What the part of this name takes, if one stands in no record.
    pub fn parameter(&self, name: &str) -> Option<Parameter<'_>> {
        let program = self.program();
        Parameter::of(program, program.named(name)?)
    }

    /// Whether [`encode`](Self::encode) uses a value of this name: not where the layout says by itself what stands there.
    pub fn takes(&self, name: &str) -> bool {
        let program = self.program();
        let named = program.named(name).and_then(|node| program.nodes.get(node));
        named.is_some_and(Node::takes_a_value)
    }
}

impl Node {
    fn takes_a_value(&self) -> bool {
        match &self.kind {
            NodeKind::Literal(literal) => literal.is_chosen(),
            NodeKind::Repeat(_) => true,
            NodeKind::Field(field) => match &field.origin {
                Origin::Given => true,
                Origin::Constant(_) | Origin::Seq | Origin::Learned(_) | Origin::Length(_) | Origin::Sum => false,
            },
        }
    }
}

impl Literal {
    /// Whether there is more than one way to write it.
    fn is_chosen(&self) -> bool {
        self.alternatives.len() + usize::from(self.eof || self.idle.is_some()) > 1
    }

    fn words(&self) -> Vec<String> {
        let word = |bytes: &Vec<u8>| word_for(bytes).map_or_else(|| escape(bytes).to_string(), str::to_owned);
        self.alternatives.iter().map(word).collect()
    }
}

impl<'l> Parameter<'l> {
    fn of(program: &'l Program, node: usize) -> Option<Self> {
        let shape = match &program.nodes.get(node)?.kind {
            NodeKind::Literal(literal) => Shape::Alternatives(literal),
            NodeKind::Field(field) => Shape::Single(field),
            NodeKind::Repeat(repeat) if repeat.record => Shape::Records(repeat.count),
            NodeKind::Repeat(repeat) => match &program.nodes.get(node + 1)?.kind {
                NodeKind::Field(field) => Shape::List(repeat.count, field),
                NodeKind::Literal(_) | NodeKind::Repeat(_) => return None,
            },
        };
        Some(Self { program, node, shape })
    }

    /// What it takes, as a manual would say: `whole number from 0 to 255`, `off or on`, `list of numbers`.
    pub fn describe(&self) -> String {
        let list = |count, of: &str| match count {
            Count::Number(number) => format!("list of {number} {of}"),
            Count::ToEnd | Count::Field(_) => format!("list of {of}"),
        };
        match self.shape {
            Shape::Alternatives(literal) => {
                let mut words = literal.words();
                words.extend((literal.eof || literal.idle.is_some()).then(|| "nothing".to_owned()));
                one_of(&words)
            }
            Shape::Single(field) => field.describe(),
            Shape::List(count, field) => list(count, &field.describe_many()),
            Shape::Records(count) => {
                let parts: Vec<&str> = self.record_parts().filter_map(|(_, node)| node.name()).collect();
                list(count, &format!("records: {}", parts.join(", ")))
            }
        }
    }

    /// The smallest and the largest whole number that it, or each of its elements, can be; where not only named ones can
    /// stand.
    pub fn range(&self) -> Option<(i128, i128)> {
        let field = self.field().filter(|field| field.kind.is_whole() && field.names == Names::None)?;
        Some(field.kind.range())
    }

    /// The words that it takes: its named values, its named bits, its alternatives. None where it takes anything else.
    pub fn choices(&self) -> Vec<&'l str> {
        match self.shape {
            Shape::Alternatives(literal) => literal.alternatives.iter().filter_map(|bytes| word_for(bytes)).collect(),
            Shape::Single(field) | Shape::List(_, field) => field.names.words(),
            Shape::Records(_) => Vec::new(),
        }
    }

    /// Whether it takes several values rather than one.
    pub fn is_list(&self) -> bool {
        matches!(self.shape, Shape::List(..) | Shape::Records(_))
    }

    /// Whether it could carry this value.
    ///
    /// # Errors
    ///
    /// Why it could not.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match (self.shape, value) {
            (Shape::Alternatives(literal), _) => literal.chosen(value).map(|_| ()).map_err(str::to_owned),
            (Shape::Single(field), _) => self.check_single(field, value),
            (Shape::List(count, field), Value::List(elements)) => {
                check_count(count, elements.len())?;
                each(elements, |element| self.check_single(field, element))
            }
            (Shape::Records(count), Value::List(elements)) => {
                check_count(count, elements.len())?;
                each(elements, |element| match element.fields() {
                    Some(fields) => self.check_record(fields),
                    None => Err("each element is a record of its parts".to_owned()),
                })
            }
            (Shape::List(..) | Shape::Records(_), _) => Err("it takes a list".to_owned()),
        }
    }

    fn check_single(&self, field: &Field, value: &Value) -> Result<(), String> {
        let bytes = field.kind.bytes(value, &field.names, self.program.encoding, None)?;
        let is_variable = matches!(field.kind, Type::Bytes | Type::Text);
        match is_variable && bytes.len() > self.program.max {
            true => Err(format!("it is longer than {} bytes", self.program.max)),
            false => Ok(()),
        }
    }

    fn check_record(&self, fields: &Fields) -> Result<(), String> {
        for (index, node) in self.record_parts() {
            let Some(name) = node.name() else { continue };
            match fields.get(name) {
                Some(value) => {
                    let part = Self::of(self.program, index).filter(|_| node.takes_a_value());
                    let part = part.ok_or_else(|| format!("`{name}` has a value of its own"))?;
                    part.check(value).map_err(|problem| format!("`{name}`: {problem}"))?;
                }
                None if node.is_wanted() => return Err(format!("`{name}` has no value")),
                None => {}
            }
        }
        let known = |name: &str| self.record_parts().any(|(_, node)| node.name() == Some(name));
        match fields.iter().find(|(name, _)| !known(name)) {
            Some((name, _)) => Err(format!("there is no part `{name}` in it")),
            None => Ok(()),
        }
    }

    fn field(&self) -> Option<&'l Field> {
        match self.shape {
            Shape::Single(field) | Shape::List(_, field) => Some(field),
            Shape::Alternatives(_) | Shape::Records(_) => None,
        }
    }

    /// The parts of an element, without those inside further records.
    fn record_parts(&self) -> impl Iterator<Item = (usize, &'l Node)> {
        let program = self.program;
        let behind = program.nodes.get(self.node).map_or(0, |node| node.next);
        program.siblings(self.node + 1..behind)
    }
}

impl Field {
    fn describe(&self) -> String {
        self.described("whole number", "number", "")
    }

    fn describe_many(&self) -> String {
        self.described("whole numbers", "numbers", " each")
    }

    fn described(&self, whole_number: &str, number: &str, each: &str) -> String {
        match (&self.names, self.kind) {
            (Names::Values(_), _) => one_of(&self.names.words()),
            (Names::Bits(_), _) => format!("bits: {}", self.names.words().join(", ")),
            (Names::None, Type::Number(Number::Dec)) => whole_number.to_owned(),
            (Names::None, Type::Float { .. } | Type::Number(Number::Float)) => number.to_owned(),
            (Names::None, Type::Raw(1)) => format!("1 byte{each}"),
            (Names::None, Type::Raw(size)) => format!("{size} bytes{each}"),
            (Names::None, Type::Chars(size)) => format!("{size} bytes of text{each}"),
            (Names::None, Type::Bytes) => "bytes".to_owned(),
            (Names::None, Type::Text) => "text".to_owned(),
            (
                Names::None,
                Type::Integer { .. }
                | Type::Dec(_)
                | Type::Hex(_)
                | Type::Bcd(_)
                | Type::DecOf(_)
                | Type::Number(Number::Hex),
            ) => {
                let (least, most) = self.kind.range();
                format!("{whole_number} from {least} to {most}")
            }
        }
    }
}

impl Names {
    fn words(&self) -> Vec<&str> {
        match self {
            Self::None => Vec::new(),
            Self::Values(named) => named.iter().map(|(name, _)| &**name).collect(),
            Self::Bits(bits) => bits.iter().map(|(name, _)| &**name).collect(),
        }
    }
}

/// The word that is typed for an alternative: its text, or the name of its control character.
fn word_for(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.chars().all(|c| !c.is_control()));
    match *bytes {
        [byte] => text.or_else(|| notation::control_name(byte)),
        _ => text,
    }
}

/// `off, on or auto`
fn one_of<S: AsRef<str>>(words: &[S]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn check_count(count: Count, given: usize) -> Result<(), String> {
    match count {
        Count::Number(number) if number != given => Err(format!("it takes {number} elements, not {given}")),
        Count::Number(_) | Count::ToEnd | Count::Field(_) => Ok(()),
    }
}

fn each<E, T, B: FromIterator<T>>(
    elements: impl IntoIterator<Item = E>,
    result: impl Fn(E) -> Result<T, String>,
) -> Result<B, String> {
    let numbered = |(index, element)| result(element).map_err(|problem| format!("element {}: {problem}", index + 1));
    elements.into_iter().enumerate().map(numbered).collect()
}
