//! What `wigwag protocol new` reads and writes.

use std::io::{self, Read};
use std::path::Path;

use wigwag_protocol::protocol::FileError;

use super::{CaptureError, MOST_TEXT};
use crate::problem::Problem;

/// A commented start of a protocol file; with the framing proposed that these captured frames have.
pub(in crate::protocol) fn start(captured: Option<&Path>) -> Result<String, Problem> {
    let Some(path) = captured else { return Ok(super::template()) };
    let shown = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
    let text = read(path).map_err(|problem| Problem::usage(format!("{shown}: {problem}")))?;
    let proposals = super::propose(&text).map_err(|error| {
        let CaptureError { at, message, help, .. } = error;
        Problem::in_file(&shown, &text, FileError { message, help, at: Some(at) })
    })?;
    Ok(super::file(&proposals))
}

fn read(path: &Path) -> Result<String, String> {
    let mut bytes = Vec::new();
    // One more than may be, so that it can be told.
    let limit = MOST_TEXT as u64 + 1;
    let read = match path.as_os_str() == "-" {
        true => io::stdin().take(limit).read_to_end(&mut bytes),
        false => std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes)),
    };
    read.map_err(|error| wigwag_net::cause::words(&error))?;
    String::from_utf8(bytes).map_err(|_| "this is not text: each frame is a line in hex".to_owned())
}
