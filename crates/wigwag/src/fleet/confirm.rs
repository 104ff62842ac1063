//! What a person is asked before a run begins.

use std::io::{self, Write};

use wigwag_protocol::protocol::Effect;

use super::survey::Survey;
use crate::cli::SendArgs;
use crate::confirm::ask;
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
