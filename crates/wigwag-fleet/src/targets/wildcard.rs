//! Wildcards: `press*`, `pre?s-7`, `rack[1-4]-*`.

use std::fmt;

use super::{Numbers, TargetError};

/// What a name must look like: `*` stands for any characters, `?` for one, a range for one of its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard {
    parts: Box<[Part]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(Box<str>),
    Numbers(Numbers),
    Any,
    One,
}

impl Wildcard {
    /// Whether this text has a wildcard in it, outside of brackets.
    pub(super) fn is_meant(text: &str) -> bool {
        let mut is_inside = false;
        text.chars().any(|c| {
            is_inside = (is_inside || c == '[') && c != ']';
            !is_inside && matches!(c, '*' | '?')
        })
    }

    /// Reads a wildcard.
    ///
    /// # Errors
    ///
    /// A range that is none, or brackets that do not match.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let (part, size) = match rest.as_bytes().first() {
                Some(b'*') => (Part::Any, 1),
                Some(b'?') => (Part::One, 1),
                Some(b'[') => {
                    let close =
                        rest.find(']').ok_or_else(|| TargetError::new(at..at + 1, "this bracket is never closed"))?;
                    let inside = rest.get(1..close).unwrap_or_default();
                    (Part::Numbers(Numbers::parse(inside).map_err(|error| error.moved(at + 1))?), close + 1)
                }
                Some(b']') => return Err(TargetError::new(at..at + 1, "this bracket closes nothing")),
                Some(_) | None => {
                    let size = rest.find(['*', '?', '[', ']']).unwrap_or(rest.len());
                    (Part::Text(rest.get(..size).unwrap_or(rest).into()), size)
                }
            };
            at += size;
            // Two stars are one.
            if !(part == Part::Any && parts.last() == Some(&Part::Any)) {
                parts.push(part);
            }
        }
        Ok(Self { parts: parts.into_boxed_slice() })
    }

    /// Whether every name fits.
    pub fn is_everything(&self) -> bool {
        matches!(&*self.parts, [Part::Any])
    }

    /// Whether this name fits.
    pub fn matches(&self, name: &str) -> bool {
        // The places up to which the parts so far can reach; never more than the name is long.
        let mut reached = vec![0];
        for part in &self.parts {
            let mut next = Vec::new();
            for at in reached {
                let rest = name.get(at..).unwrap_or_default();
                match part {
                    Part::Text(text) if rest.starts_with(&**text) => next.push(at + text.len()),
                    Part::Text(_) => {}
                    Part::One => next.extend(rest.chars().next().map(|c| at + c.len_utf8())),
                    Part::Any => {
                        next.extend(rest.char_indices().map(|(more, _)| at + more));
                        next.push(name.len());
                    }
                    Part::Numbers(numbers) => {
                        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                        let fits = |size: &usize| rest.get(..*size).is_some_and(|digits| numbers.contains(digits));
                        next.extend((1..=digits).filter(fits).map(|size| at + size));
                    }
                }
                if *part == Part::Any {
                    // The first place reaches all that the others do.
                    break;
                }
            }
            next.sort_unstable();
            next.dedup();
            if next.is_empty() {
                return false;
            }
            reached = next;
        }
        reached.contains(&name.len())
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| match part {
            Part::Text(text) => f.write_str(text),
            Part::Numbers(numbers) => write!(f, "[{numbers}]"),
            Part::Any => f.write_str("*"),
            Part::One => f.write_str("?"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_fit() {
        for (wildcard, name, expected) in [
            ("press*", "press", true),
            ("press*", "press-7", true),
            ("press*", "expresso", false),
            ("*press*", "expresso", true),
            ("pre?s-7", "press-7", true),
            ("pre?s-7", "pres-7", false),
            ("*", "", true),
            ("?", "\u{e9}", true),
            ("a*b*c", "a1b2b3c", true),
            ("a*b*c", "a1b2b3", false),
            ("press[1-3]*", "press12", true),
            ("press[1-3]*", "press4", false),
            ("*[01-10]", "u110", true),
            ("*[01-10]", "u11", false),
            ("a**b", "ab", true),
        ] {
            assert_eq!(Wildcard::parse(wildcard).unwrap().matches(name), expected, "{wildcard} {name}");
        }
    }

    #[test]
    fn many_stars_cost_little() {
        let wildcard = Wildcard::parse(&"*a".repeat(100)).unwrap();
        assert!(!wildcard.matches(&"a".repeat(99)));
        assert!(wildcard.matches(&"a".repeat(500)));
    }
}
