//! Conditions: `fc & 0x80 != 0 and unit == 17`.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::layout::{Layout, LayoutError, Value};

const NO_AND: &str = "expected `and` or the end; comparisons are joined by `and` alone";

/// Comparisons of parts with values, all of which must hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    source: String,
    comparisons: Vec<Comparison>,
}

/// `PART [& NUMBER] OP VALUE`
#[derive(Debug, Clone, PartialEq)]
struct Comparison {
    part: Arc<str>,
    /// Where the part's name stands in the text.
    at: Range<usize>,
    mask: Option<i128>,
    operator: Operator,
    value: Operand,
    /// The numbers behind the part's named values.
    names: Vec<(Arc<str>, i128)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Debug, Clone, PartialEq)]
enum Operand {
    Number(f64),
    /// `'text'`, or a bare word: a named value.
    Text(String),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    pub fn parse(source: &str) -> Result<Self, LayoutError> {
        let mut reader = Reader { source, pos: 0 };
        let mut comparisons = vec![reader.comparison()?];
        while reader.more()? {
            comparisons.push(reader.comparison()?);
        }
        Ok(Self { source: source.to_owned(), comparisons })
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The parts that it looks at, and where they stand in its text.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        self.comparisons.iter().map(|comparison| (&*comparison.part, comparison.at.clone()))
    }

    /// Learns from these layouts which numbers the named values of its parts stand for.
    #[must_use]
    pub(super) fn with_names_of<'l>(mut self, layouts: impl IntoIterator<Item = &'l Layout>) -> Self {
        for layout in layouts {
            for comparison in &mut self.comparisons {
                if comparison.names.is_empty() {
                    comparison.names = layout.named_values(&comparison.part);
                }
            }
        }
        self
    }

    /// Whether it holds: `None` while a part is not known that it hangs on.
    pub fn holds(&self, value_of: impl Fn(&str) -> Option<Value>) -> Option<bool> {
        let mut all = Some(true);
        for comparison in &self.comparisons {
            match value_of(&comparison.part) {
                None => all = None,
                Some(value) if !comparison.holds(&value) => return Some(false),
                Some(_) => {}
            }
        }
        all
    }

    /// What a part has to be, given the number that it would be otherwise, so that the comparisons with it hold; `None`
    /// where no comparison speaks of the part.
    pub(crate) fn wished(&self, part: &str, otherwise: i128) -> Option<Value> {
        let of_part = self.comparisons.iter().filter(|comparison| &*comparison.part == part);
        of_part.fold(None, |wished, comparison| {
            let now = match wished {
                Some(Value::Integer(number)) => number,
                _ => otherwise,
            };
            comparison.made_to_hold(now).or(wished)
        })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Comparison {
    fn holds(&self, value: &Value) -> bool {
        let order = match (&self.value, self.mask) {
            (Operand::Number(wanted), None) => self.number(value).and_then(|number| number.partial_cmp(wanted)),
            (Operand::Number(wanted), Some(mask)) => {
                self.number(value).and_then(|number| ((number as i128 & mask) as f64).partial_cmp(wanted))
            }
            (Operand::Text(wanted), _) => match (self.number_of(wanted), self.number(value)) {
                (Some(wanted), Some(number)) => number.partial_cmp(&wanted),
                _ => text(value).map(|text| text.as_bytes().cmp(wanted.as_bytes())),
            },
        };
        match (self.operator, order) {
            // What cannot be compared is different.
            (Operator::Unequal, None) => true,
            (_, None) => false,
            (Operator::Equal, Some(order)) => order.is_eq(),
            (Operator::Unequal, Some(order)) => order.is_ne(),
            (Operator::Less, Some(order)) => order.is_lt(),
            (Operator::AtMost, Some(order)) => order.is_le(),
            (Operator::Greater, Some(order)) => order.is_gt(),
            (Operator::AtLeast, Some(order)) => order.is_ge(),
        }
    }

    /// What the part has to be in place of this number, so that this holds. Of texts there is only the one that is equal.
    fn made_to_hold(&self, now: i128) -> Option<Value> {
        let number = match &self.value {
            Operand::Number(number) => *number,
            Operand::Text(text) => match self.number_of(text) {
                Some(number) => number,
                None => return (self.operator == Operator::Equal).then(|| Value::Text(text.clone())),
            },
        } as i128;
        Some(Value::Integer(match (self.operator, self.mask) {
            (Operator::Equal, None) => number,
            (Operator::Equal, Some(mask)) => now & !mask | number,
            (Operator::Unequal, Some(mask)) if now & mask == number => now ^ mask,
            (Operator::Unequal, None) if now == number => number + 1,
            (Operator::Unequal, _) => now,
            (Operator::Less, _) => now.min(number - 1),
            (Operator::AtMost, _) => now.min(number),
            (Operator::Greater, _) => now.max(number + 1),
            (Operator::AtLeast, _) => now.max(number),
        }))
    }

    /// The number behind a named value of the part.
    fn number_of(&self, name: &str) -> Option<f64> {
        self.names.iter().find(|(known, _)| **known == *name).map(|(_, number)| *number as f64)
    }

    fn number(&self, value: &Value) -> Option<f64> {
        match value {
            Value::Integer(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Bits(number, _) => Some(*number as f64),
            Value::Name(name) => self.number_of(name),
            Value::Text(text) => text.trim().parse().ok(),
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok()?.trim().parse().ok(),
            Value::List(elements) => Some(elements.len() as f64),
            Value::Record(_) => None,
        }
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Name(name) => Some(name.to_string()),
        // Byte by byte, as `'text'` in a condition is read.
        Value::Bytes(bytes) => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(_) | Value::Bits(..) | Value::List(_) | Value::Record(_) => None,
    }
}

struct Reader<'s> {
    source: &'s str,
    pos: usize,
}

impl Reader<'_> {
    fn comparison(&mut self) -> Result<Comparison, LayoutError> {
        let (part, at) = self.word("a part, as in `fc & 0x80 != 0`")?;
        self.skip_blanks();
        let mask = match self.take("&") {
            true => Some(self.whole_number()?),
            false => None,
        };
        let operator = self.operator()?;
        let value = self.operand()?;
        if mask.is_some() && matches!(value, Operand::Text(_)) {
            return Err(LayoutError::new(at, "only numbers can be compared behind `&`"));
        }
        Ok(Comparison { part: part.into(), at, mask, operator, value, names: Vec::new() })
    }

    /// Whether `and` follows; anything else must be the end.
    fn more(&mut self) -> Result<bool, LayoutError> {
        self.skip_blanks();
        if self.rest().is_empty() {
            return Ok(false);
        }
        match self.word("`and`") {
            Ok((word, _)) if word == "and" => Ok(true),
            Ok((_, at)) => Err(LayoutError::new(at, NO_AND)),
            Err(_) => Err(self.error(NO_AND)),
        }
    }

    fn operator(&mut self) -> Result<Operator, LayoutError> {
        // The longer ones first, so that `<=` is not read as `<`.
        let known = [
            ("==", Operator::Equal),
            ("!=", Operator::Unequal),
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        self.skip_blanks();
        match known.into_iter().find(|(sign, _)| self.take(sign)) {
            Some((_, operator)) => Ok(operator),
            None if self.rest().starts_with('=') => Err(self.error("equality is written `==`")),
            None => Err(self.error("expected one of == != < <= > >=")),
        }
    }

    fn operand(&mut self) -> Result<Operand, LayoutError> {
        self.skip_blanks();
        let start = self.pos;
        match self.rest().chars().next() {
            Some(quote @ ('\'' | '"')) => {
                self.pos += 1;
                let Some(length) = self.rest().find(quote) else {
                    return Err(LayoutError::new(start..self.source.len(), "this text has no end"));
                };
                let text = self.rest().get(..length).unwrap_or_default().to_owned();
                self.pos += length + 1;
                Ok(Operand::Text(text))
            }
            Some(c) if c.is_ascii_digit() || matches!(c, '-' | '+' | '.') => self.number().map(Operand::Number),
            _ => self.word("a number, `'text'` or a named value").map(|(word, _)| Operand::Text(word)),
        }
    }

    fn whole_number(&mut self) -> Result<i128, LayoutError> {
        self.skip_blanks();
        let start = self.pos;
        let number = self.number()?;
        match number.fract() == 0.0 && number >= 0.0 {
            true => Ok(number as i128),
            false => Err(LayoutError::new(start..self.pos, "expected a whole number")),
        }
    }

    fn number(&mut self) -> Result<f64, LayoutError> {
        let start = self.pos;
        let length = self
            .rest()
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '+'))
            .unwrap_or(self.rest().len());
        self.pos += length;
        let word = self.source.get(start..self.pos).unwrap_or_default();
        let number = match word.strip_prefix("0x").or_else(|| word.strip_prefix("0X")) {
            // Up to 2^53 a double holds every whole number.
            Some(hex) => u64::from_str_radix(hex, 16).ok().map(|number| number as f64),
            None => word.parse().ok(),
        };
        number.ok_or_else(|| LayoutError::new(start..self.pos, format!("`{word}` is not a number")))
    }

    fn word(&mut self, wanted: &str) -> Result<(String, Range<usize>), LayoutError> {
        self.skip_blanks();
        let start = self.pos;
        let length = self.rest().find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        if length == 0 {
            return Err(self.error(format!("expected {wanted}")));
        }
        self.pos += length;
        Ok((self.source.get(start..self.pos).unwrap_or_default().to_owned(), start..self.pos))
    }

    fn take(&mut self, sign: &str) -> bool {
        let taken = self.rest().starts_with(sign);
        if taken {
            self.pos += sign.len();
        }
        taken
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start().len();
    }

    fn rest(&self) -> &str {
        self.source.get(self.pos..).unwrap_or_default()
    }

    fn error(&self, message: impl Into<String>) -> LayoutError {
        let width = self.rest().chars().next().map_or(0, char::len_utf8);
        LayoutError::new(self.pos..self.pos + width, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(source: &str, values: &[(&str, Value)]) -> Option<bool> {
        let condition = Condition::parse(source).unwrap();
        condition.holds(|part| values.iter().find(|(name, _)| *name == part).map(|(_, value)| value.clone()))
    }

    #[test]
    fn masks_numbers_and_texts_are_compared() {
        let fc = [("fc", Value::Integer(0x83)), ("unit", Value::Integer(17))];
        assert_eq!(holds("fc & 0x80 != 0", &fc), Some(true));
        assert_eq!(holds("fc & 0x80 != 0 and unit == 16", &fc), Some(false));
        assert_eq!(holds("fc<=0x83 and unit>16", &fc), Some(true));
        assert_eq!(holds("kind == 'C'", &[("kind", Value::Bytes(b"C".to_vec()))]), Some(true));
        assert_eq!(holds("power == on", &[("power", Value::Name("on".into()))]), Some(true));
        assert_eq!(holds("level > -1.5", &[("level", Value::Float(-1.0))]), Some(true));
    }

    #[test]
    fn what_is_not_known_yet_decides_nothing_unless_something_else_does() {
        let fc = [("fc", Value::Integer(3))];
        assert_eq!(holds("fc == 3 and unit == 1", &fc), None);
        assert_eq!(holds("unit == 1 and fc == 4", &fc), Some(false));
    }

    #[test]
    fn a_named_value_is_also_its_number() {
        let layout = Layout::body("power:u8(off=0, on=1, cooling=2)", &crate::layout::Options::default()).unwrap();
        let condition = Condition::parse("power != 0").unwrap().with_names_of([&layout]);
        assert_eq!(condition.holds(|_| Some(Value::Name("off".into()))), Some(false));
        assert_eq!(condition.holds(|_| Some(Value::Name("cooling".into()))), Some(true));
        let condition = Condition::parse("power >= on").unwrap().with_names_of([&layout]);
        assert_eq!(condition.holds(|_| Some(Value::Integer(0))), Some(false));
        assert_eq!(condition.holds(|_| Some(Value::Name("cooling".into()))), Some(true));
    }

    #[test]
    fn a_part_can_be_made_to_fit() {
        let layout = Layout::body("fc:u8(read=1, refused=7)", &crate::layout::Options::default()).unwrap();
        let condition = |source: &str| Condition::parse(source).unwrap().with_names_of([&layout]);
        let number = |source: &str, otherwise| condition(source).wished("fc", otherwise);
        assert_eq!(number("fc & 0x80 != 0", 3), Some(Value::Integer(0x83)));
        assert_eq!(number("fc & 0x80 == 0", 0x83), Some(Value::Integer(3)));
        assert_eq!(number("fc == 7", 3), Some(Value::Integer(7)));
        assert_eq!(number("fc == refused", 3), Some(Value::Integer(7)));
        assert_eq!(number("fc >= 5 and fc != 5", 3), Some(Value::Integer(6)));
        assert_eq!(number("unit == 7", 3), None);
        assert_eq!(condition("kind == '-'").wished("kind", 0), Some(Value::Text("-".to_owned())));
        assert_eq!(condition("kind != '-'").wished("kind", 0), None);
    }

    #[test]
    fn errors_name_the_place() {
        let error = |source: &str| {
            let error = Condition::parse(source).unwrap_err();
            (error.at, error.message)
        };
        assert_eq!(error("fc = 3"), (3..4, "equality is written `==`".to_owned()));
        assert_eq!(error("fc & x == 0").0, 5..6);
        assert_eq!(error("fc == 3 or fc == 4").0, 8..10);
        assert_eq!(error("").0, 0..0);
        assert_eq!(error("kind == 'C").1, "this text has no end");
    }
}
