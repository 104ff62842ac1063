//! What is said of devices.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value as Json;

use super::program::json_of;

/// The events of a run, by what they tell.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    /// The outcome of each device, by its name.
    pub(crate) outcomes: BTreeMap<String, Json>,
    /// The last line; none where it was cut off, or the run has not ended.
    pub(crate) finished: Option<Json>,
}

impl Report {
    /// From the lines of `--output ndjson`. A line that was cut off does not count.
    pub(crate) fn read(ndjson: &[u8]) -> Self {
        let text = String::from_utf8_lossy(ndjson);
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let (mut report, mut kinds) = (Self::default(), HashSet::new());
        for line in whole.lines() {
            let event: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
            match event["event"].as_str() {
                Some("outcome") => {
                    // One of each kind is held to the schema.
                    if kinds.insert(kind(&event)) {
                        json_of(line);
                    }
                    let device = event["device"].as_str().unwrap().to_owned();
                    let before = report.outcomes.insert(device, event);
                    assert!(before.is_none(), "a second outcome: {line}");
                }
                Some("run-finished") => report.finished = Some(event),
                Some("run-started") => {}
                _ => panic!("an unknown event: {line}"),
            }
        }
        report.add_up();
        report
    }

    /// The counts of the last line are those of the outcomes.
    fn add_up(&self) {
        let Some(finished) = &self.finished else { return };
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for event in self.outcomes.values() {
            *counts.entry(event["outcome"].as_str().unwrap()).or_default() += 1;
        }
        let told = finished["counts"].as_object().unwrap().iter();
        let told: BTreeMap<&str, u64> = told.map(|(word, count)| (word.as_str(), count.as_u64().unwrap())).collect();
        assert_eq!(told, counts, "{finished}");
        assert_eq!(counts.values().sum::<u64>(), finished["targets"].as_u64().unwrap(), "{finished}");
        json_of(&finished.to_string());
    }

    /// `ok`, `unreachable refused`: how it ended for a device.
    pub(crate) fn kind(&self, device: &str) -> String {
        self.outcomes.get(device).map_or_else(|| "no outcome".to_owned(), kind)
    }

    /// How many came to what.
    pub(crate) fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for event in self.outcomes.values() {
            *kinds.entry(kind(event)).or_default() += 1;
        }
        kinds
    }

    /// How many came to this.
    pub(crate) fn count(&self, wanted: &str) -> usize {
        self.kinds().get(wanted).copied().unwrap_or_default()
    }

    /// The devices that came to this.
    pub(crate) fn devices(&self, wanted: &str) -> Vec<&str> {
        let of_kind = self.outcomes.iter().filter(|(_, event)| kind(event) == wanted);
        of_kind.map(|(device, _)| device.as_str()).collect()
    }

    /// A number of the last line.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.finished.as_ref().unwrap()[key].as_u64().unwrap_or_default()
    }
}

/// `ok`, `unreachable refused`
pub(crate) fn kind(event: &Json) -> String {
    let word = event["outcome"].as_str().unwrap();
    match event["reason"].as_str() {
        Some(reason) => format!("{word} {reason}"),
        None => word.to_owned(),
    }
}
