//! Layouts: one line that says how a frame is laid out, used in both directions.
//!
//! ```
//! use wigwag_protocol::layout::{Context, Fields, Layout, Options, Value};
//!
//! let layout = Layout::frame("<STX> body sum:hex2=sum8(body) <ETX>", &Options::default())?;
//! let fields = Fields::from([("body", Value::Bytes(b"PING".to_vec()))]);
//! let encoded = layout.encode(&fields, &Context::default())?;
//! assert_eq!(encoded.bytes, b"\x02PING2E\x03");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | what it decides |
//! |---|---|
//! | `syntax` | how a layout is written |
//! | `compile` | what it means, and whether it can be cut safely |
//! | `parameter` | what a part takes, and what a typed word means there |
//! | `types` | how one value becomes bytes, and back |
//! | `encode` | values to a frame |
//! | `decode` | bytes to a frame, from whatever pieces arrive |
//! | `sums` | which bytes a checksum covers |
//! | `literals` | where literals stand among the bytes |
//! | `outline` | a layout as it was written, part by part |
//! | `encoding/` | how text becomes bytes, and back |
//! | `coding/` | byte stuffing: escapes, SLIP, COBS, hex |
//! | `checksum/` | the kinds of checksums |

pub mod checksum;
mod coding;
mod compile;
mod decode;
mod encode;
mod encoding;
mod error;
mod frame;
mod literals;
mod outline;
mod parameter;
mod sums;
mod syntax;
mod types;
mod value;

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;
use std::time::Duration;

pub use coding::{Codec, Coding, Escape};
pub use decode::{Closing, DecodeError, DecodeErrorKind, Decoder, Step};
pub use encode::{Context, EncodeError, Encoded, Then};
pub use encoding::{CodePage, Encoding};
pub use error::{LayoutError, nearest};
pub use frame::{EndReason, Frame, Part};
pub use outline::{Stuffed, WrittenPart};
pub use parameter::Parameter;
pub use value::{Fields, Value, Values};

use checksum::Checksum;
use coding::Region;
use compile::Head;
use literals::Group;
use types::{Names, Type};

/// The largest `max` there is; nothing that a layout describes may be larger.
pub const MAX_LIMIT: usize = 16 * 1024 * 1024;

/// `max` where nothing is said.
pub const DEFAULT_MAX: usize = 64 * 1024;

/// What stands beside a layout: limits, encoding, byte stuffing.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most bytes that a variable part may have; from 1 to [`MAX_LIMIT`].
    pub max: usize,
    /// The encoding of `text` parts.
    pub encoding: Encoding,
    /// Byte stuffing, if any.
    pub coding: Option<Coding>,
}

impl Default for Options {
    fn default() -> Self {
        Self { max: DEFAULT_MAX, encoding: Encoding::Bytes, coding: None }
    }
}

/// Reads bytes that are written as a layout's literals: `<ESC> '1*1PC' <CR>`.
///
/// # Errors
///
/// What is wrong and where; alternatives and ends are no bytes.
pub fn parse_bytes(source: &str) -> Result<Vec<u8>, LayoutError> {
    syntax::parse_bytes(source)
}

/// A layout that was written on several lines, on one.
pub fn one_line(layout: &str) -> String {
    let mut quote = None;
    let mut line = String::with_capacity(layout.len());
    for c in layout.trim().chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None if c.is_whitespace() => {
                if !line.ends_with(' ') {
                    line.push(' ');
                }
                continue;
            }
            None => {}
        }
        line.push(c);
    }
    line
}

/// A compiled layout. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Layout(Arc<Program>);

impl Layout {
    /// Compiles a layout whose frames end by themselves, so that they can be cut out of a stream.
    ///
    /// # Errors
    ///
    /// What is wrong and where, a frame without an end included.
    pub fn frame(source: &str, options: &Options) -> Result<Self, LayoutError> {
        compile::compile(source, options, Extent::Stream).map(|program| Self(Arc::new(program)))
    }

    /// Compiles a layout of something whose end is known from outside: the body of a frame, or a request that is only
    /// written. Its last part may be variable.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    pub fn body(source: &str, options: &Options) -> Result<Self, LayoutError> {
        compile::compile(source, options, Extent::Whole).map(|program| Self(Arc::new(program)))
    }

    /// The text it was compiled from.
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Whether its frames end by themselves.
    pub fn ends_by_itself(&self) -> bool {
        self.0.extent == Extent::Stream
    }

    /// Whether a frame can end by silence or by the end of the connection.
    pub fn ends_by_closing(&self) -> (bool, Option<Duration>) {
        match self.0.nodes.last().map(|node| &node.kind) {
            Some(NodeKind::Literal(literal)) => (literal.eof, literal.idle),
            _ => (false, None),
        }
    }

    /// The names of the parts whose values have to be given, in order.
    pub fn wanted(&self) -> impl Iterator<Item = &str> {
        self.0.siblings(0..self.0.nodes.len()).filter(|(_, node)| node.is_wanted()).filter_map(|(_, node)| node.name())
    }

    /// Whether a value has to be given for this part.
    pub(crate) fn wants(&self, part: &str) -> bool {
        self.0.named(part).and_then(|node| self.0.nodes.get(node)).is_some_and(Node::is_wanted)
    }

    /// The names of all its parts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.nodes.iter().filter_map(Node::name)
    }

    /// The name of the part that counts (`seq`), if there is one.
    pub fn counter(&self) -> Option<&str> {
        let counts = |node: &&Node| matches!(&node.kind, NodeKind::Field(field) if matches!(field.origin, Origin::Seq));
        self.0.nodes.iter().find(counts).and_then(Node::name)
    }

    /// The full names of the learned values that it uses (`greeting.salt`, `secret.password`), each once.
    pub fn learned(&self) -> impl Iterator<Item = &str> {
        let all = || self.0.nodes.iter().filter_map(Node::learned);
        all()
            .enumerate()
            .filter(move |(index, name)| !all().take(*index).any(|earlier| earlier == *name))
            .map(|(_, name)| &**name)
    }

    /// Whether equal values are always written as equal bytes: nothing in it counts, or is learned.
    pub fn writes_the_same(&self) -> bool {
        let varies = |node: &Node| match &node.kind {
            NodeKind::Field(field) => matches!(field.origin, Origin::Seq | Origin::Learned(_)),
            NodeKind::Literal(_) | NodeKind::Repeat(_) => false,
        };
        !self.0.nodes.iter().any(varies)
    }

    /// The numbers behind the named values of a part, where it has some.
    pub(crate) fn named_values(&self, part: &str) -> Vec<(Arc<str>, i128)> {
        let named = self.0.nodes.iter().find(|node| node.name() == Some(part)).map(|node| &node.kind);
        match named {
            Some(NodeKind::Field(Field { names: Names::Values(values), .. })) => values.clone(),
            _ => Vec::new(),
        }
    }

    /// A decoder of frames out of a stream.
    pub fn decoder(&self) -> Decoder {
        Decoder::new(self.clone())
    }

    /// Whether a frame could start with these bytes, as far as the literals at its start tell. `None`: they tell
    /// nothing.
    pub fn can_start_with(&self, bytes: &[u8]) -> Option<bool> {
        let first = self.0.groups.get(self.0.leading?)?;
        Some(first.choices.iter().any(|choice| bytes.starts_with(&choice.bytes) || choice.bytes.starts_with(bytes)))
    }

    fn program(&self) -> &Program {
        &self.0
    }
}

/// Whether the end of what is decoded is known from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Cut from a stream: the layout must say where the frame ends.
    Stream,
    /// All the bytes are there.
    Whole,
}

/// What a layout compiles to: the tree of its parts, and the steps that decode it.
#[derive(Debug)]
struct Program {
    source: String,
    extent: Extent,
    max: usize,
    /// The most bytes that all its parts of fixed size take together.
    overhead: usize,
    encoding: Encoding,
    /// Parts in the order in which they are written; a repeat is followed by its element's parts.
    nodes: Vec<Node>,
    lengths: Vec<Length>,
    sums: Vec<Sum>,
    groups: Vec<Group>,
    ops: Vec<Op>,
    /// By node: how many steps have been taken once all of it is in its place.
    placed_by: Box<[usize]>,
    head: Head,
    /// How many bytes a frame can have on the wire.
    sizes: RangeInclusive<usize>,
    /// What is written by it cannot be misread, unless it is longer than `max`.
    unmistakable: bool,
    region: Option<Region>,
    /// The group of literals at the very start, if there is one that is plain bytes on the wire.
    leading: Option<usize>,
}

impl Program {
    /// The nodes that stand in no record.
    fn top_level(&self) -> impl Iterator<Item = usize> {
        self.siblings(0..self.nodes.len()).map(|(index, _)| index)
    }

    /// The node of this name that stands in no record.
    fn named(&self, name: &str) -> Option<usize> {
        let mut nodes = self.siblings(0..self.nodes.len());
        nodes.find(|(_, node)| node.name() == Some(name)).map(|(index, _)| index)
    }

    /// The nodes of one scope, given the range that it covers.
    fn siblings(&self, range: Range<usize>) -> impl Iterator<Item = (usize, &Node)> {
        let mut next = range.start;
        std::iter::from_fn(move || {
            let current = next;
            let node = self.nodes.get(current).filter(|_| current < range.end)?;
            next = node.next;
            Some((current, node))
        })
    }
}

#[derive(Debug)]
struct Node {
    name: Option<Arc<str>>,
    kind: NodeKind,
    /// The index behind this node and its element's nodes.
    next: usize,
}

impl Node {
    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What it is called in errors and pictures: its name, else that of the learned value which stands there.
    fn called(&self) -> Option<&Arc<str>> {
        self.name.as_ref().or_else(|| self.learned())
    }

    /// The full name of the learned value that it says.
    fn learned(&self) -> Option<&Arc<str>> {
        match &self.kind {
            NodeKind::Field(Field { origin: Origin::Learned(name), .. }) => Some(name),
            NodeKind::Field(_) | NodeKind::Literal(_) | NodeKind::Repeat(_) => None,
        }
    }

    /// Whether nothing but a given value can fill it.
    fn is_wanted(&self) -> bool {
        match &self.kind {
            NodeKind::Literal(_) => false,
            NodeKind::Field(field) => matches!(field.origin, Origin::Given) && field.measures.is_none(),
            NodeKind::Repeat(_) => true,
        }
    }
}

#[derive(Debug)]
enum NodeKind {
    Literal(Literal),
    Field(Field),
    Repeat(Repeat),
}

#[derive(Debug)]
struct Literal {
    alternatives: Vec<Vec<u8>>,
    eof: bool,
    idle: Option<Duration>,
}

#[derive(Debug)]
struct Field {
    kind: Type,
    names: Names,
    origin: Origin,
    /// The node that this one counts or gives the width of.
    measures: Option<usize>,
}

/// Where a field's value comes from when a frame is written.
#[derive(Debug)]
enum Origin {
    Given,
    /// Its bytes.
    Constant(Vec<u8>),
    Seq,
    /// `greeting.salt`, `secret.password`: scope and part in one.
    Learned(Arc<str>),
    /// Index into `lengths`.
    Length(usize),
    Sum,
}

#[derive(Debug)]
struct Repeat {
    count: Count,
    /// Whether an element is a record rather than one value.
    record: bool,
}

#[derive(Debug, Clone, Copy)]
enum Count {
    /// Up to the literal behind it, or the end of what holds it.
    ToEnd,
    Number(usize),
    Field(usize),
}

/// A length part: which parts it spans, both ends included.
#[derive(Debug)]
struct Length {
    node: usize,
    first: usize,
    last: usize,
    offset: i64,
}

/// A checksum part: which parts it spans, both ends included.
#[derive(Debug)]
struct Sum {
    node: usize,
    first: usize,
    last: usize,
    checksum: Checksum,
    modulus: Option<u64>,
}

impl Sum {
    fn compute(&self, bytes: &[u8]) -> u64 {
        let sum = self.checksum.compute(bytes);
        self.modulus.map_or(sum, |modulus| sum % modulus)
    }
}

/// One step of decoding.
#[derive(Debug)]
enum Op {
    /// The literals of this group stand here.
    Literals { group: usize },
    /// A part of so many bytes.
    Fixed { node: usize, size: usize },
    /// A variable part; `back` bytes stand between it and the literals that end it.
    Until { node: usize, group: usize, back: usize },
    /// A variable part; it ends `back` bytes before the end of what holds it.
    ToLimit { node: usize, back: usize },
    /// An ASCII number of any width; `behind` are the literals behind it, if they can be the end of everything.
    Number { node: usize, behind: Option<usize> },
    /// Digits, as many as an earlier field says.
    DecOf { node: usize, width: usize },
    /// The span of this length is limited from here on; its length is known. So many of the open spans lie inside it.
    Open { length: usize, inside: usize },
    /// The span of this length must end here.
    Close { length: usize },
    /// The span of this length lies behind us; compare.
    Verify { length: usize },
    /// The checksum must fit; all it needs has come.
    Check { sum: usize },
    /// The stuffed region starts.
    Enter,
    /// The stuffed region ends.
    Leave,
    /// The head of a repeat: on to the element, or out to `exit`.
    Repeat { node: usize, exit: usize, stop: Stop, smallest: usize },
    /// The end of an element: back to the head.
    Again { head: usize },
}

/// What ends a repeat.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Count { by_field: bool },
    Literals(usize),
    Limit { back: usize },
}
