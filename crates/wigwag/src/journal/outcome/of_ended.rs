//! What may be written down of an outcome: no secret, and no more than a few KiB.

use std::borrow::Cow;

use serde_json::Value as Json;
use wigwag_fleet::Ended;
use wigwag_protocol::exchange::{Evidence, Secrets};
use wigwag_protocol::layout::{Fields, Value};

use super::{KEPT, Rare, StoredBytes, StoredOutcome, Told};
use crate::report::{json_text_value, json_value, json_writer as json};

/// What stands in place of a value that is a secret.
const HIDDEN: &str = "<secret>";

/// The most bytes of JSON that are kept of fields. What is longer is a transfer of data, not an answer.
const KEPT_FIELDS: usize = 4 * KEPT;

/// Room for the fields of a usual answer.
const FIELDS: usize = 256;

impl<'a> StoredOutcome<'a> {
    pub(in crate::journal) fn of(ended: &'a Ended, is_final: bool, told: &'a mut Told) -> Self {
        let evidence = &ended.evidence;
        let secrets = &evidence.secrets;
        let task = ended.target.order.as_ref().ok().map(|order| &order.task);
        let request_said = task.and_then(|task| told.body_of(task, &evidence.request));
        let response_said = evidence.ended_by.is_some().then_some(evidence.body.as_slice());
        let (fields, fields_cut) = fields(evidence);
        let does_not_fit = ended.target.order.as_ref().err().map(|invalid| invalid.message.as_str());
        Self {
            number: ended.target.number,
            attempt: ended.attempt,
            is_final,
            outcome: ended.outcome,
            time: ended.time,
            fingerprint: task.filter(|_| ended.attempt > 0).map(|task| task.fingerprint()),
            phase: evidence.phase,
            address: evidence.address,
            told: None,
            bytes_written: evidence.bytes_written as u64,
            timing: evidence.timing,
            request: StoredBytes::of(secrets, &evidence.request, request_said),
            response: StoredBytes::of(secrets, &evidence.response, response_said),
            ended_by: evidence.ended_by.map(|reason| reason.to_string().into()),
            error: evidence.error.as_deref().or(does_not_fit).map(|error| text(secrets, error)),
            hint: evidence.hint.as_deref().map(|hint| text(secrets, hint)),
            fields,
            rare: Rare::of(evidence, fields_cut).map(Box::new),
        }
    }
}

impl<'a> Rare<'a> {
    /// Nothing where there is nothing of it.
    fn of(evidence: &'a Evidence, fields_cut: bool) -> Option<Self> {
        let Evidence { refusal, stale, extra, foreign, events, secrets, .. } = evidence;
        let is_plain = refusal.is_none() && [stale, extra, foreign, events].into_iter().all(Vec::is_empty);
        if is_plain && !fields_cut {
            return None;
        }
        let bytes = |bytes: &'a [u8]| StoredBytes::of(secrets, bytes, None);
        let refusal = refusal.as_ref();
        let refused = |part: Option<&Value>, to_json: fn(&Value) -> Json| part.map(|part| hide(secrets, part, to_json));
        Some(Self {
            code: refused(refusal.and_then(|refusal| refusal.code.as_ref()), json_value),
            text: refused(refusal.and_then(|refusal| refusal.text.as_ref()), json_text_value),
            busy: refusal.is_some_and(|refusal| refusal.busy),
            stale: bytes(stale),
            extra: bytes(extra),
            foreign: bytes(foreign),
            events: bytes(events),
            fields_cut,
        })
    }
}

impl<'a> StoredBytes<'a> {
    /// Secrets are hidden first and the rest is cut off after that: a half of a secret is not known as one.
    fn of(secrets: &Secrets, wire: &'a [u8], said: Option<&'a [u8]>) -> Self {
        let length = wire.len() as u64;
        if wire.is_empty() {
            return Self::default();
        }
        let (wire, said) = match secrets.are_in(wire) || said.is_some_and(|said| secrets.are_in(said)) {
            true => (None, Some(secrets.hide(said.unwrap_or(wire)))),
            false => (Some(Cow::Borrowed(wire)), said.filter(|said| *said != wire).map(Cow::Borrowed)),
        };
        Self { length, wire: wire.map(cut), said: said.map(cut) }
    }
}

fn cut(bytes: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..KEPT).unwrap_or(bytes)),
        Cow::Owned(mut bytes) => {
            bytes.truncate(KEPT);
            Cow::Owned(bytes)
        }
    }
}

/// A text without secrets. Texts for people are short already, but for what they repeat of a device's words.
fn text<'a>(secrets: &Secrets, text: &'a str) -> Cow<'a, str> {
    match secrets.are_in(text.as_bytes()) {
        true => Cow::Owned(secrets.hide_text(text.to_owned())),
        false => Cow::Borrowed(text),
    }
}

/// The fields of an answer, or of each of its frames, as JSON; and whether there are too many.
fn fields(evidence: &Evidence) -> (Option<String>, bool) {
    let Evidence { fields, list, secrets, .. } = evidence;
    let size = |value: &Value| size(value, KEPT_FIELDS);
    let all = || list.iter().chain([fields]).flat_map(Fields::iter).map(|(_, value)| value);
    let mut total = 0;
    if all().any(|value| {
        total += size(value);
        total > KEPT_FIELDS
    }) {
        return (None, true);
    }
    if list.is_empty() && fields.is_empty() {
        return (None, false);
    }
    let mut written = Vec::with_capacity(FIELDS);
    match list.as_slice() {
        [] => write_fields(&mut written, secrets, fields),
        list => json::list(&mut written, list, |out, fields| write_fields(out, secrets, fields)),
    }
    // JSON is text.
    (String::from_utf8(written).ok(), false)
}

fn write_fields(out: &mut Vec<u8>, secrets: &Secrets, fields: &Fields) {
    if secrets.is_empty() {
        json::fields(out, fields);
        return;
    }
    let shown = fields.iter().map(|(name, value)| (name.to_owned(), hide(secrets, value, json_value)));
    out.extend_from_slice(Json::Object(shown.collect()).to_string().as_bytes());
}

/// About how long a value is in JSON; no more of it is looked at than it takes to see that it is too long.
fn size(value: &Value, most: usize) -> usize {
    match value {
        Value::Integer(_) | Value::Float(_) | Value::Name(_) => 16,
        Value::Bits(_, bits) => 16 * bits.len(),
        Value::Bytes(bytes) => 2 * bytes.len(),
        Value::Text(text) => text.len(),
        Value::List(elements) => sum(elements.iter(), most),
        Value::Record(fields) => sum(fields.iter().map(|(_, value)| value), most),
    }
}

fn sum<'v>(values: impl Iterator<Item = &'v Value>, most: usize) -> usize {
    let mut total = 0;
    for value in values {
        total += 8 + size(value, most);
        if total > most {
            break;
        }
    }
    total
}

/// A value as JSON, with `<secret>` in place of each that holds one, whatever its type.
fn hide(secrets: &Secrets, value: &Value, to_json: fn(&Value) -> Json) -> Json {
    let unless = |is_secret: bool| if is_secret { Json::String(HIDDEN.to_owned()) } else { to_json(value) };
    match value {
        Value::Integer(number) => unless(secrets.are_in(number.to_string().as_bytes())),
        Value::Float(number) => unless(secrets.are_in(number.to_string().as_bytes())),
        Value::Bits(number, _) => unless(secrets.are_in(number.to_string().as_bytes())),
        Value::Bytes(bytes) => unless(secrets.are_in(bytes)),
        Value::Name(name) => unless(secrets.are_in(name.as_bytes())),
        Value::Text(text) => Json::String(secrets.hide_text(text.clone())),
        Value::List(elements) => Json::Array(elements.iter().map(|element| hide(secrets, element, to_json)).collect()),
        Value::Record(fields) => {
            Json::Object(fields.iter().map(|(name, value)| (name.to_owned(), hide(secrets, value, to_json))).collect())
        }
    }
}
