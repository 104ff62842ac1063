//! What is looked for in a file: the mistakes that people make.
//!
//! | file | where it looks |
//! |---|---|
//! | `file` | name, port, encoding |
//! | `layouts` | `[request]`, `[response]` |
//! | `session` | `[session]`, `[time]` |
//! | `classes` | `[class]` |
//! | `commands` | `[command.NAME]` |
//! | `recognition` | whether the device half can tell commands apart |
//! | `examples` | `[[example]]` |
//!
//! A warning can always be answered in the file: by saying what was left unsaid, or by an example that proves it. To add a
//! lint: a function in the file of its part, its line there in `all`.

mod classes;
mod commands;
mod examples;
mod file;
mod layouts;
mod recognition;
mod session;

use std::ops::Range;
use std::sync::Arc;

use wigwag_protocol::protocol::Protocol;

use super::finding::Finding;
use super::places::Places;
use super::scene::{Scene, Stage};
use crate::protocols::Found;

pub(super) use recognition::INDISTINGUISHABLE;

/// What is looked at.
pub(super) struct Subject<'s> {
    pub(super) found: &'s Found,
    pub(super) protocol: &'s Arc<Protocol>,
    pub(super) stage: &'s Stage,
    pub(super) places: &'s Places<'s>,
    /// The examples that can be played.
    pub(super) scenes: &'s [Scene<'s>],
}

impl Subject<'_> {
    fn at(&self, path: &[&str]) -> Option<Range<usize>> {
        self.places.at(path)
    }

    /// Where a key of a command stands.
    fn at_command(&self, command: &str, key: &str) -> Option<Range<usize>> {
        self.places.at(&["command", command, key])
    }
}

/// Everything that is found.
pub(super) fn all(subject: &Subject<'_>) -> Vec<Finding> {
    let parts = [file::all, layouts::all, session::all, classes::all, commands::all, recognition::all, examples::all];
    parts.into_iter().flat_map(|part| part(subject)).collect()
}
