//! Whether a value that a person wrote is the one that a device sent: the same number may be written as a name, the same
//! bytes as text.

use crate::bytes::hex;
use crate::layout::{Fields, Value};

impl Value {
    /// Whether both say the same, whatever types they have: `on` in a file and the named value `on` do, and so do a text
    /// and its bytes, and hex digits and the bytes they stand for.
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::Integer(a), Self::Float(b)) | (Self::Float(b), Self::Integer(a)) => *a as f64 == *b,
            (Self::Bits(a, _), Self::Bits(b, _)) => a == b,
            (Self::Bits(a, _), Self::Integer(b)) | (Self::Integer(b), Self::Bits(a, _)) => i128::from(*a) == *b,
            (Self::Bits(_, bits), Self::Record(record)) | (Self::Record(record), Self::Bits(_, bits)) => {
                let is_set = |name: &str| bits.iter().find(|(known, _)| &**known == name).map(|(_, set)| *set);
                record.iter().all(|(name, value)| {
                    is_set(name).is_some_and(|set| value.agrees_with(&Self::Integer(i128::from(set))))
                })
            }
            (Self::List(a), Self::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.agrees_with(b)),
            (Self::Record(a), Self::Record(b)) => a.agree_with(b),
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Bytes(bytes), text) | (text, Self::Bytes(bytes)) => text.is_written(bytes),
            (a, b) => matches!((a.word(), b.word()), (Some(a), Some(b)) if a == b),
        }
    }

    fn word(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Name(name) => Some(name),
            Self::Integer(_) | Self::Float(_) | Self::Bytes(_) | Self::Bits(..) | Self::List(_) | Self::Record(_) => {
                None
            }
        }
    }

    /// Whether this is a word for these bytes: their text, byte by byte or as UTF-8, or their hex digits.
    fn is_written(&self, bytes: &[u8]) -> bool {
        let Some(word) = self.word() else { return false };
        let byte_by_byte = || word.chars().map(u32::from).eq(bytes.iter().map(|byte| u32::from(*byte)));
        word.as_bytes() == bytes || byte_by_byte() || hex::parse(word).is_ok_and(|parsed| parsed == bytes)
    }
}

impl Fields {
    /// Whether every value here agrees with the one of the same name there.
    pub fn agree_with(&self, other: &Self) -> bool {
        self.iter().all(|(name, value)| other.get(name).is_some_and(|there| value.agrees_with(there)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_said_in_two_types_is_one_thing() {
        let text = |text: &str| Value::Text(text.to_owned());
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        assert!(text("on").agrees_with(&Value::Name("on".into())));
        assert!(text("022b").agrees_with(&bytes(&[2, 0x2B])));
        assert!(text("ok").agrees_with(&bytes(b"ok")));
        assert!(Value::Integer(3).agrees_with(&Value::Float(3.0)));
        assert!(!text("on").agrees_with(&Value::Name("off".into())));
        assert!(!Value::Integer(3).agrees_with(&text("3")));
        let bits = Value::Bits(5, vec![("drawer".into(), true), ("cover".into(), false)]);
        let record = |drawer| Value::Record(Fields::from([("drawer", Value::Integer(drawer))]));
        assert!(record(1).agrees_with(&bits) && !record(0).agrees_with(&bits) && bits.agrees_with(&Value::Integer(5)));
    }
}
