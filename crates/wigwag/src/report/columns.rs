//! Text in columns, as wide as it is on a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text with blanks behind it up to the width; as it is, where it is wider.
pub(super) fn padded(text: &str, width: usize) -> String {
    let blanks = width.saturating_sub(text.width());
    format!("{text}{:blanks$}", "")
}

/// The text in at most so many columns; `…` stands for what does not fit.
pub(super) fn fitted(text: &str, width: usize) -> String {
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
