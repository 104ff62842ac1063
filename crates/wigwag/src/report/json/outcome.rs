//! The outcome event: one target, with all its evidence.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use wigwag_fleet::{Ended, Task};
use wigwag_protocol::exchange::{Evidence, Secrets, Timing};
use wigwag_protocol::layout::Value;

use super::writer::{self, Object};
use super::{fields, hide, safe, text_value};
use crate::report::text::error_of;

/// Writes outcome events. What many of them share is written once and kept.
#[derive(Debug)]
pub(in crate::report) struct Outcomes {
    /// How each begins: with the brace, and the run's id where it has one.
    opening: Vec<u8>,
    known: Option<Known>,
    clock: Clock,
}

/// Writes moments. Those of one second begin alike, and that is written once.
#[derive(Debug, Default)]
struct Clock {
    second: u64,
    /// `"2026-11-28T14:24:47`
    shown: Vec<u8>,
}

/// What the last target was told.
#[derive(Debug)]
struct Known {
    task: Arc<Task>,
    /// The members that say it.
    command: Vec<u8>,
    /// The bytes of a request without a secret, and the object that shows them.
    request: Option<(Arc<[u8]>, Vec<u8>)>,
}

impl Outcomes {
    /// Those of the run of this id.
    pub(in crate::report) fn of_run(run: Option<&str>) -> Self {
        let mut opening = Vec::new();
        let mut event = Object::open(&mut opening);
        event.number("v", 1_u32);
        event.string("event", "outcome");
        if let Some(run) = run {
            event.string("run", run);
        }
        Self { opening, known: None, clock: Clock::default() }
    }

    /// Writes the event as one object.
    pub(in crate::report) fn write(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        let evidence = &ended.evidence;
        // What was not tried came to no phase and took no time.
        let was_tried = ended.attempt > 0;
        let mut event = Object::go_on(out, &self.opening);
        event.string("device", &ended.target.name);
        if let Some(address) = evidence.address {
            writer::address(event.key("address"), address);
        }
        self.clock.time(&mut event, ended.time);
        let known = ended.target.order.as_ref().ok().map(|order| self.known(&order.task));
        if let Some(known) = &known {
            event.members(&known.command);
        }
        event.string("outcome", ended.outcome.word());
        if let Some(reason) = ended.outcome.reason() {
            event.string("reason", reason);
        }
        if was_tried {
            event.string("phase", evidence.phase.word());
        }
        event.number("attempt", ended.attempt);
        event.number("bytes_written", evidence.bytes_written as u64);
        if let Some(known) = known.filter(|_| !evidence.request.is_empty()) {
            known.request(event.key("request"), evidence);
        }
        heard(&mut event, evidence);
        if was_tried {
            timing(event.key("timing_us"), &evidence.timing);
        }
        if let Some(error) = error_of(ended) {
            event.string("error", error);
        }
        if let Some(hint) = &evidence.hint {
            event.string("hint", hint);
        }
        event.close();
    }

    fn known(&mut self, task: &Arc<Task>) -> &mut Known {
        let known = self.known.take().filter(|known| Arc::ptr_eq(&known.task, task));
        self.known.insert(known.unwrap_or_else(|| Known::new(task)))
    }
}

impl Default for Outcomes {
    fn default() -> Self {
        Self::of_run(None)
    }
}

impl Known {
    fn new(task: &Arc<Task>) -> Self {
        let mut command = Vec::new();
        let mut object = Object::open(&mut command);
        if let Some(typed) = &task.command {
            object.string("command", typed);
        }
        params(&mut object, task);
        object.string("effect", task.call.effect().word());
        // Without the brace that opened it.
        command.remove(0);
        Self { task: task.clone(), command, request: None }
    }

    fn request(&mut self, out: &mut Vec<u8>, evidence: &Evidence) {
        let hidden = &evidence.secrets;
        match &self.request {
            Some((same, shown)) if *same == evidence.request && hidden.is_empty() => out.extend_from_slice(shown),
            _ => {
                let start = out.len();
                bytes(out, hidden, &evidence.request, self.body(&evidence.request).as_deref());
                if hidden.is_empty() {
                    let shown = out.get(start..).unwrap_or_default().to_vec();
                    self.request = Some((evidence.request.clone(), shown));
                }
            }
        }
    }

    fn body(&self, request: &[u8]) -> Option<Vec<u8>> {
        let body = |layout: &wigwag_protocol::layout::Layout| {
            layout.decode(request, |frame| frame.bytes("body").map(<[u8]>::to_vec)).ok().flatten()
        };
        self.task.call.request().layouts().find_map(body)
    }
}

/// What the parameters are; secret ones are not told.
fn params(object: &mut Object<'_>, task: &Task) {
    let params = task.call.command().map(|command| command.params.as_slice()).unwrap_or_default();
    let given = |name: &str| task.call.fields().get(name);
    if !params.iter().any(|param| given(&param.name).is_some()) {
        return;
    }
    let mut object = Object::open(object.key("params"));
    for param in params {
        match given(&param.name) {
            None => {}
            Some(_) if param.rule.secret => writer::string(object.name(&param.name), "<secret>"),
            Some(said) => writer::value(object.name(&param.name), said),
        }
    }
    object.close();
}

/// What came from the device.
fn heard(event: &mut Object<'_>, evidence: &Evidence) {
    let hidden = &evidence.secrets;
    if !evidence.response.is_empty() {
        let body = evidence.ended_by.is_some().then_some(evidence.body.as_slice());
        bytes(event.key("response"), hidden, &evidence.response, body);
    }
    says(event, evidence);
    if let Some(refusal) = &evidence.refusal {
        if let Some(code) = &refusal.code {
            shown(event.key("code"), hidden, code);
        }
        if let Some(text) = &refusal.text {
            shown(event.key("text"), hidden, text);
        }
        if refusal.busy {
            event.truth("busy", true);
        }
    }
    for (key, others) in [
        ("stale", &evidence.stale),
        ("extra", &evidence.extra),
        ("foreign", &evidence.foreign),
        ("events", &evidence.events),
    ] {
        if !others.is_empty() {
            bytes(event.key(key), hidden, others, None);
        }
    }
    if let Some(reason) = evidence.ended_by {
        let _ = write!(event.key("ended_by"), "\"{reason}\"");
    }
}

/// All the bytes in hex, and the text of the body, or of all of them where there is no body. Bytes that were made of a
/// secret have no hex.
fn bytes(out: &mut Vec<u8>, hidden: &Secrets, wire: &[u8], body: Option<&[u8]>) {
    let said = body.unwrap_or(wire);
    let mut object = Object::open(out);
    if hidden.are_in(wire) || hidden.are_in(said) {
        object.key("hex").extend_from_slice(b"null");
        writer::text(object.key("text"), &hidden.hide(said));
    } else {
        writer::hex(object.key("hex"), wire);
        writer::text(object.key("text"), said);
    }
    object.close();
}

/// The fields of an answer, or of each of its frames.
fn says(event: &mut Object<'_>, evidence: &Evidence) {
    match evidence.list.as_slice() {
        [] if evidence.fields.is_empty() => {}
        _ => all_fields(event.key("fields"), evidence),
    }
}

/// An object, or an array of them where the answer is a list of like frames.
pub(in crate::report) fn all_fields(out: &mut Vec<u8>, evidence: &Evidence) {
    let hidden = &evidence.secrets;
    match evidence.list.as_slice() {
        [] if hidden.is_empty() => writer::fields(out, &evidence.fields),
        list if hidden.is_empty() => writer::list(out, list, writer::fields),
        [] => out.extend_from_slice(safe(&hide(hidden, fields(&evidence.fields)).to_string()).as_bytes()),
        list => writer::list(out, list, |out, record| {
            out.extend_from_slice(safe(&hide(hidden, fields(record)).to_string()).as_bytes());
        }),
    }
}

/// What a device says to a person is text, whatever the type of its part.
fn shown(out: &mut Vec<u8>, hidden: &Secrets, said: &Value) {
    out.extend_from_slice(safe(&hide(hidden, text_value(said)).to_string()).as_bytes());
}

/// A moment in RFC 3339, in UTC; none beyond the years that it can write.
pub(super) fn time(event: &mut Object<'_>, time: SystemTime) {
    if let Ok(time) = Timestamp::try_from(time) {
        let _ = write!(event.key("time"), "\"{time}\"");
    }
}

impl Clock {
    /// As [`time`] writes it.
    fn time(&mut self, event: &mut Object<'_>, moment: SystemTime) {
        let Ok(since) = moment.duration_since(SystemTime::UNIX_EPOCH) else { return time(event, moment) };
        if self.shown.is_empty() || self.second != since.as_secs() {
            let Ok(whole) = Timestamp::from_second(since.as_secs() as i64) else { return };
            self.second = since.as_secs();
            self.shown = format!("\"{whole}").into_bytes();
            // Without the `Z`, which stands behind the fraction.
            self.shown.pop();
        }
        let out = event.key("time");
        out.extend_from_slice(&self.shown);
        fraction(out, since.subsec_nanos());
        out.extend_from_slice(b"Z\"");
    }
}

/// `.127230002`, without zeros at its end; nothing of a whole second.
fn fraction(out: &mut Vec<u8>, nanos: u32) {
    if nanos == 0 {
        return;
    }
    // The one in front is written over: it keeps the zeros that come first.
    let start = out.len();
    writer::whole(out, u64::from(nanos) + 1_000_000_000);
    if let Some(one) = out.get_mut(start) {
        *one = b'.';
    }
    while out.pop_if(|digit| *digit == b'0').is_some() {}
}

fn timing(out: &mut Vec<u8>, timing: &Timing) {
    let mut object = Object::open(out);
    for (phase, took) in [
        ("resolve", timing.resolve),
        ("connect", timing.connect),
        ("tls", timing.tls),
        ("greeting", timing.greeting),
        ("first_byte", timing.first_byte),
        ("total", Some(timing.total)),
    ] {
        if let Some(took) = took {
            object.number(phase, microseconds(took));
        }
    }
    object.close();
}

pub(crate) fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_clock_shows_what_a_timestamp_does(
            moments in proptest::collection::vec((0..300_000_000_000_u64, 0..1_000_000_000_u32, 0..5_u32), 1..9),
        ) {
            let mut clock = Clock::default();
            for (seconds, nanos, zeros) in moments {
                let nanos = nanos - nanos % 10_u32.pow(2 * zeros);
                let moment = SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos);
                let (mut shown, mut expected) = (Vec::new(), Vec::new());
                clock.time(&mut Object::open(&mut shown), moment);
                time(&mut Object::open(&mut expected), moment);
                prop_assert_eq!(String::from_utf8(shown), String::from_utf8(expected));
            }
        }
    }
}
