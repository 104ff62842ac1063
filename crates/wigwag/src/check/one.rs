//! One device, told phase by phase.

use std::io::{self, Write};

use wigwag_net::Clock;

use super::found::Found;
use super::hosts::Target;
use crate::cli::{CheckArgs, CheckOutput};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report;
use crate::send::{Interrupts, runtime};

pub(super) fn check(target: &Target, arguments: &CheckArgs) -> Result<Exit, Problem> {
    let runtime = runtime()?;
    let found = runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let mut found = Found::new(&target.name, target.endpoint.clone());
        let cut = tokio::select! {
            () = found.connect(&target.dialer, arguments.banner_wait, Clock::start()) => false,
            () = interrupts.next() => true,
        };
        Ok((!cut).then_some(found))
    });
    // A resolver that never answers must not hold the program back.
    runtime.shutdown_background();
    let Some(found) = found? else { return Ok(Exit::Interrupted) };
    let mut stdout = io::stdout().lock();
    let printed = match arguments.output {
        CheckOutput::Text => found.print(&mut stdout),
        CheckOutput::Json | CheckOutput::Ndjson => writeln!(stdout, "{}", found.event()),
    };
    printed.and_then(|()| stdout.flush()).or_else(report::unless_closed)?;
    if arguments.output == CheckOutput::Text {
        let _ = found.complain(&mut io::stderr());
    }
    Ok(if found.is_reachable() { Exit::Ok } else { Exit::Unreachable })
}
