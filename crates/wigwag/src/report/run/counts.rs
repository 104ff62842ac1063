//! How many targets came to what.

use wigwag_protocol::outcome::{Outcome, Skipped};

use super::Finished;
use crate::exit::Exit;

/// Counts of outcomes, with their reasons. They sum to the targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    /// In the order of [`Outcome::ALL`].
    of: [u64; Outcome::ALL.len()],
}

impl Default for Counts {
    fn default() -> Self {
        Self { of: [0; Outcome::ALL.len()] }
    }
}

impl Counts {
    pub(crate) fn add(&mut self, outcome: Outcome) {
        let known = Outcome::ALL.into_iter().zip(&mut self.of).find(|(known, _)| *known == outcome);
        if let Some((_, count)) = known {
            *count += 1;
        }
    }

    /// All of them.
    pub(crate) fn total(&self) -> u64 {
        self.of.iter().sum()
    }

    /// How many came to this.
    pub(crate) fn of(&self, wanted: impl Fn(Outcome) -> bool) -> u64 {
        self.iter().filter(|(outcome, _)| wanted(*outcome)).map(|(_, count)| count).sum()
    }

    /// Every outcome with each of its reasons that there was, and how often.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Outcome, u64)> {
        Outcome::ALL.into_iter().zip(self.of).filter(|(_, count)| *count > 0)
    }

    /// Every outcome's word that there was, and how often.
    pub(crate) fn by_word(&self) -> Vec<(&'static str, u64)> {
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
    pub(crate) fn reasons_of(&self, word: &str) -> impl Iterator<Item = (&'static str, u64)> {
        let of_word = self.iter().filter(move |(outcome, _)| outcome.word() == word);
        of_word.filter_map(|(outcome, count)| Some((outcome.reason()?, count)))
    }

    /// The exit code of the run: that of the worst that happened.
    pub(crate) fn exit(&self, finished: &Finished) -> Exit {
        let outcomes = self.iter().map(|(outcome, _)| exit_of(outcome));
        let ends = [
            (finished.faulty, Exit::Fault),
            (finished.halted, Exit::Halted),
            (finished.interrupted, Exit::Interrupted),
            (finished.incomplete, Exit::Undone),
        ];
        let ends = ends.into_iter().filter(|(is_so, _)| *is_so).map(|(_, exit)| exit);
        outcomes.chain(ends).fold(Exit::Ok, Exit::or)
    }
}

/// What one target's outcome makes of a run.
fn exit_of(outcome: Outcome) -> Exit {
    match outcome {
        // Who cancelled it has interrupted this run, or an earlier part of it that is to be finished.
        Outcome::Cancelled => Exit::Undone,
        // Nothing else was wished.
        Outcome::Skipped(Skipped::DryRun) => Exit::Ok,
        Outcome::Ok
        | Outcome::Sent
        | Outcome::Rejected
        | Outcome::Unreachable(_)
        | Outcome::Unconfirmed(_)
        | Outcome::Garbled(_)
        | Outcome::Skipped(_)
        | Outcome::Expired => Exit::from(outcome),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wigwag_protocol::outcome::{Garbled, Skipped, Unconfirmed, Unreachable};

    use super::*;

    fn counts(outcomes: &[Outcome]) -> Counts {
        let mut counts = Counts::default();
        outcomes.iter().for_each(|outcome| counts.add(*outcome));
        counts
    }

    #[test]
    fn the_worst_decides() {
        const REFUSED: Outcome = Outcome::Unreachable(Unreachable::Refused);
        const SILENT: Outcome = Outcome::Unconfirmed(Unconfirmed::NoReply);
        const HALTED: Outcome = Outcome::Skipped(Skipped::Halted);
        let (plain, halted, interrupted) = (
            Finished::default(),
            Finished { halted: true, ..Finished::default() },
            Finished { interrupted: true, ..Finished::default() },
        );
        for (outcomes, finished, exit) in [
            (&[][..], plain, 0),
            (&[Outcome::Ok, Outcome::Sent], plain, 0),
            (&[Outcome::Ok, Outcome::Expired], plain, 7),
            (&[Outcome::Ok, Outcome::Skipped(Skipped::Duplicate)], plain, 7),
            (&[Outcome::Ok, Outcome::Cancelled], plain, 7),
            (&[Outcome::Ok, Outcome::Cancelled], interrupted, 130),
            (&[Outcome::Ok], interrupted, 130),
            (&[Outcome::Cancelled, REFUSED], interrupted, 4),
            (&[REFUSED, Outcome::Rejected], plain, 3),
            (&[REFUSED, Outcome::Rejected, HALTED], halted, 6),
            (&[SILENT, HALTED], halted, 5),
            (&[Outcome::Garbled(Garbled::Checksum), Outcome::Rejected], plain, 5),
            (&[SILENT], Finished { faulty: true, ..halted }, 1),
            (&[Outcome::Ok], Finished { incomplete: true, ..plain }, 7),
        ] {
            assert_eq!(counts(outcomes).exit(&finished).number(), exit, "{outcomes:?} {finished:?}");
        }
    }

    #[test]
    fn counts_are_told_by_word_and_by_reason() {
        let counts = counts(&[
            Outcome::Ok,
            Outcome::Unreachable(Unreachable::Refused),
            Outcome::Unreachable(Unreachable::Dns),
            Outcome::Unreachable(Unreachable::Refused),
        ]);
        assert_eq!(counts.by_word(), [("ok", 1), ("unreachable", 3)]);
        assert_eq!(counts.reasons_of("unreachable").collect::<Vec<_>>(), [("dns", 1), ("refused", 2)]);
        assert_eq!(counts.reasons_of("ok").count(), 0);
    }

    fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
        proptest::collection::vec(proptest::sample::select(Outcome::ALL.to_vec()), 0..40)
    }

    proptest! {
        #[test]
        fn the_exit_is_the_worst_of_the_parts(one in outcomes(), other in outcomes(), halted: bool, interrupted: bool) {
            let finished = Finished { halted, interrupted, ..Finished::default() };
            let both = [one.clone(), other.clone()].concat();
            let worse = counts(&one).exit(&finished).or(counts(&other).exit(&finished));
            prop_assert_eq!(counts(&both).exit(&finished), worse);
        }

        #[test]
        fn nothing_is_lost(outcomes in outcomes()) {
            let counts = counts(&outcomes);
            prop_assert_eq!(counts.total(), outcomes.len() as u64);
            prop_assert_eq!(counts.by_word().iter().map(|(_, count)| count).sum::<u64>(), counts.total());
        }
    }
}
