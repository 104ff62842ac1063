//! Target expressions.

use std::collections::HashSet;

use wigwag_fleet::targets::{Expression, Item, Names, Word, fold, unfold};

/// Of more names only the first are looked at.
const MOST: usize = 500;

/// The fuzz target `targets`: an expression.
///
/// What is refused is refused at a place in the text. What is taken stands for each of its names once, knows each of them,
/// and can be written as other expressions for the same names: each word as it is shown, and all of them folded.
pub fn targets(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let expression = match Expression::parse(text) {
        Ok(expression) => expression,
        Err(error) => {
            assert!(text.get(error.at.clone()).is_some(), "{:?} is no place in {text:?}", error.at);
            assert!(!error.message.is_empty());
            return;
        }
    };
    for term in expression.terms() {
        assert!(text.get(term.at.clone()).is_some_and(|word| !word.is_empty()), "{:?}", term.at);
        if let Word::Item(item) = &term.word {
            assert_eq!(Item::parse(&item.to_string()).as_ref(), Ok(item), "as it is shown");
        }
    }
    let Ok(set) = unfold(text) else { return };
    let names: Vec<String> = set.iter().take(MOST).collect();
    each_is_a_name(&names);
    for name in &names {
        assert!(set.contains(name), "{name:?} is in {text:?}");
    }
    is_the_same_folded(&names);
}

/// Each name comes once, and stands for itself.
fn each_is_a_name(names: &[String]) {
    let once: HashSet<&String> = names.iter().collect();
    assert_eq!(once.len(), names.len(), "each once: {names:?}");
    for name in names {
        let itself: Vec<String> = unfold(name).map(|set| set.iter().collect()).unwrap_or_default();
        assert_eq!(itself, [name.as_str()], "a name stands for itself");
    }
}

/// The names folded are one text for the same names, and folded again the same text.
pub fn is_the_same_folded(names: &[String]) {
    if names.is_empty() {
        return;
    }
    let folded = fold(names);
    let unfolded: Vec<String> = unfold(&folded).unwrap_or_else(|error| panic!("{folded:?}: {error}")).iter().collect();
    let (before, after): (HashSet<&String>, HashSet<&String>) = (names.iter().collect(), unfolded.iter().collect());
    assert_eq!(before, after, "{folded}");
    assert_eq!(unfolded.len(), after.len(), "each once: {folded}");
    assert_eq!(fold(&unfolded), folded, "equal sets give equal texts");
}
