//! What is sent.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use clap::Args;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::MAX_LIMIT;

use super::standard_input::is_dash;
use crate::problem::Problem;
use crate::profile::{Message, Templates};

#[derive(Debug, Args)]
pub(crate) struct MessageArgs {
    /// A command of the protocol; where it has none one word, taken literally: quote it if it holds blanks
    #[arg(value_name = "COMMAND")]
    command: Option<OsString>,
    /// Parameters of the command, or other parts of the request's frame
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<OsString>,
    /// The command as text, in place of COMMAND
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["hex", "file"], allow_hyphen_values = true, help_heading = "Command")]
    text: Option<OsString>,
    /// The command as hex, as it is pasted: '1B 40', 0x1B,0x40, '\x1b@'
    #[arg(long, value_name = "HEX", conflicts_with = "file", help_heading = "Command")]
    hex: Option<String>,
    /// The command from a file, byte for byte; - for standard input
    #[arg(long, value_name = "FILE", help_heading = "Command")]
    file: Option<PathBuf>,
    /// Take {name} in the body for a variable of the target, as it is in parameters; {{ is a brace
    #[arg(long, help_heading = "Command")]
    template: bool,
}

impl MessageArgs {
    /// What they say. `first` is a word that stands before them: the command, where no target stands there.
    pub(crate) fn message(&self, first: Option<&OsString>) -> Result<Message, Problem> {
        let words: Vec<&OsString> = first.into_iter().chain(&self.command).chain(&self.parameters).collect();
        let body = self.body()?;
        // Hex and files are called what they are.
        let word = match (&self.hex, &self.file) {
            (None, None) => self.text.as_ref().or(words.first().copied()),
            (Some(_), _) | (_, Some(_)) => None,
        };
        let shown = word.map(|word| word.to_string_lossy().into_owned());
        let templates = if self.template { Templates::Everywhere } else { Templates::Parameters };
        let words = words.into_iter().map(|word| word.clone().into_vec()).collect();
        Ok(Message { body, words, shown, templates })
    }

    /// Whether the command comes on standard input.
    pub(crate) fn reads_standard_input(&self) -> bool {
        self.file.as_deref().is_some_and(is_dash)
    }

    /// The body, where it is given in place of a command.
    fn body(&self) -> Result<Option<Vec<u8>>, Problem> {
        if let Some(text) = &self.text {
            return Ok(Some(text.clone().into_vec()));
        }
        if let Some(text) = &self.hex {
            let marked = |error: hex::HexError| Problem::marked("--hex", text, error.at, error.message, error.help);
            return hex::parse(text).map(Some).map_err(marked);
        }
        self.file.as_ref().map(read).transpose()
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    let limit = MAX_LIMIT as u64 + 1;
    let read = if is_dash(path) {
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
