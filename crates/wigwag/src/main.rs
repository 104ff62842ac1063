//! Wigwag sends commands to devices over raw TCP and tells what happened.

mod check;
mod cli;
mod confirm;
mod demo;
mod descriptors;
mod exit;
mod fleet;
mod inventory;
mod journal;
mod listen;
mod problem;
mod profile;
mod protocol;
mod protocols;
mod report;
mod runs;
mod send;
mod simulate;

use std::io::Write;
use std::panic;
use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory as _;

use cli::{Cli, Command};
use problem::Problem;

fn main() -> ExitCode {
    let cli = Cli::read();
    let ended = panic::catch_unwind(|| run(cli));
    match ended {
        Ok(Ok(code)) => code.into(),
        Ok(Err(problem)) => {
            // Nowhere is left to complain if standard error is gone.
            let _ = write!(std::io::stderr(), "{problem}");
            problem.exit().into()
        }
        // The panic has already told where it happened; it is never the device's fault.
        Err(_panic) => exit::Exit::Fault.into(),
    }
}

fn run(cli: Cli) -> Result<exit::Exit, Problem> {
    match cli.command {
        Command::Send(arguments) => send::run(*arguments),
        Command::Resume(arguments) => fleet::resume(*arguments),
        Command::Verify(arguments) => fleet::verify(*arguments),
        Command::SendHelp(asked) => protocol::send_help(&asked),
        Command::Check(arguments) => check::run(&arguments),
        Command::Listen(arguments) => listen::run(arguments),
        Command::Runs(arguments) => runs::run(arguments),
        Command::Protocol(command) => protocol::run(command),
        Command::Inventory(arguments) => inventory::run(arguments),
        Command::Agent { check: true, config, .. } => {
            Ok(exit::Exit::Agent(wigwag_device::agent::check(&config, &mut std::io::stdout().lock())))
        }
        Command::Agent { check: false, log, config } => Ok(exit::Exit::Agent(wigwag_device::agent::main(&config, log))),
        Command::Manual { folder } => manual(&folder),
        Command::Simulate(arguments) => simulate::run(*arguments),
        Command::Demo { keep } => demo::run(keep),
    }
}

/// Writes the manual pages of all commands.
fn manual(folder: &Path) -> Result<exit::Exit, Problem> {
    // The small program has a page of its own under this name.
    let written = clap_mangen::generate_to(Cli::command(), folder)
        .and_then(|()| std::fs::remove_file(folder.join("wigwag-agent.1")));
    written.map_err(|error| Problem::usage(format!("{}: {}", folder.display(), wigwag_net::cause::words(&error))))?;
    Ok(exit::Exit::Ok)
}
