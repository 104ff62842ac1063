//! Checks of several devices, told as they end.

use std::io::{self, Write};

use tokio::io::{AsyncWriteExt, Stdout};
use wigwag_fleet::Counts;
use wigwag_protocol::bytes::display::{escape, escape_str};
use wigwag_protocol::outcome::Outcome;

use super::found::{Banner, Found};
use crate::cli::CheckOutput;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report::{Audience, Columns, counted, targets, unless_closed};

/// The most bytes of a banner that are shown.
const SHOWN: usize = 200;

/// Standard output in one of the forms, and the counts for the end.
pub(super) struct Report {
    form: CheckOutput,
    columns: Columns,
    /// Written to so that a reader who is slow holds up neither the devices nor an interrupt.
    stdout: Stdout,
    /// What is still to be written: a batch at most.
    unwritten: Vec<u8>,
    audience: Audience,
    /// Of those that have ended.
    pub(super) counts: Counts,
}

impl Report {
    pub(super) fn new(form: CheckOutput, longest_name: usize) -> Self {
        Self {
            form,
            columns: Columns::on_stdout(longest_name),
            stdout: tokio::io::stdout(),
            unwritten: Vec::new(),
            audience: Audience::Here,
            counts: Counts::default(),
        }
    }

    pub(super) async fn begin(&mut self) -> Result<(), Problem> {
        match self.form {
            CheckOutput::Json => self.write("[\n").await,
            CheckOutput::Text | CheckOutput::Ndjson => Ok(()),
        }
    }

    /// Some have ended. They are counted at once, and have been printed and flushed when this returns.
    pub(super) async fn ended(&mut self, ended: &[Found]) -> Result<(), Problem> {
        let mut lines = String::new();
        for found in ended {
            match self.form {
                CheckOutput::Text => lines.extend([&*self.line(found), "\n"]),
                CheckOutput::Ndjson => lines.extend([&*found.event(), "\n"]),
                CheckOutput::Json => {
                    let separator = if self.counts.total() == 0 { "" } else { ",\n" };
                    lines.extend([separator, &*found.event()]);
                }
            }
            self.counts.add(outcome(found));
        }
        self.write(&lines).await
    }

    /// No more come. What is still unwritten is written first.
    pub(super) async fn finish(&mut self) -> Result<(), Problem> {
        match self.form {
            CheckOutput::Json => self.write(if self.counts.total() == 0 { "]\n" } else { "\n]\n" }).await,
            CheckOutput::Text | CheckOutput::Ndjson => self.write("").await,
        }
    }

    /// `120 targets: 117 reachable, 3 unreachable (2 refused, 1 timeout)`, for people.
    pub(super) fn summarise(&self, unchecked: u64) {
        if self.form != CheckOutput::Text {
            return;
        }
        let told = (self.counts.total() > 0).then(|| counted(&self.counts, called));
        let unchecked_told = (unchecked > 0).then(|| format!("{unchecked} not checked"));
        let told: Vec<String> = told.into_iter().chain(unchecked_told).collect();
        let all = targets(self.counts.total() + unchecked);
        let _ = writeln!(io::stderr(), "{all}: {}", told.join(", "));
    }

    /// What those that were told come to.
    pub(super) fn exit(&self) -> Exit {
        self.counts.iter().fold(Exit::Ok, |exit, (outcome, _)| exit.or(outcome.into()))
    }

    fn line(&self, found: &Found) -> String {
        let outcome = outcome(found);
        let words = match outcome.reason() {
            Some(reason) => format!("{} ({reason})", called(outcome.word())),
            None => called(outcome.word()).to_owned(),
        };
        self.columns.line(&found.device, (outcome, &words), found.connect, &said(found))
    }

    /// Writes and flushes. Who lets go of it in the middle may call it again, and nothing is lost or written twice.
    async fn write(&mut self, text: &str) -> Result<(), Problem> {
        self.unwritten.extend_from_slice(text.as_bytes());
        match self.flush().await {
            Ok(()) => Ok(()),
            Err(error) => {
                self.audience = Audience::Gone;
                unless_closed(error)
            }
        }
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.audience == Audience::Gone {
            self.unwritten.clear();
            return Ok(());
        }
        while !self.unwritten.is_empty() {
            match self.stdout.write(&self.unwritten).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                count => drop(self.unwritten.drain(..count)),
            }
        }
        self.stdout.flush().await
    }
}

fn outcome(found: &Found) -> Outcome {
    found.reason().map_or(Outcome::Ok, Outcome::Unreachable)
}

/// Nothing was asked, so nothing is well but the way there.
fn called(word: &'static str) -> &'static str {
    if word == Outcome::Ok.word() { "reachable" } else { word }
}

/// What went wrong, and what the device said by itself.
fn said(found: &Found) -> String {
    let error = found.error().map(|error| escape_str(&error).to_string());
    let banner = match &found.banner {
        Banner::Unknown | Banner::None { .. } => None,
        Banner::Said { bytes: said, .. } | Banner::Dropped { said, .. } if said.is_empty() => None,
        Banner::Said { bytes: said, .. } | Banner::Dropped { said, .. } => {
            Some(escape(said).truncated(SHOWN).to_string())
        }
    };
    match (error, banner) {
        (Some(error), Some(banner)) => format!("{error}, after it said: {banner}"),
        (one, None) | (None, one) => one.unwrap_or_default(),
    }
}
