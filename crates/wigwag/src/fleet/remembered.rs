//! The names of targets that went by, for whoever has to name one again.

use std::collections::HashMap;

/// Names that are remembered at the most; targets behind them are called by their number.
const NAMES: usize = 100_000;

/// The names of the first targets.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    names: HashMap<u32, Box<str>>,
}

impl Remembered {
    pub(super) fn note(&mut self, number: u32, name: &str) {
        if self.names.len() < NAMES {
            self.names.insert(number, name.into());
        }
    }

    pub(super) fn name(&self, number: u32) -> Option<String> {
        self.names.get(&number).map(|name| name.to_string())
    }
}
