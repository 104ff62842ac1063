//! What can be served, and is hardly meant.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Config;

impl Config {
    /// What is odd about it; a line each.
    pub fn oddities(&self) -> Vec<String> {
        let everybody = self.allow.is_none().then(|| "everybody may connect: `allow` says who may".to_owned());
        let programs = self.deeds.programs().filter_map(|program| self.oddity_of(&program));
        let folders = self.needs.writes.iter().filter(|folder| !folder.exists());
        let missing = folders.map(|folder| format!("{}: nothing is there that could be written to", folder.display()));
        everybody.into_iter().chain(programs).chain(missing).collect()
    }

    fn oddity_of(&self, program: &Path) -> Option<String> {
        const SET_USER_OR_GROUP: u32 = 0o6000;
        const ANYBODY: u32 = 0o111;
        let shown = program.display();
        // Whether we may run it, only the attempt can tell.
        let Some(known) =
            fs::metadata(program).ok().filter(|known| known.is_file() && known.permissions().mode() & ANYBODY != 0)
        else {
            return Some(format!("{shown}: there is no such program that may be run"));
        };
        let gains = known.permissions().mode() & SET_USER_OR_GROUP != 0 && !self.needs.everything;
        gains.then(|| format!("{shown}: gains no privileges here, although it is made to (set-user-id)"))
    }
}
