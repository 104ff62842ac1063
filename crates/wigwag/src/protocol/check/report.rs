//! What was found, as it is printed.

use std::io::{self, Write};

use serde_json::{Map, Value as Json, json};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::protocol::Protocol;

use super::finding::{Finding, Severity};
use super::places::line;
use super::tries::{Row, Verdict};
use crate::exit::Exit;
use crate::protocols::{Found, Origin};
use crate::report::safe_json;

/// Everything that was found out about a file.
#[derive(Debug)]
pub(crate) struct Report {
    /// The file, as it is shown in front of a line's number.
    file: String,
    text: String,
    protocol: String,
    commands: usize,
    examples: usize,
    rows: Vec<Row>,
    /// The worst first, each kind in the order of the file.
    findings: Vec<Finding>,
}

impl Report {
    pub(super) fn new(found: &Found, protocol: &Protocol, rows: Vec<Row>, mut findings: Vec<Finding>) -> Self {
        findings.sort_by_key(|finding| (finding.severity, finding.at.as_ref().map_or(0, |at| at.start)));
        let file = match &found.origin {
            Origin::BuiltIn => format!("{}.toml", found.name),
            Origin::File(path) => path.display().to_string(),
        };
        Self {
            file,
            text: found.text.clone(),
            protocol: protocol.name.clone(),
            commands: protocol.commands.len(),
            examples: protocol.examples.len(),
            rows,
            findings,
        }
    }

    /// A fault is one that the caller has to hear of.
    pub(crate) fn exit(&self) -> Exit {
        if self.count(Severity::Fault) > 0 { Exit::Usage } else { Exit::Ok }
    }

    /// For a person: a line for each command, what was found, and a line that sums it up.
    pub(crate) fn text(&self, out: &mut impl Write) -> io::Result<()> {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for row in &self.rows {
            writeln!(out, "{}", row_of(row, width))?;
        }
        if !self.rows.is_empty() {
            writeln!(out)?;
        }
        for finding in &self.findings {
            self.finding(finding, out)?;
            writeln!(out)?;
        }
        writeln!(out, "{}", self.summary())
    }

    fn finding(&self, finding: &Finding, out: &mut impl Write) -> io::Result<()> {
        let Finding { severity, by, command, message, detail, help, at } = finding;
        let command = command.as_ref().map_or(String::new(), |command| format!("{}: ", escape_str(command)));
        let line = at.as_ref().map_or(String::new(), |at| format!("{}:", line(&self.text, at)));
        let (file, severity, message) = (escape_str(&self.file), severity.word(), escape_str(message));
        writeln!(out, "{file}:{line} {severity} [{by}] {command}{message}")?;
        for line in detail {
            writeln!(out, "    {}", escape_str(line))?;
        }
        match help {
            Some(help) => writeln!(out, "    help: {}", escape_str(help)),
            None => Ok(()),
        }
    }

    #[cfg(test)]
    pub(super) fn faults(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Fault)
    }

    fn summary(&self) -> String {
        let mut counts = vec![
            counted(self.commands, "command"),
            counted(self.examples, "example"),
            counted(self.count(Severity::Fault), "fault"),
            counted(self.count(Severity::Warning), "warning"),
        ];
        let notes = self.count(Severity::Note);
        counts.extend((notes > 0).then(|| counted(notes, "note")));
        format!("{}: {}", escape_str(&self.protocol), counts.join(", "))
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The same for a program, as one object on one line. Keys may be added within a version, never changed.
    pub(crate) fn json(&self, out: &mut impl Write) -> io::Result<()> {
        let object = json!({
            "v": 1,
            "protocol": self.protocol,
            "file": self.file,
            "commands": self.rows.iter().map(row_as_json).collect::<Vec<_>>(),
            "findings": self.findings.iter().map(|finding| self.finding_as_json(finding)).collect::<Vec<_>>(),
            "examples": self.examples,
            "faults": self.count(Severity::Fault),
            "warnings": self.count(Severity::Warning),
            "notes": self.count(Severity::Note),
        });
        writeln!(out, "{}", safe_json(&object.to_string()))
    }

    fn finding_as_json(&self, finding: &Finding) -> Json {
        let Finding { severity, by, command, message, detail, help, at } = finding;
        let mut object = Map::new();
        object.insert("severity".to_owned(), json!(severity.word()));
        object.insert("by".to_owned(), json!(by));
        if let Some(command) = command {
            object.insert("command".to_owned(), json!(command));
        }
        object.insert("message".to_owned(), json!(message));
        if !detail.is_empty() {
            object.insert("detail".to_owned(), json!(detail));
        }
        if let Some(help) = help {
            object.insert("help".to_owned(), json!(help));
        }
        if let Some(at) = at {
            object.insert("line".to_owned(), json!(line(&self.text, at)));
            object.insert("at".to_owned(), json!([at.start, at.end]));
        }
        Json::Object(object)
    }
}

/// `receptacle  2 examples  encode recognise ✗decode`: what passed by its name, what failed with a cross, nothing for what
/// was not tried.
fn row_of(row: &Row, width: usize) -> String {
    let word = |(tried, verdict): (super::tries::Try, Verdict)| match verdict {
        Verdict::Passed => Some(tried.word().to_owned()),
        Verdict::Failed => Some(format!("✗{}", tried.word())),
        Verdict::Untried => None,
    };
    let tried: Vec<String> = row.verdicts().filter_map(word).collect();
    let examples = match row.examples {
        0 => "no example".to_owned(),
        count => counted(count, "example"),
    };
    format!("{:<width$}  {examples:<11} {}", row.name, tried.join(" ")).trim_end().to_owned()
}

fn row_as_json(row: &Row) -> Json {
    let verdict = |verdict| match verdict {
        Verdict::Passed => json!("passed"),
        Verdict::Failed => json!("failed"),
        Verdict::Untried => Json::Null,
    };
    let tries: Map<String, Json> =
        row.verdicts().map(|(tried, came)| (tried.word().to_owned(), verdict(came))).collect();
    json!({ "name": row.name, "examples": row.examples, "tries": tries })
}

/// `1 command`, `2 commands`.
pub(super) fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
