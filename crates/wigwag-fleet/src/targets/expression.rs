//! What was typed: words, joined from left to right.

use std::ops::Range;

use super::{Join, TargetError, Word};

/// Words joined by `,` (and), `!` (but not) and `&` (both). There is no precedence: `a,b!c&d` is `((a,b)!c)&d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    terms: Vec<Term>,
}

/// One word, and how it is joined to what stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The operator before it; the first word has [`Join::And`].
    pub join: Join,
    /// The word.
    pub word: Word,
    /// Where it stands in the text, in bytes.
    pub at: Range<usize>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// A word that means nothing, or an operator without a word on each side.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let mut terms = Vec::new();
        let mut join = Join::And;
        let mut start = 0;
        loop {
            let (end, operator) = next_operator(text, start)?;
            terms.push(term(text, start..end, join)?);
            let Some(operator) = operator else { return Ok(Self { terms }) };
            join = operator;
            start = end + 1;
        }
    }

    /// The words in the order in which they were typed.
    pub fn terms(&self) -> &[Term] {
        &self.terms
    }
}

/// Where the word that begins at `start` ends, and the operator behind it.
fn next_operator(text: &str, start: usize) -> Result<(usize, Option<Join>), TargetError> {
    let mut is_inside = false;
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < start) {
        is_inside = (is_inside || c == '[') && c != ']';
        match c {
            _ if is_inside => {}
            ',' => return Ok((at, Some(Join::And))),
            '!' => return Ok((at, Some(Join::ButNot))),
            '&' => return Ok((at, Some(Join::Both))),
            '^' => {
                return Err(TargetError::new(at..at + 1, "`^` is no operator")
                    .with_help("there are `,` (and), `!` (but not) and `&` (both), from left to right"));
            }
            _ => {}
        }
    }
    Ok((text.len(), None))
}

fn term(text: &str, at: Range<usize>, join: Join) -> Result<Term, TargetError> {
    let padded = text.get(at.clone()).unwrap_or_default();
    let word = padded.trim();
    let start = at.start + padded.len() - padded.trim_start().len();
    let at = start..start + word.len();
    if word.is_empty() {
        return Err(missing(text, at, join));
    }
    let mut is_inside = false;
    let blank = word.char_indices().find(|(_, c)| {
        is_inside = (is_inside || *c == '[') && *c != ']';
        c.is_control() || c.is_whitespace() && !is_inside
    });
    match blank {
        None => {
            let word = Word::parse(word).map_err(|error| error.moved(start))?;
            Ok(Term { join, word, at })
        }
        Some((within, c)) if c.is_control() => {
            let here = start + within;
            Err(TargetError::new(here..here + c.len_utf8(), "a control character is no part of a name"))
        }
        Some((within, c)) => {
            let here = start + within;
            Err(TargetError::new(here..here + c.len_utf8(), "a blank is no part of a name")
                .with_help("put a comma between two targets"))
        }
    }
}

fn missing(text: &str, at: Range<usize>, join: Join) -> TargetError {
    if text.trim().is_empty() {
        return TargetError::new(0..text.len(), "no target given");
    }
    let before = text.get(..at.start).unwrap_or_default().trim_end();
    match (before.is_empty(), join) {
        (true, _) => TargetError::new(at, "a target is missing here")
            .with_help("all hosts of the inventories but some are @*!some"),
        (false, _) => TargetError::new(before.len() - 1..before.len(), "a target is missing behind this"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Join, &str)> {
        Expression::parse(text).unwrap().terms.iter().map(|term| (term.join, &text[term.at.clone()])).collect()
    }

    #[test]
    fn words_are_joined_from_left_to_right() {
        assert_eq!(
            shown("a[1,2], b !@c&d*"),
            [(Join::And, "a[1,2]"), (Join::And, "b"), (Join::ButNot, "@c"), (Join::Both, "d*")]
        );
        assert_eq!(shown("[::1]:9100,10.0.0.0/24"), [(Join::And, "[::1]:9100"), (Join::And, "10.0.0.0/24")]);
    }

    #[test]
    fn every_error_has_its_place() {
        for (text, at, message) in [
            ("", 0..0, "no target given"),
            ("a,", 1..2, "a target is missing behind this"),
            ("a,,b", 1..2, "a target is missing behind this"),
            ("!a", 0..0, "a target is missing here"),
            ("a b", 1..2, "a blank is no part of a name"),
            ("a\u{1b}b", 1..2, "a control character is no part of a name"),
            ("a^b", 1..2, "`^` is no operator"),
            ("a,dev[1-2,x]", 10..11, "`x` is not a number"),
            ("a,@", 3..3, "the name of a group is missing behind `@`"),
            ("a,@b[", 4..5, "this bracket is never closed"),
            ("a, 10.0.[0-1].0/24", 15..18, "a network has no ranges"),
            ("a, 10.0.0.0/99", 12..14, "`99` is not the length of a prefix (0 to 32)"),
        ] {
            let error = Expression::parse(text).unwrap_err();
            assert_eq!((error.at, error.message.as_str()), (at, message), "{text}");
        }
    }
}
