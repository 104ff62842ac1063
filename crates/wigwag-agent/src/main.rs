//! The small binary for devices. All of it is `wigwag_device::agent`; here is only the command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the help text and usage errors of a command")]

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

const HELP: &str = "\
Be a device: accept, receive, parse and respond, as a configuration file says

Usage: wigwag-agent CONFIG
       wigwag-agent --check CONFIG

Example configuration:

  protocol = \"esc-cr\"
  listen   = [\"0.0.0.0:9100\"]

  [limits]
  connections = 256
  request     = \"64KiB\"
  idle        = \"30s\"

  [on.STATUS]
  reply = \"READY\"

  [on.\"*\"]
  reply = \"ERR unknown command\"

Stops on SIGTERM or SIGINT once what is in flight has been answered. Logs to standard error.

Exit codes: 0 stopped, 1 a fault of the program's own, 2 wrong usage or configuration

  --check        Say what is wrong or odd with the configuration, and serve nothing
  -h, --help     Print help
  -V, --version  Print version
";

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [one] if one == "-h" || one == "--help" => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        [one] if one == "-V" || one == "--version" => {
            println!("wigwag-agent {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        [check, config] if check == "--check" => {
            wigwag_device::agent::check(Path::new(config), &mut std::io::stdout().lock())
        }
        [config] if !config.to_string_lossy().starts_with('-') => {
            let served = std::panic::catch_unwind(|| wigwag_device::agent::main(Path::new(config)));
            served.unwrap_or(ExitCode::FAILURE)
        }
        _ => {
            eprintln!("usage: wigwag-agent [--check] CONFIG (see wigwag-agent --help)");
            ExitCode::from(2)
        }
    }
}
