//! The programs of `tests/peers`, which stand on packages that are not ours.

use std::env;
use std::path::{Path, PathBuf};

use super::program::{Program, Running};

/// `tests/peers/NAME` with these arguments.
pub(crate) fn python(name: &str, arguments: &[&str]) -> Program {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers").join(name);
    Program::new(environment()).arguments(&["-B".as_ref(), script.as_os_str()]).arguments(arguments)
}

/// The Python that has the packages. The chore says where it put it; run without the chore, it is where the chore puts it.
fn environment() -> PathBuf {
    let beside_this_test = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("peers");
    let folder = env::var_os("WIGWAG_PEERS").map_or_else(beside_this_test, PathBuf::from);
    let python = folder.join("bin").join("python");
    assert!(python.is_file(), "{} is missing: `cargo xtask test` installs it", python.display());
    python
}

/// One of them that serves, in a process of its own.
pub(crate) struct PythonServer {
    _process: Running,
    pub(crate) port: u16,
}

impl PythonServer {
    pub(crate) fn start(name: &str) -> Self {
        // It ends when its standard input does, so that it never outlives the test.
        let mut process = python(name, &[]).stdin_held().start();
        let line = process.line();
        let port = line.strip_prefix("PORT ").and_then(|port| port.parse().ok());
        Self { _process: process, port: port.unwrap_or_else(|| panic!("instead of a port: {line}")) }
    }
}
