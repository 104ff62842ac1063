//! `wigwag inventory fold` and `expand`: names as ranges and back.

use std::io::{self, Read, Write};

use wigwag_fleet::inventory::Inventory;
use wigwag_fleet::targets::{Combined, Names as _, fold};
use wigwag_protocol::bytes::display::escape_str;

use super::which;
use crate::problem::Problem;

/// The most that is read from standard input: millions of names.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

/// The names that some words stand for.
pub(super) struct Names {
    names: Combined,
}

impl Names {
    /// Of these words, or of those on standard input if there are none.
    pub(super) fn new(inventory: &Inventory, words: &[String]) -> Result<Self, Problem> {
        let text = if words.is_empty() { joined(&read()?) } else { words.join(",") };
        let names = inventory.expand(&text).map_err(|error| which::targets(&text, error))?;
        Ok(Self { names })
    }

    pub(super) fn fold(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", escape_str(&fold(self.names.iter())))
    }

    pub(super) fn expand(&self, out: &mut dyn Write) -> io::Result<()> {
        self.names.iter().try_for_each(|name| writeln!(out, "{}", escape_str(&name)))
    }
}

fn read() -> Result<String, Problem> {
    let mut bytes = Vec::new();
    let read = io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Problem::usage(format!("standard input: {}", wigwag_net::cause::words(&error))))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Problem::usage(format!("standard input: more than {MOST_BYTES} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| Problem::usage("standard input: this is not UTF-8 text"))
}

/// Lines, or words with blanks between them, as one expression.
fn joined(text: &str) -> String {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let words = lines.flat_map(str::split_whitespace).map(|word| word.trim_matches(','));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn lines_are_words() {
        assert_eq!(joined("a\nb # why\n\n  c d\n# none\ne,f,\n"), "a,b,c,d,e,f");
    }
}
