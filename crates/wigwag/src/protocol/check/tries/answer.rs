//! The device half can give this answer: what the client read, put back into the file's layouts, is `recv` again, or
//! means the same.

use std::ops::Range;

use wigwag_protocol::exchange::{Answer, End, Request};
use wigwag_protocol::layout::{Encoded, Fields, Then, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::Refusal;

use super::{Finding, Result, Try, Whole, fault, fault_with};
use crate::protocol::check::client::{self, Ending};
use crate::protocol::check::report::counted;
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told::{Told, outcome, shown_bytes};
use crate::protocol::check::transport::wired;
use crate::report::value;

/// Something about an answer that holds all the same.
#[derive(Debug)]
pub(super) enum Remark {
    /// It means the same, in these bytes.
    OtherBytes(String),
    /// The device half cannot say this no: it says no with the first class that takes what is told.
    OtherNo(String),
}

pub(super) fn answer(scene: &Scene<'_>, request: &Request, whole: &Whole) -> Result<Option<Remark>> {
    match whole.told.outcome {
        Outcome::Ok => yes(scene, whole).map_or(Ok(None), |said| said_yes(scene, request, whole, &said)),
        Outcome::Rejected => Ok(no(whole.told.refusal.as_ref()).map(|told| said_no(scene, request, whole, told))),
        _ => Ok(None),
    }
}

fn said_yes(scene: &Scene<'_>, request: &Request, whole: &Whole, said: &Answer) -> Result<Option<Remark>> {
    let written = match request.answered(&scene.protocol, said) {
        Ok(Some(written)) => written,
        Ok(None) => return Ok(None),
        Err(error) => {
            return Err(fault(scene, Try::Answer, format!("the device half cannot give this answer: {error}")));
        }
    };
    if written.bytes == whole.end.evidence.response {
        return Ok(Some(None));
    }
    let end = heard(scene, whole, &written);
    match end.as_ref().map(|end| (end, Told::of(end))) {
        Some((end, told)) if !(told.outcome == whole.told.outcome && same_fields(&told, &whole.told)) => {
            let message = format!("what the device half says in its place is another answer: {}", outcome(end));
            Err(fault_with(scene, Try::Answer, message, vec![shown_bytes(&written.bytes)]))
        }
        _ => Ok(Some(Some(Remark::OtherBytes(format!("{}: {}", scene.name(), shown_bytes(&written.bytes)))))),
    }
}

/// A no is rarely spelled as it came; what it tells must come again.
fn said_no(scene: &Scene<'_>, request: &Request, whole: &Whole, told: Value) -> Option<Remark> {
    let name = scene.name();
    let written = match request.answered(&scene.protocol, &Answer::Error(told.clone())) {
        Ok(Some(written)) => written,
        Ok(None) => return None,
        Err(error) => return Some(Remark::OtherNo(format!("{name}: {} is not said: {error}", value(&told)))),
    };
    let end = heard(scene, whole, &written)?;
    let says = |refusal: &Refusal| refusal.code.iter().chain(&refusal.text).any(|came| told.agrees_with(came));
    match &end.evidence.refusal {
        Some(refusal) if end.outcome == Outcome::Rejected && says(refusal) => None,
        _ => Some(Remark::OtherNo(format!("{name}: for {} it says {}", value(&told), shown_bytes(&written.bytes)))),
    }
}

/// What the client makes of it.
fn heard(scene: &Scene<'_>, whole: &Whole, written: &Encoded) -> Option<End> {
    let ending = if written.then == Then::HalfClose { Ending::Eof } else { whole.ending };
    let wire = wired(scene.protocol.transport, written.bytes.clone());
    Some(client::sends(scene).ok()?.hears([wire.as_slice()], ending).end)
}

/// A yes in the parts that the client read.
fn yes(scene: &Scene<'_>, whole: &Whole) -> Option<Answer> {
    let Told { fields, list, body, .. } = &whole.told;
    match &scene.example.command {
        Some(_) if list.is_empty() => Some(Answer::Fields(vec![fields.clone()])),
        Some(_) => Some(Answer::Fields(list.clone())),
        // To what is no command a device answers with a body, if with anything.
        None => {
            let wanted = scene.protocol.response.wanted();
            (wanted == ["body"]).then(|| Answer::Body(body.clone()))
        }
    }
}

fn no(refusal: Option<&Refusal>) -> Option<Value> {
    let refusal = refusal?;
    refusal.code.clone().or_else(|| refusal.text.clone())
}

/// Whether both say the same. A body that is read in parts may be spelled otherwise.
fn same_fields(one: &Told, other: &Told) -> bool {
    let same = |one: &Fields, other: &Fields| one.agree_with(other) && other.agree_with(one);
    let lists = one.list.iter().zip(&other.list);
    same(&one.fields, &other.fields) && one.list.len() == other.list.len() && lists.into_iter().all(|(a, b)| same(a, b))
}

/// All remarks of a kind in one note: each by itself says little.
pub(super) fn summed_up(remarks: &[(Range<usize>, Remark)]) -> Vec<Finding> {
    let of_kind = |message: fn(usize) -> String, line: fn(&Remark) -> Option<&String>| {
        let lines: Vec<(&Range<usize>, &String)> =
            remarks.iter().filter_map(|(at, remark)| Some((at, line(remark)?))).collect();
        let (first, _) = lines.first()?;
        let note = Finding::note(Try::Answer.word(), message(lines.len())).at(Some((*first).clone()));
        Some(note.with_detail(lines.iter().map(|(_, line)| (*line).clone())))
    };
    let bytes = of_kind(
        |count| format!("in {} the device half says the same in other bytes", counted(count, "example")),
        |remark| if let Remark::OtherBytes(line) = remark { Some(line) } else { None },
    );
    let refusals = of_kind(
        |count| {
            let examples = counted(count, "example");
            format!(
                "in {examples} the device half says no in another way: with the first class that takes what is told"
            )
        },
        |remark| if let Remark::OtherNo(line) = remark { Some(line) } else { None },
    );
    bytes.into_iter().chain(refusals).collect()
}
