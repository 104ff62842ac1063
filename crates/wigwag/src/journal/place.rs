//! Where the journal lies: its file, and the folder of locks beside it.

use std::ffi::OsString;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::JournalError;
use super::file_system;

/// Whoever may read a journal may read what devices said.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_FOLDER: u32 = 0o700;

/// Where the journal is unless something else was said: `$XDG_STATE_HOME/wigwag/journal.db`.
pub(crate) fn default_path() -> Result<PathBuf, JournalError> {
    path_from(std::env::var_os("XDG_STATE_HOME"), std::env::var_os("HOME"))
}

fn path_from(state: Option<OsString>, home: Option<OsString>) -> Result<PathBuf, JournalError> {
    // The standard for these folders has relative ones ignored.
    let absolute = |folder: Option<OsString>| folder.map(PathBuf::from).filter(|folder| folder.is_absolute());
    let state = absolute(state).or_else(|| absolute(home).map(|home| home.join(".local/state")));
    match state {
        Some(state) => Ok(state.join("wigwag").join("journal.db")),
        None => Err(JournalError::Unusable {
            path: PathBuf::from("the journal"),
            cause: "neither XDG_STATE_HOME nor HOME says where it should be".to_owned(),
        }),
    }
}

/// Sees to it that there is a file that only its owner can read, on a disk of this machine.
pub(super) fn prepare(path: &Path) -> Result<(), JournalError> {
    let unusable = |error| JournalError::unusable(path, &error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(folder).map_err(unusable)?;
    }
    file_system::refuse_network(path)?;
    match OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE).open(path) {
        Ok(_created) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(unusable(error)),
    }
}

/// The folder of the locks, made if need be.
pub(super) fn prepare_locks(journal: &Path) -> Result<PathBuf, JournalError> {
    let folder = locks(journal);
    let made = DirBuilder::new().recursive(true).mode(PRIVATE_FOLDER).create(&folder);
    made.map(|()| folder.clone()).map_err(|error| JournalError::unusable(&folder, &error))
}

/// The folder of the locks.
pub(super) fn locks(journal: &Path) -> PathBuf {
    journal.with_file_name("runs")
}

/// A file beside the journal: `journal.db` with `.reserve` behind it.
pub(super) fn beside(journal: &Path, ending: &str) -> PathBuf {
    let mut name = journal.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    journal.with_file_name(name)
}

/// A private file, made if need be.
pub(super) fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(PRIVATE_FILE).open(path)
}

/// What a file is and on which machine: a copy is another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) machine: Option<String>,
    pub(super) inode: i64,
}

impl Home {
    /// Where the journal lies now.
    pub(super) fn of(path: &Path) -> Result<Self, JournalError> {
        let metadata = std::fs::metadata(path).map_err(|error| JournalError::unusable(path, &error))?;
        Ok(Self { machine: machine(), inode: metadata.ino() as i64 })
    }

    /// How another one differs from this; nothing where they are the same.
    pub(super) fn difference(&self, was: &Self) -> Option<&'static str> {
        match (&self.machine, &was.machine) {
            (Some(now), Some(then)) if now != then => Some("the journal was copied from another machine"),
            _ if self.inode != was.inode => Some("the journal is a copy, or was moved from another disk"),
            _ => None,
        }
    }
}

/// The machine's id, where it has one.
fn machine() -> Option<String> {
    let id = std::fs::read_to_string("/etc/machine-id").ok()?;
    let id = id.trim();
    (!id.is_empty() && id != "uninitialized").then(|| id.to_owned())
}

/// How many bytes the journal takes on the disk, with what is not in its main file yet.
pub(crate) fn size(journal: &Path) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map(|metadata| metadata.len()).unwrap_or_default();
    size(journal) + size(&beside(journal, "-wal"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_state_folder_comes_first_then_the_home() {
        let from = |state: Option<&str>, home: Option<&str>| {
            path_from(state.map(OsString::from), home.map(OsString::from)).ok().map(|path| path.display().to_string())
        };
        assert_eq!(from(Some("/s"), Some("/h")).as_deref(), Some("/s/wigwag/journal.db"));
        assert_eq!(from(Some("s"), Some("/h")).as_deref(), Some("/h/.local/state/wigwag/journal.db"));
        assert_eq!(from(None, None), None);
    }

    #[test]
    fn what_is_made_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/wigwag/journal.db");

        prepare(&path).unwrap();
        prepare(&path).unwrap();

        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(mode(&prepare_locks(&path).unwrap()), 0o700);
    }

    #[test]
    fn a_copy_is_another_file() {
        let here = Home { machine: Some("a".to_owned()), inode: 7 };
        assert_eq!(here.difference(&here.clone()), None);
        assert!(here.difference(&Home { inode: 8, ..here.clone() }).is_some());
        assert!(here.difference(&Home { machine: Some("b".to_owned()), inode: 7 }).is_some());
        // Machines without an id are told apart by the file alone.
        assert_eq!(here.difference(&Home { machine: None, inode: 7 }), None);
    }
}
