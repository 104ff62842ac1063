//! What a variable holds.

use std::fmt;
use std::hash::{Hash, Hasher};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// What a variable holds: what TOML, JSON and YAML can say alike. A file that has only text gives only [`Value::Text`].
#[derive(Debug, Clone)]
pub enum Value {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text; numbers that fit nowhere else and dates, too.
    Text(Box<str>),
    /// Several values.
    List(Box<[Value]>),
    /// Values with names, in the order of the file where its parser keeps it.
    Table(Box<[(Box<str>, Value)]>),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// The number that it is, or that its text says.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Float(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            Self::Null | Self::Bool(_) | Self::List(_) | Self::Table(_) => None,
        }
    }

    /// Whether it counts as a yes: everything but nothing, no, zero and an empty text or list.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !matches!(text.to_ascii_lowercase().as_str(), "" | "0" | "no" | "false" | "off"),
            Self::List(values) => !values.is_empty(),
            Self::Table(entries) => !entries.is_empty(),
        }
    }

    /// What JSON says.
    pub(crate) fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(number), _) => Self::Integer(number),
                (None, Some(float)) if !number.is_u64() => Self::Float(float),
                (None, _) => Self::text(number.to_string()),
            },
            serde_json::Value::String(text) => Self::text(text.as_str()),
            serde_json::Value::Array(values) => Self::List(values.iter().map(Self::from_json).collect()),
            serde_json::Value::Object(entries) => Self::Table(
                entries.iter().map(|(name, value)| (name.as_str().into(), Self::from_json(value))).collect(),
            ),
        }
    }

    /// The same in JSON.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(number) => (*number).into(),
            Self::Float(number) => (*number).into(),
            Self::Text(text) => serde_json::Value::String(text.to_string()),
            Self::List(values) => values.iter().map(Self::json).collect(),
            Self::Table(entries) => entries.iter().map(|(name, value)| (name.to_string(), value.json())).collect(),
        }
    }
}

/// A text as it is, everything else as in JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bool(value) => value.fmt(f),
            Self::Integer(number) => number.fmt(f),
            Self::Null | Self::Float(_) | Self::List(_) | Self::Table(_) => self.json().fmt(f),
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            // By its bits, so that a value equals itself; what conditions make of it is their matter.
            (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Table(a), Self::Table(b)) => a == b,
            _ => false,
        }
    }
}

impl Eq for Value {}

impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::mem::discriminant(self).hash(state);
        match self {
            Self::Null => {}
            Self::Bool(value) => value.hash(state),
            Self::Integer(number) => number.hash(state),
            Self::Float(number) => number.to_bits().hash(state),
            Self::Text(text) => text.hash(state),
            Self::List(values) => values.hash(state),
            Self::Table(entries) => entries.hash(state),
        }
    }
}

/// How `toml` calls the only entry of what stands for a date.
const TOML_DATE: &str = "$__toml_private_datetime";

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_none<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
                Ok(Value::Bool(value))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Integer(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(i64::try_from(number).map_or_else(|_| Value::text(number.to_string()), Value::Integer))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Float(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = list.next_element()? {
                    values.push(value);
                }
                Ok(Value::List(values.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut table: A) -> Result<Value, A::Error> {
                let mut entries: Vec<(Box<str>, Value)> = Vec::new();
                while let Some(entry) = table.next_entry()? {
                    entries.push(entry);
                }
                match &*entries {
                    [(name, date)] if &**name == TOML_DATE => Ok(date.clone()),
                    _ => Ok(Value::Table(entries.into())),
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_gives_the_same() {
        let json: Value = serde_json::from_str(r#"{"a": [1, 2.5, "x", true], "b": {}}"#).unwrap();
        let toml: Value = toml::from_str("a = [1, 2.5, 'x', true]\nb = {}").unwrap();

        assert_eq!(json, toml);
        assert_eq!(json.to_string(), r#"{"a":[1,2.5,"x",true],"b":{}}"#);
        assert_eq!(Value::text("x y").to_string(), "x y");
    }

    #[test]
    fn dates_and_large_numbers_are_text() {
        let toml: Value = toml::from_str("d = 2024-05-01").unwrap();
        assert_eq!(toml.to_string(), r#"{"d":"2024-05-01"}"#);
        let large: Value = serde_json::from_str("18446744073709551615").unwrap();
        assert_eq!(large, Value::text("18446744073709551615"));
    }
}
