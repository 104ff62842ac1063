//! Values of parts.

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
    /// Bytes that a layout spells out: text where they can be read, as `'ON'` can.
    pub(super) fn of_literal(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if bytes.iter().all(|byte| (0x20..0x7F).contains(byte)) => Self::Text(text.to_owned()),
            _ => Self::Bytes(bytes.to_vec()),
        }
    }

    /// The elements of a list.
    pub fn elements(&self) -> Option<&[Value]> {
        if let Self::List(elements) = self { Some(elements) } else { None }
    }

    /// The parts of a record.
    pub const fn fields(&self) -> Option<&Fields> {
        if let Self::Record(fields) = self { Some(fields) } else { None }
    }
}

/// Where a frame that is written finds the values of its parts.
pub trait Values {
    /// The value of the part of this name.
    fn get(&self, part: &str) -> Option<&Value>;
}

/// Values by the names of their parts, in the order of the layout.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Fields(Vec<(Arc<str>, Value)>);

impl Fields {
    /// No fields.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// No fields yet; so many will be set.
    pub(super) fn with_room_for(count: usize) -> Self {
        Self(Vec::with_capacity(count))
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

    /// Sets all of these, in place of earlier ones of the same names.
    pub fn set_all(&mut self, fields: &Self) {
        for (name, value) in &fields.0 {
            self.set(name.clone(), value.clone());
        }
    }

    /// The same as [`set_all`](Self::set_all), without a copy of them.
    pub(crate) fn take_all(&mut self, fields: Self) {
        if self.0.is_empty() {
            *self = fields;
            return;
        }
        for (name, value) in fields.0 {
            self.set(name, value);
        }
    }

    /// Forgets the part of this name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| **known != *name);
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

impl Values for Fields {
    fn get(&self, part: &str) -> Option<&Value> {
        Self::get(self, part)
    }
}

impl<const N: usize> From<[(&str, Value); N]> for Fields {
    fn from(fields: [(&str, Value); N]) -> Self {
        Self(fields.into_iter().map(|(name, value)| (Arc::from(name), value)).collect())
    }
}
