//! `wigwag check`: can a device be reached, and how long does each phase take?
//!
//! | file | what it does |
//! |---|---|
//! | `found` | what one check finds |
//! | `secured` | what TLS agreed on |
//! | `text`, `json` | how that is told |

mod found;
mod json;
mod secured;
mod text;

use std::io::{self, Write};

use wigwag_net::Clock;
use wigwag_protocol::protocol::Times;

use crate::cli::{self, CheckArgs, CheckOutput};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report;
use crate::send::{Interrupts, runtime};
use found::{Found, Steps};

/// The port that is checked unless another is said.
const PORT: u16 = 9100;

pub(crate) fn run(arguments: CheckArgs) -> Result<Exit, Problem> {
    let endpoint = cli::endpoint(&arguments.target, Some(PORT))?;
    let dialer = arguments.connect.dialer(Times::default().connect)?;
    let runtime = runtime()?;
    let found = runtime.block_on(async {
        let mut interrupts = Interrupts::new()?;
        let clock = Clock::start();
        let mut found = Found::new(&arguments.target, endpoint.clone());
        let looked = async {
            let mut progress = Steps { found: &mut found, clock, began: clock.now() };
            let dialled = dialer.dial(&endpoint, &mut |step| progress.note(&step)).await;
            match dialled {
                Ok(mut connection) => found.listen_for_banner(&mut connection, arguments.banner_wait, clock).await,
                Err(error) => found.failure = Some(error),
            }
        };
        let cut = tokio::select! {
            () = looked => false,
            () = interrupts.next() => true,
        };
        Ok((!cut).then_some(found))
    });
    runtime.shutdown_background();
    let Some(found) = found? else { return Ok(Exit::Interrupted) };
    let mut stdout = io::stdout().lock();
    let printed = match arguments.output {
        CheckOutput::Text => found.print(&mut stdout),
        CheckOutput::Json => writeln!(stdout, "{}", report::safe_json(&found.json().to_string())),
    };
    printed.and_then(|()| stdout.flush()).or_else(report::unless_closed)?;
    if arguments.output == CheckOutput::Text {
        let _ = found.complain(&mut io::stderr());
    }
    Ok(if found.is_reachable() { Exit::Ok } else { Exit::Unreachable })
}
