//! How many targets came to what.

use wigwag_protocol::outcome::Outcome;

/// How many targets have each outcome, with its reason. Of a run that is over they sum to its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// In the order of [`Outcome::ALL`].
    of: [u64; Outcome::ALL.len()],
}

impl Default for Counts {
    fn default() -> Self {
        Self { of: [0; Outcome::ALL.len()] }
    }
}

impl Counts {
    /// One more came to this.
    pub fn add(&mut self, outcome: Outcome) {
        self.add_many(outcome, 1);
    }

    /// So many more came to this.
    pub fn add_many(&mut self, outcome: Outcome, more: u64) {
        if let Some(count) = self.count_of(outcome) {
            *count += more;
        }
    }

    /// One of those that came to this has come to something else.
    pub fn take_back(&mut self, outcome: Outcome) {
        if let Some(count) = self.count_of(outcome) {
            *count = count.saturating_sub(1);
        }
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.of.iter().sum()
    }

    /// How many came to one of these.
    pub fn of(&self, wanted: impl Fn(Outcome) -> bool) -> u64 {
        self.iter().filter(|(outcome, _)| wanted(*outcome)).map(|(_, count)| count).sum()
    }

    /// Every outcome with each of its reasons that there was, and how often, in the order of [`Outcome::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> {
        Outcome::ALL.into_iter().zip(self.of).filter(|(_, count)| *count > 0)
    }

    /// Every outcome's word that there was, and how often.
    pub fn by_word(&self) -> Vec<(&'static str, u64)> {
        let mut words: Vec<(&'static str, u64)> = Vec::new();
        for (outcome, count) in self.iter() {
            match words.last_mut() {
                // Outcomes of one word stand together.
                Some((word, sum)) if *word == outcome.word() => *sum += count,
                _ => words.push((outcome.word(), count)),
            }
        }
        words
    }

    /// The reasons of an outcome, and how often.
    pub fn reasons_of(&self, word: &str) -> impl Iterator<Item = (&'static str, u64)> {
        let of_word = self.iter().filter(move |(outcome, _)| outcome.word() == word);
        of_word.filter_map(|(outcome, count)| Some((outcome.reason()?, count)))
    }

    fn count_of(&mut self, outcome: Outcome) -> Option<&mut u64> {
        Outcome::ALL.iter().zip(&mut self.of).find(|(known, _)| **known == outcome).map(|(_, count)| count)
    }
}

/// `118 ok, 2 unreachable`
impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, (word, count)) in self.by_word().into_iter().enumerate() {
            let separator = if place > 0 { ", " } else { "" };
            write!(f, "{separator}{count} {word}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wigwag_protocol::outcome::Unreachable;

    use super::*;

    #[test]
    fn counts_are_told_by_word_and_by_reason() {
        const REFUSED: Outcome = Outcome::Unreachable(Unreachable::Refused);
        let mut counts = Counts::default();
        for outcome in [Outcome::Ok, REFUSED, Outcome::Unreachable(Unreachable::Dns), REFUSED, REFUSED] {
            counts.add(outcome);
        }
        counts.take_back(REFUSED);
        assert_eq!(counts.by_word(), [("ok", 1), ("unreachable", 3)]);
        assert_eq!(counts.reasons_of("unreachable").collect::<Vec<_>>(), [("dns", 1), ("refused", 2)]);
        assert_eq!(counts.reasons_of("ok").count(), 0);
        assert_eq!((counts.total(), counts.of(|outcome| outcome == REFUSED)), (4, 2));
        assert_eq!(counts.to_string(), "1 ok, 3 unreachable");
    }
}
