//! Who holds a run: a lock of the kernel, which frees it however the process ends.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::JournalError;
use super::place;
use super::run_id::RunId;

/// Whoever looks whether a run is held holds it for a moment himself; so a lock that is taken is asked for again, this
/// often and with this much time between.
const TRIES: u32 = 10;
const BETWEEN: Duration = Duration::from_millis(20);

/// How often a lock file may be replaced under our hands before something is wrong.
const REPLACED: u32 = 100;

/// A run that is held by this process.
#[derive(Debug)]
pub(crate) struct RunLock {
    file: File,
    path: PathBuf,
}

impl RunLock {
    /// Takes a run, or tells who has it.
    pub(super) fn take(journal: &Path, run: &RunId) -> Result<Self, JournalError> {
        let path = place::prepare_locks(journal)?.join(format!("{run}.lock"));
        let mut tries = 0;
        for _ in 0..REPLACED {
            let file = place::private_file(&path).map_err(|error| JournalError::unusable(&path, &error))?;
            match file.try_lock() {
                // Whoever held it before may have removed the file since it was opened: then nobody else sees this lock.
                Ok(()) if is_at(&file, &path) => {
                    let mut lock = Self { file, path };
                    lock.sign().map_err(|error| JournalError::unusable(&lock.path, &error))?;
                    return Ok(lock);
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) if tries < TRIES => {
                    tries += 1;
                    std::thread::sleep(BETWEEN);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(JournalError::Held { run: run.to_string(), pid: signed(&file) });
                }
                Err(TryLockError::Error(error)) => return Err(JournalError::unusable(&path, &error)),
            }
        }
        Err(JournalError::Held { run: run.to_string(), pid: None })
    }

    /// Writes down which process this is, for whoever finds it taken.
    fn sign(&mut self) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{}", std::process::id())
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        // While it is still held, so that nobody's but our own file is removed. One that stays does no harm.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Who holds a run, if anybody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// A process, by its number where it could be read.
    Process(Option<u32>),
    /// Nobody.
    Nobody,
}

/// Who holds a run.
pub(super) fn holder(journal: &Path, run: &RunId) -> Holder {
    let Ok(file) = File::open(place::locks(journal).join(format!("{run}.lock"))) else {
        return Holder::Nobody;
    };
    match file.try_lock_shared() {
        Ok(()) | Err(TryLockError::Error(_)) => Holder::Nobody,
        Err(TryLockError::WouldBlock) => Holder::Process(signed(&file)),
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => (ours.dev(), ours.ino()) == (there.dev(), there.ino()),
        _ => false,
    }
}

fn signed(file: &File) -> Option<u32> {
    let mut text = String::new();
    let mut file = file;
    // A number of a process is far shorter.
    file.rewind().ok()?;
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> RunId {
        RunId::known("20261122-154201-k3x9".to_owned())
    }

    #[test]
    fn one_holds_a_run_and_others_learn_who() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        assert_eq!(holder(&journal, &run()), Holder::Nobody);

        let lock = RunLock::take(&journal, &run()).unwrap();
        let own = std::process::id();

        assert_eq!(holder(&journal, &run()), Holder::Process(Some(own)));
        let refused = RunLock::take(&journal, &run()).unwrap_err().to_string();
        assert_eq!(refused, format!("run 20261122-154201-k3x9 is held by process {own}"));

        drop(lock);
        assert_eq!(holder(&journal, &run()), Holder::Nobody);
        RunLock::take(&journal, &run()).unwrap();
    }

    #[test]
    fn a_lock_file_that_a_dead_process_left_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let journal = folder.path().join("journal.db");
        let locks = place::prepare_locks(&journal).unwrap();
        std::fs::write(locks.join("20261122-154201-k3x9.lock"), "4194305\n").unwrap();

        assert_eq!(holder(&journal, &run()), Holder::Nobody);
        RunLock::take(&journal, &run()).unwrap();
    }
}
