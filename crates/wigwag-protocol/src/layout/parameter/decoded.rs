//! A part's value as a frame would tell it.

use super::{Parameter, Shape};
use crate::layout::types::Type;
use crate::layout::value::Value;

impl Parameter<'_> {
    /// The value as it would be decoded: a number by its name where it has one, a word as the bytes or the text that it
    /// is. What it could not carry stays as it is.
    pub fn as_decoded(&self, value: &Value) -> Value {
        match self.shape {
            Shape::Single(field) => {
                let bytes = field.kind.bytes(value, &field.names, self.program.encoding, None);
                bytes.map_or_else(
                    |_| value.clone(),
                    |bytes| field.kind.value(&bytes, &field.names, self.program.encoding),
                )
            }
            Shape::Alternatives(literal) => literal.chosen(value).map_or_else(|_| value.clone(), Value::of_literal),
            Shape::List(..) | Shape::Records(_) => value.clone(),
        }
    }

    /// Whether it, or each of its elements, is a number, with or without names.
    pub fn is_number(&self) -> bool {
        self.field().is_some_and(|field| field.kind.is_number() || matches!(field.kind, Type::Float { .. }))
    }

    /// Whether it follows from other values unless it is given: how many there are of them, or how wide one is.
    pub fn is_implied(&self) -> bool {
        self.field().is_some_and(|field| field.measures.is_some())
    }
}
