//! The code pages, by name.
//!
//! DOS pages come from the vendors' mapping tables (crate `oem_cp`), all others from the Encoding Standard (crate
//! `encoding_rs`, feature `multibyte`); the three Western ones that differ from ISO 8859-1 in a few places are here. All
//! have ASCII in their lower half.

#[cfg(feature = "multibyte")]
mod standard;

use std::fmt;

use oem_cp::code_table as dos;

use super::NotInEncoding;

/// An encoding by its table. [`Encoding::named`](super::Encoding::named) finds it.
#[derive(Clone, Copy)]
pub struct CodePage(&'static Page);

struct Page {
    /// All its names, the one that is shown first.
    names: &'static [&'static str],
    table: Table,
}

enum Table {
    /// The upper half, all of it.
    Full(&'static [char; 128]),
    /// The upper half, with places that nothing stands in.
    Gaps(&'static [Option<char>; 128]),
    /// ISO 8859-1, but for these.
    Latin1But(&'static [(u8, char)]),
    #[cfg(feature = "multibyte")]
    Standard(&'static encoding_rs::Encoding),
    #[cfg(not(feature = "multibyte"))]
    LeftOut,
}

macro_rules! standard {
    ($encoding:ident, $($name:literal),+) => {
        Page {
            names: &[$($name),+],
            #[cfg(feature = "multibyte")]
            table: Table::Standard(&encoding_rs::$encoding),
            #[cfg(not(feature = "multibyte"))]
            table: Table::LeftOut,
        }
    };
}

const fn full(names: &'static [&'static str], table: &'static [char; 128]) -> Page {
    Page { names, table: Table::Full(table) }
}

const fn gaps(names: &'static [&'static str], table: &'static [Option<char>; 128]) -> Page {
    Page { names, table: Table::Gaps(table) }
}

const fn western(names: &'static [&'static str], others: &'static [(u8, char)]) -> Page {
    Page { names, table: Table::Latin1But(others) }
}

#[rustfmt::skip]
static PAGES: &[Page] = &[
    full(&["cp437"], &dos::DECODING_TABLE_CP437),
    full(&["cp720"], &dos::DECODING_TABLE_CP720),
    full(&["cp737"], &dos::DECODING_TABLE_CP737),
    full(&["cp775"], &dos::DECODING_TABLE_CP775),
    full(&["cp850"], &dos::DECODING_TABLE_CP850),
    full(&["cp852"], &dos::DECODING_TABLE_CP852),
    full(&["cp855"], &dos::DECODING_TABLE_CP855),
    gaps(&["cp857"], &dos::DECODING_TABLE_CP857),
    full(&["cp858"], &dos::DECODING_TABLE_CP858),
    full(&["cp860"], &dos::DECODING_TABLE_CP860),
    full(&["cp861"], &dos::DECODING_TABLE_CP861),
    full(&["cp862"], &dos::DECODING_TABLE_CP862),
    full(&["cp863"], &dos::DECODING_TABLE_CP863),
    gaps(&["cp864"], &dos::DECODING_TABLE_CP864),
    full(&["cp865"], &dos::DECODING_TABLE_CP865),
    full(&["cp866"], &dos::DECODING_TABLE_CP866),
    full(&["cp869"], &dos::DECODING_TABLE_CP869),
    gaps(&["cp874", "windows-874"], &dos::DECODING_TABLE_CP874),
    western(&["windows-1252", "cp1252"], WINDOWS_1252),
    western(&["iso-8859-9", "latin-5"], ISO_8859_9),
    western(&["iso-8859-15", "latin-9"], ISO_8859_15),
    standard!(WINDOWS_1250_INIT, "windows-1250", "cp1250"),
    standard!(WINDOWS_1251_INIT, "windows-1251", "cp1251"),
    standard!(WINDOWS_1253_INIT, "windows-1253", "cp1253"),
    standard!(WINDOWS_1254_INIT, "windows-1254", "cp1254"),
    standard!(WINDOWS_1255_INIT, "windows-1255", "cp1255"),
    standard!(WINDOWS_1256_INIT, "windows-1256", "cp1256"),
    standard!(WINDOWS_1257_INIT, "windows-1257", "cp1257"),
    standard!(WINDOWS_1258_INIT, "windows-1258", "cp1258"),
    standard!(ISO_8859_2_INIT, "iso-8859-2", "latin-2"),
    standard!(ISO_8859_3_INIT, "iso-8859-3", "latin-3"),
    standard!(ISO_8859_4_INIT, "iso-8859-4", "latin-4"),
    standard!(ISO_8859_5_INIT, "iso-8859-5"),
    standard!(ISO_8859_6_INIT, "iso-8859-6"),
    standard!(ISO_8859_7_INIT, "iso-8859-7"),
    standard!(ISO_8859_8_INIT, "iso-8859-8"),
    standard!(ISO_8859_10_INIT, "iso-8859-10", "latin-6"),
    standard!(ISO_8859_13_INIT, "iso-8859-13", "latin-7"),
    standard!(ISO_8859_14_INIT, "iso-8859-14", "latin-8"),
    standard!(ISO_8859_16_INIT, "iso-8859-16", "latin-10"),
    standard!(KOI8_R_INIT, "koi8-r"),
    standard!(KOI8_U_INIT, "koi8-u"),
    standard!(SHIFT_JIS_INIT, "shift_jis", "sjis", "cp932"),
    standard!(EUC_JP_INIT, "euc-jp"),
    standard!(GBK_INIT, "gbk", "cp936"),
    standard!(GB18030_INIT, "gb18030"),
    standard!(BIG5_INIT, "big5"),
    standard!(EUC_KR_INIT, "euc-kr", "cp949"),
];

/// Microsoft's, whose five gaps are the control characters of ISO 8859-1.
#[rustfmt::skip]
const WINDOWS_1252: &[(u8, char)] = &[
    (0x80, '€'), (0x82, '‚'), (0x83, 'ƒ'), (0x84, '„'), (0x85, '…'), (0x86, '†'), (0x87, '‡'), (0x88, 'ˆ'), (0x89, '‰'),
    (0x8A, 'Š'), (0x8B, '‹'), (0x8C, 'Œ'), (0x8E, 'Ž'), (0x91, '‘'), (0x92, '’'), (0x93, '“'), (0x94, '”'), (0x95, '•'),
    (0x96, '–'), (0x97, '—'), (0x98, '˜'), (0x99, '™'), (0x9A, 'š'), (0x9B, '›'), (0x9C, 'œ'), (0x9E, 'ž'), (0x9F, 'Ÿ'),
];

const ISO_8859_9: &[(u8, char)] = &[(0xD0, 'Ğ'), (0xDD, 'İ'), (0xDE, 'Ş'), (0xF0, 'ğ'), (0xFD, 'ı'), (0xFE, 'ş')];

#[rustfmt::skip]
const ISO_8859_15: &[(u8, char)] = &[
    (0xA4, '€'), (0xA6, 'Š'), (0xA8, 'š'), (0xB4, 'Ž'), (0xB8, 'ž'), (0xBC, 'Œ'), (0xBD, 'œ'), (0xBE, 'Ÿ'),
];

impl CodePage {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        PAGES.iter().filter(|page| !page.table.is_left_out()).map(Self)
    }

    pub(super) const fn names(self) -> &'static [&'static str] {
        self.0.names
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.names.first().copied().unwrap_or_default()
    }

    pub(super) fn encode(self, text: &str) -> Result<Vec<u8>, NotInEncoding> {
        #[cfg(feature = "multibyte")]
        if let Table::Standard(encoding) = self.0.table {
            return standard::encode(encoding, text);
        }
        let byte = |(offset, c)| self.0.table.byte(c).ok_or(NotInEncoding { offset });
        text.char_indices().map(byte).collect()
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Result<String, NotInEncoding> {
        #[cfg(feature = "multibyte")]
        if let Table::Standard(encoding) = self.0.table {
            return standard::decode(encoding, bytes);
        }
        let char = |(offset, byte)| self.0.table.char(byte).ok_or(NotInEncoding { offset });
        bytes.iter().copied().enumerate().map(char).collect()
    }
}

/// The names of the encodings that this program was built without.
pub(super) fn left_out() -> impl Iterator<Item = &'static str> {
    PAGES.iter().filter(|page| page.table.is_left_out()).flat_map(|page| page.names.iter().copied())
}

impl Table {
    const fn is_left_out(&self) -> bool {
        match self {
            Self::Full(_) | Self::Gaps(_) | Self::Latin1But(_) => false,
            #[cfg(feature = "multibyte")]
            Self::Standard(_) => false,
            #[cfg(not(feature = "multibyte"))]
            Self::LeftOut => true,
        }
    }

    /// The character of a byte, in a table of single bytes.
    fn char(&self, byte: u8) -> Option<char> {
        if byte.is_ascii() {
            return Some(char::from(byte));
        }
        let upper = usize::from(byte & 0x7F);
        match self {
            Self::Full(table) => table.get(upper).copied(),
            Self::Gaps(table) => table.get(upper).copied().flatten(),
            Self::Latin1But(others) => {
                let other = others.iter().find(|(place, _)| *place == byte);
                Some(other.map_or(char::from(byte), |(_, c)| *c))
            }
            #[cfg(feature = "multibyte")]
            Self::Standard(_) => None,
            #[cfg(not(feature = "multibyte"))]
            Self::LeftOut => None,
        }
    }

    /// The byte of a character, in a table of single bytes.
    fn byte(&self, c: char) -> Option<u8> {
        if c.is_ascii() {
            return u8::try_from(c).ok();
        }
        let upper = |place: Option<usize>| place.and_then(|place| u8::try_from(0x80 + place).ok());
        match self {
            Self::Full(table) => upper(table.iter().position(|known| *known == c)),
            Self::Gaps(table) => upper(table.iter().position(|known| *known == Some(c))),
            Self::Latin1But(others) => {
                let other = others.iter().find(|(_, known)| *known == c).map(|(place, _)| *place);
                other.or_else(|| u8::try_from(c).ok().filter(|byte| self.char(*byte) == Some(c)))
            }
            #[cfg(feature = "multibyte")]
            Self::Standard(_) => None,
            #[cfg(not(feature = "multibyte"))]
            Self::LeftOut => None,
        }
    }
}

impl fmt::Debug for CodePage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl PartialEq for CodePage {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for CodePage {}

#[cfg(all(test, feature = "multibyte"))]
mod tests {
    use super::*;

    #[test]
    fn the_western_pages_are_those_of_the_standard() {
        // The standard has ISO 8859-9 only as the upper 96 characters of windows-1254.
        let pages = [
            (WINDOWS_1252, encoding_rs::WINDOWS_1252, 0x80),
            (ISO_8859_15, encoding_rs::ISO_8859_15, 0x80),
            (ISO_8859_9, encoding_rs::WINDOWS_1254, 0xA0),
        ];
        for (others, standard, from) in pages {
            for byte in from..=0xFF {
                let text = standard::decode(standard, &[byte]).unwrap();
                assert_eq!(Some(text), Table::Latin1But(others).char(byte).map(String::from), "{byte:#X}");
            }
        }
    }
}
