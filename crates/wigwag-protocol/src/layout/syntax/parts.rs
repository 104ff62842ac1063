//! Parts: names, types, counts, records.

use super::super::MAX_LIMIT;
use super::super::error::LayoutError;
use super::reader::Reader;
use super::{Count, Element, Extra, Kind, Name, Part, What};

/// Deeper nesting of records than anything real; it bounds the recursion.
const MAX_DEPTH: usize = 16;

impl Reader<'_> {
    pub(super) fn parts(&mut self) -> Result<Vec<Part>, LayoutError> {
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
        if self.take('.') {
            return self.learned_part(name, start);
        }
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

    /// The rest of `secret.password`, which stands for itself, without a name and a type.
    fn learned_part(&mut self, scope: Name, start: usize) -> Result<Part, LayoutError> {
        let value = self.learned(scope)?;
        let at = start..self.trimmed_end();
        if matches!(self.peek(), Some(':' | '=' | '[')) {
            let written = self.source.get(at).unwrap_or_default();
            let help = format!("give it a name, and it can have a type: `x:text={written}`");
            return Err(self.error_here(format!("`{written}` stands for itself")).with_help(help));
        }
        Ok(Part { name: None, what: What::Field { kind: Kind::Untyped, value: Some(value) }, at })
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
                .filter(|size| (1..=MAX_LIMIT).contains(size))
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
                let number = usize::try_from(number).ok().filter(|n| (1..=MAX_LIMIT).contains(n));
                let problem = || LayoutError::new(start..self.trimmed_end(), "a count from 1 to 16 Mi");
                Count::Number(number.ok_or_else(problem)?)
            }
            _ => Count::Field(self.name("`]`, a count, or the field that holds it")?),
        };
        self.expect(']', "`]`")?;
        Ok(Some(count))
    }
}
