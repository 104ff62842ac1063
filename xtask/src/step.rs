//! One command of a chore: named before it runs, timed after it.

use std::process::{Command, Stdio};
use std::time::Instant;

use crate::{Result, root};

/// The cargo that runs this chore, so that one toolchain does everything.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

/// Runs the command without standard input, in the root of the workspace unless it says where. An exit code other than 0
/// is an error.
pub(crate) fn run(name: &str, command: &mut Command) -> Result<()> {
    println!("\n== {name}: {}", as_typed(command));
    let started = Instant::now();

    if command.get_current_dir().is_none() {
        command.current_dir(root());
    }
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|error| format!("{name}: could not start {}: {error}", command.get_program().display()))?;

    if !status.success() {
        return Err(format!("{name} failed: {status}"));
    }
    println!("== {name}: done in {:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}

/// The command line as a person would type it: programs without their directories.
fn as_typed(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut line = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}
