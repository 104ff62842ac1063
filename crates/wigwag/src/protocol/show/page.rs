//! A page of plain text: headings, labelled entries, lines that are not too long. All that is written is made safe to look
//! at here, so that nobody else has to think of it.

use std::fmt::Write as _;

use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::layout::{Layout, one_line};

/// How long a line may be.
pub(in crate::protocol) const WIDTH: usize = 100;

/// A blank at which no line is broken: one inside of quotes.
const GLUE: char = '\u{a0}';

/// Where the text behind a label starts.
const LABEL: usize = 14;

#[derive(Debug, Default)]
pub(in crate::protocol) struct Page {
    text: String,
    indent: usize,
}

impl Page {
    pub(in crate::protocol) fn into_text(self) -> String {
        self.text
    }

    /// What is written by `write` stands further in.
    pub(in crate::protocol) fn inside(&mut self, write: impl FnOnce(&mut Self)) {
        self.indent += 2;
        write(self);
        self.indent -= 2;
    }

    pub(in crate::protocol) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A heading, with room above it.
    pub(in crate::protocol) fn heading(&mut self, text: &str) {
        self.blank();
        self.line(text);
    }

    /// One line as it is, however long.
    pub(in crate::protocol) fn line(&mut self, text: &str) {
        let text = text.replace(GLUE, " ");
        let line = format!("{:indent$}{}", "", escape_str(&text), indent = self.indent);
        // Writing to memory cannot fail.
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    /// Text on as many lines as it needs.
    pub(in crate::protocol) fn paragraph(&mut self, text: &str) {
        for line in wrapped(text, WIDTH - self.indent) {
            self.line(&line);
        }
    }

    /// A label, and the text behind it.
    pub(in crate::protocol) fn entry(&mut self, label: &str, text: &str) {
        let column = LABEL - 2;
        // A label that is too long for its column has its text below.
        let is_long = label.chars().count() >= column;
        if is_long {
            self.line(label);
        }
        for (index, line) in wrapped(text, WIDTH - self.indent - column).iter().enumerate() {
            let label = if index == 0 && !is_long { label } else { "" };
            self.line(&format!("{label:<column$}{line}"));
        }
    }

    /// Text behind a mark that stands for nothing on its further lines.
    pub(in crate::protocol) fn entry_behind(&mut self, mark: &str, text: &str) {
        let size = mark.chars().count();
        let lines = wrapped(text, WIDTH - self.indent - size);
        for (index, line) in lines.iter().enumerate().filter(|(_, line)| !line.is_empty()) {
            let mark = if index == 0 { mark } else { "" };
            self.line(&format!("{mark:<size$}{line}"));
        }
    }

    /// The same, if there is such a text.
    pub(in crate::protocol) fn entry_if(&mut self, label: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.entry(label, text);
        }
    }

    /// Several texts behind one label, each on lines of its own.
    pub(in crate::protocol) fn entries(&mut self, label: &str, texts: &[String]) {
        for (index, text) in texts.iter().enumerate() {
            self.entry(if index == 0 { label } else { "" }, text);
        }
    }
}

/// A layout on one line, which can be broken between its parts but not inside of quotes.
pub(super) fn layout(layout: &Layout) -> String {
    let mut quote = None;
    let glue = |c: char| {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) if c == ' ' => return GLUE,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            Some(_) | None => {}
        }
        c
    };
    one_line(layout.source()).chars().map(glue).collect()
}

/// The text broken at blanks. A word that is longer than a line stays whole: it may be meant to be copied.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.trim().split([' ', '\n', '\t']) {
        // As wide as it is shown.
        let size = escape_str(word).to_string().chars().count();
        if used > 0 && used + 1 + size > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += size;
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_broken_at_blanks() {
        assert_eq!(wrapped("one two three\nfour", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("a-word-that-is-too-long b", 5), ["a-word-that-is-too-long", "b"]);
        assert_eq!(wrapped("", 5), [""]);
    }

    #[test]
    fn a_layout_is_not_broken_inside_of_quotes() {
        let said = Layout::body("a:u8  'x  y z' <CR>", &wigwag_protocol::layout::Options::default()).unwrap();
        let mut page = Page::default();
        wrapped(&layout(&said), 5).iter().for_each(|line| page.line(line));
        assert_eq!(page.into_text(), "a:u8\n'x  y z'\n<CR>\n");
    }

    #[test]
    fn entries_stand_below_each_other() {
        let mut page = Page::default();
        page.inside(|page| {
            page.entry("port", "23");
            page.entry("a_long_name_of_a_part", "text");
        });
        assert_eq!(page.into_text(), "  port        23\n  a_long_name_of_a_part\n              text\n");
    }

    #[test]
    fn what_is_written_cannot_act_on_a_terminal() {
        let mut page = Page::default();
        page.paragraph("a \u{1b}[2J\u{202e}b");
        page.entry("\u{7}", "\u{9b}");
        assert_eq!(page.into_text(), "a <ESC>[2J<U+202E>b\n<BEL>           <U+009B>\n");
    }
}
