//! When whom to tell that a deadline has come.

use std::collections::BTreeSet;

use wigwag_protocol::Moment;

/// One alarm for each conversation, at its deadline or before.
///
/// A deadline moves with all that happens, nearly always to a later moment. An alarm stays where it is then, and where the
/// conversation is over it stays for the next one of that number: when it rings the deadline is looked at, and set anew. So
/// an exchange costs no alarm, and there are never more of them than conversations at once.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    due: BTreeSet<(Moment, usize)>,
    /// By the number of the conversation.
    set: Vec<Option<Moment>>,
}

impl Alarms {
    /// The conversation wants to be told at `deadline` at the latest.
    pub(super) fn set(&mut self, key: usize, deadline: Moment) {
        if self.set.len() <= key {
            self.set.resize(key + 1, None);
        }
        let set = &mut self.set[key];
        if set.is_some_and(|at| at <= deadline) {
            return;
        }
        if let Some(later) = set.replace(deadline) {
            self.due.remove(&(later, key));
        }
        self.due.insert((deadline, key));
    }

    /// When the next one rings.
    pub(super) fn next(&self) -> Option<Moment> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The next conversation whose alarm has come; it is told once.
    pub(super) fn ring(&mut self, now: Moment) -> Option<usize> {
        let (_, key) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        self.due.pop_first();
        self.set[key] = None;
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(millis: u64) -> Moment {
        Moment::after_origin(Duration::from_millis(millis))
    }

    #[test]
    fn an_alarm_moves_forward_and_never_back() {
        let mut alarms = Alarms::default();
        alarms.set(1, at(50));
        alarms.set(0, at(40));
        alarms.set(1, at(60));
        assert_eq!(alarms.next(), Some(at(40)));
        alarms.set(1, at(30));
        assert_eq!((alarms.next(), alarms.due.len()), (Some(at(30)), 2));

        assert_eq!(alarms.ring(at(29)), None);
        assert_eq!((alarms.ring(at(100)), alarms.ring(at(100)), alarms.ring(at(100))), (Some(1), Some(0), None));
        alarms.set(1, at(70));
        assert_eq!(alarms.next(), Some(at(70)), "it can be set again");
    }
}
