//! What is wrong with a file, for the person who wrote it.

use std::ops::Range;

use super::place::{At, Place};
use crate::bytes::hex::HexError;
use crate::layout::{LayoutError, nearest};

/// A file that is no protocol: what is wrong, where, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FileError {
    /// One line: what is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
    /// The place in the file, in bytes; none where something is not there at all.
    pub at: Option<Range<usize>>,
}

/// The same before its place is looked up in the file.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    help: Option<String>,
    place: Option<Place>,
}

impl Fault {
    /// Something is missing in the file, in no place of it.
    pub(super) fn missing(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, place: None }
    }

    pub(super) fn at(token: &Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, place: Some(Place::Token(token.clone())) }
    }

    pub(super) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn with_help_if(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// Adds "did you mean" where one of `candidates` is near to `word`, else all of them.
    pub(super) fn suggesting<'a>(mut self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        self.help = suggestion(word, candidates);
        self
    }

    pub(super) fn in_file(self, text: &str) -> FileError {
        FileError { message: self.message, help: self.help, at: self.place.map(|place| place.in_file(text)) }
    }
}

impl<T> At<T> {
    /// Something is wrong with this.
    pub(super) fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::at(&self.at, message)
    }
}

impl At<String> {
    /// Something is wrong with some bytes of this text.
    pub(super) fn fault_within(&self, within: Range<usize>, message: impl Into<String>) -> Fault {
        let place = Place::Inside { token: self.at.clone(), within };
        Fault { message: message.into(), help: None, place: Some(place) }
    }

    /// Something is wrong with a part of the layout that this text is.
    pub(super) fn fault_at_part(&self, part: &str, message: impl Into<String>) -> Fault {
        match place_of_word(&self.value, part) {
            Some(within) => self.fault_within(within, message),
            None => self.fault(message),
        }
    }

    /// Something is wrong with the layout or condition that this text is.
    pub(super) fn layout_fault(&self, error: LayoutError) -> Fault {
        Fault { help: error.help, ..self.fault_within(error.at, error.message) }
    }

    /// Something is wrong with the hex digits that this text is.
    pub(super) fn hex_fault(&self, error: HexError) -> Fault {
        Fault { help: error.help, ..self.fault_within(error.at, error.message) }
    }
}

impl FileError {
    /// The file is no TOML, or has keys or types that it cannot have.
    pub fn of_toml(error: &toml::de::Error, text: &str) -> Self {
        Self::of_serde(error.message(), error.span(), text)
    }

    /// The same in serde's words.
    pub(crate) fn of_serde(message: &str, at: Option<Range<usize>>, text: &str) -> Self {
        let (message, help) = reworded(message);
        // What the file as a whole lacks is in no place of it.
        let is_all = |span: &Range<usize>| span.is_empty() || *span == (0..text.len());
        let at = at.filter(|span| !message.ends_with("is missing") || !is_all(span));
        Self { message, help, at }
    }
}

/// Where a word stands in a layout: not in a literal and not as a piece of a longer word.
fn place_of_word(layout: &str, word: &str) -> Option<Range<usize>> {
    let is_inside = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut quote = None;
    for (at, c) in layout.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '\'' | '"') => quote = Some(c),
            None => {
                let (before, from) = layout.split_at(at);
                let behind = from.strip_prefix(word);
                let starts = behind.is_some() && !before.ends_with(is_inside);
                if starts && !behind.is_some_and(|behind| behind.starts_with(is_inside)) {
                    return Some(at..at + word.len());
                }
            }
        }
    }
    None
}

/// Serde's words in ours, and what to do.
fn reworded(message: &str) -> (String, Option<String>) {
    let quoted = || quoted_words(message);
    if let Some(expected) = message.strip_prefix("unknown field ") {
        let mut words = quoted_words(expected);
        let unknown = words.next().unwrap_or_default();
        return (format!("unknown key `{unknown}`"), suggestion(unknown, words));
    }
    if message.starts_with("unknown variant ") {
        let mut words = quoted();
        let unknown = words.next().unwrap_or_default();
        let known: Vec<&str> = words.collect();
        return (format!("`{unknown}` is not one of {}", known.join(", ")), did_you_mean(unknown, known));
    }
    if message.starts_with("missing field ") {
        return (format!("the key `{}` is missing", quoted().next().unwrap_or_default()), None);
    }
    let found_and_expected = message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "));
    if let Some((found, expected)) = found_and_expected {
        return (format!("expected {}, not {}", in_toml(expected), in_toml(found)), None);
    }
    match message {
        "wanted string or table" => ("expected a word, in quotes".to_owned(), None),
        _ => (message.to_owned(), None),
    }
}

/// What stands between backticks.
fn quoted_words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Serde's name for a type, as TOML calls it.
fn in_toml(name: &str) -> &str {
    match name {
        "sequence" | "a sequence" => "a list",
        "map" | "a map" => "a table",
        "f64" | "i64" => "a number",
        "a boolean" => "true or false",
        _ if name.starts_with("struct ") => "a table",
        _ => name,
    }
}

fn suggestion<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    /// More than these nobody reads.
    const MOST: usize = 16;
    let mut known: Vec<&str> = Vec::new();
    for candidate in candidates {
        if !known.contains(&candidate) {
            known.push(candidate);
        }
    }
    let more = if known.len() > MOST { ", ..." } else { "" };
    let shown = known.get(..MOST).unwrap_or(&known);
    let all = || (!known.is_empty()).then(|| format!("there are: {}{more}", shown.join(", ")));
    did_you_mean(word, known.iter().copied()).or_else(all)
}

fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|near| format!("did you mean `{near}`?"))
}
