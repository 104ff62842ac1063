//! The object, version 1. Keys may be added within a version, never changed.

use serde_json::{Map, Value as Json, json};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::Command;

use super::cut::Wrong;
use super::meaning::{self, Meaning};
use super::{Kind, Piece, Told};
use crate::report;

/// All frames as one object on one line.
pub(super) fn object(bytes: &[u8], frames: &[Told], notes: &[String]) -> String {
    let object = json!({
        "v": 1,
        "ok": frames.iter().all(|told| told.wrong.is_none()),
        "frames": frames.iter().map(|told| frame(bytes, told)).collect::<Vec<_>>(),
        "hints": notes,
    });
    report::safe_json(&object.to_string()) + "\n"
}

fn frame(bytes: &[u8], told: &Told) -> Json {
    let wire = bytes.get(told.at.clone()).unwrap_or_default();
    // Bytes that were made of a secret have no hex.
    let is_hidden = Piece::are_hidden(&told.pieces);
    let rest = bytes.get(told.known_to()..told.at.end).filter(|_| told.ended_by.is_none());
    let kind = match &told.meaning {
        Some(Meaning::Greeting) => "greeting",
        Some(Meaning::Echo(_)) => "echo",
        _ => told.kind.word(),
    };
    let mut frame = json!({
        "kind": kind,
        "start": told.at.start,
        "end": told.at.end,
        "hex": (!is_hidden).then(|| hex::encode(wire)),
        "parts": told.pieces.iter().map(part).collect::<Vec<_>>(),
        "ended_by": told.ended_by.map(|reason| reason.to_string()),
        "rest": hex::encode(rest.filter(|_| told.kind != Kind::Padding).unwrap_or_default()),
        "error": told.wrong.as_ref().map(error),
    });
    let Some(object) = frame.as_object_mut() else { return frame };
    if let Some(case) = &told.case {
        let case = json!({ "number": case.number, "of": case.of, "layout": case.layout, "when": case.when });
        object.insert("case".to_owned(), case);
    }
    if !told.others.is_empty() {
        let others = told.others.iter().map(|(number, why)| json!({ "number": number, "error": why }));
        object.insert("other_cases".to_owned(), others.collect());
    }
    if let Some(meaning) = &told.meaning {
        object.append(&mut said(meaning));
    }
    frame
}

fn part(piece: &Piece) -> Json {
    let mut part = json!({
        "name": piece.name.as_deref(),
        "start": piece.at.as_ref().map(|at| at.start),
        "end": piece.at.as_ref().map(|at| at.end),
        "hex": (!piece.hidden).then(|| hex::encode(&piece.bytes)),
        "value": match (&piece.value, piece.hidden) {
            (_, true) => json!("<secret>"),
            (Some(value), false) => report::json_value(value),
            (None, false) => Json::Null,
        },
    });
    if let Some(part) = part.as_object_mut().filter(|_| !piece.inside.is_empty()) {
        part.insert("parts".to_owned(), piece.inside.iter().map(self::part).collect());
    }
    part
}

fn error(wrong: &Wrong) -> Json {
    let Wrong { part, offset, expected, found, .. } = wrong;
    json!({ "part": part.as_deref(), "offset": offset, "expected": expected, "found": found })
}

fn said(meaning: &Meaning) -> Map<String, Json> {
    let mut said = Map::new();
    let mut set = |key: &str, value: Json| {
        said.insert(key.to_owned(), value);
    };
    match meaning {
        Meaning::Greeting => {}
        Meaning::Echo(command) => set("command", json!(&*command.name)),
        Meaning::Command { command, params, .. } => {
            set("command", json!(&*command.name));
            set("params", self::params(command, params));
        }
        Meaning::NoCommand => set("command", Json::Null),
        Meaning::Event => set("class", json!("event")),
        Meaning::Progress => set("class", json!("progress")),
        Meaning::Heartbeat => set("class", json!("heartbeat")),
        Meaning::Unasked(command, why) => {
            set("class", json!("unasked"));
            set("wanted", json!(&*command.name));
            set("why", error(why));
        }
        Meaning::Extra(_) => set("class", json!("extra")),
        Meaning::Refusal(refusal) => {
            set("class", json!("error"));
            set("code", refusal.code.as_ref().map_or(Json::Null, report::json_value));
            set("text", refusal.text.as_ref().map_or(Json::Null, report::json_text_value));
            set("busy", json!(refusal.busy));
        }
        Meaning::Answer(answered) => {
            set("class", json!("answer"));
            set("command", json!(answered.command.as_ref().map(|command| &*command.name)));
            set("fits", answered.fits.iter().map(|name| json!(&**name)).collect());
            set("fields", report::json_fields(&answered.fields));
            set("goes_on", json!(answered.goes_on));
        }
        Meaning::Other(command) => set("wanted", json!(&*command.name)),
    }
    said
}

/// The values of a command; secret ones are not told.
fn params(command: &Command, params: &Fields) -> Json {
    let is_secret = |name: &str| meaning::secret_params(command).any(|secret| secret == name);
    let told = params.iter().map(|(name, value)| {
        let value = if is_secret(name) { json!("<secret>") } else { report::json_value(value) };
        (name.to_owned(), value)
    });
    Json::Object(told.collect())
}
