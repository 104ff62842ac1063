//! The thread that hears signals.

use std::thread;

use wigwag_fleet::Control;

use crate::problem::Problem;
use crate::send::{Interrupts, runtime};

/// Ctrl-C, SIGTERM and SIGHUP stop the run: once softly, twice at once.
pub(in crate::fleet) fn watch(control: Control) -> Result<(), Problem> {
    let runtime = runtime()?;
    let mut interrupts = runtime.block_on(async { Interrupts::new() })?;
    let body = move || {
        runtime.block_on(async {
            loop {
                interrupts.next().await;
                control.stop();
            }
        })
    };
    // It ends with the process.
    let watching = thread::Builder::new().name("signals".to_owned()).spawn(body);
    watching.map(drop).map_err(|error| Problem::Fault(format!("could not start: {}", wigwag_net::cause::words(&error))))
}
