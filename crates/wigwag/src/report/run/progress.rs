//! How far a run has come: a bar on a terminal, now and then a line elsewhere.

use std::collections::VecDeque;
use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use wigwag_fleet::Counts;

/// Between two lines where there is no bar; a run that is over before says nothing.
const BETWEEN_LINES: Duration = Duration::from_secs(5);
/// The rate is that of the last while, so that a pause between waves is not an eternity.
const RATE_OF: Duration = Duration::from_secs(10);
/// Between two looks at the rate.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// Shows how far a run has come.
#[derive(Debug)]
pub(crate) struct Progress {
    shown: Shown,
    total: Option<u32>,
    /// How many were done, and when; the oldest first.
    looks: VecDeque<(Instant, u64)>,
}

#[derive(Debug)]
enum Shown {
    Nothing,
    Bar(ProgressBar),
    Lines { next: Instant },
}

impl Progress {
    /// A bar where standard error is a terminal, lines elsewhere.
    pub(crate) fn on_stderr() -> Self {
        match io::stderr().is_terminal() {
            true => Self::of(Shown::Bar(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()))),
            false => Self::of(Shown::Lines { next: Instant::now() + BETWEEN_LINES }),
        }
    }

    /// For a single command, and for those who want quiet.
    pub(crate) fn none() -> Self {
        Self::of(Shown::Nothing)
    }

    fn of(shown: Shown) -> Self {
        Self { shown, total: None, looks: VecDeque::new() }
    }

    /// A bar on a terminal of a test.
    #[cfg(test)]
    pub(super) fn on(terminal: &indicatif::InMemoryTerm) -> Self {
        let target = ProgressDrawTarget::term_like_with_hz(Box::new(terminal.clone()), 200);
        Self::of(Shown::Bar(ProgressBar::with_draw_target(None, target)))
    }

    /// Starts at nothing.
    pub(super) fn begin(&mut self, total: Option<u32>, now: Instant) {
        self.total = total;
        self.looks = VecDeque::from([(now, 0)]);
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines { next } => *next = now + BETWEEN_LINES,
            Shown::Bar(bar) => {
                let template = match total {
                    Some(_) => "{bar:20} {pos}/{len}  {wide_msg}",
                    None => "{spinner} {pos}  {wide_msg}",
                };
                if let Some(total) = total {
                    bar.set_length(total.into());
                }
                if let Ok(style) = ProgressStyle::with_template(template) {
                    bar.set_style(style.progress_chars("=> "));
                }
            }
        }
    }

    /// Shows the counts as they are now; the line to print, where there is one.
    pub(super) fn show(&mut self, counts: &Counts, now: Instant) -> Option<String> {
        let done = counts.total();
        self.look(done, now);
        let message = self.message(counts, now);
        match &mut self.shown {
            Shown::Nothing => None,
            Shown::Bar(bar) => {
                bar.set_message(message);
                bar.set_position(done);
                bar.tick();
                None
            }
            Shown::Lines { next } if now < *next => None,
            Shown::Lines { next } => {
                *next = now + BETWEEN_LINES;
                let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
                Some(format!("progress: {done}{of}, {message}"))
            }
        }
    }

    /// Does something else to the terminal, out of the bar's way.
    pub(super) fn aside<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(work),
            Shown::Nothing | Shown::Lines { .. } => work(),
        }
    }

    /// Leaves nothing behind.
    pub(super) fn finish(&self) {
        if let Shown::Bar(bar) = &self.shown {
            bar.finish_and_clear();
        }
    }

    fn look(&mut self, done: u64, now: Instant) {
        let is_due = self.looks.back().is_none_or(|(last, _)| now.duration_since(*last) >= BETWEEN_LOOKS);
        if is_due {
            self.looks.push_back((now, done));
        }
        let is_old = |look: Option<&(Instant, u64)>| look.is_some_and(|(at, _)| now.duration_since(*at) > RATE_OF);
        // The one before the window is what the oldest in it is compared with.
        while is_old(self.looks.get(1)) {
            self.looks.pop_front();
        }
    }

    /// How many in a second.
    fn rate(&self, done: u64, now: Instant) -> Option<f64> {
        let (at, before) = *self.looks.front()?;
        let seconds = now.duration_since(at).as_secs_f64();
        (seconds > 0.0).then(|| done.saturating_sub(before) as f64 / seconds)
    }

    /// `118 ok, 2 unreachable, 57/s, 3 s left`
    fn message(&self, counts: &Counts, now: Instant) -> String {
        let mut message = counts.to_string();
        let done = counts.total();
        if let Some(rate) = self.rate(done, now).filter(|rate| *rate > 0.0) {
            let separator = if message.is_empty() { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(message, "{separator}{}", per_second(rate));
            if let Some(left) = self.total.map(|total| u64::from(total).saturating_sub(done)).filter(|left| *left > 0) {
                let _ = write!(message, ", {} left", about(left as f64 / rate));
            }
        }
        message
    }
}

/// `57/s`, `0.3/s`
pub(super) fn per_second(rate: f64) -> String {
    if rate < 9.95 { format!("{rate:.1}/s") } else { format!("{rate:.0}/s") }
}

/// A time that nobody needs to know exactly.
fn about(seconds: f64) -> String {
    match seconds {
        ..59.5 => format!("{seconds:.0} s"),
        ..3570.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;
    use wigwag_protocol::outcome::{Outcome, Unreachable};

    use super::*;

    fn counts(ok: u32, refused: u32) -> Counts {
        let mut counts = Counts::default();
        (0..ok).for_each(|_| counts.add(Outcome::Ok));
        (0..refused).for_each(|_| counts.add(Outcome::Unreachable(Unreachable::Refused)));
        counts
    }

    #[test]
    fn a_line_now_and_then_and_none_in_a_short_run() {
        let begun = Instant::now();
        let mut progress = Progress::of(Shown::Lines { next: begun });
        progress.begin(Some(400), begun);
        let after = |seconds: f64| begun + Duration::from_secs_f64(seconds);
        assert_eq!(progress.show(&counts(10, 0), after(4.9)), None);
        let line = progress.show(&counts(90, 10), after(5.0));
        assert_eq!(line.as_deref(), Some("progress: 100 of 400, 90 ok, 10 unreachable, 20/s, 15 s left"));
        assert_eq!(progress.show(&counts(100, 10), after(9.0)), None);
        assert!(progress.show(&counts(100, 10), after(10.0)).is_some());
    }

    #[test]
    fn the_rate_is_that_of_the_last_while() {
        let begun = Instant::now();
        let mut progress = Progress::of(Shown::Nothing);
        progress.begin(None, begun);
        for second in 0..100 {
            let done = if second < 50 { 1000 } else { 1000 + (second - 50) * 2 };
            progress.show(&counts(done, 0), begun + Duration::from_secs(second.into()));
        }
        let message = progress.message(&counts(1098, 0), begun + Duration::from_secs(99));
        assert_eq!(message, "1098 ok, 2.0/s");
        assert!(progress.looks.len() < 30, "{}", progress.looks.len());
    }

    #[test]
    fn a_bar_makes_way_for_lines_and_leaves_nothing() {
        let terminal = InMemoryTerm::new(5, 70);
        let mut progress = Progress::on(&terminal);
        let begun = Instant::now();
        progress.begin(Some(4), begun);
        progress.show(&counts(1, 1), begun + Duration::from_secs(2));
        assert_eq!(terminal.contents(), "==========>          2/4  1 ok, 1 unreachable, 1.0/s, 2 s left");
        progress.aside(|| assert_eq!(terminal.contents(), ""));
        progress.finish();
        assert_eq!(terminal.contents(), "");
    }

    #[test]
    fn a_list_that_is_still_being_read_has_no_bar() {
        let terminal = InMemoryTerm::new(5, 70);
        let mut progress = Progress::on(&terminal);
        let begun = Instant::now();
        progress.begin(None, begun);
        progress.show(&counts(3, 0), begun + Duration::from_secs(1));
        assert!(terminal.contents().ends_with(" 3  3 ok, 3.0/s"), "{}", terminal.contents());
    }
}
