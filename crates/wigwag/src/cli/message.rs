//! What is sent.

use std::ffi::OsString;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::{Fields, MAX_LIMIT, nearest};
use wigwag_protocol::protocol::{Call, CallError, Command, Protocol};

use crate::problem::Problem;

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
}

impl MessageArgs {
    /// The command with its values; `secrets` fill the parameters that may not be typed.
    pub(crate) fn call(&self, protocol: &Protocol, secrets: &Fields) -> Result<Call, Problem> {
        if let Some(body) = self.body()? {
            let parts: Vec<OsString> = self.command.iter().chain(&self.parameters).cloned().collect();
            return call_body(protocol, Some(body), &parts);
        }
        match &self.command {
            None if protocol.commands.is_empty() => call_body(protocol, None, &[]),
            None => Err(Problem::usage("no command was given").with_help(list_of_commands(protocol))),
            Some(name) if !protocol.commands.is_empty() => {
                call_command(protocol, &text(name)?, &self.parameters, secrets)
            }
            Some(body) => {
                let parts_are_named = self.parameters.iter().all(|part| names_a_part(protocol, part));
                if !parts_are_named {
                    return Err(several_words(body, &self.parameters));
                }
                call_body(protocol, Some(body.clone().into_vec()), &self.parameters)
            }
        }
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

    /// The command as it was given, for reports; hex and files as what they are.
    pub(crate) fn shown(&self) -> Option<String> {
        if self.hex.is_some() || self.file.is_some() {
            return None;
        }
        let word = self.text.as_ref().or(self.command.as_ref());
        word.map(|word| word.to_string_lossy().into_owned())
    }
}

/// The command of this name.
pub(crate) fn command<'p>(protocol: &'p Protocol, name: &str) -> Result<&'p Arc<Command>, Problem> {
    protocol.command(name).ok_or_else(|| unknown_command(protocol, name))
}

fn call_command(protocol: &Protocol, name: &str, words: &[OsString], secrets: &Fields) -> Result<Call, Problem> {
    let command = command(protocol, name)?;
    let mut params = Fields::new();
    for param in command.params.iter().filter(|param| param.rule.secret) {
        if let Some(secret) = secrets.get(&param.name) {
            params.set(param.name.clone(), secret.clone());
        }
    }
    for word in words {
        let (name, value) = name_and_value(word)?;
        let secret = command.param(&name).is_some_and(|param| param.rule.secret);
        if secret {
            return Err(Problem::usage(format!("`{name}` is secret, and arguments can be seen by everybody here"))
                .with_help(format!("give it as --secret {name}=ask, =file:PATH or =env:VARIABLE")));
        }
        if params.get(&name).is_some() {
            return Err(Problem::usage(format!("`{name}` is given twice")));
        }
        let value = read_value(command, &name, &value)?;
        params.set(name, value);
    }
    protocol.call_command(command, params).map_err(|error| cannot_call(error, Some(command)))
}

/// The value of a parameter, of the type of its part.
fn read_value(command: &Arc<Command>, name: &str, text: &str) -> Result<wigwag_protocol::layout::Value, Problem> {
    let part = command.param(name).and_then(|_| command.layout_of(name)).and_then(|layout| layout.parameter(name));
    match part {
        Some(part) => part.read(text).map_err(|problem| Problem::usage(format!("`{name}`: {problem}"))),
        None => {
            let known = command.params.iter().map(|param| param.name.to_string()).collect();
            let unknown =
                CallError::UnknownParameter { command: command.name.to_string(), name: name.to_owned(), known };
            Err(cannot_call(unknown, Some(command)))
        }
    }
}

fn call_body(protocol: &Protocol, body: Option<Vec<u8>>, words: &[OsString]) -> Result<Call, Problem> {
    let mut parts = Fields::new();
    for word in words {
        let (name, value) = name_and_value(word)?;
        let part = protocol.request.layouts().find_map(|layout| layout.parameter(&name));
        let value = match part {
            Some(part) => part.read(&value).map_err(|problem| Problem::usage(format!("`{name}`: {problem}")))?,
            None => wigwag_protocol::layout::Value::Text(value),
        };
        parts.set(name, value);
    }
    protocol.call_body(body, parts).map_err(|error| cannot_call(error, None))
}

fn name_and_value(word: &OsString) -> Result<(String, String), Problem> {
    let text = text(word)?;
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(Problem::usage(format!("`{text}` is not NAME=VALUE"))),
    }
}

fn text(word: &OsString) -> Result<String, Problem> {
    word.to_str().map(str::to_owned).ok_or_else(|| Problem::usage("names and parameters are UTF-8 text"))
}

/// Whether a word gives a value to a part of the request's frame.
fn names_a_part(protocol: &Protocol, word: &OsString) -> bool {
    let name: Vec<u8> = word.as_bytes().iter().copied().take_while(|byte| *byte != b'=').collect();
    let is_part = |name: &str| protocol.request.layouts().any(|layout| layout.takes(name) && name != "body");
    name.len() < word.len() && std::str::from_utf8(&name).is_ok_and(is_part)
}

fn several_words(first: &OsString, others: &[OsString]) -> Problem {
    let words: Vec<_> = std::iter::once(first).chain(others).map(|word| word.to_string_lossy()).collect();
    Problem::usage("this protocol has no named commands, so the command is exactly one word")
        .with_help(format!("quote it: '{}'", words.join(" ")))
}

fn unknown_command(protocol: &Protocol, name: &str) -> Problem {
    let problem = Problem::usage(format!("{} has no command `{name}`", protocol.name));
    match nearest(name, protocol.commands.iter().map(|command| &*command.name)) {
        Some(near) => problem.with_help(format!("did you mean `{near}`? {}", list_of_commands(protocol))),
        None => problem.with_help(list_of_commands(protocol)),
    }
}

fn list_of_commands(protocol: &Protocol) -> String {
    format!("`wigwag protocol show {}` lists its commands", protocol.name)
}

/// What stops a command, and what to do about it.
fn cannot_call(error: CallError, command: Option<&Arc<Command>>) -> Problem {
    let of_command = |help: &str| match command {
        Some(command) => format!("{help} usage: {}", usage(command)),
        None => help.to_owned(),
    };
    match &error {
        CallError::UnknownParameter { name, known, .. } => {
            let problem = Problem::usage(error.to_string());
            match nearest(name, known.iter().map(String::as_str)) {
                Some(near) => problem.with_help(of_command(&format!("did you mean `{near}`?"))),
                None if known.is_empty() => problem.with_help("it takes none"),
                None => problem.with_help(of_command(&format!("it takes {};", known.join(", ")))),
            }
        }
        CallError::Missing { name, takes } if command.is_some() => {
            Problem::usage(error.to_string()).with_help(of_command(&format!("{name}: {takes};")))
        }
        CallError::Missing { name, takes } => {
            Problem::usage(format!("nothing says what the part `{name}` of the request layout should be"))
                .with_help(format!("give it behind the command, as {name}=VALUE ({takes}), or in the layout"))
        }
        CallError::NoBody => {
            Problem::usage("no command was given").with_help("wigwag send HOST COMMAND, or --text, --hex, --file")
        }
        CallError::BodyHasNoPlace { layout } => {
            Problem::usage(error.to_string()).with_help(format!("the layout is: {layout}"))
        }
        CallError::UnknownCommand { .. } | CallError::Invalid { .. } | CallError::Unencodable(_) | CallError::Empty => {
            Problem::usage(error.to_string())
        }
    }
}

/// How a command is typed: `receptacle n=N on=off|on`. Where a parameter has many choices its name stands for them.
pub(crate) fn usage(command: &Command) -> String {
    const MOST: usize = 60;
    let mut words = vec![command.name.to_string()];
    for param in &command.params {
        let choices = command.layout_of(&param.name).and_then(|layout| layout.parameter(&param.name));
        let choices =
            choices.map(|part| part.choices().join("|")).filter(|choices| (1..=MOST).contains(&choices.len()));
        let value = choices.unwrap_or_else(|| param.name.to_uppercase());
        let word = match param.rule.secret {
            // Arguments can be seen by everybody on the machine.
            true => format!("--secret {}=...", param.name),
            false => format!("{}={value}", param.name),
        };
        words.push(if param.required { word } else { format!("[{word}]") });
    }
    words.join(" ")
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
