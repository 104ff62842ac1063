//! What is excluded, whatever else is said.

use std::sync::Arc;

use super::resolve::{self, Unknown};
use crate::inventory::known::At;
use crate::inventory::model::Model;
use crate::targets::{Combined, Expression, Item, Listed, Names, TargetError, Word};

/// Names and addresses that are excluded.
#[derive(Debug, Clone)]
pub(super) struct Exclude {
    /// Lines that are one word; such files are long.
    words: Arc<At>,
    /// Groups, wildcards, and lines with operators.
    sets: Vec<Combined>,
}

impl Exclude {
    /// Reads one expression a line. Names that no inventory has are no error: such files are older than inventories.
    pub(super) fn parse(text: &str, model: &Arc<Model>) -> Result<Self, TargetError> {
        let (mut listed, mut sets) = (Listed::default(), Vec::new());
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let words = line.split('#').next().unwrap_or_default();
            if !words.trim().is_empty() {
                let expression = Expression::parse(words.trim_end()).map_err(|error| error.moved(start))?;
                match only_word(&expression) {
                    Some(item) => {
                        listed.push(item.clone());
                    }
                    None => {
                        let set = resolve::expression(model, &expression, Unknown::Ignored);
                        sets.push(set.map_err(|error| error.moved(start))?);
                    }
                }
            }
            start += line.len();
        }
        Ok(Self { words: Arc::new(At { model: Arc::clone(model), listed }), sets })
    }

    /// Whether the host of this name is excluded.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.words.contains(name) || self.sets.iter().any(|set| set.contains(name))
    }
}

fn only_word(expression: &Expression) -> Option<&Item> {
    match expression.terms() {
        [term] => match &term.word {
            Word::Item(item) => Some(item),
            Word::Group(_) | Word::Wildcard(_) => None,
        },
        _ => None,
    }
}
