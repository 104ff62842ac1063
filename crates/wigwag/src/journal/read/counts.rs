//! How many there are of each outcome.

use serde_json::{Map, Value as Json, json};
use wigwag_protocol::outcome::Outcome;

/// How many targets have each outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counts([u32; Outcome::ALL.len()]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; Outcome::ALL.len()])
    }
}

impl Counts {
    pub(crate) fn add(&mut self, outcome: Outcome) {
        if let Some(count) = self.count_of(outcome) {
            *count += 1;
        }
    }

    pub(crate) fn take_back(&mut self, outcome: Outcome) {
        if let Some(count) = self.count_of(outcome) {
            *count = count.saturating_sub(1);
        }
    }

    fn count_of(&mut self, outcome: Outcome) -> Option<&mut u32> {
        Outcome::ALL.iter().zip(&mut self.0).find(|(known, _)| **known == outcome).map(|(_, count)| count)
    }

    /// Those that there are, in the order of [`Outcome::ALL`].
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Outcome, u32)> {
        Outcome::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    /// How many there are by the outcome's word, in the order of [`Outcome::ALL`].
    pub(crate) fn by_word(&self) -> Vec<(&'static str, u32)> {
        let mut words: Vec<(&'static str, u32)> = Vec::new();
        for (outcome, count) in self.iter() {
            match words.last_mut() {
                Some((word, sum)) if *word == outcome.word() => *sum += count,
                _ => words.push((outcome.word(), count)),
            }
        }
        words
    }

    pub(crate) fn total(&self) -> u32 {
        self.0.iter().sum()
    }

    /// `{"ok": 5, "unreachable/refused": 2}`
    pub(in crate::journal) fn to_json(&self) -> String {
        let name = |outcome: Outcome| match outcome.reason() {
            Some(reason) => format!("{}/{reason}", outcome.word()),
            None => outcome.word().to_owned(),
        };
        let counts: Map<String, Json> = self.iter().map(|(outcome, count)| (name(outcome), json!(count))).collect();
        Json::Object(counts).to_string()
    }

    /// Nothing where it says something that is not known here.
    pub(in crate::journal) fn from_json(text: &str) -> Option<Self> {
        let names: Map<String, Json> = serde_json::from_str(text).ok()?;
        let mut counts = Self::default();
        for (name, count) in names {
            let (word, reason) = name.split_once('/').map_or((&*name, None), |(word, reason)| (word, Some(reason)));
            *counts.count_of(Outcome::read(word, reason)?)? = u32::try_from(count.as_u64()?).ok()?;
        }
        Some(counts)
    }
}

#[cfg(test)]
mod tests {
    use wigwag_protocol::outcome::Unreachable;

    use super::*;

    #[test]
    fn counts_are_read_back_as_they_were_written() {
        let mut counts = Counts::default();
        for outcome in Outcome::ALL {
            counts.add(outcome);
        }
        counts.add(Outcome::Ok);
        counts.take_back(Outcome::Expired);

        assert_eq!(Counts::from_json(&counts.to_json()), Some(counts.clone()));
        assert_eq!(counts.total(), 33);
        assert_eq!(counts.by_word()[..2], [("ok", 2), ("sent", 1)]);
        assert_eq!(counts.by_word()[3], ("unreachable", 10));
    }

    #[test]
    fn a_word_that_is_not_known_is_not_passed_over() {
        assert_eq!(Counts::from_json(r#"{"ok":1,"vanished":1}"#), None);
        assert_eq!(Counts::from_json(&Counts::default().to_json()), Some(Counts::default()));
        assert_eq!(Outcome::Unreachable(Unreachable::Dns).reason(), Some("dns"));
    }
}
