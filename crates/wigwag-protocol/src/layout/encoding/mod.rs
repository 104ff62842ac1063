//! How text becomes bytes, and back.
//!
//! To add a code page, add its line to `pages.rs`.

mod pages;

use std::fmt;

pub use pages::CodePage;

/// How text becomes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Encoding {
    /// No encoding was declared: text is taken byte by byte, each byte one character.
    #[default]
    Bytes,
    /// Seven bits.
    Ascii,
    /// UTF-8, checked.
    Utf8,
    /// ISO 8859-1: each byte one character.
    Latin1,
    /// A code page: `cp437`, `windows-1252`, `shift_jis`, ...
    Page(CodePage),
}

/// A character that the encoding does not have, or bytes that are no text in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotInEncoding {
    /// The byte offset into what was given.
    pub(super) offset: usize,
}

/// The encodings that are not code pages, the name that is shown first.
const PLAIN: [(Encoding, &[&str]); 4] = [
    (Encoding::Bytes, &["bytes"]),
    (Encoding::Ascii, &["ascii"]),
    (Encoding::Utf8, &["utf-8", "utf8"]),
    (Encoding::Latin1, &["latin-1", "latin1", "iso-8859-1"]),
];

impl Encoding {
    /// The encoding of this name, in any case: one of [`names`](Self::names).
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let is_it = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(name));
        let plain = PLAIN.iter().find(|(_, names)| is_it(names)).map(|(encoding, _)| *encoding);
        plain.or_else(|| CodePage::all().find(|page| is_it(page.names())).map(Self::Page))
    }

    /// Every name that [`named`](Self::named) knows, to suggest the nearest one.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let plain = PLAIN.iter().flat_map(|(_, names)| names.iter().copied());
        plain.chain(CodePage::all().flat_map(|page| page.names().iter().copied()))
    }

    /// Whether this is the name of an encoding that a program of the full size knows and this one was built without.
    #[must_use]
    pub fn is_left_out(name: &str) -> bool {
        pages::left_out().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The bytes of a text.
    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, NotInEncoding> {
        let highest = match self {
            Self::Utf8 => return Ok(text.as_bytes().to_vec()),
            Self::Page(page) => return page.encode(text),
            Self::Ascii => 0x7F,
            Self::Bytes | Self::Latin1 => 0xFF,
        };
        text.char_indices()
            .map(|(offset, c)| {
                u8::try_from(u32::from(c)).ok().filter(|byte| *byte <= highest).ok_or(NotInEncoding { offset })
            })
            .collect()
    }

    /// The text in these bytes.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, NotInEncoding> {
        if let Self::Page(page) = self {
            return page.decode(bytes);
        }
        self.check(bytes)?;
        Ok(match self {
            Self::Utf8 | Self::Ascii => String::from_utf8_lossy(bytes).into_owned(),
            Self::Bytes | Self::Latin1 | Self::Page(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        })
    }

    /// Whether the bytes are text in this encoding.
    pub(super) fn check(self, bytes: &[u8]) -> Result<(), NotInEncoding> {
        match self {
            Self::Bytes | Self::Latin1 => Ok(()),
            Self::Ascii => match bytes.iter().position(|byte| !byte.is_ascii()) {
                Some(offset) => Err(NotInEncoding { offset }),
                None => Ok(()),
            },
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(_) => Ok(()),
                Err(error) => Err(NotInEncoding { offset: error.valid_up_to() }),
            },
            Self::Page(page) => page.decode(bytes).map(|_| ()),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes => "bytes",
            Self::Ascii => "ascii",
            Self::Utf8 => "utf-8",
            Self::Latin1 => "latin-1",
            Self::Page(page) => page.name(),
        })
    }
}
