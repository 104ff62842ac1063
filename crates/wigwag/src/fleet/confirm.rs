//! What a person is asked before a run begins.

use std::collections::BTreeSet;
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
    let devices = match survey.census.targets {
        0 => format!("every device in {}", survey.census.first),
        1 => survey.census.first.clone(),
        count => format!("{count} devices"),
    };
    about(&survey.hazards, survey.command.as_deref(), survey.effect, &devices, survey.census.targets != 1)
}

/// Asks about each hazard; where there is none, about a command that acts each time and goes to several devices.
pub(super) fn about(
    hazards: &BTreeSet<String>,
    command: Option<&str>,
    effect: Effect,
    devices: &str,
    is_for_several: bool,
) -> Result<(), Problem> {
    for hazard in hazards {
        ask(hazard, &format!("on {devices}"))?;
    }
    if hazards.is_empty() && effect == Effect::Once && is_for_several {
        let command = command.unwrap_or("the command");
        ask(&format!("{command} acts each time it is sent (effect once)"), &format!("and goes to {devices}"))?;
    }
    Ok(())
}
