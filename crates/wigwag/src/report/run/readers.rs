//! Those who read the events of a run: the report, the counts, the notes, the progress, the summary.

use std::io::{ErrorKind, Write};
use std::time::Instant;

use wigwag_fleet::{Counts, Event};

use super::notes::note;
use super::summary::Summary;
use super::{Begun, Finished, Progress, exit};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report::forms::{self, Look, Report};
use crate::report::{text, unwritten};

/// Whether somebody still reads what is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Here,
    /// Whoever read standard output has gone, as `head` does. What follows is not printed.
    Gone,
}

/// Tells a run: `begin` once, `events` with each batch, `tick` in between, `finish` at the end.
pub(crate) struct Readers<O, E> {
    stdout: O,
    stderr: E,
    look: Look,
    report: Box<dyn Report>,
    progress: Progress,
    summary: Summary,
    pub(super) counts: Counts,
    finished: Finished,
    begun: Instant,
    is_journaled: bool,
    audience: Audience,
    /// Room for the lines of a batch.
    out: Vec<u8>,
}

impl<O: Write, E: Write> Readers<O, E> {
    pub(crate) fn new(look: Look, progress: Progress, stdout: O, stderr: E) -> Self {
        Self {
            stdout,
            stderr,
            report: forms::of(&look),
            look,
            progress,
            summary: Summary::default(),
            counts: Counts::default(),
            finished: Finished::default(),
            begun: Instant::now(),
            is_journaled: false,
            audience: Audience::Here,
            out: Vec::new(),
        }
    }

    /// The run begins.
    pub(crate) fn begin(&mut self, begun: &Begun<'_>) -> Result<Audience, Problem> {
        self.begun = Instant::now();
        self.finished.time = begun.time;
        self.is_journaled = begun.run.is_some();
        self.progress.begin(begun.targets, self.begun);
        let mut out = Vec::new();
        self.report.begin(begun, &mut out);
        self.print(&out, &[])
    }

    /// A batch has happened. Its outcomes are printed and flushed before this returns.
    pub(crate) fn events(&mut self, events: &[Event]) -> Result<Audience, Problem> {
        let (mut out, mut err) = (std::mem::take(&mut self.out), Vec::new());
        for event in events {
            self.finished.learn(event);
            self.summary.learn(event);
            if let Event::Ended(ended) = event {
                self.counts.add(ended.outcome);
                self.report.ended(ended, &mut out);
                if self.look.form.leaves_errors() {
                    // Writing to memory cannot fail.
                    let _ = text::error(ended, &mut err);
                }
            }
            if let Some(line) = note(event, self.look.is_quiet) {
                let _ = writeln!(err, "{line}");
            }
        }
        self.show_progress(&mut err);
        let printed = self.print(&out, &err);
        out.clear();
        self.out = out;
        printed
    }

    /// Nothing has happened for a while; to be called every second or so, so that progress can be seen to go on.
    pub(crate) fn tick(&mut self) {
        let mut err = Vec::new();
        self.show_progress(&mut err);
        self.complain(&err);
    }

    /// Does something else to the terminal, such as asking a question, out of the progress bar's way.
    pub(crate) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        self.progress.aside(work)
    }

    /// The run has ended: the rest of the report, the summary, and what the program ends with.
    pub(crate) fn finish(mut self) -> Result<Exit, Problem> {
        self.finished.wall = self.begun.elapsed();
        // By this machine's clock, as it was at the start: a clock that is set meanwhile moves nothing.
        self.finished.time += self.finished.wall;
        self.progress.finish();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        self.report.finish(&self.finished, &self.counts, &mut out);
        if self.look.is_for_several && self.look.form.is_for_people() && !self.look.is_quiet {
            err.extend(self.summary.lines(&self.counts, &self.finished, self.is_journaled).bytes());
        }
        self.print(&out, &err)?;
        Ok(exit(&self.counts, &self.finished))
    }

    fn show_progress(&mut self, err: &mut Vec<u8>) {
        if let Some(line) = self.progress.show(&self.counts, Instant::now()) {
            let _ = writeln!(err, "{line}");
        }
    }

    fn print(&mut self, out: &[u8], err: &[u8]) -> Result<Audience, Problem> {
        if !out.is_empty() && self.audience == Audience::Here {
            let stdout = &mut self.stdout;
            let mut print = || stdout.write_all(out).and_then(|()| stdout.flush());
            // What goes to a file is not in the bar's way.
            let is_on_terminal = self.look.width.is_some();
            let printed = if is_on_terminal { self.progress.aside(print) } else { print() };
            match printed {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.audience = Audience::Gone,
                Err(error) => return Err(unwritten(&error)),
            }
        }
        self.complain(err);
        Ok(self.audience)
    }

    fn complain(&mut self, err: &[u8]) {
        if !err.is_empty() {
            let stderr = &mut self.stderr;
            // Standard error that is gone leaves nobody to tell; the exit code still does.
            let _ = self.progress.aside(|| stderr.write_all(err).and_then(|()| stderr.flush()));
        }
    }
}
