//! What a group of devices says.

use wigwag_fleet::Ended;
use wigwag_protocol::bytes::display::{escape, escape_text};
use wigwag_protocol::layout::Value;

use crate::report::hexdump::hexdump;
use crate::report::json::writer;
use crate::report::said::{Said, shown, words};

/// Bytes that are no text are shown in a line as long as there are no more of them.
const FEW_BYTES: usize = 16;
/// Parts are shown in a line as long as they are no longer.
const ONE_LINE: usize = 80;

/// One answer of many like it.
#[derive(Debug)]
pub(super) enum Answer {
    /// Text, line by line.
    Lines(Vec<String>),
    /// `name=value` for each part.
    Parts(Vec<String>),
    /// What is no text.
    Bytes(Vec<u8>),
}

impl Answer {
    pub(super) fn of(ended: &Ended, ignored: &[String]) -> Self {
        let evidence = &ended.evidence;
        match Said::in_parts(ended).without(ignored) {
            Said::Parts(parts) => {
                let line = |(name, said): &(&str, &_)| format!("{name}={}", shown(evidence, said));
                Self::Parts(parts.iter().map(line).collect())
            }
            Said::Frames(frames) => Self::Lines(frames.iter().map(|parts| words(evidence, parts)).collect()),
            Said::Body(body) if is_text(&body) => {
                Self::Lines(escape_text(&body).to_string().lines().map(str::to_owned).collect())
            }
            Said::Body(body) => Self::Bytes(body.into_owned()),
        }
    }

    /// Writes what is equal for equal answers and for no others.
    pub(super) fn compare_by(ended: &Ended, ignored: &[String], key: &mut Vec<u8>) {
        match Said::in_parts(ended).without(ignored) {
            Said::Body(body) => {
                key.push(b'b');
                key.extend_from_slice(&body);
            }
            Said::Parts(said) => {
                key.push(b'p');
                parts(key, &said);
            }
            Said::Frames(frames) => {
                key.push(b'f');
                writer::list(key, &frames, |key, said| parts(key, said));
            }
        }
    }

    /// It, in lines.
    pub(super) fn shown(&self) -> Vec<String> {
        match self {
            Self::Lines(lines) => lines.clone(),
            Self::Parts(parts) if parts.iter().map(String::len).sum::<usize>() > ONE_LINE => parts.clone(),
            Self::Parts(parts) => vec![parts.join(" ")],
            Self::Bytes(bytes) if bytes.len() <= FEW_BYTES => vec![escape(bytes).to_string()],
            Self::Bytes(_) => self.to_compare(),
        }
    }

    /// It, in lines that can be compared: bytes with their offset and their hex.
    pub(super) fn to_compare(&self) -> Vec<String> {
        match self {
            Self::Lines(lines) | Self::Parts(lines) => lines.clone(),
            Self::Bytes(bytes) => {
                let mut dump = Vec::new();
                // Writing to memory cannot fail.
                let _ = hexdump(&mut dump, "", bytes);
                String::from_utf8_lossy(&dump).lines().map(str::to_owned).collect()
            }
        }
    }
}

fn parts(key: &mut Vec<u8>, parts: &[(&str, &Value)]) {
    let mut object = writer::Object::open(key);
    parts.iter().for_each(|(name, said)| writer::value(object.name(name), said));
    object.close();
}

/// Whether people can read it: UTF-8 without controls but line breaks and tabs.
fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(|c: char| c.is_control() && !"\r\n\t".contains(c)))
}
