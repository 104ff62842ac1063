//! Foreign bytes, made safe to look at: nothing a device, a certificate or a file says can move the cursor, change
//! colours, turn the direction of a line, or hide.
//!
//! | in the bytes | shown |
//! |---|---|
//! | C0 control character, DEL | its name: `<ESC>`, `<CR>`, `<DEL>` |
//! | a byte that is not UTF-8 | the byte: `<0xE9>` |
//! | C1 (U+0080 to U+009F), direction, zero-width, filler, tag, variation, private, unassigned | the code point: `<U+202E>` |
//! | everything else: printable text, in any script | itself |
//!
//! A raw 0x9B is therefore `<0x9B>` and its UTF-8 form C2 9B is `<U+009B>`: the two can be told apart. The display is to
//! be read, not to be read back: the five letters `<ESC>` in the bytes look like the ESC character. Use
//! [`hex`](super::hex) where bytes must survive.
//!
//! Letters of right-to-left scripts are shown as they are, and a terminal may still order them its own way.

use super::notation;
use std::fmt;

/// As many combining marks as one character may carry; the next ones are shown as code points, so that a stack of them
/// cannot paint over the lines around. Living scripts need three at most, Tibetan and pointed Hebrew included.
const MARKS_PER_CHARACTER: u8 = 4;

/// The bytes for one line: every control character is shown, also line breaks and tabs.
#[must_use]
pub fn escape(bytes: &[u8]) -> Escaped<'_> {
    Escaped { bytes, line_breaks: LineBreaks::Shown, limit: None }
}

/// As [`escape`], for text.
#[must_use]
pub fn escape_str(text: &str) -> Escaped<'_> {
    escape(text.as_bytes())
}

/// The bytes as text of several lines: LF and TAB stay what they are, a CR directly before an LF is dropped, and
/// everything else is as in [`escape`]. For a whole response that is the only thing on stdout.
#[must_use]
pub fn escape_text(bytes: &[u8]) -> Escaped<'_> {
    Escaped { bytes, line_breaks: LineBreaks::Live, limit: None }
}

/// Bytes that [`Display`](fmt::Display) shows safely, written piece by piece. Width and precision are not obeyed.
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    line_breaks: LineBreaks,
    limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineBreaks {
    Shown,
    Live,
}

impl Escaped<'_> {
    /// Shows at most the first `max_bytes` bytes, never half a character, and says behind them how many there are:
    /// `Cpn01 Ppc1... (1234 bytes in all)`. What is not longer is shown whole.
    #[must_use]
    pub fn truncated(self, max_bytes: usize) -> Self {
        Self { limit: Some(max_bytes), ..self }
    }

    fn shown_bytes(&self) -> &[u8] {
        let Some(limit) = self.limit.filter(|limit| *limit < self.bytes.len()) else {
            return self.bytes;
        };
        let starts_character = |at: &usize| self.bytes.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
        // A character has at most three bytes behind its first one.
        let end = (limit.saturating_sub(3)..=limit).rev().find(starts_character).unwrap_or(limit);
        self.bytes.get(..end).unwrap_or_default()
    }
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.shown_bytes();
        let mut screen = Screen { out: f, line_breaks: self.line_breaks, marks_left: 0 };
        for chunk in shown.utf8_chunks() {
            screen.text(chunk.valid())?;
            screen.bytes(chunk.invalid())?;
        }

        match self.bytes.len() {
            all if all == shown.len() => Ok(()),
            1 => f.write_str("... (1 byte in all)"),
            all => write!(f, "... ({all} bytes in all)"),
        }
    }
}

/// Where the text goes, and what the character just written still allows.
struct Screen<'a, 'b> {
    out: &'a mut fmt::Formatter<'b>,
    line_breaks: LineBreaks,
    marks_left: u8,
}

/// How one character appears.
enum Look {
    AsItIs,
    Dropped,
    Name(&'static str),
    CodePoint,
}

impl Screen<'_, '_> {
    fn text(&mut self, text: &str) -> fmt::Result {
        let mut unwritten = 0;
        for (at, character) in text.char_indices() {
            let behind = at + character.len_utf8();
            let look = self.look(character, text.as_bytes().get(behind).copied());
            if matches!(look, Look::AsItIs) {
                continue;
            }
            self.out.write_str(text.get(unwritten..at).unwrap_or_default())?;
            unwritten = behind;
            match look {
                Look::AsItIs | Look::Dropped => {}
                Look::Name(name) => write!(self.out, "<{name}>")?,
                Look::CodePoint => write!(self.out, "<U+{:04X}>", u32::from(character))?,
            }
        }
        self.out.write_str(text.get(unwritten..).unwrap_or_default())
    }

    fn bytes(&mut self, bytes: &[u8]) -> fmt::Result {
        for byte in bytes {
            self.marks_left = 0;
            write!(self.out, "<0x{byte:02X}>")?;
        }
        Ok(())
    }

    fn look(&mut self, character: char, next: Option<u8>) -> Look {
        let marks_left = std::mem::take(&mut self.marks_left);
        if let Some(name) = u8::try_from(character).ok().and_then(notation::control_name) {
            return match (self.line_breaks, character) {
                (LineBreaks::Live, '\n' | '\t') => Look::AsItIs,
                (LineBreaks::Live, '\r') if next == Some(b'\n') => Look::Dropped,
                (LineBreaks::Live | LineBreaks::Shown, _) => Look::Name(name),
            };
        }
        match Visibility::of(character) {
            Visibility::Printable => {
                self.marks_left = MARKS_PER_CHARACTER;
                Look::AsItIs
            }
            Visibility::Mark if marks_left > 0 => {
                self.marks_left = marks_left - 1;
                Look::AsItIs
            }
            Visibility::Mark | Visibility::Hidden => Look::CodePoint,
        }
    }
}

/// What a terminal makes of a character that is not a C0 control or DEL.
#[derive(Debug, PartialEq, Eq)]
enum Visibility {
    /// Takes a place of its own.
    Printable,
    /// Sits on the character before it.
    Mark,
    /// Cannot be seen, or changes how others are seen.
    Hidden,
}

impl Visibility {
    fn of(character: char) -> Self {
        if character.is_ascii() {
            return Self::Printable;
        }
        if is_invisible(character) {
            return Self::Hidden;
        }
        // The no-break and the ideographic space take their place and turn nothing; the standard library escapes them.
        if character.is_whitespace() || !is_escaped_alone(character) {
            return Self::Printable;
        }
        if is_escaped_behind_a_letter(character) { Self::Hidden } else { Self::Mark }
    }
}

/// The promise of this module, written out: C1, the bidi controls, and all of Unicode's Default_Ignorable_Code_Point
/// (DerivedCoreProperties.txt: zero-width, fillers, variation selectors, tags, blocks reserved for more of them), line
/// and paragraph separator, interlinear annotation, private use.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{0080}'..='\u{009F}'
        | '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{E000}'..='\u{F8FF}'
        | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}'
        | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}'
        | '\u{F0000}'..)
}

/// Whether the standard library's `Debug` escapes it, which knows the Unicode tables: unassigned code points and
/// noncharacters, and combining marks that have nothing to sit on.
fn is_escaped_alone(character: char) -> bool {
    character.escape_debug().next() == Some('\\')
}

/// As [`is_escaped_alone`], but behind a letter, where `Debug` lets combining marks through.
fn is_escaped_behind_a_letter(character: char) -> bool {
    let mut letter_and_character = [b'a', 0, 0, 0, 0];
    let [_, behind @ ..] = &mut letter_and_character;
    let length = 1 + character.encode_utf8(behind).len();
    let text = letter_and_character.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.is_none_or(|text| text.escape_debug().nth(1) == Some('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn assert_shown(bytes: &[u8], expected: &str) {
        assert_eq!(escape(bytes).to_string(), expected);
    }

    #[test]
    fn printable_ascii_is_itself() {
        let printable: Vec<u8> = (0x20..0x7F).collect();
        assert_shown(&printable, std::str::from_utf8(&printable).unwrap());
        assert_shown(b"", "");
    }

    #[test]
    fn control_characters_are_named() {
        assert_shown(b"\x1b[2J\x00\x7f", "<ESC>[2J<NUL><DEL>");
        assert_shown(b"a\tb\r\n", "a<HT>b<CR><LF>");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_shown_one_by_one() {
        assert_shown(b"caf\xE9 \x9B2J", "caf<0xE9> <0x9B>2J");
        assert_shown(b"\xE2\x82", "<0xE2><0x82>");
        assert_shown(b"\xC0\x9B \xED\xA0\x80", "<0xC0><0x9B> <0xED><0xA0><0x80>");
        assert_shown(b"\xF4\x90\x80\x80", "<0xF4><0x90><0x80><0x80>");
    }

    #[test]
    fn printable_text_of_any_script_is_itself() {
        for text in ["Grüße", "Привет", "日本語\u{3000}です", "שלום", "12\u{A0}345 €", "😀", "\u{FFFD}"]
        {
            assert_shown(text.as_bytes(), text);
        }
    }

    #[test]
    fn c1_controls_are_code_points() {
        assert_shown("\u{9B}2J\u{85}".as_bytes(), "<U+009B>2J<U+0085>");
    }

    #[test]
    fn what_turns_hides_or_tags_is_a_code_point() {
        assert_shown("a\u{202E}b\u{2066}".as_bytes(), "a<U+202E>b<U+2066>");
        assert_shown("\u{200B}\u{FEFF}\u{AD}".as_bytes(), "<U+200B><U+FEFF><U+00AD>");
        assert_shown("❤\u{FE0F} \u{E0041}".as_bytes(), "❤<U+FE0F> <U+E0041>");
        assert_shown("\u{2028}\u{FFF9}\u{3164}".as_bytes(), "<U+2028><U+FFF9><U+3164>");
    }

    #[test]
    fn private_unassigned_and_noncharacters_are_code_points() {
        assert_shown("\u{E000}\u{10FFFD}".as_bytes(), "<U+E000><U+10FFFD>");
        assert_shown("\u{378}\u{FDD0}\u{FFFE}\u{1FFFF}".as_bytes(), "<U+0378><U+FDD0><U+FFFE><U+1FFFF>");
    }

    #[test]
    fn combining_marks_stay_on_their_letter() {
        for text in ["e\u{301}", "ภาษาไทยที่", "हिन्दी", "ﾊ\u{FF9E}"] {
            assert_shown(text.as_bytes(), text);
        }
    }

    #[test]
    fn combining_marks_on_nothing_or_in_towers_are_code_points() {
        assert_shown("\u{338}=".as_bytes(), "<U+0338>=");
        assert_shown("\x1b\u{338}".as_bytes(), "<ESC><U+0338>");
        assert_shown(b"a\xFF\xCC\xB8", "a<0xFF><U+0338>");
        assert_shown(
            "a\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}".as_bytes(),
            "a\u{301}\u{301}\u{301}\u{301}<U+0301><U+0301>",
        );
    }

    #[test]
    fn text_keeps_its_lines_and_tabs() {
        let shown = escape_text(b"one\r\n\ttwo\nthree\r").to_string();
        assert_eq!(shown, "one\n\ttwo\nthree<CR>");
    }

    #[test]
    fn text_does_not_let_a_carriage_return_go_back() {
        assert_eq!(escape_text(b"FAILED\rOK    \r\r\n").to_string(), "FAILED<CR>OK    <CR>\n");
        assert_eq!(escape_text(b"\r\xFF\x0b\x0c\x08").to_string(), "<CR><0xFF><VT><FF><BS>");
    }

    #[test]
    fn a_string_is_shown_as_its_bytes() {
        assert_eq!(escape_str("ü\x1b\n").to_string(), "ü<ESC><LF>");
    }

    #[test]
    fn truncation_says_how_much_there_was() {
        assert_eq!(escape(&[b'a'; 1234]).truncated(3).to_string(), "aaa... (1234 bytes in all)");
        assert_eq!(escape(b"abc").truncated(3).to_string(), "abc");
        assert_eq!(escape(b"abc").truncated(0).to_string(), "... (3 bytes in all)");
        assert_eq!(escape(b"a").truncated(0).to_string(), "... (1 byte in all)");
    }

    #[test]
    fn truncation_never_cuts_a_character() {
        assert_eq!(escape_str("a€b").truncated(3).to_string(), "a... (5 bytes in all)");
        assert_eq!(escape_str("a€b").truncated(4).to_string(), "a€... (5 bytes in all)");
        assert_eq!(escape_str("😀!").truncated(3).to_string(), "... (5 bytes in all)");
        assert_eq!(escape(&[0x80; 9]).truncated(5).to_string(), "<0x80><0x80><0x80><0x80><0x80>... (9 bytes in all)");
    }

    /// Written apart from the table above, from the list in the requirements.
    fn is_dangerous(character: char) -> bool {
        character.is_control()
            || matches!(u32::from(character),
                0xAD | 0x61C | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060 | 0x2066..=0x2069 | 0xFEFF
                | 0xFE00..=0xFE0F | 0xFFF9..=0xFFFB | 0xE0000..=0xE007F | 0xE0100..=0xE01EF)
    }

    #[test]
    fn no_character_slips_through_alone_or_behind_a_letter() {
        for before in ['\x1b', 'a'] {
            // The other planes hold ideographs, private use and nothing.
            let planes = ('\0'..='\u{1FFFF}').chain('\u{E0000}'..='\u{E0FFF}');
            let all: String = planes.flat_map(|character| [before, character]).collect();
            assert_eq!(escape_str(&all).to_string().find(is_dangerous), None);
            let live = escape_text(all.as_bytes()).to_string();
            assert_eq!(live.find(|shown| is_dangerous(shown) && !matches!(shown, '\n' | '\t')), None);
        }
    }

    fn foreign_bytes() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<Vec<u8>>(),
            any::<String>().prop_map(String::into_bytes),
            "[\\PC\\pC]{0,40}".prop_map(String::into_bytes)
        ]
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_ever_shown(bytes in foreign_bytes(), max in 0..50_usize) {
            for shown in [escape(&bytes), escape(&bytes).truncated(max)] {
                prop_assert!(!shown.to_string().contains(is_dangerous));
            }
            let live = escape_text(&bytes).to_string();
            prop_assert!(!live.replace(['\n', '\t'], "").contains(is_dangerous));
        }

        #[test]
        fn cutting_only_shortens(bytes in foreign_bytes(), max in 0..50_usize) {
            let whole = escape(&bytes).to_string();
            let cut = escape(&bytes).truncated(max).to_string();
            let start = cut.rsplit_once("... (").map_or(cut.as_str(), |(start, _)| start);
            prop_assert!(whole == cut || whole.starts_with(start));
        }
    }
}
