//! How many there are of each outcome, as a run that has finished keeps it.

use serde_json::{Map, Value as Json, json};
use wigwag_fleet::Counts;
use wigwag_protocol::outcome::Outcome;

/// `{"ok": 5, "unreachable/refused": 2}`
pub(in crate::journal) fn to_json(counts: &Counts) -> String {
    let name = |outcome: Outcome| match outcome.reason() {
        Some(reason) => format!("{}/{reason}", outcome.word()),
        None => outcome.word().to_owned(),
    };
    let counts: Map<String, Json> = counts.iter().map(|(outcome, count)| (name(outcome), json!(count))).collect();
    Json::Object(counts).to_string()
}

/// Nothing where it says something that is not known here.
pub(in crate::journal) fn from_json(text: &str) -> Option<Counts> {
    let names: Map<String, Json> = serde_json::from_str(text).ok()?;
    let mut counts = Counts::default();
    for (name, count) in names {
        let (word, reason) = name.split_once('/').map_or((&*name, None), |(word, reason)| (word, Some(reason)));
        counts.add_many(Outcome::read(word, reason)?, count.as_u64()?);
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_back_as_they_were_written() {
        let mut counts = Counts::default();
        for outcome in Outcome::ALL {
            counts.add(outcome);
        }
        counts.add(Outcome::Ok);
        assert_eq!(from_json(&to_json(&counts)), Some(counts));
    }

    #[test]
    fn a_word_that_is_not_known_is_not_passed_over() {
        assert_eq!(from_json(r#"{"ok":1,"vanished":1}"#), None);
        assert_eq!(from_json(&to_json(&Counts::default())), Some(Counts::default()));
    }
}
