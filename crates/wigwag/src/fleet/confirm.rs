//! What a person is asked before.

use std::io::{self, IsTerminal, Write};

use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::protocol::Effect;

use super::survey::Survey;
use crate::cli::SendArgs;
use crate::problem::Problem;

/// Asks where a command has a hazard, or acts each time and goes to more than one device. Warns where anybody is
/// believed.
pub(super) fn send(arguments: &SendArgs, survey: &Survey) -> Result<(), Problem> {
    if survey.is_insecure {
        let _ = writeln!(io::stderr(), "warning: --insecure: whoever answers is believed");
    }
    if arguments.yes {
        return Ok(());
    }
    let devices = match survey.targets {
        0 => format!("every device in {}", survey.first),
        1 => survey.first.clone(),
        count => format!("{count} devices"),
    };
    for hazard in &survey.hazards {
        ask(hazard, &format!("on {devices}"))?;
    }
    if survey.hazards.is_empty() && survey.effect == Effect::Once && survey.targets != 1 {
        let command = survey.command.as_deref().unwrap_or("the command");
        ask(&format!("{command} acts each time it is sent (effect once)"), &format!("and goes to {devices}"))?;
    }
    Ok(())
}

/// Whether there is somebody to ask.
pub(super) fn is_on_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a typed yes. Only on a terminal; elsewhere `--yes` has to say so.
pub(super) fn ask(what: &str, whom: &str) -> Result<(), Problem> {
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
pub(super) fn answer() -> bool {
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok() && answer.trim() == "yes"
}
