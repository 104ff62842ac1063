//! The layout language as written: text in, a tree with places out. What it means is decided in `compile`.
//!
//! `parts`, `values` and `literals` read what they are called after; `reader` has the words and numbers they share.

mod literals;
mod parts;
mod reader;
mod values;

use std::ops::Range;
use std::time::Duration;

use super::error::LayoutError;
use reader::Reader;

/// The longest layout text that is read. A screenful is 2 KiB.
const MAX_SOURCE: usize = 64 * 1024;

/// One part as it was written.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: Option<Name>,
    pub(super) what: What,
    pub(super) at: Range<usize>,
}

/// A word and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

#[derive(Debug)]
pub(super) enum What {
    Literal(Literal),
    Field { kind: Kind, value: Option<Value> },
    Repeat { element: Element, count: Count },
}

/// Bytes as written, or several choices of them, or an end that is no byte.
#[derive(Debug, Clone, Default)]
pub(super) struct Literal {
    pub(super) alternatives: Vec<Vec<u8>>,
    pub(super) eof: bool,
    pub(super) idle: Option<Duration>,
}

/// A type by name, with its size, width field, named values or bits.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// No type was written.
    Untyped,
    /// `12`: raw bytes.
    Raw(usize),
    /// `u16le`, `hex4`, `dec`, `text`, ...
    Word { word: Name, extra: Extra },
}

#[derive(Debug, Clone)]
pub(super) enum Extra {
    None,
    /// `dec(field)`
    Width(Name),
    /// `(off=0, on=1)`
    Values(Vec<(String, i128)>),
    /// `{drawer=2}`
    Bits(Vec<(String, i128)>),
}

#[derive(Debug)]
pub(super) enum Element {
    Field(Kind),
    Record(Vec<Part>),
}

#[derive(Debug)]
pub(super) enum Count {
    ToEnd,
    Number(usize),
    Field(Name),
}

#[derive(Debug)]
pub(super) enum Value {
    Number(i128, Range<usize>),
    Float(f64, Range<usize>),
    Bytes(Vec<u8>, Range<usize>),
    Seq,
    Learned {
        scope: Name,
        part: Name,
    },
    Len {
        span: Span,
        offset: i64,
        at: Range<usize>,
    },
    Checksum {
        kind: Name,
        span: Span,
        arguments: Vec<Argument>,
        modulus: Option<u64>,
        at: Range<usize>,
    },
    /// One of the type's named values.
    Name(Name),
}

/// `name=0x8005`, `refin`, or a bare number.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: Option<String>,
    pub(super) value: Option<u64>,
    pub(super) at: Range<usize>,
}

/// `a`, `a..` or `a..b`.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) first: Name,
    pub(super) last: Last,
}

#[derive(Debug)]
pub(super) enum Last {
    Same,
    Open,
    Part(Name),
}

/// Reads a whole layout.
pub(super) fn parse(source: &str) -> Result<Vec<Part>, LayoutError> {
    if source.len() > MAX_SOURCE {
        return Err(LayoutError::new(0..0, format!("a layout may be {MAX_SOURCE} bytes long at most")));
    }
    let mut reader = Reader { source, pos: 0, depth: 0 };
    let parts = reader.parts()?;
    match reader.peek() {
        None => Ok(parts),
        Some(found) => Err(reader.error_here(format!("`{found}` cannot start a part"))),
    }
}

/// Reads byte notation alone: `<STX ETX>`, `'text'`, several of them; no alternatives, no ends.
pub(super) fn parse_bytes(source: &str) -> Result<Vec<u8>, LayoutError> {
    let mut reader = Reader { source, pos: 0, depth: 0 };
    let mut bytes = Vec::new();
    loop {
        reader.skip_space();
        let start = reader.pos;
        let literal = match reader.peek() {
            None => return Ok(bytes),
            Some('\'' | '"' | '<') => reader.literal()?,
            Some(found) => {
                return Err(reader.error_here(format!("`{found}` is not byte notation: `<ESC>` or `'text'`")));
            }
        };
        match literal.alternatives.as_slice() {
            [only] if !literal.eof && literal.idle.is_none() => bytes.extend_from_slice(only),
            _ => return Err(LayoutError::new(start..reader.trimmed_end(), "only plain bytes can stand here")),
        }
    }
}
