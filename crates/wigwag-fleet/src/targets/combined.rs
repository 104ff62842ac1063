//! Sets joined by operators, from left to right.

use std::sync::Arc;

use super::{Cursor, Names};

/// How a set is joined to what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Join {
    /// `,`: what is in either.
    And,
    /// `!`: what is before, but not in this.
    ButNot,
    /// `&`: what is in both.
    Both,
}

/// Sets joined from left to right.
#[derive(Debug, Clone, Default)]
pub struct Combined {
    terms: Vec<(Join, Arc<dyn Names>)>,
}

impl Combined {
    /// Joins one more set to the end.
    pub fn push(&mut self, join: Join, names: Arc<dyn Names>) {
        self.terms.push((join, names));
    }

    /// Whether the terms before this one leave the name in.
    fn contains_before(&self, term: usize, name: &str) -> bool {
        let terms = self.terms.get(..term).unwrap_or_default();
        // The last word about a name counts, and it is the first one that is found from the end.
        for (join, names) in terms.iter().rev() {
            match (join, names.contains(name)) {
                (Join::And, true) => return true,
                (Join::ButNot, true) | (Join::Both, false) => return false,
                (Join::And | Join::ButNot, false) | (Join::Both, true) => {}
            }
        }
        false
    }

    /// Whether no term behind this one takes the name out, even if it is put in again later: then it comes there.
    fn stays_behind(&self, term: usize, name: &str) -> bool {
        let terms = self.terms.get(term + 1..).unwrap_or_default();
        terms.iter().all(|(join, names)| match join {
            Join::And => true,
            Join::ButNot => !names.contains(name),
            Join::Both => names.contains(name),
        })
    }
}

impl Names for Combined {
    fn contains(&self, name: &str) -> bool {
        self.contains_before(self.terms.len(), name)
    }

    fn next(&self, cursor: &mut Cursor, name: &mut String) -> bool {
        while let Some((join, names)) = self.terms.get(cursor.term) {
            if *join != Join::And || !names.next(cursor, name) {
                *cursor = Cursor { term: cursor.term + 1, ..Cursor::default() };
                continue;
            }
            if !self.contains_before(cursor.term, name) && self.stays_behind(cursor.term, name) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::{Expression, Item, Listed, Word};

    fn combined(text: &str) -> Vec<String> {
        let mut combined = Combined::default();
        for term in Expression::parse(text).unwrap().terms() {
            let Word::Item(item) = &term.word else { panic!("{text}") };
            let listed: Listed = [Item::clone(item)].into_iter().collect();
            combined.push(term.join, Arc::new(listed));
        }
        let names: Vec<String> = combined.iter().collect();
        assert!(names.iter().all(|name| combined.contains(name)), "{text}");
        names
    }

    #[test]
    fn as_in_clustershell() {
        for (text, expected) in [
            ("a,b!a", "b"),
            ("a!b,b", "a b"),
            ("a,b&b", "b"),
            ("a[1-10]!a[3-5]&a[1-2,9]", "a1 a2 a9"),
            ("a&b&c,d", "d"),
            ("n[1-5]!n[2-3],n2", "n1 n4 n5 n2"),
            ("a!a,a", "a"),
            ("a!a", ""),
            ("c,b,a,b", "c b a"),
        ] {
            assert_eq!(combined(text).join(" "), expected, "{text}");
        }
    }
}
