//! The layout language as written: text in, a tree with places out. What it means is decided in `compile`.

use std::ops::Range;
use std::time::Duration;

use super::error::LayoutError;
use crate::bytes::notation;
use crate::units;

/// Deeper nesting of records than anything real; it bounds the recursion.
const MAX_DEPTH: usize = 16;

/// The longest layout text that is read. A screenful is 2 KiB.
const MAX_SOURCE: usize = 64 * 1024;

/// One part as it was written.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) name: Option<Name>,
    pub(super) what: What,
    pub(super) at: Range<usize>,
}

/// A word and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) at: Range<usize>,
}

#[derive(Debug)]
pub(super) enum What {
    Literal(Literal),
    Field { kind: Kind, value: Option<Value> },
    Repeat { element: Element, count: Count },
}

/// Bytes as written, or several choices of them, or an end that is no byte.
#[derive(Debug, Clone, Default)]
pub(super) struct Literal {
    pub(super) alternatives: Vec<Vec<u8>>,
    pub(super) eof: bool,
    pub(super) idle: Option<Duration>,
}

/// A type by name, with its size, width field, named values or bits.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    /// No type was written.
    Untyped,
    /// `12`: raw bytes.
    Raw(usize),
    /// `u16le`, `hex4`, `dec`, `text`, ...
    Word { word: Name, extra: Extra },
}

#[derive(Debug, Clone)]
pub(super) enum Extra {
    None,
    /// `dec(field)`
    Width(Name),
    /// `(off=0, on=1)`
    Values(Vec<(String, i128)>),
    /// `{drawer=2}`
    Bits(Vec<(String, i128)>),
}

#[derive(Debug)]
pub(super) enum Element {
    Field(Kind),
    Record(Vec<Part>),
}

#[derive(Debug)]
pub(super) enum Count {
    ToEnd,
    Number(usize),
    Field(Name),
}

#[derive(Debug)]
pub(super) enum Value {
    Number(i128, Range<usize>),
    Float(f64, Range<usize>),
    Bytes(Vec<u8>, Range<usize>),
    Seq,
    Learned {
        scope: Name,
        part: Name,
    },
    Len {
        span: Span,
        offset: i64,
        at: Range<usize>,
    },
    Checksum {
        kind: Name,
        span: Span,
        arguments: Vec<Argument>,
        modulus: Option<u64>,
        at: Range<usize>,
    },
    /// One of the type's named values.
    Name(Name),
}

/// `name=0x8005`, `refin`, or a bare number.
#[derive(Debug)]
pub(super) struct Argument {
    pub(super) name: Option<String>,
    pub(super) value: Option<u64>,
    pub(super) at: Range<usize>,
}

/// `a`, `a..` or `a..b`.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) first: Name,
    pub(super) last: Last,
}

#[derive(Debug)]
pub(super) enum Last {
    Same,
    Open,
    Part(Name),
}

/// Reads a whole layout.
pub(super) fn parse(source: &str) -> Result<Vec<Part>, LayoutError> {
    if source.len() > MAX_SOURCE {
        return Err(LayoutError::new(0..0, format!("a layout may be {MAX_SOURCE} bytes long at most")));
    }
    let mut reader = Reader { source, pos: 0, depth: 0 };
    let parts = reader.parts()?;
    match reader.peek() {
        None => Ok(parts),
        Some(found) => Err(reader.error_here(format!("`{found}` cannot start a part"))),
    }
}

/// Reads byte notation alone: `<STX ETX>`, `'text'`, several of them; no alternatives, no ends.
pub(super) fn parse_bytes(source: &str) -> Result<Vec<u8>, LayoutError> {
    let mut reader = Reader { source, pos: 0, depth: 0 };
    let mut bytes = Vec::new();
    loop {
        reader.skip_space();
        let start = reader.pos;
        let literal = match reader.peek() {
            None => return Ok(bytes),
            Some('\'' | '"' | '<') => reader.literal()?,
            Some(found) => {
                return Err(reader.error_here(format!("`{found}` is not byte notation: `<ESC>` or `'text'`")));
            }
        };
        match literal.alternatives.as_slice() {
            [only] if !literal.eof && literal.idle.is_none() => bytes.extend_from_slice(only),
            _ => return Err(LayoutError::new(start..reader.trimmed_end(), "only plain bytes can stand here")),
        }
    }
}

struct Reader<'s> {
    source: &'s str,
    pos: usize,
    depth: usize,
}

impl<'s> Reader<'s> {
    fn parts(&mut self) -> Result<Vec<Part>, LayoutError> {
        let mut parts = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some('}') => return Ok(parts),
                Some(_) => parts.push(self.part()?),
            }
        }
    }

    fn part(&mut self) -> Result<Part, LayoutError> {
        let start = self.pos;
        if matches!(self.peek(), Some('\'' | '"' | '<')) {
            let literal = self.literal()?;
            return Ok(Part { name: None, what: What::Literal(literal), at: start..self.trimmed_end() });
        }
        let name = self.name("a part: `name`, `name:type`, `'text'` or `<ESC>`")?;
        let mut kind = Kind::Untyped;
        if self.take(':') {
            self.skip_space();
            match self.peek() {
                Some('\'' | '"' | '<') => {
                    let literal = self.literal()?;
                    let what = What::Literal(literal);
                    return Ok(Part { name: Some(name), what, at: start..self.trimmed_end() });
                }
                Some('{') => {
                    let element = Element::Record(self.record()?);
                    let Some(count) = self.count()? else {
                        return Err(self.error_here("a record is repeated: `{ ... }[]`, `[field]` or `[3]`"));
                    };
                    let what = What::Repeat { element, count };
                    return Ok(Part { name: Some(name), what, at: start..self.trimmed_end() });
                }
                _ => kind = self.kind()?,
            }
            if let Some(count) = self.count()? {
                let what = What::Repeat { element: Element::Field(kind), count };
                return Ok(Part { name: Some(name), what, at: start..self.trimmed_end() });
            }
        }
        let value = if self.take('=') { Some(self.value()?) } else { None };
        Ok(Part { name: Some(name), what: What::Field { kind, value }, at: start..self.trimmed_end() })
    }

    fn record(&mut self) -> Result<Vec<Part>, LayoutError> {
        let start = self.pos;
        self.expect('{', "`{`")?;
        if self.depth == MAX_DEPTH {
            return Err(LayoutError::new(start..self.pos, format!("records nest {MAX_DEPTH} deep at most")));
        }
        self.depth += 1;
        let parts = self.parts()?;
        self.depth -= 1;
        self.expect('}', "`}` at the end of the record")?;
        if parts.is_empty() {
            return Err(LayoutError::new(start..self.trimmed_end(), "an empty record says nothing"));
        }
        Ok(parts)
    }

    fn kind(&mut self) -> Result<Kind, LayoutError> {
        self.skip_space();
        let start = self.pos;
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            let size = self.unsigned("a number of bytes")?;
            let size = usize::try_from(size)
                .ok()
                .filter(|size| (1..=super::MAX_LIMIT).contains(size))
                .ok_or_else(|| LayoutError::new(start..self.trimmed_end(), "raw bytes: from 1 to 16 MiB of them"))?;
            return Ok(Kind::Raw(size));
        }
        let word = self.name("a type such as `u16`, `hex4`, `dec`, `text` or a number of bytes")?;
        let extra = match self.peek() {
            Some('(') => self.parenthesis()?,
            Some('{') => {
                self.expect('{', "`{`")?;
                Extra::Bits(self.named_numbers('}')?)
            }
            _ => Extra::None,
        };
        Ok(Kind::Word { word, extra })
    }

    /// `(field)` or `(off=0, on=1)`.
    fn parenthesis(&mut self) -> Result<Extra, LayoutError> {
        self.expect('(', "`(`")?;
        let before = self.pos;
        let first = self.name("a field's name, or named values: `(off=0, on=1)`")?;
        if self.take(')') {
            return Ok(Extra::Width(first));
        }
        self.pos = before;
        Ok(Extra::Values(self.named_numbers(')')?))
    }

    fn named_numbers(&mut self, close: char) -> Result<Vec<(String, i128)>, LayoutError> {
        let mut named: Vec<(String, i128)> = Vec::new();
        loop {
            let name = self.name("a name, as in `off=0`")?;
            self.expect('=', "`=` and a number")?;
            let number = self.signed("a number")?;
            if named.iter().any(|(known, _)| *known == name.text) {
                return Err(LayoutError::new(name.at, format!("`{}` is named twice", name.text)));
            }
            named.push((name.text, number));
            if self.take(close) {
                return Ok(named);
            }
            self.expect(',', &format!("`,` or `{close}`"))?;
        }
    }

    fn count(&mut self) -> Result<Option<Count>, LayoutError> {
        if self.peek() != Some('[') {
            return Ok(None);
        }
        self.pos += 1;
        self.skip_space();
        let start = self.pos;
        let count = match self.peek() {
            Some(']') => Count::ToEnd,
            Some(c) if c.is_ascii_digit() => {
                let number = self.unsigned("a count")?;
                let number = usize::try_from(number).ok().filter(|n| (1..=super::MAX_LIMIT).contains(n));
                let problem = || LayoutError::new(start..self.trimmed_end(), "a count from 1 to 16 Mi");
                Count::Number(number.ok_or_else(problem)?)
            }
            _ => Count::Field(self.name("`]`, a count, or the field that holds it")?),
        };
        self.expect(']', "`]`")?;
        Ok(Some(count))
    }

    fn value(&mut self) -> Result<Value, LayoutError> {
        self.skip_space();
        let start = self.pos;
        match self.peek() {
            Some('\'' | '"' | '<') => {
                let literal = self.literal()?;
                match literal.alternatives.as_slice() {
                    [only] if !literal.eof && literal.idle.is_none() => {
                        return Ok(Value::Bytes(only.clone(), start..self.trimmed_end()));
                    }
                    _ => return Err(LayoutError::new(start..self.trimmed_end(), "a constant is plain bytes")),
                }
            }
            Some(c) if c.is_ascii_digit() || c == '-' || c == '+' => return self.number_value(),
            _ => {}
        }
        let word = self.name("a value: a constant, `seq`, `len(...)` or a checksum such as `sum8(...)`")?;
        match self.peek() {
            Some('(') if word.text == "len" => self.len_value(start),
            Some('(') => self.checksum_value(word, start),
            Some('.') => {
                self.pos += 1;
                let part = self.name("the name of the part")?;
                Ok(Value::Learned { scope: word, part })
            }
            _ if word.text == "seq" => Ok(Value::Seq),
            _ => Ok(Value::Name(word)),
        }
    }

    fn number_value(&mut self) -> Result<Value, LayoutError> {
        let start = self.pos;
        let rest = self.rest();
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+'))).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        if word.contains(['.', 'e', 'E']) && !word.contains(['x', 'X']) {
            let number: f64 = word
                .parse()
                .map_err(|_| LayoutError::new(start..start + length, format!("`{word}` is not a number")))?;
            self.pos += length;
            self.skip_space();
            return Ok(Value::Float(number, start..start + length));
        }
        let number = self.signed("a number")?;
        Ok(Value::Number(number, start..self.trimmed_end()))
    }

    fn len_value(&mut self, start: usize) -> Result<Value, LayoutError> {
        self.expect('(', "`(`")?;
        let span = self.span()?;
        self.expect(')', "`)`")?;
        let offset = match self.peek() {
            Some(sign @ ('+' | '-')) => {
                let at = self.pos;
                self.take_raw(sign);
                let offset = self.unsigned("an offset such as `+2`")?;
                let offset = i64::try_from(offset).ok().filter(|offset| *offset <= super::MAX_LIMIT as i64);
                let problem = || LayoutError::new(at..self.trimmed_end(), "an offset of a length is 16 Mi at most");
                let offset = offset.ok_or_else(problem)?;
                if sign == '-' { -offset } else { offset }
            }
            _ => 0,
        };
        Ok(Value::Len { span, offset, at: start..self.trimmed_end() })
    }

    fn checksum_value(&mut self, kind: Name, start: usize) -> Result<Value, LayoutError> {
        self.expect('(', "`(`")?;
        let span = self.span()?;
        let mut arguments = Vec::new();
        while self.take(',') {
            arguments.push(self.argument()?);
        }
        self.expect(')', "`,` or `)`")?;
        let modulus = if self.take('%') {
            let at = self.pos;
            let modulus = self.unsigned("a number after `%`")?;
            if modulus < 2 {
                return Err(LayoutError::new(at..self.trimmed_end(), "`%` takes a number from 2 up"));
            }
            Some(modulus)
        } else {
            None
        };
        Ok(Value::Checksum { kind, span, arguments, modulus, at: start..self.trimmed_end() })
    }

    fn argument(&mut self) -> Result<Argument, LayoutError> {
        self.skip_space();
        let start = self.pos;
        if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            let value = self.unsigned("a number")?;
            return Ok(Argument { name: None, value: Some(value), at: start..self.trimmed_end() });
        }
        let name = self.name("`width=16`, `refin`, ...")?;
        let value = if self.take('=') { Some(self.unsigned("a number")?) } else { None };
        Ok(Argument { name: Some(name.text), value, at: start..self.trimmed_end() })
    }

    fn span(&mut self) -> Result<Span, LayoutError> {
        let first = self.name("the name of the span's first part")?;
        let last = if !self.take_text("..") {
            Last::Same
        } else if matches!(self.peek(), Some(c) if c == '_' || c.is_ascii_alphabetic()) {
            Last::Part(self.name("the name of the span's last part")?)
        } else {
            Last::Open
        };
        Ok(Span { first, last })
    }

    /// `'text'`, `"text"` or `<...>`.
    fn literal(&mut self) -> Result<Literal, LayoutError> {
        let start = self.pos;
        let literal = if self.peek() == Some('<') {
            self.angle()?
        } else {
            Literal { alternatives: vec![self.quoted()?], ..Literal::default() }
        };
        if literal.alternatives.iter().any(Vec::is_empty) {
            return Err(LayoutError::new(start..self.pos, "an empty literal says nothing"));
        }
        self.skip_space();
        Ok(literal)
    }

    fn quoted(&mut self) -> Result<Vec<u8>, LayoutError> {
        let start = self.pos;
        let quote = self.source.as_bytes().get(start).copied().unwrap_or(b'\'');
        let rest = self.source.get(start + 1..).unwrap_or_default();
        let Some(length) = rest.bytes().position(|b| b == quote) else {
            return Err(LayoutError::new(start..self.source.len(), "this text has no closing quote"));
        };
        self.pos = start + length + 2;
        Ok(rest.as_bytes().get(..length).unwrap_or_default().to_vec())
    }

    fn angle(&mut self) -> Result<Literal, LayoutError> {
        let start = self.pos;
        self.expect('<', "`<`")?;
        let mut literal = Literal::default();
        loop {
            self.alternative(&mut literal)?;
            if self.take_raw('>') {
                return Ok(literal);
            }
            if !self.take_raw('|') {
                return Err(LayoutError::new(start..self.pos, "this `<` has no closing `>`"));
            }
        }
    }

    fn alternative(&mut self, literal: &mut Literal) -> Result<(), LayoutError> {
        let start = self.pos;
        let mut bytes = Vec::new();
        let mut ends = false;
        loop {
            self.skip_space();
            match self.peek() {
                None | Some('>' | '|') => break,
                Some('\'' | '"') => bytes.extend(self.quoted()?),
                Some(_) => {
                    let word = self.angle_word();
                    match word.text.as_str() {
                        "EOF" => (literal.eof, ends) = (true, true),
                        "IDLE" => (literal.idle, ends) = (Some(self.duration()?), true),
                        _ => bytes.push(angle_byte(&word)?),
                    }
                }
            }
        }
        match (ends, bytes.is_empty()) {
            (true, false) => Err(LayoutError::new(start..self.pos, "EOF and IDLE stand alone between `|`")),
            (false, true) => {
                Err(LayoutError::new(start..self.pos, "nothing stands here: a name such as `CR`, or `0x0D`"))
            }
            (true, true) => Ok(()),
            (false, false) => {
                literal.alternatives.push(bytes);
                Ok(())
            }
        }
    }

    fn angle_word(&mut self) -> Name {
        let start = self.pos;
        let rest = self.rest();
        let length =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '>' | '|' | '\'' | '"')).unwrap_or(rest.len());
        self.pos += length;
        Name { text: rest.get(..length).unwrap_or_default().to_owned(), at: start..self.pos }
    }

    /// `250ms` or `2s`, from 1 ms to an hour.
    fn duration(&mut self) -> Result<Duration, LayoutError> {
        const SHORTEST: Duration = Duration::from_millis(1);
        const LONGEST: Duration = Duration::from_secs(60 * 60);
        self.skip_space();
        let word = self.angle_word();
        match units::parse_duration(&word.text) {
            Ok(duration) if (SHORTEST..=LONGEST).contains(&duration) => Ok(duration),
            _ => Err(LayoutError::new(
                word.at,
                "IDLE takes a time from 1ms to 1 hour, as in `<IDLE 200ms>` or `<IDLE 2s>`",
            )),
        }
    }

    fn name(&mut self, wanted: &str) -> Result<Name, LayoutError> {
        self.skip_space();
        let rest = self.rest();
        let starts = rest.chars().next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
        if !starts {
            return Err(self.error_here(match self.peek() {
                Some(found) => format!("expected {wanted}, found `{found}`"),
                None => format!("the layout ends here, where {wanted} should stand"),
            }));
        }
        let length = rest.find(|c: char| !(c == '_' || c.is_ascii_alphanumeric())).unwrap_or(rest.len());
        let start = self.pos;
        self.pos += length;
        let name = Name { text: rest.get(..length).unwrap_or_default().to_owned(), at: start..self.pos };
        self.skip_space();
        Ok(name)
    }

    fn unsigned(&mut self, wanted: &str) -> Result<u64, LayoutError> {
        self.skip_space();
        let start = self.pos;
        let number = self.signed(wanted)?;
        u64::try_from(number).map_err(|_| LayoutError::new(start..self.trimmed_end(), "a number from 0 to 2^64-1"))
    }

    /// A decimal or `0x` number with an optional sign, within the range of u64 and i64 together.
    fn signed(&mut self, wanted: &str) -> Result<i128, LayoutError> {
        self.skip_space();
        let start = self.pos;
        let negative = match self.peek() {
            Some(sign @ ('+' | '-')) => {
                self.pos += 1;
                sign == '-'
            }
            _ => false,
        };
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        self.pos += length;
        let magnitude = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            Some(hex) => u64::from_str_radix(hex, 16),
            None => word.parse::<u64>(),
        };
        let at = start..self.pos;
        self.skip_space();
        match magnitude {
            Ok(magnitude) if negative => Ok(-i128::from(magnitude)),
            Ok(magnitude) => Ok(i128::from(magnitude)),
            Err(_) if word.is_empty() => Err(LayoutError::new(at, format!("expected {wanted}"))),
            Err(_) => Err(LayoutError::new(at, format!("`{word}` is not a number up to 2^64-1"))
                .with_help("decimal, or hex as in `0x8005`")),
        }
    }

    fn expect(&mut self, wanted: char, said: &str) -> Result<(), LayoutError> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(self.error_here(match self.peek() {
            Some(found) => format!("expected {said}, found `{found}`"),
            None => format!("expected {said}, but the layout ends here"),
        }))
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_space();
        let taken = self.take_raw(wanted);
        if taken {
            self.skip_space();
        }
        taken
    }

    fn take_raw(&mut self, wanted: char) -> bool {
        let taken = self.peek() == Some(wanted);
        if taken {
            self.pos += wanted.len_utf8();
        }
        taken
    }

    fn take_text(&mut self, wanted: &str) -> bool {
        self.skip_space();
        let taken = self.rest().starts_with(wanted);
        if taken {
            self.pos += wanted.len();
            self.skip_space();
        }
        taken
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
    }

    /// Where the text that was read ends, without the space behind it.
    fn trimmed_end(&self) -> usize {
        self.source.get(..self.pos).unwrap_or_default().trim_end().len()
    }

    fn rest(&self) -> &'s str {
        self.source.get(self.pos..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error_here(&self, message: impl Into<String>) -> LayoutError {
        let width = self.peek().map_or(0, char::len_utf8);
        LayoutError::new(self.pos..self.pos + width, message)
    }
}

/// One word between angle brackets: `ESC` or `0x1B`.
fn angle_byte(word: &Name) -> Result<u8, LayoutError> {
    if let Some(hex) = word.text.strip_prefix("0x").or_else(|| word.text.strip_prefix("0X")) {
        return match (hex.len(), u8::from_str_radix(hex, 16)) {
            (1 | 2, Ok(byte)) => Ok(byte),
            _ => Err(LayoutError::new(word.at.clone(), format!("`{}` is not one byte", word.text))
                .with_help("write each byte on its own: `<0x78 0x78>`")),
        };
    }
    notation::control_byte(&word.text).ok_or_else(|| {
        let error =
            LayoutError::new(word.at.clone(), format!("`{}` is not the name of a control character", word.text));
        if word.text.len() <= 2 && u8::from_str_radix(&word.text, 16).is_ok() {
            return error.with_help(format!("hex is written with 0x: `<0x{}>`", word.text.to_uppercase()));
        }
        error.suggesting(&word.text, notation::control_names())
    })
}
