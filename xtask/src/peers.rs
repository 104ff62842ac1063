//! The Python programs that the tests in `crates/wigwag/tests/peers` run against: a virtual environment of the project's
//! own, in its target folder.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::answers;
use crate::{Result, root, step};

/// Where the tests are told that folder.
pub(crate) const VARIABLE: &str = "WIGWAG_PEERS";

const REQUIREMENTS: &str = "tests/peers/requirements.txt";

/// The folder with everything in it that the requirements name, installed anew where they have changed.
pub(crate) fn install() -> Result<PathBuf> {
    let folder = target().join("peers");
    let wanted = fs::read_to_string(root().join(REQUIREMENTS)).map_err(|error| format!("{REQUIREMENTS}: {error}"))?;
    // Written when all else is done, so that what was cut short is begun again.
    let installed = folder.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) && starts(&python(&folder)) {
        return Ok(folder);
    }

    step::run("environment for peers", Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(python(&folder));
    pip.args(["-m", "pip", "--require-virtualenv", "--disable-pip-version-check", "--no-input", "install", "--quiet"]);
    step::run("peers", pip.args(["--requirement", REQUIREMENTS]))
        .map_err(|error| format!("{error}; the tests need what {REQUIREMENTS} names"))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(folder)
}

/// Where cargo puts what it builds.
fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn python(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
}

/// False too where the Python that it was made with has gone.
fn starts(python: &Path) -> bool {
    answers(python, &["-c", "print('here')"]).is_some_and(|answer| answer.trim() == "here")
}
