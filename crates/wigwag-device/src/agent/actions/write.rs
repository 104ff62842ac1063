//! Writes a file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use wigwag_protocol::template::Template;

use super::{Asked, Failure};

/// A file that is written.
#[derive(Debug)]
pub(in crate::agent) struct Write {
    /// What stands at its places is one name each.
    pub(in crate::agent) path: Template,
    pub(in crate::agent) text: Template,
    /// Behind what it holds, in place of what it holds.
    pub(in crate::agent) append: bool,
    /// A file that takes longer to be written is not waited for.
    pub(in crate::agent) timeout: Duration,
    pub(in crate::agent) reply: Template,
}

impl Write {
    /// Writes it; what is said then.
    pub(super) async fn written(&self, asked: &Asked<'_>) -> Result<Vec<u8>, Failure> {
        let (path, text) = (asked.path(&self.path)?, asked.text(&self.text)?);
        let (append, shown) = (self.append, path.display().to_string());
        let writing = spawn_blocking(move || if append { add(&path, &text) } else { replace(&path, &text) });
        match timeout(self.timeout, writing).await {
            Err(_elapsed) => Err(Failure::new("timed out", format!("{shown} takes too long to be written"))),
            Ok(Err(error)) => Err(Failure::new("failed", format!("{shown}: {error}"))),
            Ok(Ok(Err(error))) => Err(Failure::new("failed", format!("{shown} cannot be written: {error}"))),
            Ok(Ok(Ok(()))) => asked.text(&self.reply),
        }
    }
}

/// Puts a file in the place of another at once, so that no reader and no power cut finds half of one. What is no common file
/// (a driver's, a pipe) is written to.
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let is_special = fs::symlink_metadata(path).is_ok_and(|known| !known.is_file()) || path.starts_with("/sys");
    if is_special {
        return open(path, OpenOptions::new().write(true))?.write_all(text);
    }
    let beside = beside(path);
    let placed = put(&beside, path, text);
    if placed.is_err() {
        // It may not be there at all.
        let _ = fs::remove_file(&beside);
    }
    placed
}

fn put(beside: &Path, path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = open(beside, OpenOptions::new().write(true).create_new(true))?;
    if let Ok(known) = fs::metadata(path) {
        file.set_permissions(known.permissions())?;
    }
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(beside, path)
}

/// A name in the same folder that nobody else uses now.
fn beside(path: &Path) -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{}.new", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
    PathBuf::from(name)
}

fn add(path: &Path, text: &[u8]) -> io::Result<()> {
    // In one write, so that lines of several never mix.
    open(path, OpenOptions::new().append(true).create(true))?.write_all(text)
}

/// A pipe that nobody reads must not be waited for.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<fs::File> {
    options.custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)
}
