//! What a run ends with.

use wigwag_fleet::Counts;
use wigwag_protocol::outcome::{Outcome, Skipped};

use super::Finished;
use crate::exit::Exit;

/// The exit code of a run: that of the worst that happened.
pub(crate) fn exit(counts: &Counts, finished: &Finished) -> Exit {
    let outcomes = counts.iter().map(|(outcome, _)| exit_of(outcome));
    let ends = [
        (finished.faulty, Exit::Fault),
        (finished.halted, Exit::Halted),
        (finished.interrupted, Exit::Interrupted),
        (finished.incomplete, Exit::Undone),
    ];
    let ends = ends.into_iter().filter(|(is_so, _)| *is_so).map(|(_, exit)| exit);
    outcomes.chain(ends).fold(Exit::Ok, Exit::or)
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
        for (outcomes, finished, code) in [
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
            assert_eq!(exit(&counts(outcomes), &finished).number(), code, "{outcomes:?} {finished:?}");
        }
    }

    fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
        proptest::collection::vec(proptest::sample::select(Outcome::ALL.to_vec()), 0..40)
    }

    proptest! {
        #[test]
        fn the_exit_is_the_worst_of_the_parts(one in outcomes(), other in outcomes(), halted: bool, interrupted: bool) {
            let finished = Finished { halted, interrupted, ..Finished::default() };
            let both = [one.clone(), other.clone()].concat();
            let worse = exit(&counts(&one), &finished).or(exit(&counts(&other), &finished));
            prop_assert_eq!(exit(&counts(&both), &finished), worse);
        }

        #[test]
        fn nothing_is_lost(outcomes in outcomes()) {
            let counts = counts(&outcomes);
            prop_assert_eq!(counts.total(), outcomes.len() as u64);
            prop_assert_eq!(counts.by_word().iter().map(|(_, count)| count).sum::<u64>(), counts.total());
        }
    }
}
