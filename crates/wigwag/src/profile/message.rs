//! What is said.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::{Fields, Value, nearest};
use wigwag_protocol::protocol::{Call, CallError, Command, Protocol};

use super::template::{self, Variables};
use crate::problem::Problem;

/// What is said: a command with its parameters, or a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// The body, where it was given in place of a command.
    #[serde(default, with = "as_hex::option", skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<Vec<u8>>,
    /// The command and its parameters as they were typed: a file name may be any bytes.
    #[serde(default, with = "as_hex::list", skip_serializing_if = "Vec::is_empty")]
    pub(crate) words: Vec<Vec<u8>>,
    /// How it is called in reports; nothing where the body was hex or a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<String>,
    #[serde(default)]
    pub(crate) templates: Templates,
}

/// Where `{name}` is a variable of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Templates {
    /// Nowhere: all has been filled in.
    #[default]
    Nowhere,
    /// In the values of parameters.
    Parameters,
    /// In the body too.
    Everywhere,
}

impl Message {
    /// The command as it was given, for reports; hex and files as what they are.
    pub(crate) fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    /// Whether anything in it hangs on the target.
    pub(crate) fn has_templates(&self) -> bool {
        let of_parameters = || self.words.iter().skip(1).any(|word| template::is_template(word));
        let of_body = || self.body.iter().chain(self.words.first()).any(|body| template::is_template(body));
        match self.templates {
            Templates::Nowhere => false,
            Templates::Parameters => {
                of_parameters() || self.body.is_some() && self.words.iter().any(|word| template::is_template(word))
            }
            Templates::Everywhere => of_parameters() || of_body(),
        }
    }

    /// The same for one target.
    pub(crate) fn rendered(&self, variables: &dyn Variables) -> Result<Self, Problem> {
        let render = |text: &Vec<u8>, does: bool| match does {
            true => template::render(text, variables),
            false => Ok(text.clone()),
        };
        let (parameters, bodies) = match self.templates {
            Templates::Nowhere => (false, false),
            Templates::Parameters => (true, false),
            Templates::Everywhere => (true, true),
        };
        // The first word is the command, or the body itself, unless the body stands elsewhere.
        let first_is_parameter = self.body.is_some();
        let words = self.words.iter().enumerate();
        let words = words
            .map(|(place, word)| render(word, if place == 0 && !first_is_parameter { bodies } else { parameters }));
        let words = words.collect::<Result<Vec<_>, _>>()?;
        let body = self.body.as_ref().map(|body| render(body, bodies)).transpose()?;
        Ok(Self { body, words, shown: self.shown.clone(), templates: Templates::Nowhere })
    }

    /// The command with its values; `secrets` fill the parameters that may not be typed.
    pub(crate) fn call(&self, protocol: &Protocol, secrets: &Fields) -> Result<Call, Problem> {
        if let Some(body) = &self.body {
            return call_body(protocol, Some(body.clone()), &self.words);
        }
        match self.words.split_first() {
            None if protocol.commands.is_empty() => call_body(protocol, None, &[]),
            None => Err(Problem::usage("no command was given").with_help(list_of_commands(protocol))),
            Some((name, parameters)) if !protocol.commands.is_empty() => {
                call_command(protocol, text(name)?, parameters, secrets)
            }
            Some((body, parameters)) => {
                let parts_are_named = parameters.iter().all(|part| names_a_part(protocol, part));
                if !parts_are_named {
                    return Err(several_words(&self.words));
                }
                call_body(protocol, Some(body.clone()), parameters)
            }
        }
    }
}

/// The command of this name.
pub(crate) fn command<'p>(protocol: &'p Protocol, name: &str) -> Result<&'p Arc<Command>, Problem> {
    protocol.command(name).ok_or_else(|| unknown_command(protocol, name))
}

fn call_command(protocol: &Protocol, name: &str, words: &[Vec<u8>], secrets: &Fields) -> Result<Call, Problem> {
    let command = command(protocol, name)?;
    let mut params = Fields::new();
    for param in command.params.iter().filter(|param| param.rule.secret) {
        if let Some(secret) = secrets.get(&param.name) {
            params.set(param.name.clone(), secret.clone());
        }
    }
    for word in words {
        let (name, value) = name_and_value(word)?;
        let secret = command.param(name).is_some_and(|param| param.rule.secret);
        if secret {
            return Err(Problem::usage(format!("`{name}` is secret, and arguments can be seen by everybody here"))
                .with_help(format!("give it as --secret {name}=ask, =file:PATH or =env:VARIABLE")));
        }
        if params.get(name).is_some() {
            return Err(Problem::usage(format!("`{name}` is given twice")));
        }
        let value = read_value(command, name, value)?;
        params.set(name, value);
    }
    protocol.call_command(command, params).map_err(|error| cannot_call(error, Some(command)))
}

/// The value of a parameter, of the type of its part.
fn read_value(command: &Arc<Command>, name: &str, text: &str) -> Result<Value, Problem> {
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

fn call_body(protocol: &Protocol, body: Option<Vec<u8>>, words: &[Vec<u8>]) -> Result<Call, Problem> {
    let mut parts = Fields::new();
    for word in words {
        let (name, value) = name_and_value(word)?;
        let part = protocol.request.layouts().find_map(|layout| layout.parameter(name));
        let value = match part {
            Some(part) => part.read(value).map_err(|problem| Problem::usage(format!("`{name}`: {problem}")))?,
            None => Value::Text(value.to_owned()),
        };
        parts.set(name, value);
    }
    protocol.call_body(body, parts).map_err(|error| cannot_call(error, None))
}

fn name_and_value(word: &[u8]) -> Result<(&str, &str), Problem> {
    let text = text(word)?;
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name, value)),
        _ => Err(Problem::usage(format!("`{text}` is not NAME=VALUE"))),
    }
}

fn text(word: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(word).map_err(|_| Problem::usage("names and parameters are UTF-8 text"))
}

/// Whether a word gives a value to a part of the request's frame.
fn names_a_part(protocol: &Protocol, word: &[u8]) -> bool {
    let is_part = |name: &str| protocol.request.layouts().any(|layout| layout.takes(name) && name != "body");
    name_and_value(word).is_ok_and(|(name, _)| is_part(name))
}

fn several_words(words: &[Vec<u8>]) -> Problem {
    let words: Vec<_> = words.iter().map(|word| String::from_utf8_lossy(word)).collect();
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

/// Bytes as hex digits.
mod as_hex {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::hex;

    fn read<E: Error>(text: &str) -> Result<Vec<u8>, E> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        hex::parse(text).map_err(|error| E::custom(error.message))
    }

    pub(super) mod option {
        use super::*;

        pub(in super::super) fn serialize<S: Serializer>(
            bytes: &Option<Vec<u8>>,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            match bytes {
                Some(bytes) => serializer.serialize_str(&hex::encode(bytes)),
                None => serializer.serialize_none(),
            }
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Vec<u8>>, D::Error> {
            let text = Option::<String>::deserialize(deserializer)?;
            text.map(|text| read(&text)).transpose()
        }
    }

    pub(super) mod list {
        use super::*;

        pub(in super::super) fn serialize<S: Serializer>(words: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(words.iter().map(|word| hex::encode(word)))
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Vec<Vec<u8>>, D::Error> {
            let words = Vec::<String>::deserialize(deserializer)?;
            words.iter().map(|word| read(word)).collect()
        }
    }
}
