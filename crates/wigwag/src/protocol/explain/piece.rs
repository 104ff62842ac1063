//! What the bytes of a frame are, one piece after the other.

use std::ops::Range;
use std::sync::Arc;

use wigwag_protocol::layout::{Frame, Part, Value};

/// One part of a frame, in its place.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    pub(super) name: Option<Arc<str>>,
    /// Where it stands in what was given; none where that is not known: inside of what is stuffed.
    pub(super) at: Option<Range<usize>>,
    /// Its bytes on the wire; without stuffing where it has no place.
    pub(super) bytes: Vec<u8>,
    pub(super) value: Option<Value>,
    /// Made of a secret.
    pub(super) hidden: bool,
    /// What it says in parts.
    pub(super) inside: Vec<Self>,
}

impl Piece {
    /// The parts of a frame whose bytes are `wire` and stand at `start`.
    pub(super) fn all_of(parts: &[Part], start: usize, wire: &[u8]) -> Vec<Self> {
        parts.iter().map(|part| Self::of(part, Some(start), wire)).collect()
    }

    fn of(part: &Part, start: Option<usize>, bytes: &[u8]) -> Self {
        Self {
            name: part.name.clone(),
            at: start.map(|start| start + part.wire.start..start + part.wire.end),
            bytes: bytes.get(part.wire.clone()).unwrap_or_default().to_vec(),
            value: part.value.clone(),
            hidden: part.name.as_deref().is_some_and(|name| name.starts_with("secret.")),
            inside: Vec::new(),
        }
    }

    /// Bytes that no layout tells of.
    pub(super) fn named(name: &str, at: usize, bytes: &[u8]) -> Self {
        let at = Some(at..at + bytes.len());
        let name = Some(Arc::from(name));
        Self { name, at, bytes: bytes.to_vec(), value: None, hidden: false, inside: Vec::new() }
    }

    /// Hides the parts of these names, here and inside.
    pub(super) fn hide(pieces: &mut [Self], names: &[&str]) {
        for piece in pieces {
            piece.hidden |= piece.name.as_deref().is_some_and(|name| names.contains(&name));
            Self::hide(&mut piece.inside, names);
            // What holds it shows it.
            piece.hidden |= piece.inside.iter().any(|inside| inside.hidden);
        }
    }

    /// Whether any of these, or anything inside, was made of a secret.
    pub(super) fn are_hidden(pieces: &[Self]) -> bool {
        pieces.iter().any(|piece| piece.hidden || Self::are_hidden(&piece.inside))
    }
}

/// A body inside its frame.
#[derive(Clone)]
pub(super) struct Body<'f> {
    /// Its bytes, without stuffing.
    pub(super) bytes: &'f [u8],
    /// How many of its first bytes are left out: white space, or digits of an authentication.
    skipped: usize,
    /// Where the whole of it starts in what was given.
    start: usize,
    /// It stands there byte by byte, not stuffed.
    is_plain: bool,
}

impl<'f> Body<'f> {
    /// The part `body` of a frame that starts at `start`.
    pub(super) fn of(frame: &Frame<'f>, start: usize) -> Option<Self> {
        let bytes = frame.bytes("body")?;
        let wire = frame.parts().into_iter().find(|part| part.name.as_deref() == Some("body"))?.wire;
        Some(Self { bytes, skipped: 0, start: start + wire.start, is_plain: wire.len() == bytes.len() })
    }

    /// A whole frame that is its own body.
    pub(super) fn all(wire: &'f [u8], start: usize) -> Self {
        Self { bytes: wire, skipped: 0, start, is_plain: true }
    }

    /// The digits of an authentication that were cut off.
    pub(super) fn digits(&self) -> Piece {
        let mut digits = Piece::named("auth", self.start, &vec![b'0'; self.skipped]);
        digits.hidden = true;
        digits
    }

    /// Without its first bytes and those behind `size` more.
    pub(super) fn cut(self, skipped: usize, size: usize) -> Self {
        let bytes = self.bytes.get(skipped..skipped + size).unwrap_or_default();
        Self { bytes, skipped: self.skipped + skipped, ..self }
    }

    /// Where its first byte stands in what was given.
    pub(super) fn at(&self) -> Option<usize> {
        self.is_plain.then_some(self.start + self.skipped)
    }

    /// The same, or near it where it is stuffed.
    pub(super) fn base(&self) -> usize {
        self.at().unwrap_or(self.start)
    }

    /// What it says in parts.
    pub(super) fn pieces(&self, parts: &[Part]) -> Vec<Piece> {
        parts.iter().map(|part| Piece::of(part, self.at(), self.bytes)).collect()
    }
}
