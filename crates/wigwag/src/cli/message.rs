//! What is sent.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use clap::Args;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::MAX_LIMIT;

use crate::problem::Problem;

#[derive(Debug, Args)]
pub(crate) struct MessageArgs {
    /// The command: one word, taken literally; quote it if it holds blanks
    #[arg(value_name = "COMMAND", conflicts_with_all = ["text", "hex", "file"], num_args = 0..)]
    command: Vec<OsString>,
    /// The command as text, in place of COMMAND
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["hex", "file"], allow_hyphen_values = true, help_heading = "Command")]
    text: Option<OsString>,
    /// The command as hex, as it is pasted: '1B 40', 0x1B,0x40, '\x1b@'
    #[arg(long, value_name = "HEX", conflicts_with = "file", help_heading = "Command")]
    hex: Option<String>,
    /// The command from a file, byte for byte; - for standard input
    #[arg(long, value_name = "FILE", help_heading = "Command")]
    file: Option<PathBuf>,
}

impl MessageArgs {
    /// The command's bytes; `None` if none was given.
    pub(crate) fn body(&self) -> Result<Option<Vec<u8>>, Problem> {
        if let Some(text) = &self.text {
            return Ok(Some(text.clone().into_vec()));
        }
        if let Some(text) = &self.hex {
            let marked = |error: hex::HexError| Problem::marked("--hex", text, error.at, error.message, error.help);
            return hex::parse(text).map(Some).map_err(marked);
        }
        if let Some(path) = &self.file {
            return read(path).map(Some);
        }
        match self.command.as_slice() {
            [] => Ok(None),
            [word] => Ok(Some(word.clone().into_vec())),
            [first, rest @ ..] => {
                let words: Vec<_> = std::iter::once(first).chain(rest).map(|word| word.to_string_lossy()).collect();
                Err(Problem::usage("this protocol has no named commands, so the command is exactly one word")
                    .with_help(format!("quote it: '{}'", words.join(" "))))
            }
        }
    }

    /// The command as it was given, for reports; hex and files as what they are.
    pub(crate) fn shown(&self) -> Option<String> {
        let word = self.text.as_ref().or(self.command.first());
        word.map(|word| word.to_string_lossy().into_owned())
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    let limit = MAX_LIMIT as u64 + 1;
    let read = if path.as_os_str() == "-" {
        std::io::stdin().take(limit).read_to_end(&mut body)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut body))
    };
    let shown = path.display();
    read.map_err(|error| Problem::usage(format!("--file {shown}: {}", wigwag_net::cause::words(&error))))?;
    if body.len() > MAX_LIMIT {
        return Err(Problem::usage(format!("--file {shown}: longer than {MAX_LIMIT} bytes")));
    }
    Ok(body)
}
