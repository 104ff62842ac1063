//! The small binary for devices. All of it is `wigwag_device::agent`; here is only the command line.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the help text and usage errors of a command")]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use wigwag_device::agent::{self, LogForm};

const HELP: &str = "\
Be a device: accept, receive, parse, act and respond, as a configuration file says

Usage: wigwag-agent [--log FORM] CONFIG
       wigwag-agent --check CONFIG

Example configuration:

  protocol = \"esc-cr\"
  listen   = [\"0.0.0.0:9100\"]
  allow    = [\"10.0.0.0/8\"]

  [limits]
  connections = 256
  request     = \"64KiB\"
  idle        = \"30s\"

  [on.STATUS]
  reply = \"READY\"

  [on.UPTIME]
  run = [\"/usr/bin/uptime\"]

  [on.\"*\"]
  reply = \"ERR unknown command\"

Stops on SIGTERM or SIGINT once what is in flight has been answered, and reads its configuration
again on SIGHUP; a wrong one is refused, and what was read before stays. Logs to standard error.

Exit codes: 0 stopped, 1 a fault of the program's own, 2 wrong usage or configuration

      --check        Say what is wrong or odd with the configuration, and serve nothing
      --log FORM     What the log looks like: text (unless said), or json, an object a line
  -h, --help         Print help
  -V, --version      Print version
";

const USAGE: &str = "usage: wigwag-agent [--check] [--log text|json] CONFIG (see wigwag-agent --help)";

/// What was asked for.
enum Asked {
    Help,
    Version,
    Check(PathBuf),
    Serve(PathBuf, LogForm),
}

fn main() -> ExitCode {
    match asked(std::env::args_os().skip(1)) {
        Ok(Asked::Help) => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        Ok(Asked::Version) => {
            println!("wigwag-agent {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Asked::Check(config)) => agent::check(&config, &mut std::io::stdout().lock()),
        Ok(Asked::Serve(config, form)) => {
            let served = std::panic::catch_unwind(|| agent::main(&config, form));
            served.unwrap_or(ExitCode::FAILURE)
        }
        Err(why) => {
            eprintln!("{why}{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn asked(arguments: impl Iterator<Item = OsString>) -> Result<Asked, String> {
    let (mut check, mut form, mut config) = (false, LogForm::default(), None);
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("-h" | "--help") => return Ok(Asked::Help),
            Some("-V" | "--version") => return Ok(Asked::Version),
            Some("--check") => check = true,
            Some("--log") => form = named(&arguments.next().unwrap_or_default().to_string_lossy())?,
            Some(option) if option.starts_with("--log=") => form = named(&option["--log=".len()..])?,
            Some(option) if option.starts_with('-') => return Err(format!("there is no option {option}\n")),
            _ if config.is_some() => return Err("one configuration, not several\n".to_owned()),
            _ => config = Some(PathBuf::from(argument)),
        }
    }
    match (config, check) {
        (None, _) => Err(String::new()),
        (Some(config), true) => Ok(Asked::Check(config)),
        (Some(config), false) => Ok(Asked::Serve(config, form)),
    }
}

fn named(form: &str) -> Result<LogForm, String> {
    form.parse().map_err(|error| format!("--log: {error}\n"))
}
