//! Many words as one set.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::{Cursor, Item, Names};

/// The union of any number of words. Which of them a name belongs to is found by what their names begin with, so that a
/// thousand ranges, or a hundred thousand names, cost hardly more than one.
#[derive(Debug, Default)]
pub struct Listed {
    items: Vec<Item>,
    /// Words that are one name.
    names: HashMap<Box<str>, usize, RandomState>,
    /// Words with ranges, by what all their names begin with.
    prefixes: HashMap<Box<str>, Vec<usize>, RandomState>,
    /// How long those beginnings are; few differ.
    prefix_lengths: Vec<usize>,
    networks: Vec<usize>,
}

impl Listed {
    /// Adds a word and tells its number: they are counted from 0.
    pub fn push(&mut self, item: Item) -> usize {
        let number = self.items.len();
        match &item {
            Item::Network(_) => self.networks.push(number),
            Item::Pattern(pattern) => match pattern.as_name() {
                Some(name) => {
                    self.names.entry(name.into()).or_insert(number);
                }
                None => {
                    let prefix = pattern.prefix();
                    if let Err(place) = self.prefix_lengths.binary_search(&prefix.len()) {
                        self.prefix_lengths.insert(place, prefix.len());
                    }
                    self.prefixes.entry(prefix.into()).or_default().push(number);
                }
            },
        }
        self.items.push(item);
        number
    }

    /// The words, by their numbers.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// Calls `found` with the number of each word that has this name; of words that are just the name only with the
    /// first.
    pub fn each_with(&self, name: &str, mut found: impl FnMut(usize)) {
        if let Some(number) = self.names.get(name) {
            found(*number);
        }
        for length in &self.prefix_lengths {
            let Some(prefix) = name.get(..*length) else { continue };
            let candidates = self.prefixes.get(prefix).map(Vec::as_slice).unwrap_or_default();
            candidates.iter().filter(|number| self.has(**number, name)).for_each(|number| found(*number));
        }
        self.networks.iter().filter(|number| self.has(**number, name)).for_each(|number| found(*number));
    }

    /// The number of the first word that has this name.
    pub fn first_with(&self, name: &str) -> Option<usize> {
        let mut first: Option<usize> = None;
        self.each_with(name, |number| first = Some(first.map_or(number, |first| first.min(number))));
        first
    }

    fn has(&self, number: usize, name: &str) -> bool {
        self.items.get(number).is_some_and(|item| item.contains(name))
    }
}

impl FromIterator<Item> for Listed {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        let mut listed = Self::default();
        items.into_iter().for_each(|item| {
            listed.push(item);
        });
        listed
    }
}

impl Names for Listed {
    fn contains(&self, name: &str) -> bool {
        let mut contains = false;
        self.each_with(name, |_| contains = true);
        contains
    }

    fn next(&self, cursor: &mut Cursor, name: &mut String) -> bool {
        while let Some(item) = self.items.get(cursor.item) {
            if cursor.place == item.count() {
                *cursor = Cursor { item: cursor.item + 1, place: 0, ..*cursor };
                continue;
            }
            name.clear();
            item.write(cursor.place, name);
            cursor.place += 1;
            // An only word has no name twice.
            if self.items.len() == 1 || self.first_with(name) == Some(cursor.item) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_comes_once_where_it_is_first_written() {
        let words = ["b", "a[3-5]", "a[1-4]", "10.0.0.0/30", "b", "10.0.0.[2-3]", "[1-2]"];
        let listed: Listed = words.iter().map(|word| Item::parse(word).unwrap()).collect();

        let names: Vec<String> = listed.iter().collect();

        assert_eq!(names, ["b", "a3", "a4", "a5", "a1", "a2", "10.0.0.1", "10.0.0.2", "10.0.0.3", "1", "2"]);
        assert!(names.iter().all(|name| listed.contains(name)));
        assert!(!listed.contains("a6") && !listed.contains(""));
    }
}
