//! An ansible-core with the collection in it.

use std::env;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::program::Program;

/// One ansible-core, and a home of its own for what it writes.
pub(crate) struct Core {
    folder: PathBuf,
    home: TempDir,
}

/// A test for each core that the collection is for.
macro_rules! on_each_core {
    ($($test:ident),* $(,)?) => {
        mod oldest {
            $(#[test] fn $test() { super::$test(&crate::support::Core::of("oldest")); })*
        }
        mod newest {
            $(#[test] fn $test() { super::$test(&crate::support::Core::of("newest")); })*
        }
    };
}
pub(crate) use on_each_core;

impl Core {
    /// The chore says where it put them; run without the chore, they are where the chore puts them.
    pub(crate) fn of(name: &str) -> Self {
        let beside_this_test = || Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("ansible");
        let folder = env::var_os("WIGWAG_ANSIBLE").map_or_else(beside_this_test, PathBuf::from).join(name);
        assert!(
            folder.join("collections").is_dir(),
            "{} has no Ansible with the collection: `cargo xtask ansible` installs it",
            folder.display()
        );
        Self { folder, home: tempfile::tempdir().unwrap() }
    }

    /// One of its programs, with the `wigwag` under test.
    pub(crate) fn program(&self, name: &str, words: &[&str]) -> Program {
        let programs = self.folder.join("bin");
        let path = format!("{}:{}", programs.display(), env::var("PATH").unwrap_or_default());
        let collections = self.folder.join("collections");
        Program::new(programs.join(name))
            .arguments(words)
            .env("PATH", path)
            .env("HOME", self.home.path())
            .env("ANSIBLE_HOME", self.home.path().join("ansible"))
            .env("ANSIBLE_LOCAL_TEMP", self.home.path().join("tmp"))
            .env("ANSIBLE_COLLECTIONS_PATH", &collections)
            // Its name in the oldest core.
            .env("ANSIBLE_COLLECTIONS_PATHS", &collections)
            .env("ANSIBLE_LOG_PATH", self.home.path().join("ansible.log"))
            .env("ANSIBLE_LOCALHOST_WARNING", "False")
            .env("ANSIBLE_NOCOLOR", "1")
            .env("ANSIBLE_RETRY_FILES_ENABLED", "False")
            .env("LC_ALL", "C.UTF-8")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("WIGWAG_EXECUTABLE", env!("CARGO_BIN_EXE_wigwag"))
            .env("XDG_STATE_HOME", self.state())
    }

    /// `ansible-playbook` of one of the collection's own playbooks, or of the file at a path.
    pub(crate) fn play(&self, inventory: &str, playbook: &str, words: &[&str]) -> Program {
        let playbooks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ansible/tests/integration");
        let playbook = playbooks.join(playbook);
        self.program("ansible-playbook", &["-i", inventory, playbook.to_str().unwrap()]).arguments(words)
    }

    /// `wigwag` itself, with the journal of what this core's plays sent.
    pub(crate) fn wigwag(&self, words: &[&str]) -> Program {
        Program::new(env!("CARGO_BIN_EXE_wigwag")).arguments(words).env("XDG_STATE_HOME", self.state())
    }

    /// Where programs keep their journal.
    pub(crate) fn state(&self) -> PathBuf {
        self.home.path().join("state")
    }

    /// All bytes that lie in its home: journals, logs, temporary files.
    pub(crate) fn everything_written(&self) -> Vec<u8> {
        fn gather(folder: &Path, into: &mut Vec<u8>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    gather(&path, into);
                } else if path.is_file() {
                    into.extend(std::fs::read(&path).unwrap());
                }
            }
        }
        let mut all = Vec::new();
        gather(self.home.path(), &mut all);
        all
    }
}
