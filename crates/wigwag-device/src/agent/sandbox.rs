//! Gives up what the agent does not need: new privileges, and files that its configuration does not name.
//!
//! Landlock, where the kernel has it. Programs that are run are held to the same: they may read everything and write where
//! the configuration says.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    path_beneath_rules,
};

/// What Landlock knew when it got to networks. Of what it learned later nothing is used.
const KNOWN: ABI = ABI::V4;

/// Written to by programs that write nothing.
const ALWAYS_WRITABLE: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/tmp", "/var/tmp"];

/// Facts of the host.
const ALWAYS_READABLE: [&str; 2] = ["/proc/sys/kernel/hostname", "/proc/uptime"];

/// The files that a configuration is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// It asked for no sandbox at all.
    pub(super) everything: bool,
    /// Files and folders that are read.
    pub(super) reads: BTreeSet<PathBuf>,
    /// Folders, and files of drivers, that are written to.
    pub(super) writes: BTreeSet<PathBuf>,
    /// Programs are run.
    pub(super) programs: bool,
}

/// What this process has left to it.
#[derive(Debug)]
pub(super) struct Sandbox(Option<Needs>);

impl Needs {
    /// A file that is read, perhaps not there yet, perhaps another one each time: so its folder is what is needed, and that
    /// of the file that it is a link to.
    pub(super) fn read(&mut self, file: &Path) {
        let (file, target) = (std::path::absolute(file).ok(), file.canonicalize().ok());
        let folders = [file.as_deref(), target.as_deref()].into_iter().flatten().filter_map(Path::parent);
        self.reads.extend(folders.map(Path::to_owned));
    }

    /// Where rules can be put: on what is there.
    fn present(&self) -> Self {
        Self {
            everything: self.everything,
            reads: self.reads.iter().filter_map(|path| nearest(path)).collect(),
            writes: self.writes.iter().filter_map(|path| nearest(path)).filter(|path| path != Path::new("/")).collect(),
            programs: self.programs,
        }
    }
}

impl Sandbox {
    /// Gives up everything else, for this thread and all that it starts from now on. For good.
    ///
    /// Returns what should be said about it, too.
    pub(super) fn enter(needs: &Needs) -> (Self, Option<String>) {
        if needs.everything {
            return (
                Self(None),
                Some("sandbox.enabled is false: programs and files are not held to anything".to_owned()),
            );
        }
        let present = needs.present();
        let lacking = match restrict(&present) {
            Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => return (Self(Some(present)), None),
            Ok(RulesetStatus::NotEnforced) => "this kernel has no Landlock".to_owned(),
            Err(error) => error.to_string(),
        };
        (Self(None), Some(format!("not held to the files of the configuration: {lacking}")))
    }

    /// What a configuration needs that has been given up.
    pub(super) fn lacks(&self, needs: &Needs) -> Option<String> {
        let left = self.0.as_ref()?;
        let within = |path: &Path, folders: &BTreeSet<PathBuf>| folders.iter().any(|folder| path.starts_with(folder));
        if needs.everything {
            return Some("what sandbox.enabled = false asks for".to_owned());
        }
        if needs.programs && !left.programs {
            return Some("to run programs".to_owned());
        }
        let unread = needs.reads.iter().find(|path| !left.programs && !within(path, &left.reads));
        let unwritten = needs.writes.iter().find(|path| !within(path, &left.writes));
        let lacking = unread.map(|path| ("read", path)).or(unwritten.map(|path| ("write", path)));
        lacking.map(|(what, path)| format!("to {what} in {}", path.display()))
    }
}

fn restrict(needs: &Needs) -> Result<RulesetStatus, RulesetError> {
    let (read, all) = (AccessFs::from_read(KNOWN), AccessFs::from_all(KNOWN));
    let mut rules = Ruleset::default().handle_access(all)?;
    if !needs.programs {
        // An agent alone never connects.
        rules = rules.handle_access(AccessNet::ConnectTcp)?;
    }
    let read = if needs.programs { read } else { AccessFs::ReadFile | AccessFs::ReadDir };
    let mut rules = rules
        .create()?
        .add_rules(path_beneath_rules(&needs.reads, read))?
        .add_rules(path_beneath_rules(ALWAYS_READABLE, read))?
        .add_rules(path_beneath_rules(&needs.writes, all))?;
    if needs.programs {
        rules =
            rules.add_rules(path_beneath_rules(["/"], read))?.add_rules(path_beneath_rules(ALWAYS_WRITABLE, all))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// It, or the nearest folder above it that is there.
fn nearest(path: &Path) -> Option<PathBuf> {
    path.ancestors().find(|path| path.exists()).map(Path::to_owned)
}
