//! The project's own chores: `cargo xtask test`, `cargo xtask ansible`, `cargo xtask package`, `cargo xtask bench NAME`, `cargo xtask fuzz TARGET`.
//!
//! Each chore is one command that works in a fresh clone: what it needs beyond Rust it looks for first, installs where
//! it can, and names where it cannot.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore talks to the person who started it")]

mod ansible;
mod bench;
mod environment;
mod fuzz;
mod package;
mod step;
mod test;
mod tools;

use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask CHORE

  test                     the whole suite: format, lints, documentation, test devices, every test
  ansible                  the Ansible collection alone: build it, install it, hold it to Ansible's tools
  package                  packages for Debian, into target/debian; each is installed and removed in a root of its own
  bench NAME               build for release and run bench/NAME
  fuzz TARGET [SECONDS]    fuzz one target (for 60 seconds unless said)
";

/// What a chore could not do, for the person who reads it.
type Result<T> = std::result::Result<T, String>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();

    let result = match arguments[..] {
        ["test"] => test::run(),
        ["ansible"] => ansible::install().and_then(|_folder| ansible::lint()),
        ["package"] => package::release(),
        ["bench", name] => bench::run(name),
        ["fuzz", target] => fuzz::run(target, fuzz::DEFAULT_SECONDS),
        ["fuzz", target, seconds] => fuzz::run(target, seconds),
        ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };

    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the workspace, wherever the chore was started.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace")
}
