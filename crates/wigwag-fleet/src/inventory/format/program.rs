//! A program that prints an inventory: run with `--list`, as Ansible runs it.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use wigwag_net::cause;
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::protocol::FileError;
use wigwag_protocol::units::show_duration;

use super::MOST_BYTES;
use crate::inventory::error::nowhere;

/// The longest that a program may take: it may ask a slow source, but somebody is waiting.
const LONGEST: Duration = Duration::from_secs(60);

/// How often it is looked whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

/// The most of its complaints that are kept: the last word is what counts.
const MOST_COMPLAINTS: u64 = 64 * 1024;

/// Whether a file is a program: it may be executed, and begins as scripts and binaries do. Files on some disks may all be
/// executed.
pub(super) fn is_one(metadata: &Metadata, bytes: &[u8]) -> bool {
    may_be_run(metadata) && (bytes.starts_with(b"#!") || bytes.starts_with(b"\x7FELF"))
}

#[cfg(unix)]
fn may_be_run(metadata: &Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn may_be_run(_metadata: &Metadata) -> bool {
    false
}

/// What the program prints for `--list`.
///
/// # Errors
///
/// It cannot be run, takes too long, says too much, or ends with an error; with what it said itself.
pub(super) fn list(path: &Path) -> Result<String, FileError> {
    list_within(path, LONGEST)
}

fn list_within(path: &Path, longest: Duration) -> Result<String, FileError> {
    // Without a slash it would be looked for in PATH.
    let program = if path.components().count() > 1 { path.to_owned() } else { PathBuf::from(".").join(path) };
    let mut child = Command::new(program)
        .arg("--list")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| nowhere(format!("cannot be run: {}", cause::words(&error))))?;
    let stdout = child.stdout.take().map(|stdout| thread::spawn(move || read_up_to(stdout, MOST_BYTES)));
    let stderr = child.stderr.take().map(|stderr| thread::spawn(move || read_up_to(stderr, MOST_COMPLAINTS)));
    let status = wait(&mut child, longest);
    if !matches!(status, Ok(Some(_))) {
        // It may have ended by itself in the meantime. Who inherited its pipes may keep them open: nobody waits for that.
        let _ = child.kill();
        let _ = child.wait();
    }
    match status {
        Ok(Some(status)) => {
            let said = stderr.and_then(|thread| thread.join().ok()).and_then(Result::ok).unwrap_or_default();
            if !status.success() {
                return Err(failed(status, &said));
            }
            let printed = stdout.and_then(|thread| thread.join().ok()).unwrap_or_else(|| Ok(Vec::new()));
            let printed = printed.map_err(|error| nowhere(format!("its output: {}", cause::words(&error))))?;
            if printed.len() as u64 > MOST_BYTES {
                return Err(nowhere(format!("it prints more than {MOST_BYTES} bytes")));
            }
            String::from_utf8(printed).map_err(|_| nowhere("what it prints is not UTF-8 text"))
        }
        Ok(None) => Err(nowhere(format!("`--list` took longer than {}", show_duration(longest)))),
        Err(error) => Err(nowhere(format!("cannot be waited for: {}", cause::words(&error)))),
    }
}

/// Waits for its end; `None` if that takes too long.
fn wait(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        let status = child.try_wait()?;
        if status.is_some() || began.elapsed() >= longest {
            return Ok(status);
        }
        thread::sleep(LOOK);
    }
}

/// Reads it to its end and keeps at most a byte more than `most`, so that it can be told that there was more.
fn read_up_to(mut from: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    from.by_ref().take(most + 1).read_to_end(&mut kept)?;
    // A writer that nobody reads would wait for ever.
    io::copy(&mut from, &mut io::sink())?;
    Ok(kept)
}

fn failed(status: ExitStatus, said: &[u8]) -> FileError {
    let last = said.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let how = match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "a signal".to_owned(),
    };
    let what =
        if last.is_empty() { ", and it said nothing".to_owned() } else { format!(": {}", escape(last).truncated(500)) };
    nowhere(format!("`--list` ended with {how}{what}"))
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]
mod tests {
    use super::*;
    use std::fs;

    /// A script in a folder of its own. Another program writes it: while this one had it open, a test that starts a
    /// program beside this one could hand it on, and a file that is being written cannot be run.
    fn script(lines: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hosts");
        let write = "printf '#!/bin/sh\n%s\n' \"$1\" > \"$2\" && chmod +x \"$2\"";
        let written = Command::new("sh").args(["-c", write, "sh", lines]).arg(&path).status().unwrap();
        assert!(written.success());
        (folder, path)
    }

    fn told(lines: &str) -> String {
        let (_folder, path) = script(lines);
        assert!(is_one(&fs::metadata(&path).unwrap(), &fs::read(&path).unwrap()));
        match list_within(&path, Duration::from_secs(30)) {
            Ok(printed) => printed,
            Err(error) => format!("error: {}", error.message),
        }
    }

    #[test]
    fn what_it_prints_is_the_inventory() {
        assert_eq!(told("echo \"$1\"; echo ignored >&2"), "--list\n");
    }

    #[test]
    fn its_failure_is_told_in_its_own_words() {
        assert_eq!(
            told("echo trace >&2; echo 'no \x1b[2Jtoken' >&2; exit 3"),
            "error: `--list` ended with exit code 3: no <ESC>[2Jtoken"
        );
        assert_eq!(told("exit 1"), "error: `--list` ended with exit code 1, and it said nothing");
    }

    #[test]
    fn it_may_not_take_for_ever() {
        let (_folder, path) = script("exec sleep 60");

        let error = list_within(&path, Duration::from_millis(50)).unwrap_err();

        assert_eq!(error.message, "`--list` took longer than 50 ms");
    }
}
