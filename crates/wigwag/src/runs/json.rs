//! The events of a run as it was journaled, version 1: the same as a run tells while it goes on. Keys may be added within a
//! version, never changed.

use std::time::SystemTime;

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use wigwag_fleet::Counts;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::exchange::Timing;

use crate::journal::{How, Listed, Run, StoredBytes, StoredOutcome, Summary};
use crate::report::{self, Begun, Finished, safe_json};

/// An event in the making: what is none is absent.
struct Event(Map<String, Json>);

impl Event {
    fn new(event: &str, run: &Run) -> Self {
        let mut new = Self(Map::new());
        new.set("v", 1);
        new.set("event", event);
        new.set("run", run.id.as_str());
        new
    }

    fn set(&mut self, key: &str, value: impl Into<Json>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn set_some(&mut self, key: &str, value: Option<impl Into<Json>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    fn set_bytes(&mut self, key: &str, bytes: &StoredBytes<'_>) {
        if !bytes.is_empty() {
            self.set(key, self::bytes(bytes));
        }
    }

    fn text(self) -> String {
        safe_json(&Json::Object(self.0).to_string())
    }
}

/// The begin of a run.
pub(super) fn started(run: &Run) -> String {
    let begun = Begun {
        run: Some(run.id.as_str()),
        command: run.command.as_deref(),
        targets: run.targets,
        longest_name: None,
        time: run.started,
    };
    let mut event = Vec::new();
    report::run_started(&begun, &mut event);
    String::from_utf8_lossy(&event).into_owned()
}

/// The end of a run; nothing where it has none yet.
pub(super) fn finished(summary: &Summary, tried_again: u64) -> Option<String> {
    let run = &summary.run;
    let time = run.finished?;
    let ended = |how: How| run.how.as_deref() == Some(how.word());
    let finished = Finished {
        time,
        wall: time.duration_since(run.started).unwrap_or_default(),
        tried_again,
        halted: ended(How::Halted),
        interrupted: ended(How::Interrupted),
        incomplete: !summary.list_complete,
        faulty: ended(How::Refused),
    };
    let mut event = Vec::new();
    report::run_finished(Some(run.id.as_str()), &finished, &summary.counts, &mut event);
    Some(String::from_utf8_lossy(&event).into_owned())
}

/// `"counts":{"ok":118,"unreachable":2},"reasons":{"unreachable":{"refused":2}}`
pub(super) fn counts(counts: &Counts, object: &mut Map<String, Json>) {
    let words: Map<String, Json> =
        counts.by_word().into_iter().map(|(word, count)| (word.to_owned(), json!(count))).collect();
    let mut reasons = Map::new();
    for (outcome, count) in counts.iter() {
        if let Some(reason) = outcome.reason() {
            let of_word = reasons.entry(outcome.word()).or_insert_with(|| json!({}));
            if let Json::Object(of_word) = of_word {
                of_word.insert(reason.to_owned(), json!(count));
            }
        }
    }
    object.insert("counts".to_owned(), Json::Object(words));
    object.insert("reasons".to_owned(), Json::Object(reasons));
}

/// The outcome of a target, or the end of one of its attempts.
pub(super) fn outcome(run: &Run, target: Option<&Listed>, ended: &StoredOutcome<'_>) -> String {
    let mut event = Event::new("outcome", run);
    let name = target.map_or_else(|| format!("#{}", ended.number), |target| target.name.clone());
    event.set("device", name);
    event.set_some("address", ended.address.map(|address| address.to_string()));
    event.set_some("time", time(ended.time));
    // A target that does not fit was to be told nothing.
    if target.is_none_or(|target| target.invalid.is_none()) {
        told(run, ended, &mut event);
    }
    event.set("outcome", ended.outcome.word());
    event.set_some("reason", ended.outcome.reason());
    // What was not tried came to no phase and took no time.
    let was_tried = ended.attempt > 0;
    event.set_some("phase", was_tried.then(|| ended.phase.word()));
    event.set("attempt", ended.attempt);
    event.set("bytes_written", ended.bytes_written);
    event.set_bytes("request", &ended.request);
    event.set_bytes("response", &ended.response);
    event.set_some("fields", ended.parts());
    if let Some(rare) = ended.rare.as_deref() {
        event.set_some("code", rare.code.clone());
        event.set_some("text", rare.text.clone());
        event.set_some("busy", rare.busy.then_some(true));
        event.set_bytes("stale", &rare.stale);
        event.set_bytes("extra", &rare.extra);
        event.set_bytes("foreign", &rare.foreign);
        event.set_bytes("events", &rare.events);
    }
    event.set_some("ended_by", ended.ended_by.as_deref());
    event.set_some("timing_us", was_tried.then(|| timing(&ended.timing)));
    event.set_some("error", ended.error.as_deref());
    event.set_some("hint", ended.hint.as_deref());
    event.text()
}

/// The command, its parameters and its effect. Of what was lost only the run tells them.
fn told(run: &Run, ended: &StoredOutcome<'_>, event: &mut Event) {
    match ended.told.as_deref().map(serde_json::from_str::<Json>) {
        Some(Ok(Json::Object(told))) => event.0.extend(told),
        _ => {
            event.set_some("command", run.command.as_deref());
            event.set("effect", run.effect.word());
        }
    }
}

/// The bytes in hex, and what they say. Bytes that were made of a secret have no hex; of those that were cut it is told how
/// many there were.
fn bytes(bytes: &StoredBytes<'_>) -> Json {
    let mut object = Map::new();
    object.insert("hex".to_owned(), json!(bytes.wire.as_deref().map(hex::encode)));
    object.insert("text".to_owned(), json!(report::json_text(bytes.text())));
    if bytes.is_cut() {
        object.insert("length".to_owned(), json!(bytes.length));
    }
    Json::Object(object)
}

fn timing(timing: &Timing) -> Json {
    let phases = [
        ("resolve", timing.resolve),
        ("connect", timing.connect),
        ("tls", timing.tls),
        ("greeting", timing.greeting),
        ("first_byte", timing.first_byte),
        ("total", Some(timing.total)),
    ];
    let known =
        phases.into_iter().filter_map(|(phase, took)| Some((phase.to_owned(), json!(report::microseconds(took?)))));
    Json::Object(known.collect())
}

/// A moment in RFC 3339, in UTC; none beyond the years that it can write.
fn time(time: SystemTime) -> Option<String> {
    Timestamp::try_from(time).ok().map(|time| time.to_string())
}
