//! Answers with what a file holds.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use wigwag_protocol::template::Template;

use super::{Asked, Failure};

/// A file that is read.
#[derive(Debug)]
pub(in crate::agent) struct Read {
    /// What stands at its places is one name each.
    pub(in crate::agent) path: Template,
    /// The most bytes that are said.
    pub(in crate::agent) output: usize,
    /// A file that takes longer to be read is not waited for.
    pub(in crate::agent) timeout: Duration,
}

impl Read {
    /// What it holds, without the line breaks at the end.
    pub(super) async fn content(&self, asked: &Asked<'_>) -> Result<Vec<u8>, Failure> {
        let path = asked.path(&self.path)?;
        let (most, shown) = (self.output, path.display().to_string());
        // On a thread of its own: a file may lie on a network or behind a driver.
        match timeout(self.timeout, spawn_blocking(move || read(&path, most))).await {
            Err(_elapsed) => Err(Failure::new("timed out", format!("{shown} takes too long to be read"))),
            Ok(Err(error)) => Err(Failure::new("failed", format!("{shown}: {error}"))),
            Ok(Ok(Err(error))) => Err(Failure::new("failed", format!("{shown} cannot be read: {error}"))),
            Ok(Ok(Ok(content))) if content.len() > most => {
                Err(Failure::new("the answer is too long", format!("{shown} holds more than {most} bytes")))
            }
            Ok(Ok(Ok(content))) => Ok(super::run::without_line_breaks(content)),
        }
    }
}

fn read(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    // A pipe that nobody writes to must not be waited for.
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(PathBuf::from(path))?;
    let mut content = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}
