//! Values of parts, and the encodings of text.

use std::fmt;
use std::sync::Arc;

/// The value of one part.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Any integer type; also digits.
    Integer(i128),
    /// `f32`, `f64`, `float`.
    Float(f64),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// Text, decoded from the encoding.
    Text(String),
    /// A named value: `on` for `1`.
    Name(Arc<str>),
    /// Named bits, with the whole number they stand in.
    Bits(u64, Vec<(Arc<str>, bool)>),
    /// A repeated part.
    List(Vec<Value>),
    /// One element of a repeated record.
    Record(Fields),
}

impl Value {
    /// The elements of a list.
    pub fn elements(&self) -> Option<&[Value]> {
        if let Self::List(elements) = self { Some(elements) } else { None }
    }
}

/// Values by the names of their parts, in the order of the layout.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(Arc<str>, Value)>);

impl Fields {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// The value of the part of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| &**known == name).map(|(_, value)| value)
    }

    /// Sets a value, in place of an earlier one of that name.
    pub fn set(&mut self, name: impl Into<Arc<str>>, value: Value) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> From<[(&str, Value); N]> for Fields {
    fn from(fields: [(&str, Value); N]) -> Self {
        Self(fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
    }
}

/// How text becomes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// No encoding was declared: text is taken byte by byte, each byte one character.
    #[default]
    Bytes,
    /// Seven bits.
    Ascii,
    /// UTF-8, checked.
    Utf8,
    /// ISO 8859-1: each byte one character.
    Latin1,
}

/// A character that the encoding does not have, or bytes that are no text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotInEncoding {
    /// The byte offset into what was given.
    pub(super) offset: usize,
}

impl Encoding {
    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, NotInEncoding> {
        let highest = match self {
            Self::Utf8 => return Ok(text.as_bytes().to_vec()),
            Self::Ascii => 0x7F,
            Self::Bytes | Self::Latin1 => 0xFF,
        };
        text.char_indices()
            .map(|(offset, c)| {
                u8::try_from(u32::from(c)).ok().filter(|byte| *byte <= highest).ok_or(NotInEncoding { offset })
            })
            .collect()
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, NotInEncoding> {
        self.check(bytes)?;
        Ok(match self {
            Self::Utf8 | Self::Ascii => String::from_utf8_lossy(bytes).into_owned(),
            Self::Bytes | Self::Latin1 => bytes.iter().map(|byte| char::from(*byte)).collect(),
        })
    }

    /// Whether the bytes are text in this encoding.
    pub(super) fn check(self, bytes: &[u8]) -> Result<(), NotInEncoding> {
        match self {
            Self::Bytes | Self::Latin1 => Ok(()),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(offset) => Err(NotInEncoding { offset }),
                None => Ok(()),
            },
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(_) => Ok(()),
                Err(error) => Err(NotInEncoding { offset: error.valid_up_to() }),
            },
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Ascii => "ascii",
            Self::Utf8 => "utf-8",
            Self::Latin1 => "latin-1",
        })
    }
}
