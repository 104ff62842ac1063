//! Captured frames as people paste them: one a line, in any hex that [`hex::parse`] reads.
//!
//! ```text
//! # what the panel said
//! > AA 11 01 00 12          a request: also `->` and `tx`
//! < AA FF 01 03 41 11 01 56 a response: also `<-` and `rx`
//! ```
//!
//! Either every frame is marked or none is: a frame without a mark among marked ones could be of either side.

use std::fmt;
use std::ops::Range;

use wigwag_protocol::bytes::hex;

/// The largest file that is read, in bytes. More is a recording, not a few frames.
pub(crate) const MOST_TEXT: usize = 1024 * 1024;
/// More frames tell nothing more about a layout.
const MOST_FRAMES: usize = 1000;
/// What a layout takes unless `max` says otherwise.
const MOST_FRAME_BYTES: usize = 64 * 1024;

/// Who sent a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
    /// The capture does not say.
    Unmarked,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Request => "request",
            Self::Response => "response",
            Self::Unmarked => "frame",
        })
    }
}

/// One frame, and where it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Captured {
    /// The line in the file, from 1.
    pub(crate) line: usize,
    pub(crate) direction: Direction,
    /// At least one.
    pub(crate) bytes: Vec<u8>,
}

/// What is wrong with a file of captured frames, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaptureError {
    /// The line in the file, from 1.
    pub(crate) line: usize,
    /// The place in the whole text, in bytes, between characters.
    pub(crate) at: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for CaptureError {}

/// Reads all frames of a file, in time linear in its text; there is at least one.
///
/// # Errors
///
/// A line that is no frame, or not surely one; too much of anything; nothing at all.
pub(super) fn read(text: &str) -> Result<Vec<Captured>, CaptureError> {
    if text.len() > MOST_TEXT {
        let line = Line { number: 1, at: 0, text: "" };
        return Err(line.error("the file is larger than 1 MiB", "a few frames of each kind are enough"));
    }
    let mut frames: Vec<Captured> = Vec::new();
    let mut dump_before = false;
    for line in lines(text) {
        let is_dump = line.dump_offset().is_some();
        if !(dump_before && line.is_end_of_dump(frames.last())) {
            frames.push(frame(line, frames.first(), frames.len())?);
        }
        dump_before = is_dump;
    }
    if frames.is_empty() {
        let line = Line { number: 1, at: 0, text: "" };
        return Err(line.error("there is no frame in this file", "write one a line, in hex: `> AA 11 01 00 12`"));
    }
    Ok(frames)
}

fn frame(line: Line<'_>, first: Option<&Captured>, already: usize) -> Result<Captured, CaptureError> {
    if already >= MOST_FRAMES {
        return Err(line.error("there are more than 1000 frames", "a few frames of each kind are enough"));
    }
    let (direction, rest) = line.mark();
    if let Some(first) =
        first.filter(|first| (first.direction == Direction::Unmarked) != (direction == Direction::Unmarked))
    {
        let message = format!("either all frames are marked or none is, and line {} is not like this one", first.line);
        return Err(line.error(message, "`>` stands before a request, `<` before a response"));
    }
    let bytes = rest.bytes()?;
    if bytes.is_empty() {
        return Err(rest.error("there are no bytes here", "leave the line out"));
    }
    if bytes.len() > MOST_FRAME_BYTES {
        return Err(rest.error("a frame has more than 64 KiB", "one line is one frame"));
    }
    Ok(Captured { line: line.number, direction, bytes })
}

/// A line without the blanks around it.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    number: usize,
    /// Where it stands in the whole text.
    at: usize,
    text: &'a str,
}

/// The lines that are neither blank nor a comment.
fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut behind = 0;
    let lines = text.split_inclusive('\n').zip(1..).map(move |(whole, number)| {
        let at = behind;
        behind += whole.len();
        Line { number, at, text: whole }.trimmed()
    });
    lines.filter(|line| !line.text.is_empty() && !line.text.starts_with('#'))
}

impl<'a> Line<'a> {
    fn trimmed(self) -> Self {
        let text = self.text.trim_start();
        Self { at: self.at + self.text.len() - text.len(), text: text.trim_end(), ..self }
    }

    fn error(self, message: impl Into<String>, help: impl Into<String>) -> CaptureError {
        let at = self.at..self.at + self.text.len();
        CaptureError { line: self.number, at, message: message.into(), help: Some(help.into()) }
    }

    /// Who sent it, and what stands behind the mark.
    fn mark(self) -> (Direction, Self) {
        let marks = [
            ("->", Direction::Request),
            ("<-", Direction::Response),
            (">", Direction::Request),
            ("<", Direction::Response),
            ("tx", Direction::Request),
            ("rx", Direction::Response),
        ];
        if self.is_in_brackets() {
            return (Direction::Unmarked, self);
        }
        for (mark, direction) in marks {
            let Some((start, behind)) = self.text.split_at_checked(mark.len()) else { continue };
            let is_word = mark.starts_with(char::is_alphabetic);
            if start.eq_ignore_ascii_case(mark) && !(is_word && behind.starts_with(char::is_alphanumeric)) {
                let text = behind.strip_prefix(':').filter(|_| is_word).unwrap_or(behind);
                let at = self.at + self.text.len() - text.len();
                return (direction, Self { at, text, ..self }.trimmed());
            }
        }
        (Direction::Unmarked, self)
    }

    /// `<0x1B 0x40>`, as a layout has it: that bracket is no mark.
    fn is_in_brackets(self) -> bool {
        let behind = self.text.strip_prefix('<').map(str::trim_start);
        behind.is_some_and(|behind| behind.starts_with("0x") && behind.contains('>'))
    }

    fn bytes(self) -> Result<Vec<u8>, CaptureError> {
        if self.dump_offset().is_some_and(|offset| offset > 0) {
            return Err(self.error("this continues a dump", "one line is one frame: write its bytes side by side"));
        }
        let string = string_end(self.text);
        if string.is_none() && self.text.contains("\\x") && comment(self.text, 0).is_some() {
            return Err(self.error(
                "this may be a comment or a part of the string",
                "write the string in quotes: \"\\x02A\" # comment",
            ));
        }
        // The text column of a dump may hold the sign as well, so the whole line is tried first.
        let read = hex::parse(self.text).or_else(|error| match comment(self.text, string.unwrap_or(0)) {
            Some(at) => hex::parse(self.text.get(..at).unwrap_or_default().trim_end()),
            None => Err(error),
        });
        read.map_err(|error| CaptureError {
            line: self.number,
            at: self.at + error.at.start..self.at + error.at.end,
            message: error.message,
            help: error.help,
        })
    }

    /// The offset that a line of `xxd` or `hexdump -C` starts with.
    fn dump_offset(self) -> Option<u64> {
        let (_, line) = self.mark();
        let digits = line.text.find(|c: char| !c.is_ascii_hexdigit())?;
        let (offset, columns) = line.text.split_at_checked(digits)?;
        let is_dump = columns.starts_with(':') || columns.starts_with([' ', '\t']) && columns.contains('|');
        if digits >= 8 && is_dump { u64::from_str_radix(offset, 16).ok() } else { None }
    }

    /// The last line of `hexdump -C` is the size of what came before it.
    fn is_end_of_dump(self, before: Option<&Captured>) -> bool {
        let size = u64::from_str_radix(self.text, 16).ok().filter(|_| self.text.len() >= 8);
        before.is_some_and(|frame| size == u64::try_from(frame.bytes.len()).ok())
    }
}

/// Where a `#` behind a blank starts a comment, at `from` or behind it.
fn comment(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let sign = rest.find(" #").or_else(|| rest.find("\t#"))?;
    Some(from + sign)
}

/// The offset behind the string in quotes that the text starts with.
fn string_end(text: &str) -> Option<usize> {
    let start = usize::from(text.starts_with('b'));
    let quote = *text.as_bytes().get(start).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let mut is_escaped = false;
    let inside = text.bytes().enumerate().skip(start + 1);
    for (at, byte) in inside {
        if byte == quote && !is_escaped {
            return Some(at + 1);
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(text: &str) -> Vec<(usize, Direction, Vec<u8>)> {
        let read = read(text).unwrap_or_else(|error| panic!("{error}"));
        read.into_iter().map(|frame| (frame.line, frame.direction, frame.bytes)).collect()
    }

    #[track_caller]
    fn assert_refused(text: &str, line: usize, place: &str, reason: &str) {
        let error = read(text).expect_err("a refused capture");
        assert_eq!((error.line, &text[error.at.clone()]), (line, place), "{error}");
        assert!(error.to_string().contains(reason), "{error}");
    }

    #[test]
    fn blank_lines_and_comments_are_no_frames() {
        let text = "# a capture\n\n  1B 40\r\n\t# another\n1b400d # with a comment\n";
        let expected = vec![(3, Direction::Unmarked, b"\x1b@".to_vec()), (5, Direction::Unmarked, b"\x1b@\r".to_vec())];
        assert_eq!(frames(text), expected);
    }

    #[test]
    fn marks_say_who_sent_it() {
        for mark in ["> ", ">", "-> ", "->", "tx ", "TX: ", "tx:", "Tx\t"] {
            assert_eq!(frames(&format!("{mark}1B 40")), vec![(1, Direction::Request, b"\x1b@".to_vec())], "{mark}");
        }
        for mark in ["< ", "<", "<- ", "<-", "rx ", "RX: ", "rx:", "Rx\t"] {
            assert_eq!(frames(&format!("{mark}1B 40")), vec![(1, Direction::Response, b"\x1b@".to_vec())], "{mark}");
        }
    }

    #[test]
    fn all_ways_to_write_hex_are_read() {
        for hex in ["1B40", "0x1B 0x40", "\"\\x1b@\"", "\\x1b@", "<0x1B 0x40>", "00000000  1b 40  |.@|"] {
            assert_eq!(frames(hex), vec![(1, Direction::Unmarked, b"\x1b@".to_vec())], "{hex}");
            assert_eq!(frames(&format!("< {hex}")), vec![(1, Direction::Response, b"\x1b@".to_vec())], "{hex}");
        }
        assert_eq!(frames("\"\\x1b #1\" # it's").first().map(|frame| frame.2.clone()), Some(b"\x1b #1".to_vec()));
        assert_eq!(frames("00000000: 1b20 23    . #").first().map(|frame| frame.2.clone()), Some(b"\x1b #".to_vec()));
    }

    #[test]
    fn the_offset_that_ends_a_dump_is_no_frame() {
        let text = "00000000  1b 40  |.@|\n00000002\n00000000  1b 41  |.A|\n00000002\n";
        assert_eq!(frames(text).len(), 2);
        assert_eq!(frames("1b 40\n00000002").len(), 2);
    }

    #[test]
    fn errors_name_the_line_and_the_place() {
        assert_refused("1B 40\n1B 4\n", 2, "4", "half a byte");
        assert_refused("> 1B 40\n< 0x1B40\n", 2, "0x1B40", "not one byte");
        assert_refused("> 1B 40\n\n  1B 41\n", 3, "1B 41", "line 1 is not like this one");
        assert_refused("1B 40\n> 1B 41\n", 2, "> 1B 41", "either all frames are marked or none");
        assert_refused("1B 40\n\"\"\n", 2, "\"\"", "no bytes");
        assert_refused("STATUS", 1, "STATUS", "not hex");
        assert_refused("\\x02A # or not", 1, "\\x02A # or not", "a comment or a part");
        assert_refused("00000010  1b 40  |.@|", 1, "00000010  1b 40  |.@|", "continues a dump");
        assert_refused("", 1, "", "no frame");
        assert_refused("# only words\n", 1, "", "no frame");
    }

    #[test]
    fn too_much_is_refused() {
        assert_refused(&"1B\n".repeat(1001), 1001, "1B", "more than 1000");
        let long = "00".repeat(MOST_FRAME_BYTES + 1);
        assert_refused(&long, 1, &long, "more than 64 KiB");
        assert_refused(&" ".repeat(MOST_TEXT + 1), 1, "", "larger than 1 MiB");
    }
}
