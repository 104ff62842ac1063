//! TOML files, read with the place of what is wrong.
//!
//! toml's own deserializer has one large function that takes every kind of value, and the compiler makes it anew for each type
//! that is read: half a megabyte of a small program. This one asks for what a type wants and is made of small pieces.
#![expect(clippy::wildcard_enum_match_arm, reason = "every other kind of value is the wrong one")]

use std::fmt;
use std::ops::Range;

use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, Visitor,
};
use serde_spanned::de::{SpannedDeserializer, is_spanned};
use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use crate::protocol::FileError;

/// Reads all of a file.
///
/// # Errors
///
/// The first thing that is wrong with it, and where: no TOML, or keys or values that it cannot have.
pub fn read<T: DeserializeOwned>(text: &str) -> Result<T, FileError> {
    let table = DeTable::parse(text).map_err(|error| FileError::of_toml(&error, text))?;
    let all = Spanned::new(table.span(), DeValue::Table(table.into_inner()));
    T::deserialize(Node(&all)).map_err(|Wrong(wrong)| FileError::of_serde(&wrong.0, wrong.1, text))
}

/// A message, and where.
#[derive(Debug)]
struct Wrong(Box<(String, Option<Range<usize>>)>);

impl Wrong {
    /// Here, unless something within it has been named.
    fn at(mut self, at: &Range<usize>) -> Self {
        self.0.1.get_or_insert_with(|| at.clone());
        self
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.0)
    }
}

impl std::error::Error for Wrong {}

impl de::Error for Wrong {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(Box::new((message.to_string(), None)))
    }
}

/// A value of the file. Where it stands is added to an error by whoever it is within.
struct Node<'t>(&'t Spanned<DeValue<'t>>);

impl<'t> Node<'t> {
    fn value(&self) -> &'t DeValue<'t> {
        self.0.get_ref()
    }

    fn mismatch<'de, V: Visitor<'de>>(&self, visitor: &V) -> Wrong {
        Wrong::invalid_type(unexpected(self.value()), visitor)
    }
}

fn unexpected<'v>(value: &'v DeValue<'_>) -> Unexpected<'v> {
    match value {
        DeValue::String(text) => Unexpected::Str(text),
        DeValue::Integer(number) => whole(number).map_or(Unexpected::Other("integer"), Unexpected::Signed),
        DeValue::Float(number) => number.as_str().parse().map_or(Unexpected::Other("float"), Unexpected::Float),
        DeValue::Boolean(value) => Unexpected::Bool(*value),
        DeValue::Datetime(_) => Unexpected::Other("a date"),
        DeValue::Array(_) => Unexpected::Seq,
        DeValue::Table(_) => Unexpected::Map,
    }
}

fn whole(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// Asks for one kind of value and takes no other.
macro_rules! take {
    ($($method:ident $kind:ident),* $(,)?) => {$(
        fn $method<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
            self.$kind(visitor)
        }
    )*};
}

impl<'t> Node<'t> {
    fn text<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::String(text) => visitor.visit_str(text),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn number<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::Integer(number) => match whole(number) {
                Some(whole) => visitor.visit_i64(whole),
                None => match u64::from_str_radix(number.as_str(), number.radix()) {
                    Ok(large) => visitor.visit_u64(large),
                    Err(_) => Err(Wrong::custom("integer number overflowed")),
                },
            },
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(Wrong::custom("floating-point number overflowed")),
            },
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn list<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::Array(elements) => visitor.visit_seq(Elements(elements.iter())),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn table<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::Table(table) => visitor.visit_map(Entries { entries: table.iter(), value: None }),
            _ => Err(self.mismatch(&visitor)),
        }
    }
}

impl<'t> Deserializer<'t> for Node<'t> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::String(_) => self.text(visitor),
            DeValue::Integer(_) | DeValue::Float(_) => self.number(visitor),
            DeValue::Boolean(_) => self.deserialize_bool(visitor),
            DeValue::Datetime(_) => Err(Wrong::custom("a date or a time is written as text, in quotes")),
            DeValue::Array(_) => self.list(visitor),
            DeValue::Table(_) => self.table(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            _ => Err(self.mismatch(&visitor)),
        }
    }

    fn deserialize_option<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if is_spanned(name) {
            let at = self.0.span();
            return visitor.visit_map(SpannedDeserializer::new(self, at));
        }
        self.table(visitor)
    }

    fn deserialize_enum<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.value() {
            DeValue::String(text) => {
                let word: de::value::StrDeserializer<'_, Wrong> = (**text).into_deserializer();
                visitor.visit_enum(word)
            }
            _ => Err(Wrong::custom("expected a word, in quotes")),
        }
    }

    fn deserialize_tuple<V: Visitor<'t>>(self, _length: usize, visitor: V) -> Result<V::Value, Wrong> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'t>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.list(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'t>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        Err(self.mismatch(&visitor))
    }

    fn deserialize_unit<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        Err(self.mismatch(&visitor))
    }

    fn deserialize_ignored_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_unit()
    }

    take! {
        deserialize_str text, deserialize_string text, deserialize_char text, deserialize_identifier text,
        deserialize_bytes text, deserialize_byte_buf text,
        deserialize_i8 number, deserialize_i16 number, deserialize_i32 number, deserialize_i64 number,
        deserialize_i128 number, deserialize_u8 number, deserialize_u16 number, deserialize_u32 number,
        deserialize_u64 number, deserialize_u128 number, deserialize_f32 number, deserialize_f64 number,
        deserialize_seq list, deserialize_map table,
    }
}

impl<'t> IntoDeserializer<'t, Wrong> for Node<'t> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

struct Elements<'t>(std::slice::Iter<'t, Spanned<DeValue<'t>>>);

impl<'t> SeqAccess<'t> for Elements<'t> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some(value) = self.0.next() else { return Ok(None) };
        seed.deserialize(Node(value)).map(Some).map_err(|wrong| wrong.at(&value.span()))
    }
}

struct Entries<'t> {
    entries: toml::map::Iter<'t, Spanned<DeString<'t>>, Spanned<DeValue<'t>>>,
    /// That of the key before.
    value: Option<&'t Spanned<DeValue<'t>>>,
}

impl<'t> MapAccess<'t> for Entries<'t> {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(Key(key)).map(Some).map_err(|wrong| wrong.at(&key.span()))
    }

    fn next_value_seed<S: DeserializeSeed<'t>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        match self.value.take() {
            Some(value) => seed.deserialize(Node(value)).map_err(|wrong| wrong.at(&value.span())),
            None => Err(Wrong::custom("a value was asked for without its key")),
        }
    }
}

/// A key of a table.
struct Key<'t>(&'t Spanned<DeString<'t>>);

impl<'t> Deserializer<'t> for Key<'t> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'t>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_str(self.0.get_ref())
    }

    fn deserialize_struct<V: Visitor<'t>>(
        self,
        name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        if is_spanned(name) {
            let at = self.0.span();
            return visitor.visit_map(SpannedDeserializer::new(self, at));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'t>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        <V: Visitor<'t>>
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'t> IntoDeserializer<'t, Wrong> for Key<'t> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
