//! `{name}` in a text: a place for what somebody else says. `{{` and `}}` are braces.

use std::borrow::Cow;

/// A text with places to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    pieces: Vec<Piece>,
}

/// What a template is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Bytes as they are.
    Said(Vec<u8>),
    /// A place, by its name.
    Place(String),
}

/// A brace is opened and not closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a brace is opened and not closed")]
pub struct OpenBrace;

impl Template {
    /// Takes a text apart. A single `}` is itself; blanks around a name do not count.
    ///
    /// # Errors
    ///
    /// A brace is opened and not closed.
    pub fn parse(text: &[u8]) -> Result<Self, OpenBrace> {
        let mut template = Self::default();
        let mut said = Vec::new();
        let mut rest = text;
        while let Some((&byte, behind)) = rest.split_first() {
            rest = behind;
            match (byte, behind.first()) {
                (b'{', Some(b'{')) | (b'}', Some(b'}')) => {
                    said.push(byte);
                    rest = behind.get(1..).unwrap_or_default();
                }
                (b'{', _) => {
                    let end = behind.iter().position(|byte| *byte == b'}').ok_or(OpenBrace)?;
                    let (name, behind) = behind.split_at(end);
                    template.say(std::mem::take(&mut said));
                    template.pieces.push(Piece::Place(String::from_utf8_lossy(name).trim().to_owned()));
                    rest = behind.get(1..).unwrap_or_default();
                }
                _ => said.push(byte),
            }
        }
        template.say(said);
        Ok(template)
    }

    fn say(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.pieces.push(Piece::Said(bytes));
        }
    }

    /// What it is made of, in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The names of its places.
    pub fn places(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Place(name) => Some(name.as_str()),
            Piece::Said(_) => None,
        })
    }

    /// The whole text, where it has no places.
    pub fn fixed(&self) -> Option<Vec<u8>> {
        let said = self.pieces.iter().map(|piece| match piece {
            Piece::Said(bytes) => Some(bytes.as_slice()),
            Piece::Place(_) => None,
        });
        said.collect::<Option<Vec<_>>>().map(|said| said.concat())
    }

    /// The text, with what is said at each place.
    ///
    /// # Errors
    ///
    /// The first one of what is asked, if it has nothing to say.
    pub fn fill<'v, E>(&self, mut at: impl FnMut(&str) -> Result<Cow<'v, [u8]>, E>) -> Result<Vec<u8>, E> {
        let mut filled = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Said(bytes) => filled.extend_from_slice(bytes),
                Piece::Place(name) => filled.extend_from_slice(&at(name)?),
            }
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, OpenBrace> {
        let template = Template::parse(text.as_bytes())?;
        let bytes = template.fill(|name| Ok::<_, OpenBrace>(Cow::from(name.to_uppercase().into_bytes())))?;
        Ok(String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn places_stand_in_braces_and_doubled_braces_are_braces() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("name={site}-{ n }", "name=SITE-N"),
            ("{{\"a\":{n}}}", "{\"a\":N}"),
            ("} is no {{", "} is no {"),
            ("}}}", "}}"),
            ("{}", ""),
        ] {
            assert_eq!(filled(text).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(filled("{x"), Err(OpenBrace));
        assert_eq!(filled("{{{x"), Err(OpenBrace));
    }
}
