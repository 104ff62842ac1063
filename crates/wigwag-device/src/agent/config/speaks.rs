//! What the device speaks.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use wigwag_protocol::layout::{Layout, LayoutError, MAX_LIMIT, Options, nearest};
use wigwag_protocol::protocol::{Classes, ErrorClass, FileError, Form, Protocol, library};

use super::written::File;

impl File {
    /// What the device speaks; a protocol file is looked for from `folder`.
    pub(super) fn protocol(&self, folder: &Path) -> Result<Protocol, String> {
        let max = self.limits.request;
        if !(1..=MAX_LIMIT).contains(&max) {
            return Err(format!("limits.request must be from 1 byte to {MAX_LIMIT}"));
        }
        let request = |source: &str| {
            let options = Options { max, ..Options::default() };
            Layout::frame(source, &options).map_err(|error| layout_error("request", source, &error))
        };
        let response = |source: &str| {
            Layout::frame(source, &Options::default()).map_err(|error| layout_error("response", source, &error))
        };
        let mut protocol = match (&self.protocol, &self.request, &self.response) {
            (Some(name), own_request, own_response) => {
                let mut protocol = named(name, folder)?;
                if let Some(own) = own_request {
                    protocol.request = form(request(own)?);
                    protocol.commands.clear();
                } else if protocol.commands.is_empty() {
                    let mut sized = Form::clone(&protocol.request);
                    for case in &mut sized.cases {
                        case.layout = request(case.layout.source())?;
                    }
                    protocol.request = Arc::new(sized);
                }
                if let Some(own) = own_response {
                    protocol.response = form(response(own)?);
                    protocol.commands.clear();
                }
                protocol
            }
            (None, Some(own_request), Some(own_response)) => {
                Protocol::of("layouts", request(own_request)?, response(own_response)?)
            }
            (None, _, _) => {
                return Err(
                    "say what the device speaks: protocol = \"esc-cr\", or request = and response = layouts".to_owned()
                );
            }
        };
        if let Some(error) = &self.error {
            let layout =
                Layout::body(error, &Options::default()).map_err(|wrong| layout_error("error", error, &wrong))?;
            protocol.classes = Arc::new(Classes { error: vec![ErrorClass::of(layout)], ..Classes::default() });
        }
        Ok(protocol)
    }
}

fn form(layout: Layout) -> Arc<Form> {
    Arc::new(Form::of(layout))
}

/// Where a protocol lies that is named by the path of its file.
pub(super) fn path_of(name: &str) -> Option<&Path> {
    (name.contains('/') || name.ends_with(".toml")).then(|| Path::new(name))
}

/// A protocol by its name, or by the path of its file.
fn named(name: &str, folder: &Path) -> Result<Protocol, String> {
    if let Some(path) = path_of(name) {
        let path = folder.join(path);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {}", path.display(), wigwag_net::cause::words(&error)))?;
        return Protocol::parse(&text).map_err(|error| format!("{}, {}", path.display(), file_error(&text, &error)));
    }
    match library::text(name) {
        Some(text) => Protocol::parse(text).map_err(|error| format!("{name}, {}", file_error(text, &error))),
        None => Err(match nearest(name, library::names()) {
            Some(near) => format!("there is no protocol `{name}`; did you mean `{near}`?"),
            None => {
                format!("there is no protocol `{name}`; there are {}", library::names().collect::<Vec<_>>().join(", "))
            }
        }),
    }
}

/// A file's error, behind its line and with its place marked below it.
pub(super) fn file_error(text: &str, error: &FileError) -> String {
    let help = error.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
    let Some(at) = &error.at else { return format!("{error}{help}") };
    let before = text.get(..at.start).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let within = at.start - start..at.end.min(start + line.len()).saturating_sub(start);
    format!("line {}: {error}{help}{}", before.matches('\n').count() + 1, marked(line, within))
}

/// A layout's error with its place marked below it.
pub(super) fn layout_error(key: &str, source: &str, error: &LayoutError) -> String {
    let help = error.help.as_ref().map(|help| format!("\n  help: {help}")).unwrap_or_default();
    format!("the {key} layout: {error}{}{help}", marked(source, error.at.clone()))
}

/// A line of a text, and a place in it.
fn marked(line: &str, at: Range<usize>) -> String {
    let before = line.get(..at.start).unwrap_or(line).chars().count();
    let width = line.get(at).map_or(0, |at| at.chars().count()).max(1);
    format!("\n  {line}\n  {}{}", " ".repeat(before), "^".repeat(width))
}
