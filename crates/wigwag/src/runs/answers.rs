//! Which answers of a run are the same. A few bytes a target: what the answers are is read again for those that are shown.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use wigwag_protocol::bytes::display::{escape, escape_str};
use wigwag_protocol::outcome::Outcome;

use super::names;
use crate::journal::{Journal, JournalError, Run, Standings, StoredOutcome};

/// The most that is shown of an answer.
const SHOWN: usize = 160;

/// How each target of a run answered.
#[derive(Debug)]
pub(super) struct Answers {
    /// Equal for equal answers, by the target's number; 0 where there is no outcome.
    of: Vec<u64>,
    /// Where an answer of this kind stands in the order of the run.
    examples: HashMap<u64, u64>,
}

/// What answers are compared by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison<'c> {
    /// Two runs that are compared need one.
    pub(super) hasher: &'c RandomState,
    /// Parts that are left out.
    pub(super) ignored: &'c [String],
}

impl Answers {
    /// Those that stand, with a look at each of them on the way.
    pub(super) fn read(
        journal: &Journal,
        run: &Run,
        standings: &Standings,
        by: Comparison<'_>,
        mut look: impl FnMut(&StoredOutcome<'_>),
    ) -> Result<Self, JournalError> {
        let mut answers = Self { of: vec![0; standings.len() as usize], examples: HashMap::new() };
        for ended in journal.outcomes(run, 0) {
            let (order, ended) = ended?;
            if !standings.is_latest(ended.number, order) {
                continue;
            }
            look(&ended);
            let answer = by.hash(&ended);
            answers.examples.entry(answer).or_insert(order);
            if let Some(of) = answers.of.get_mut(ended.number as usize) {
                *of = answer;
            }
        }
        Ok(answers)
    }

    /// How many targets there are.
    pub(super) fn len(&self) -> u32 {
        // A number of a target has 32 bits.
        self.of.len() as u32
    }

    /// How a target answered; none where it has no outcome.
    pub(super) fn of(&self, number: u32) -> Option<u64> {
        self.of.get(number as usize).copied().filter(|answer| *answer != 0)
    }

    /// The answers and how many gave them, the largest number first.
    pub(super) fn groups(&self) -> Vec<(u64, usize)> {
        let mut counts: HashMap<u64, (usize, usize)> = HashMap::new();
        for (number, answer) in self.of.iter().enumerate().filter(|(_, answer)| **answer != 0) {
            counts.entry(*answer).or_insert((number, 0)).1 += 1;
        }
        let mut groups: Vec<_> = counts.into_iter().collect();
        // Of equally many those come first whose first target does.
        groups.sort_unstable_by_key(|(_, (first, count))| (std::cmp::Reverse(*count), *first));
        groups.into_iter().map(|(answer, (_, count))| (answer, count)).collect()
    }

    /// An answer of this kind.
    pub(super) fn example(
        &self,
        journal: &Journal,
        run: &Run,
        answer: u64,
    ) -> Result<Option<StoredOutcome<'static>>, JournalError> {
        let Some(order) = self.examples.get(&answer) else { return Ok(None) };
        journal.outcomes(run, order.saturating_sub(1)).next().transpose().map(|found| found.map(|(_, ended)| ended))
    }
}

impl Comparison<'_> {
    fn hash(&self, ended: &StoredOutcome<'_>) -> u64 {
        let said = match ended.outcome.is_success() {
            true => self.said(ended),
            false => ended.error.as_deref().unwrap_or_default().as_bytes().to_vec(),
        };
        // 0 is none.
        self.hasher.hash_one((ended.outcome.word(), ended.outcome.reason(), said)).max(1)
    }

    /// The body, or the parts where there is no body or where parts are left out.
    fn said(&self, ended: &StoredOutcome<'_>) -> Vec<u8> {
        match self.parts(ended) {
            Some(parts) => parts.to_string().into_bytes(),
            None => ended.response.text().to_vec(),
        }
    }

    fn parts(&self, ended: &StoredOutcome<'_>) -> Option<serde_json::Value> {
        let mut fields = ended.parts()?;
        if self.ignored.is_empty() && fields.get("body").is_some() {
            return None;
        }
        leave_out(&mut fields, self.ignored);
        Some(fields)
    }

    /// What a device said, in a line.
    pub(super) fn shown(&self, ended: &StoredOutcome<'_>) -> String {
        let said = match (ended.outcome.is_success(), self.parts(ended)) {
            (false, _) => return with_error(ended),
            (true, Some(parts)) => escape_str(&in_words(&parts)).truncated(SHOWN).to_string(),
            (true, None) => escape(ended.response.text()).truncated(SHOWN).to_string(),
        };
        match (ended.outcome, said.is_empty()) {
            (Outcome::Sent, true) => names::outcome(ended.outcome),
            (_, true) => "(nothing)".to_owned(),
            (_, false) => said,
        }
    }
}

fn with_error(ended: &StoredOutcome<'_>) -> String {
    let outcome = names::outcome(ended.outcome);
    match ended.error.as_deref() {
        Some(error) => format!("{outcome}: {}", escape_str(error).truncated(SHOWN)),
        None => outcome,
    }
}

fn leave_out(fields: &mut serde_json::Value, ignored: &[String]) {
    match fields {
        serde_json::Value::Object(parts) => ignored.iter().for_each(|part| drop(parts.shift_remove(part))),
        serde_json::Value::Array(frames) => frames.iter_mut().for_each(|frame| leave_out(frame, ignored)),
        _ => {}
    }
}

/// `n=1 on=true`
fn in_words(fields: &serde_json::Value) -> String {
    let word = |(name, value): (&String, &serde_json::Value)| match value.as_str() {
        Some(text) => format!("{name}={text}"),
        None => format!("{name}={value}"),
    };
    match fields {
        serde_json::Value::Object(parts) => parts.iter().map(word).collect::<Vec<_>>().join(" "),
        serde_json::Value::Array(frames) => frames.iter().map(in_words).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}
