//! What may never be shown.

use crate::layout::Value;

/// What stands in place of a secret.
const HIDDEN: &str = "<secret>";

/// Bytes that may never be shown: secrets, and what was made of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    hidden: Vec<Vec<u8>>,
}

impl Secrets {
    pub(super) fn add(&mut self, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        if !bytes.is_empty() && !self.hidden.contains(&bytes) {
            self.hidden.push(bytes);
        }
    }

    pub(super) fn add_value(&mut self, value: &Value) {
        match value {
            Value::Bytes(bytes) => self.add(bytes.clone()),
            Value::Text(text) => self.add(text.as_bytes()),
            Value::Name(name) => self.add(name.as_bytes()),
            Value::Integer(number) => self.add(number.to_string()),
            Value::Float(number) => self.add(number.to_string()),
            Value::Bits(number, _) => self.add(number.to_string()),
            Value::List(elements) => elements.iter().for_each(|element| self.add_value(element)),
            Value::Record(fields) => fields.iter().for_each(|(_, value)| self.add_value(value)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty()
    }

    /// Whether these bytes hold one.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        self.hidden.iter().any(|secret| find(bytes, secret).is_some())
    }

    /// The bytes with `<secret>` in place of each; borrowed where there is none.
    pub fn hide<'b>(&self, bytes: &'b [u8]) -> std::borrow::Cow<'b, [u8]> {
        if !self.are_in(bytes) {
            return bytes.into();
        }
        let mut rest = bytes;
        let mut shown = Vec::with_capacity(bytes.len());
        // The longest first, so that a secret that is part of another does not leave the rest of it.
        let mut hidden: Vec<&[u8]> = self.hidden.iter().map(Vec::as_slice).collect();
        hidden.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        while let Some((first, behind)) = rest.split_first() {
            match hidden.iter().find(|secret| rest.starts_with(secret)) {
                Some(secret) => {
                    shown.extend_from_slice(HIDDEN.as_bytes());
                    rest = rest.get(secret.len()..).unwrap_or_default();
                }
                None => {
                    shown.push(*first);
                    rest = behind;
                }
            }
        }
        shown.into()
    }

    /// The text with `<secret>` in place of each.
    pub fn hide_text(&self, text: String) -> String {
        match self.hide(text.as_bytes()) {
            std::borrow::Cow::Borrowed(_) => text,
            // A secret that is cut out of UTF-8 in the middle of a character leaves halves, which say nothing.
            std::borrow::Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_occurrence_is_hidden_the_longest_first() {
        let mut secrets = Secrets::default();
        secrets.add(b"pass".to_vec());
        secrets.add(b"password".to_vec());
        secrets.add(Vec::new());
        assert_eq!(secrets.hide(b"a password, a pass").as_ref(), b"a <secret>, a <secret>");
        assert_eq!(secrets.hide_text("no such thing".to_owned()), "no such thing");
        assert!(secrets.are_in(b"xpassx") && !secrets.are_in(b"pas"));
    }
}
