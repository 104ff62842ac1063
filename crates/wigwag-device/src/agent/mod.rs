//! A real device from a configuration file: the whole of `wigwag-agent`, and of `wigwag agent`.
//!
//! | file | |
//! |---|---|
//! | `config` | the file |
//! | `actions` | what is done when a command comes |
//! | `configured` | which of them, for which client |
//! | `memory` | what was done already |
//! | `service` | starting, reloading, stopping |
//! | `sandbox`, `systemd`, `log` | what it gives up, who started it, whom it tells |

mod actions;
mod config;
mod configured;
mod log;
mod memory;
mod sandbox;
mod service;
mod systemd;

pub use config::{Config, ConfigError};
pub use log::LogForm;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use log::Log;

/// Serves the device that the file at `path` describes until SIGTERM or SIGINT, and logs to standard error.
///
/// Exit code 0 after a stop, 2 if the file is wrong or an address cannot be listened on, 1 for a fault of our own.
pub fn main(path: &Path, form: LogForm) -> ExitCode {
    let log = Log::stderr(form);
    match service::run(path, &log) {
        Ok(()) => ExitCode::SUCCESS,
        Err(service::Trouble { code, text }) => {
            log.error(&text);
            ExitCode::from(code)
        }
    }
}

/// Reads the file at `path` and says on `out` what it makes of it, without serving anything.
///
/// Exit code 0 if it can be served, odd or not; 2 if it cannot.
pub fn check(path: &Path, out: &mut impl Write) -> ExitCode {
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => {
            Log::stderr(LogForm::Text).error(&error.to_string());
            return ExitCode::from(2);
        }
    };
    let oddities = config.oddities().into_iter().map(|oddity| format!("warn: {oddity}\n"));
    let told = format!("{}: speaks {}\n{}", path.display(), config.summary(), oddities.collect::<String>());
    // Whoever no longer listens need not be told.
    let _ = out.write_all(told.as_bytes());
    ExitCode::SUCCESS
}
