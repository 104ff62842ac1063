//! What an exchange told, and whether that is what an example says.

use wigwag_protocol::exchange::End;
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{Example, Expected, Refusal, Reply};

use super::scene::Scene;
use crate::report::{byte_count, value};
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::bytes::hex;

/// The most bytes that a message shows of what was left over.
const SHOWN: usize = 60;

/// What an exchange told: of two that told the same, nobody could say which one was which.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Told {
    pub(super) outcome: Outcome,
    pub(super) fields: Fields,
    pub(super) list: Vec<Fields>,
    pub(super) refusal: Option<Refusal>,
    pub(super) body: Vec<u8>,
}

/// Why that is not what the example says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unmet {
    pub(super) message: String,
    pub(super) detail: Vec<String>,
}

impl Told {
    pub(super) fn of(end: &End) -> Self {
        let evidence = &end.evidence;
        Self {
            outcome: end.outcome,
            fields: evidence.fields.clone(),
            list: evidence.list.clone(),
            refusal: evidence.refusal.clone(),
            body: evidence.body.clone(),
        }
    }

    /// Whether it is an answer: a yes or a no.
    pub(super) fn is_an_answer(&self) -> bool {
        matches!(self.outcome, Outcome::Ok | Outcome::Rejected)
    }
}

impl Unmet {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), detail: Vec::new() }
    }
}

/// Whether an exchange ended as the example says.
pub(super) fn meets(scene: &Scene<'_>, end: &End) -> Result<(), Unmet> {
    let evidence = &end.evidence;
    match (&scene.example.expected, end.outcome) {
        (Expected::Error(told), Outcome::Rejected) => refused_with(told.as_ref(), evidence.refusal.as_ref())?,
        (Expected::Error(_), Outcome::Ok) => {
            return Err(Unmet::new("the answer is taken for a yes: it fits no class of [class] `error`")
                .with_fields(&evidence.fields));
        }
        (Expected::Error(_), _) => return Err(Unmet::new(format!("no `error` comes of it: {}", outcome(end)))),
        (Expected::Fields(_) | Expected::List(_), Outcome::Sent) => said_nothing(scene.example)?,
        (Expected::Fields(wanted), Outcome::Ok) => said_fields(wanted, &evidence.fields, &evidence.list)?,
        (Expected::List(wanted), Outcome::Ok) => said_list(wanted, &evidence.list)?,
        (Expected::Fields(_) | Expected::List(_), _) => {
            let is_due = !matches!(scene.call.reply(), Reply::Nothing);
            return Err(match scene.example.recv.is_empty() && is_due {
                true => Unmet::new("the example has no `recv`, though an answer is due"),
                false => Unmet::new(format!("`recv` is not the answer of this command: {}", outcome(end))),
            });
        }
    }
    match evidence.extra.as_slice() {
        [] => Ok(()),
        extra => {
            let (count, shown) = (byte_count(extra), escape(extra).truncated(SHOWN));
            Err(Unmet::new(format!("the answer ends before `recv` does, by {count}: {shown}")))
        }
    }
}

/// How an exchange ended, in a few words.
pub(super) fn outcome(end: &End) -> String {
    let word = match end.outcome.reason() {
        Some(reason) => format!("{} ({reason})", end.outcome.word()),
        None => end.outcome.word().to_owned(),
    };
    match &end.evidence.error {
        // What is said behind every error that leaves it open says nothing here.
        Some(error) => format!("{word}: {}", error.split("; it is not known whether").next().unwrap_or(error)),
        None => word,
    }
}

/// Bytes as a person compares them: text as text, everything else in hex.
pub(super) fn shown_bytes(bytes: &[u8]) -> String {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    match bytes.iter().all(is_text) {
        true => escape(bytes).truncated(SHOWN).to_string(),
        false if bytes.len() > SHOWN => {
            format!("{} ... ({})", hex::encode_spaced(bytes.get(..SHOWN / 2).unwrap_or(bytes)), byte_count(bytes))
        }
        false => hex::encode_spaced(bytes),
    }
}

fn refused_with(wanted: Option<&Value>, refusal: Option<&Refusal>) -> Result<(), Unmet> {
    let Some(wanted) = wanted else { return Ok(()) };
    let told: Vec<&Value> = refusal.iter().flat_map(|refusal| refusal.code.iter().chain(&refusal.text)).collect();
    if told.iter().any(|told| wanted.agrees_with(told)) {
        return Ok(());
    }
    let came = told.first().map_or("nothing".to_owned(), |told| value(told));
    Err(Unmet::new(format!("the device says no with {came}, not with {}", value(wanted))))
}

fn said_nothing(example: &Example) -> Result<(), Unmet> {
    let has_fields = match &example.expected {
        Expected::Fields(fields) => !fields.is_empty(),
        Expected::List(list) => !list.is_empty(),
        Expected::Error(_) => false,
    };
    match has_fields || !example.recv.is_empty() {
        true => Err(Unmet::new("no answer is due (`reply = false`), but the example has one")),
        false => Ok(()),
    }
}

fn said_fields(wanted: &Fields, came: &Fields, list: &[Fields]) -> Result<(), Unmet> {
    if !list.is_empty() {
        return match wanted.is_empty() {
            true => Ok(()),
            false => Err(Unmet::new("the answer is a list of frames: `fields` is a list as well")),
        };
    }
    let differing: Vec<String> = differences(wanted, came).collect();
    match differing.as_slice() {
        [] => Ok(()),
        [only] => Err(Unmet::new(only.clone()).with_fields(came)),
        _ => Err(Unmet { message: "the answer says other `fields`".to_owned(), detail: differing }.with_fields(came)),
    }
}

fn said_list(wanted: &[Fields], came: &[Fields]) -> Result<(), Unmet> {
    if came.is_empty() {
        return Err(Unmet::new("the answer is one set of values, not a list: `fields` is a table"));
    }
    if wanted.len() != came.len() {
        return Err(Unmet::new(format!("the answer has {} frames, not {}", came.len(), wanted.len())));
    }
    for (index, (wanted, came)) in wanted.iter().zip(came).enumerate() {
        if let Some(difference) = differences(wanted, came).next() {
            return Err(Unmet::new(format!("frame {}: {difference}", index + 1)).with_fields(came));
        }
    }
    Ok(())
}

fn differences(wanted: &Fields, came: &Fields) -> impl Iterator<Item = String> {
    wanted.iter().filter_map(|(name, wanted)| match came.get(name) {
        None => Some(format!("the answer has no field `{name}`")),
        Some(came) if !wanted.agrees_with(came) => Some(format!("`{name}` is {}, not {}", value(came), value(wanted))),
        Some(_) => None,
    })
}

impl Unmet {
    fn with_fields(mut self, fields: &Fields) -> Self {
        let told: Vec<String> = fields.iter().map(|(name, said)| format!("{name}={}", value(said))).collect();
        if !told.is_empty() {
            self.detail.push(format!("it says: {}", told.join(" ")));
        }
        self
    }
}
