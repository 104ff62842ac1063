//! What came of one command, and what must hold of it whatever was wrong.

use crate::due::Due;
use crate::support::{Told, Tries};

/// What was found of one command.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) told: Told,
    pub(crate) tries: Tries,
    /// How often the device acted.
    pub(crate) acts: usize,
    /// Over how many connections any byte of it left the client.
    pub(crate) sends: usize,
}

impl Found {
    /// What is not as it must be.
    pub(crate) fn faults(&self, due: &Due) -> Vec<String> {
        let mut faults = self.lies();
        if !due.iter().any(|(outcome, acts)| *outcome == self.told.outcome && *acts == self.acts) {
            faults.push(format!("{due:?} was due"));
        }
        faults
    }

    /// What can never be.
    fn lies(&self) -> Vec<String> {
        let (word, nothing_written) = (self.told.word(), self.told.bytes_written == 0);
        let rules = [
            (self.acts > 1, "it acted twice"),
            (self.sends > 1, "it was sent twice"),
            (word == "ok" && self.acts == 0, "it says ok, and the device has not acted"),
            (word == "unreachable" && self.acts + self.sends > 0, "it says that nothing was sent, and something was"),
            ((word == "unreachable") != nothing_written, "the count of bytes says something else than the outcome"),
            (self.told.attempts > 1 && self.tries == Tries::One, "it was tried again"),
        ];
        rules.into_iter().filter(|(broken, _)| *broken).map(|(_, rule)| rule.to_owned()).collect()
    }
}
