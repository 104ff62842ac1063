//! Standard input comes once: no two arguments can be read from it.

use std::path::Path;

use crate::problem::Problem;

/// The arguments that would read standard input, as they were typed.
#[derive(Debug, Default)]
pub(crate) struct StandardInput {
    readers: Vec<&'static str>,
}

impl StandardInput {
    /// Each `-` among these inventories.
    pub(crate) fn inventories(mut self, paths: &[impl AsRef<Path>]) -> Self {
        let dashes = paths.iter().filter(|path| is_dash(path.as_ref()));
        self.readers.extend(dashes.map(|_| "--inventory -"));
        self
    }

    /// Whatever is called so, if it would.
    pub(crate) fn reader(mut self, called: &'static str, reads: bool) -> Self {
        self.readers.extend(reads.then_some(called));
        self
    }

    /// Refuses more than one.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let message = match self.readers.as_slice() {
            [] | [_] => return Ok(()),
            [first, second, ..] if first == second => format!("{first} is there twice"),
            [first, second, ..] => format!("{first} and {second} would both read standard input"),
        };
        Err(Problem::usage(message).with_help("standard input can be read once; put the other one into a file"))
    }
}

/// Whether a path stands for standard input.
pub(super) fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}
