//! Virtual environments of Python, in the target folder: what tests run against and is not ours.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::answers;
use crate::{Result, root, step};

/// The environment of this name, with everything in it that the requirements name; installed anew where they have changed.
///
/// `requirements` is a file of pip's, relative to the root of the workspace.
pub(crate) fn install(name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = target().join(name);
    let wanted = fs::read_to_string(root().join(requirements)).map_err(|error| format!("{requirements}: {error}"))?;
    // Written when all else is done, so that what was cut short is begun again.
    let installed = folder.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) && starts(&python(&folder)) {
        return Ok(folder);
    }

    let title = format!("environment {name}");
    step::run(&title, Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut pip = Command::new(python(&folder));
    pip.args(["-m", "pip", "--require-virtualenv", "--disable-pip-version-check", "--no-input", "install", "--quiet"]);
    step::run(&format!("packages of {name}"), pip.args(["--requirement", requirements]))
        .map_err(|error| format!("{error}; the tests need what {requirements} names"))?;
    fs::write(&installed, wanted).map_err(|error| format!("{}: {error}", installed.display()))?;
    Ok(folder)
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

fn python(folder: &Path) -> PathBuf {
    folder.join("bin").join("python")
}

/// False too where the Python that it was made with has gone.
fn starts(python: &Path) -> bool {
    answers(python, &["-c", "print('here')"]).is_some_and(|answer| answer.trim() == "here")
}
