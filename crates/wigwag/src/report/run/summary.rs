//! What is said at the end: counts, times, who is unconfirmed, and what to do next.

use std::collections::BTreeMap;
use std::fmt::Write;

use wigwag_fleet::{Counts, Ended, Event};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::outcome::{Outcome, Skipped};
use wigwag_protocol::units::show_duration;

use super::Finished;
use super::latency::Latency;
use super::progress::per_second;
use crate::report::counted::{counted, targets};
use crate::report::folded::{MOST_NAMES, some_of};
use crate::report::text::{beside, milliseconds};

/// The most different hints that are shown.
const HINTS: usize = 5;

/// Gathers what the summary says.
#[derive(Debug, Default)]
pub(super) struct Summary {
    latency: Latency,
    unconfirmed: Vec<(u32, Box<str>)>,
    /// Whether a command whose effect is not known names one that asks for it.
    can_verify: bool,
    hints: BTreeMap<String, u64>,
    /// How many sent more than an answer.
    talkative: u64,
}

impl Summary {
    pub(super) fn learn(&mut self, event: &Event) {
        if let Event::Ended(ended) = event {
            self.ended(ended);
        }
    }

    fn ended(&mut self, ended: &Ended) {
        match ended.outcome {
            // What did not answer took as long as it was waited for, which says nothing of devices.
            Outcome::Ok | Outcome::Sent | Outcome::Rejected => self.latency.add(ended.evidence.timing.total),
            Outcome::Unconfirmed(_) | Outcome::Garbled(_) => {
                if self.unconfirmed.len() < MOST_NAMES {
                    self.unconfirmed.push((ended.target.number, ended.target.name.clone()));
                }
                let command = ended.target.order.as_ref().ok().and_then(|order| order.task.call.command());
                self.can_verify |= command.is_some_and(|command| command.verify.is_some());
            }
            Outcome::Unreachable(_) | Outcome::Skipped(_) | Outcome::Cancelled | Outcome::Expired => {}
        }
        // An error before the command was sent tells itself what the device said.
        if !ended.outcome.proves_not_sent() && beside(&ended.evidence).is_some() {
            self.talkative += 1;
        }
        if let Some(hint) = &ended.evidence.hint {
            if let Some(count) = self.hints.get_mut(hint) {
                *count += 1;
            } else if self.hints.len() < HINTS {
                self.hints.insert(hint.clone(), 1);
            }
        }
    }

    /// The lines of the summary. `is_journaled`: what was left undone can be done later.
    pub(super) fn lines(&mut self, counts: &Counts, finished: &Finished, is_journaled: bool) -> String {
        let mut lines = String::new();
        let mut line = |text: String| lines.extend([text.as_str(), "\n"]);
        line(format!("{}: {}", targets(counts.total()), counted(counts, |word| word)));
        line(self.pace(counts, finished));
        for (hint, count) in &self.hints {
            line(format!("hint: {} ({})", escape_str(hint), targets(*count)));
        }
        if self.talkative > 0 {
            line(format!("warning: bytes besides the answer (stale, extra, foreign) from {}", targets(self.talkative)));
        }
        let unknown = counts.of(Outcome::leaves_it_open);
        if unknown > 0 {
            line(format!("not known whether they acted: {}", self.names(unknown)));
        }
        next(counts, is_journaled, self.can_verify).into_iter().for_each(|next| line(format!("next: {next}")));
        lines
    }

    /// `in 2.1 s, 57/s; answers took p50 1.2 ms, p90 3.0 ms, p99 12.0 ms, max 15.0 ms; 3 tried again`
    fn pace(&self, counts: &Counts, finished: &Finished) -> String {
        let mut line = format!("in {}", show_duration(finished.wall));
        let seconds = finished.wall.as_secs_f64();
        // Writing to a String cannot fail.
        if seconds > 0.0 {
            let _ = write!(line, ", {}", per_second(counts.total() as f64 / seconds));
        }
        if let Some(percentiles) = self.latency.percentiles() {
            let words: Vec<String> =
                percentiles.iter().map(|(name, took)| format!("{name} {}", milliseconds(*took))).collect();
            let _ = write!(line, "; answers took {}", words.join(", "));
        }
        if finished.tried_again > 0 {
            let _ = write!(line, "; {} tried again", finished.tried_again);
        }
        line
    }

    fn names(&mut self, all: u64) -> String {
        self.unconfirmed.sort_unstable_by_key(|(number, _)| *number);
        let names: Vec<&str> = self.unconfirmed.iter().map(|(_, name)| &**name).collect();
        some_of(&names, all)
    }
}

/// The commands to type next.
fn next(counts: &Counts, is_journaled: bool, can_verify: bool) -> Vec<&'static str> {
    let is_undone = |outcome| matches!(outcome, Outcome::Cancelled | Outcome::Skipped(Skipped::Halted));
    let verify = is_journaled && can_verify && counts.of(Outcome::leaves_it_open) > 0;
    let resume = is_journaled && counts.of(is_undone) > 0;
    let commands = [(verify, "wigwag verify last"), (resume, "wigwag resume last")];
    commands.into_iter().filter(|(is_of_use, _)| *is_of_use).map(|(_, command)| command).collect()
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use wigwag_fleet::Ended;

    use super::*;
    use crate::report::folded::LONGEST;
    use crate::report::samples::{answered, events, finished, mixed, receptacle, refused, silent, status};

    fn summary(ended: Vec<Ended>, finished: &Finished, is_journaled: bool) -> String {
        let (mut summary, mut counts) = (Summary::default(), Counts::default());
        ended.iter().for_each(|ended| counts.add(ended.outcome));
        events(ended).iter().for_each(|event| summary.learn(event));
        summary.lines(&counts, finished, is_journaled)
    }

    #[test]
    fn of_a_bit_of_everything() {
        assert_snapshot!(summary(mixed(), &Finished { tried_again: 3, ..finished() }, true));
    }

    #[test]
    fn of_a_run_that_went_well() {
        let task = status();
        assert_snapshot!(summary((1..=120).map(|n| answered(&task, n, b"OK")).collect(), &finished(), true));
    }

    #[test]
    fn what_can_be_verified_only_where_it_was_written_down() {
        let task = receptacle();
        let ended = || vec![silent(&task, 1), silent(&task, 2)];
        assert!(summary(ended(), &finished(), true).ends_with("press-[001-002]\nnext: wigwag verify last\n"));
        assert!(!summary(ended(), &finished(), false).contains("next:"));
        assert!(!summary(vec![refused(&task, 1)], &finished(), true).contains("next:"));
    }

    #[test]
    fn very_many_names_are_not_all_shown() {
        let task = receptacle();
        let shown = summary((1..=3000).map(|n| silent(&task, n * n)).collect(), &finished(), true);
        let names = shown.lines().find(|line| line.starts_with("not known")).unwrap();
        assert!(names.ends_with(", ... (3000 in all)") && names.len() < LONGEST + 60, "{names}");
    }

    #[test]
    fn hints_are_told_once() {
        let with_hint = |mut ended: Ended| {
            ended.evidence.hint = Some("try --after-send open".to_owned());
            ended
        };
        let shown = summary((1..=3).map(|n| with_hint(silent(&status(), n))).collect(), &finished(), false);
        assert!(shown.contains("hint: try --after-send open (3 targets)\n"), "{shown}");
    }
}
