//! Asks a person. Only on a terminal; elsewhere `--yes` has to say so.

use std::io::{self, IsTerminal, Write};

use wigwag_protocol::bytes::display::escape_str;

use crate::problem::Problem;

/// Whether there is somebody to ask.
pub(crate) fn is_on_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks whether `what` is meant for `whom`: a typed yes lets it go on.
pub(crate) fn ask(what: &str, whom: &str) -> Result<(), Problem> {
    if !is_on_terminal() {
        return Err(Problem::usage(format!("{what} {whom}; nothing was sent")).with_help("add --yes if that is meant"));
    }
    let _ = write!(io::stderr(), "{} {}. Type yes to go on: ", escape_str(what), escape_str(whom));
    match answer() {
        true => Ok(()),
        false => Err(Problem::usage("not confirmed; nothing was sent")),
    }
}

/// Whether the line that is typed next is a yes.
pub(crate) fn answer() -> bool {
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
