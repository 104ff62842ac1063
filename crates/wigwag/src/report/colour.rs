//! Colours, where somebody sees them.

use std::env;

use wigwag_protocol::outcome::Outcome;

/// Whether colours are shown: `NO_COLOR` and `CLICOLOR_FORCE` (bixense.com/clicolors) win over what the output is.
pub(super) fn is_wanted(is_terminal: bool) -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_forced = env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    !is_set("NO_COLOR") && (is_forced || is_terminal)
}

/// An outcome's text in its colour: green is done, yellow is not sent, red is to be looked at.
pub(super) fn of_outcome(outcome: Outcome, text: &str) -> String {
    const RED: u8 = 31;
    const GREEN: u8 = 32;
    const YELLOW: u8 = 33;
    let colour = match outcome {
        Outcome::Ok | Outcome::Sent => GREEN,
        Outcome::Rejected | Outcome::Unconfirmed(_) | Outcome::Garbled(_) => RED,
        Outcome::Unreachable(_) | Outcome::Skipped(_) | Outcome::Cancelled | Outcome::Expired => YELLOW,
    };
    format!("\x1b[{colour}m{text}\x1b[0m")
}
