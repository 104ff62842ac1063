//! Names back to ranges: `press-1 press-2 press-4` is `press-[1-2,4]`.
//!
//! A name is cut into its numbers and the text around them. Names with the same text are points in a space with a
//! dimension for each number, and `boxes` covers these points, and no others, with boxes; each box is a pattern.

mod boxes;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::numbers::Span;
use super::pattern::{Part, Pattern, is_ipv6};
use super::{Combined, Expression, Join, Listed, Numbers, TargetError, Word};
use boxes::Boxes;

/// Stands in a text for a number. No name that is folded has one.
const NUMBER: char = '\0';

/// The names as one short expression that stands for exactly them. Padding is kept apart (`n[1-3,01-03]`), several numbers
/// in a name fold together where that is exact (`rack[1-4]-u[01-42]`), and ports are never ranges. Equal sets give equal
/// texts, whatever their order.
pub fn fold<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    patterns(names).join(",")
}

/// As [`fold`], pattern by pattern.
pub fn patterns<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> Vec<String> {
    let mut shapes: HashMap<Box<str>, Boxes, RandomState> = HashMap::default();
    let (mut shape, mut numbers) = (String::new(), Vec::new());
    for name in names {
        cut(name.as_ref(), &mut shape, &mut numbers);
        if !shapes.contains_key(&*shape) {
            shapes.insert(shape.as_str().into(), Boxes::new(numbers.len()));
        }
        if let Some(boxes) = shapes.get_mut(&*shape) {
            boxes.push(&numbers);
        }
    }
    let mut shapes: Vec<(Box<str>, Boxes)> = shapes.into_iter().collect();
    shapes.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
    let shown = |(shape, boxes): (Box<str>, Boxes)| {
        let boxes = boxes.merged();
        boxes.into_iter().map(move |sides| pattern(&shape, sides))
    };
    shapes.into_iter().flat_map(shown).collect()
}

/// The names that an expression without groups and wildcards stands for.
///
/// # Errors
///
/// No expression, or one that only an inventory could answer.
pub fn unfold(text: &str) -> Result<Combined, TargetError> {
    let mut combined = Combined::default();
    let mut listed = Listed::default();
    for term in Expression::parse(text)?.terms() {
        let Word::Item(item) = &term.word else {
            return Err(TargetError::new(term.at.clone(), "which hosts this stands for only an inventory knows"));
        };
        // Words that only add are looked through as one.
        if term.join != Join::And && !listed.items().is_empty() {
            combined.push(Join::And, Arc::new(std::mem::take(&mut listed)));
        }
        match term.join {
            Join::And => {
                listed.push(item.clone());
            }
            Join::ButNot | Join::Both => combined.push(term.join, Arc::new(Listed::from_iter([item.clone()]))),
        }
    }
    if !listed.items().is_empty() {
        combined.push(Join::And, Arc::new(listed));
    }
    Ok(combined)
}

/// Cuts a name into its numbers and the text around them.
fn cut(name: &str, shape: &mut String, numbers: &mut Vec<Span>) {
    shape.clear();
    numbers.clear();
    // What means something in expressions would be another thing with brackets in it; hex is not counted in decimal.
    if name.contains([NUMBER, ',', '!', '&', '[', ']', '*', '?', '@', '/', '^']) || is_ipv6(name) {
        shape.push_str(name);
        return;
    }
    let (host, port) = match name.rfind(':') {
        Some(colon) => name.split_at(colon),
        None => (name, ""),
    };
    let mut rest = host;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (text, from_number) = rest.split_at(start);
        let size = from_number.find(|c: char| !c.is_ascii_digit()).unwrap_or(from_number.len());
        let (digits, behind) = from_number.split_at(size);
        shape.push_str(text);
        match Span::single(digits) {
            Some(number) => {
                shape.push(NUMBER);
                numbers.push(number);
            }
            // Too long to be counted with.
            None => shape.push_str(digits),
        }
        rest = behind;
    }
    shape.push_str(rest);
    shape.push_str(port);
}

/// The text with these numbers in it.
fn pattern(shape: &str, sides: Vec<Numbers>) -> String {
    let mut parts = Vec::new();
    let mut texts = shape.split(NUMBER);
    parts.extend(texts.next().map(text));
    for (numbers, behind) in sides.into_iter().zip(texts) {
        parts.push(match numbers.count() {
            1 => text(&numbers.to_string()),
            _ => Part::Numbers(numbers),
        });
        parts.push(text(behind));
    }
    // The boxes are small enough to be patterns.
    Pattern::of(parts).map(|pattern| pattern.to_string()).unwrap_or_default()
}

fn text(text: &str) -> Part {
    Part::Text(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_in_clustershell() {
        for (names, expected) in [
            ("dev001 dev002 dev003 dev005", "dev[001-003,005]"),
            ("n1 n01 n10 n11", "n[1,01,10-11]"),
            ("n9 n10 n010 n011 n100 n101", "n[9-10,010-011,100-101]"),
            ("10.0.0.1 10.0.0.2 10.0.1.1 10.0.1.2", "10.0.[0-1].[1-2]"),
            ("x1y1 x1y2 x2y1 x2y2 x3y1 x3y2 x3y3", "x[1-2]y[1-2],x3y[1-3]"),
            ("c b a", "a,b,c"),
            ("3com 4com", "[3-4]com"),
            ("press", "press"),
            ("press-7", "press-7"),
            ("", ""),
        ] {
            assert_eq!(fold(names.split_whitespace()), expected, "{names}");
        }
    }

    #[test]
    fn padding_is_kept_apart() {
        assert_eq!(fold(["n1", "n01", "n2", "n02"]), "n[1-2,01-02]");
        assert_eq!(fold(["n9", "n10", "n11", "n009"]), "n[9-11,009]");
        assert_eq!(fold((8..=101).map(|n| format!("n{n}"))), "n[8-101]");
        assert_eq!(fold((8..=101).map(|n| format!("n{n:03}"))), "n[008-101]");
    }

    #[test]
    fn ports_are_no_ranges() {
        assert_eq!(fold(["a1:9100", "a2:9100", "a1:9101"]), "a[1-2]:9100,a1:9101");
        assert_eq!(fold(["10.0.0.1:9100", "10.0.0.2:9100"]), "10.0.0.[1-2]:9100");
        assert_eq!(fold(["[::1]:9100", "::2", "fe80::1%eth0"]), "::2,[::1]:9100,fe80::1%eth0");
    }

    #[test]
    fn groups_are_for_inventories() {
        let error = unfold("a,@presses").unwrap_err();
        assert_eq!((error.at, error.message.as_str()), (2..10, "which hosts this stands for only an inventory knows"));
    }
}
