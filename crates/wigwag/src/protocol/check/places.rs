//! Where something stands in a protocol file. The protocol that was read from it does not say.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The places of a file's keys.
#[derive(Debug)]
pub(super) struct Places<'t> {
    root: Option<Spanned<DeTable<'t>>>,
}

impl<'t> Places<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        // What is no TOML was told of before.
        Self { root: DeTable::parse(text).ok() }
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.walk(path).1 == path.len()
    }

    /// Where a key stands, or an element of a list by its index; of what is not there, where it would belong.
    pub(super) fn at(&self, path: &[&str]) -> Option<Range<usize>> {
        self.walk(path).0
    }

    /// The place of the last step that is there, and how many there are.
    fn walk(&self, path: &[&str]) -> (Option<Range<usize>>, usize) {
        let mut at = None;
        let mut steps = 0;
        let mut here: Option<&DeValue<'t>> = None;
        for step in path {
            let found = match here {
                None => self.root.as_ref().and_then(|root| key(root.get_ref(), step)),
                Some(DeValue::Table(table)) => key(table, step),
                Some(DeValue::Array(elements)) => {
                    step.parse::<usize>().ok().and_then(|index| elements.get(index)).map(|value| (value.span(), value))
                }
                Some(_) => None,
            };
            let Some((span, value)) = found else { break };
            at = Some(span);
            steps += 1;
            here = Some(value.get_ref());
        }
        (at, steps)
    }
}

fn key<'v, 't>(table: &'v DeTable<'t>, name: &str) -> Option<(Range<usize>, &'v Spanned<DeValue<'t>>)> {
    table.get_key_value(name).map(|(key, value)| (key.span(), value))
}

/// The line of a place, from 1.
pub(super) fn line(text: &str, at: &Range<usize>) -> usize {
    1 + text.bytes().take(at.start).filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "name = 'x'\n\n[response]\nmax = 3\n\n[command.a]\nresponse = { max = 4 }\n\n[[class.error]]\nbody = 'E'\n\n[[class.error]]\nbody = 'F'\n";

    fn line_of(path: &[&str]) -> Option<usize> {
        Places::of(FILE).at(path).map(|at| line(FILE, &at))
    }

    #[test]
    fn keys_tables_and_elements_are_found_on_their_lines() {
        assert_eq!(line_of(&["response", "max"]), Some(4));
        assert_eq!(line_of(&["command", "a", "response", "max"]), Some(7));
        assert_eq!(line_of(&["class", "error", "1"]), Some(12));
        assert_eq!(line_of(&["class", "error", "1", "body"]), Some(13));
    }

    #[test]
    fn what_is_not_there_belongs_where_the_rest_of_its_path_is() {
        let places = Places::of(FILE);
        assert_eq!(line_of(&["command", "a", "hazard"]), Some(6));
        assert_eq!(line_of(&["session", "greeting"]), None);
        assert!(places.has(&["response", "max"]) && !places.has(&["response", "min"]));
    }
}
