//! Where a text can stand, or something else.
//!
//! There is a visitor where serde could derive `untagged`, so that an error can say what was expected, and where.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::At;

/// A text, or something in its place.
#[derive(Debug, Clone)]
pub(crate) enum TextOr<T> {
    Text(At<String>),
    Other(At<T>),
}

/// What can stand in the place of a text.
pub(crate) trait InPlaceOfText: Sized {
    /// What is expected, the text included.
    const EXPECTED: &'static str;

    fn of_table<'de, A: MapAccess<'de>>(_table: A) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(Unexpected::Map, &Self::EXPECTED))
    }

    fn of_list<'de, A: SeqAccess<'de>>(_list: A) -> Result<Self, A::Error> {
        Err(A::Error::invalid_type(Unexpected::Seq, &Self::EXPECTED))
    }

    fn of_bool<E: Error>(said: bool) -> Result<Self, E> {
        Err(E::invalid_type(Unexpected::Bool(said), &Self::EXPECTED))
    }
}

impl<'de, T: InPlaceOfText> Deserialize<'de> for TextOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let At { value, at } = At::<Seen<T>>::deserialize(deserializer)?;
        Ok(match value {
            Seen::Text(value) => Self::Text(At { value, at }),
            Seen::Other(value) => Self::Other(At { value, at }),
        })
    }
}

/// What the visitor has seen. It does not know where.
enum Seen<T> {
    Text(String),
    Other(T),
}

impl<'de, T: InPlaceOfText> Deserialize<'de> for Seen<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SeenVisitor(PhantomData))
    }
}

struct SeenVisitor<T>(PhantomData<T>);

impl<'de, T: InPlaceOfText> Visitor<'de> for SeenVisitor<T> {
    type Value = Seen<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E>(self, text: &str) -> Result<Seen<T>, E> {
        Ok(Seen::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, said: bool) -> Result<Seen<T>, E> {
        T::of_bool(said).map(Seen::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Seen<T>, A::Error> {
        T::of_list(list).map(Seen::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Seen<T>, A::Error> {
        T::of_table(table).map(Seen::Other)
    }
}

/// One text or a list of them.
pub(crate) type Texts = TextOr<Vec<At<String>>>;

impl InPlaceOfText for Vec<At<String>> {
    const EXPECTED: &'static str = "a string or a list of strings";

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        elements(list)
    }
}

impl Texts {
    pub(crate) fn all(&self) -> &[At<String>] {
        match self {
            Self::Text(text) => std::slice::from_ref(text),
            Self::Other(texts) => &texts.value,
        }
    }
}

/// All that a list has, in order.
pub(super) fn elements<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(mut list: A) -> Result<Vec<T>, A::Error> {
    let mut elements = Vec::new();
    while let Some(element) = list.next_element()? {
        elements.push(element);
    }
    Ok(elements)
}

/// Implements [`InPlaceOfText`] for a table.
macro_rules! table_in_place_of_text {
    ($table:ty, $expected:literal) => {
        impl $crate::protocol::file::raw::shape::InPlaceOfText for $table {
            const EXPECTED: &'static str = $expected;

            fn of_table<'de, A: serde::de::MapAccess<'de>>(table: A) -> Result<Self, A::Error> {
                serde::Deserialize::deserialize(serde::de::value::MapAccessDeserializer::new(table))
            }
        }
    };
}
pub(super) use table_in_place_of_text;
