//! `wigwag protocol show`: a protocol as a manual page.
//!
//! | file | what it tells |
//! |---|---|
//! | `protocol` | what it is, what happens around its commands, its times |
//! | `frames` | what requests and answers look like, and which answers are none |
//! | `drawing` | a frame as a row of cells |
//! | `command` | what a command does, takes and answers |
//! | `example` | how it is typed, and what goes over the wire |
//! | `page` | plain text with labels, safe to look at |
//! | `json` | the same as one object |

mod command;
mod drawing;
mod example;
mod frames;
mod json;
mod page;
mod protocol;

use std::sync::Arc;

use wigwag_protocol::protocol::{Command, Protocol};

use crate::cli::Form;
use crate::problem::Problem;
use crate::profile;
use crate::protocols::{self, Found, Origin};

pub(super) use page::Page;

/// A protocol, or one command of it, as it is named on a command line.
pub(super) struct Shown {
    pub(super) found: Found,
    pub(super) protocol: Protocol,
}

impl Shown {
    pub(super) fn named(name: &str) -> Result<Self, Problem> {
        let found = protocols::find(name)?;
        let protocol = found.protocol()?;
        Ok(Self { found, protocol })
    }

    /// Where its file is.
    fn origin(&self) -> String {
        match &self.found.origin {
            Origin::BuiltIn => "built in".to_owned(),
            Origin::File(path) => path.display().to_string(),
        }
    }
}

pub(super) fn show(name: &str, command: Option<&str>, form: Form) -> Result<String, Problem> {
    let shown = Shown::named(name)?;
    let command = command.map(|command| profile::command(&shown.protocol, command)).transpose()?;
    Ok(match (form, command) {
        (Form::Json, command) => json::object(&shown, command),
        (Form::Text, Some(command)) => one(&shown, command),
        (Form::Text, None) => all(&shown),
    })
}

/// The whole page.
fn all(shown: &Shown) -> String {
    let mut page = Page::default();
    protocol::head(&mut page, shown);
    protocol::session(&mut page, &shown.protocol);
    protocol::times(&mut page, &shown.protocol);
    frames::frames(&mut page, &shown.protocol);
    frames::classes(&mut page, &shown.protocol);
    if !shown.protocol.commands.is_empty() {
        page.heading("COMMANDS");
    }
    let mut said = example::Said::default();
    for command in &shown.protocol.commands {
        page.blank();
        page.inside(|page| {
            command::entry(page, &shown.protocol, command);
            example::briefly(page, shown, Some(command), &mut said);
        });
    }
    if shown.protocol.examples.iter().any(|example| example.command.is_none()) {
        page.heading("EXAMPLES");
        page.inside(|page| example::briefly(page, shown, None, &mut said));
    }
    page.into_text()
}

/// The page of one command, its examples byte for byte.
pub(super) fn one(shown: &Shown, command: &Arc<Command>) -> String {
    let mut page = Page::default();
    page.line(&shown.protocol.name);
    page.blank();
    page.inside(|page| command::entry(page, &shown.protocol, command));
    example::in_full(&mut page, shown, command);
    page.into_text()
}
