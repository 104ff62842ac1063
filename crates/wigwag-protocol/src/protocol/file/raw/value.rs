//! Values of parts: numbers, texts, lists and tables.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::layout::{Fields, Value};

/// The value of a part as it is written: a number, a text, true or false, or a list or table of these.
#[derive(Debug, Clone)]
pub(crate) struct Written(pub(crate) Value);

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = toml::Value::deserialize(deserializer)?;
        let value = value(written).ok_or_else(|| D::Error::custom("a date or a time is written as text, in quotes"))?;
        Ok(Self(value))
    }
}

fn value(written: toml::Value) -> Option<Value> {
    Some(match written {
        toml::Value::Integer(number) => Value::Integer(i128::from(number)),
        toml::Value::Float(number) => Value::Float(number),
        // As named bits are set.
        toml::Value::Boolean(set) => Value::Integer(i128::from(set)),
        toml::Value::String(text) => Value::Text(text),
        toml::Value::Array(elements) => Value::List(elements.into_iter().map(value).collect::<Option<_>>()?),
        toml::Value::Table(table) => {
            let mut fields = Fields::new();
            for (name, written) in table {
                fields.set(name, value(written)?);
            }
            Value::Record(fields)
        }
        toml::Value::Datetime(_) => return None,
    })
}
