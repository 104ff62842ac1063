//! Text in columns, as wide as it is on a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::outcome::Outcome;

use super::colour;
use super::text::milliseconds;

/// Names that are not known before are as long as these, mostly.
const NAMES: usize = 20;
/// The widest column of names; longer ones push their own line to the right, not all the others.
const WIDEST_NAMES: usize = 40;
/// `unreachable (refused)` fits; the few that are longer push their own line.
const OUTCOMES: usize = 22;
/// `12345.6 ms`
const TIMES: usize = 10;

/// Lines of a device each: its name, how it ended, the time, and what there is to say.
#[derive(Debug)]
pub(crate) struct Columns {
    names: usize,
    /// That of the terminal, if there is one.
    width: Option<usize>,
    is_coloured: bool,
}

impl Columns {
    pub(super) fn new(longest_name: Option<usize>, width: Option<usize>, is_coloured: bool) -> Self {
        let mut columns = Self { names: NAMES, width, is_coloured };
        columns.expect_names(longest_name);
        columns
    }

    /// Lines on standard output, whatever that is.
    pub(crate) fn on_stdout(longest_name: usize) -> Self {
        let width = width_of_stdout();
        Self::new(Some(longest_name), width, colour::is_wanted(width.is_some()))
    }

    /// The longest name that comes, where it is known.
    pub(super) fn expect_names(&mut self, longest: Option<usize>) {
        self.names = longest.unwrap_or(NAMES).min(WIDEST_NAMES);
    }

    /// The line of a device, without its end. The outcome is in words; what is said may not act on a terminal.
    pub(crate) fn line(
        &self,
        name: &str,
        (outcome, words): (Outcome, &str),
        time: Option<Duration>,
        said: &str,
    ) -> String {
        let name = padded(&escape_str(name).to_string(), self.names);
        let words = padded(words, OUTCOMES);
        let time = time.map(milliseconds).unwrap_or_default();
        let head = name.width() + 2 + words.width() + 2 + time.len().max(TIMES) + 2;
        let said = match self.width {
            Some(width) => fitted(said, width.saturating_sub(head)),
            None => said.to_owned(),
        };
        let words = if self.is_coloured { colour::of_outcome(outcome, &words) } else { words };
        format!("{name}  {words}  {time:>TIMES$}  {said}").trim_end().to_owned()
    }
}

/// The width of the terminal that standard output is, if it is one.
pub(super) fn width_of_stdout() -> Option<usize> {
    let stdout = io::stdout();
    let size = stdout.is_terminal().then(|| rustix::termios::tcgetwinsize(&stdout).ok()).flatten()?;
    (size.ws_col > 0).then(|| size.ws_col.into())
}

/// The text with blanks behind it up to the width; as it is, where it is wider.
fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    format!("{text}{:blanks$}", "")
}

/// The text in at most so many columns; `…` stands for what does not fit.
fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub(1);
    let fits = |c: &char| {
        let wide = c.width().unwrap_or_default();
        let fits = wide <= room;
        room = room.saturating_sub(wide);
        fits
    };
    let mut cut: String = text.chars().take_while(fits).collect();
    if width > 0 {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(fitted("READY", 5), "READY");
        assert_eq!(fitted("READY", 4), "REA…");
        assert_eq!(fitted("日本語", 5), "日本…");
        assert_eq!(fitted("日本語", 4), "日…");
        assert_eq!(fitted("READY", 0), "");
    }

    #[test]
    fn columns_are_as_wide_as_they_look() {
        assert_eq!(padded("日本", 6), "日本  ");
        assert_eq!(padded("READY", 2), "READY");
    }
}
