//! `wigwag protocol list`: all protocols that have a name.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::protocol::{FileError, Protocol, library};

use crate::cli::Form;
use crate::problem::Problem;
use crate::protocols::{self, Named, Origin};
use crate::report;

/// A name, and what stands behind it.
struct Entry {
    name: String,
    origin: Origin,
    protocol: Result<Protocol, String>,
}

pub(super) fn list(form: Form) -> Result<String, Problem> {
    let entries: Vec<Entry> = protocols::all()?.into_iter().map(Entry::new).collect();
    Ok(match form {
        Form::Text => table(&entries),
        Form::Json => object(&entries),
    })
}

impl Entry {
    fn new(Named { name, origin, text }: Named) -> Self {
        let protocol = match &text {
            Ok(text) => Protocol::parse(text).map_err(|error| in_a_line(&error, text)),
            Err(problem) => Err(problem.in_a_line().to_owned()),
        };
        Self { name, origin, protocol }
    }

    /// The path of the file, where it is the user's own.
    fn path(&self) -> Option<String> {
        match &self.origin {
            Origin::BuiltIn => None,
            Origin::File(path) => Some(path.display().to_string()),
        }
    }
}

/// What is wrong with a file, and in which line.
fn in_a_line(error: &FileError, text: &str) -> String {
    let before = error.at.as_ref().and_then(|at| text.get(..at.start));
    match before.map(|before| before.matches('\n').count() + 1) {
        Some(line) => format!("line {line}: {}", error.message),
        None => error.message.clone(),
    }
}

fn table(entries: &[Entry]) -> String {
    let mut rows = vec![["name", "port", "commands", "title", "from"].map(str::to_owned)];
    rows.extend(entries.iter().map(row));
    let widths: Vec<usize> = (0..5)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    let mut table = String::new();
    for [name, port, commands, title, from] in &rows {
        let [a, b, c, d] = [0, 1, 2, 3].map(|column| widths.get(column).copied().unwrap_or_default());
        let line = format!("{name:<a$}  {port:>b$}  {commands:>c$}  {title:<d$}  {from}");
        // Writing to memory cannot fail.
        let _ = writeln!(table, "{}", line.trim_end());
    }
    table
}

fn row(entry: &Entry) -> [String; 5] {
    let shown = |text: &str| escape_str(text).to_string();
    let from = match (entry.path(), library::text(&entry.name)) {
        (None, _) => "built in".to_owned(),
        (Some(path), None) => shown(&path),
        (Some(path), Some(_)) => format!("{}, in place of the built-in one", shown(&path)),
    };
    match &entry.protocol {
        Ok(protocol) => [
            shown(&entry.name),
            protocol.port.map(|port| port.to_string()).unwrap_or_default(),
            protocol.commands.len().to_string(),
            shown(protocol.title.as_deref().unwrap_or_default()),
            from,
        ],
        Err(error) => {
            let path = entry.path().unwrap_or_default();
            // What stopped its reading names the file by itself.
            let place = if error.starts_with(&path) { String::new() } else { format!("{path}: ") };
            let from = format!("error: {}", shown(&(place + error)));
            [shown(&entry.name), String::new(), String::new(), String::new(), from]
        }
    }
}

fn object(entries: &[Entry]) -> String {
    let protocols: Vec<Json> = entries.iter().map(entry).collect();
    report::safe_json(&json!({ "v": 1, "protocols": protocols }).to_string()) + "\n"
}

fn entry(entry: &Entry) -> Json {
    let protocol = entry.protocol.as_ref();
    json!({
        "name": entry.name,
        "title": protocol.ok().and_then(|protocol| protocol.title.as_deref()),
        "port": protocol.ok().and_then(|protocol| protocol.port),
        "commands": protocol.ok().map(|protocol| protocol.commands.len()),
        "path": entry.path(),
        "error": protocol.err(),
    })
}
