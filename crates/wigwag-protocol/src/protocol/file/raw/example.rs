//! `[[example]]`

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

use super::shape::elements;
use super::{At, Ordered, Texts, Written};
use crate::layout::Value;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ExampleTable {
    /// What it shows.
    pub(crate) about: Option<String>,
    /// The command, by its name.
    pub(crate) command: Option<At<String>>,
    /// The body as text, where it is no command's.
    pub(crate) body: Option<At<String>>,
    /// The parameters of the command, by their names; of a body, the values of the frame's other parts.
    #[serde(default)]
    pub(crate) params: Ordered<At<Written>>,
    /// The request on the wire: literals as in a layout (`<ESC> '1*1PC' <CR>`), or hex digits. A list is joined.
    pub(crate) send: Texts,
    /// The answer on the wire, likewise; without it, none comes.
    pub(crate) recv: Option<Texts>,
    /// What the answer says, part by part; a list where several frames come.
    pub(crate) fields: Option<FieldsKey>,
    /// The answer says no: with this code or text; `true` where it tells none.
    pub(crate) error: Option<At<ErrorKey>>,
    /// What the device says first, on the wire.
    pub(crate) greeting: Option<Texts>,
    /// Secrets that are configured, by their names.
    #[serde(default)]
    pub(crate) secrets: Ordered<At<Written>>,
}

/// What an answer says, or the answers.
#[derive(Debug)]
pub(crate) enum FieldsKey {
    One(Ordered<Written>),
    List(Vec<Ordered<Written>>),
}

impl<'de> Deserialize<'de> for FieldsKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = FieldsKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table of values, or a list of them, one for each frame")
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<FieldsKey, A::Error> {
                Ordered::deserialize(MapAccessDeserializer::new(table)).map(FieldsKey::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<FieldsKey, A::Error> {
                elements(list).map(FieldsKey::List)
            }
        }
        deserializer.deserialize_any(FieldsVisitor)
    }
}

/// A no: with a code or a text, or (`None`) with whatever it tells.
#[derive(Debug)]
pub(crate) struct ErrorKey(pub(crate) Option<Value>);

impl<'de> Deserialize<'de> for ErrorKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ErrorVisitor;
        impl Visitor<'_> for ErrorVisitor {
            type Value = ErrorKey;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a code, a text, or true")
            }

            fn visit_bool<E: Error>(self, any: bool) -> Result<ErrorKey, E> {
                if any { Ok(ErrorKey(None)) } else { Err(E::invalid_type(Unexpected::Bool(any), &self)) }
            }

            fn visit_i64<E>(self, code: i64) -> Result<ErrorKey, E> {
                Ok(ErrorKey(Some(Value::Integer(i128::from(code)))))
            }

            fn visit_str<E>(self, text: &str) -> Result<ErrorKey, E> {
                Ok(ErrorKey(Some(Value::Text(text.to_owned()))))
            }
        }
        deserializer.deserialize_any(ErrorVisitor)
    }
}
