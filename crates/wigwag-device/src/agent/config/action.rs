//! `[on.COMMAND]`: what is done when a command comes.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use wigwag_protocol::layout::{Context, EncodeError, Fields, Layout, Options, Value, nearest};
use wigwag_protocol::protocol::Protocol;
use wigwag_protocol::template::{Piece, Template};

use super::speaks::layout_error;
use crate::agent::actions::{Argument, Deed, FACTS, Read, Run, Write};

/// How long a program or a file may take, unless said.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The most bytes that a program or a file may say, unless said.
const OUTPUT: usize = 64 * 1024;

/// The table as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Action {
    body: Option<String>,
    reply: Option<String>,
    error: Option<ErrorText>,
    run: Option<Vec<String>>,
    file: Option<String>,
    write: Option<String>,
    text: Option<String>,
    append: Option<bool>,
    #[serde(default, deserialize_with = "super::written::some_duration")]
    timeout: Option<Duration>,
    #[serde(default, deserialize_with = "super::written::some_size")]
    output: Option<usize>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum ErrorText {
    Code(i64),
    Text(String),
}

/// What an action may name at the places of its templates.
struct Places {
    names: Vec<String>,
}

impl Action {
    /// The layout of the bodies that it is for, where it is not for one command.
    pub(super) fn shape(&self, command: &str, protocol: &Protocol) -> Result<Option<Layout>, String> {
        let Some(source) = &self.body else { return Ok(None) };
        if !protocol.commands.is_empty() || command == "*" {
            return Err(format!("on.{command}: `body` is for commands of a protocol that has none with names"));
        }
        let layout = Layout::body(source, &Options::default());
        layout.map(Some).map_err(|error| layout_error(&format!("on.{command}.body"), source, &error))
    }

    /// What is done.
    pub(super) fn deed(&self, command: &str, protocol: &Protocol, shape: Option<&Layout>) -> Result<Deed, String> {
        let places = Places::of(command, protocol, shape);
        let deed =
            match (&self.reply, &self.error, &self.run, &self.file, &self.write) {
                (Some(reply), None, None, None, None) => places.template(reply).and_then(|template| {
                    check_reply(&template, protocol).map_err(|error| format!("this reply cannot be sent: {error}"))?;
                    Ok(Deed::Reply(template))
                }),
                (None, Some(error), None, None, None) => refusal(error, protocol),
                (None, None, Some(words), None, None) => self.run(words, &places),
                (None, None, None, Some(path), None) => self.read(path, &places),
                (reply, None, None, None, Some(path)) => self.write(path, reply.as_deref(), &places),
                (None, None, None, None, None) => {
                    Err("say what to do: reply = \"...\", run = [\"/path\", \"{name}\"], file = \
                 \"/path\", write = \"/path\" or error = \"...\""
                        .to_owned())
                }
                _ => Err("one of reply, error, run, file and write, not several (only write has a reply beside it)"
                    .to_owned()),
            };
        deed.and_then(|deed| self.nothing_idle(deed)).map_err(|error| format!("on.{command}: {error}"))
    }

    /// Keys that mean nothing for what is done are a slip.
    fn nothing_idle(&self, deed: Deed) -> Result<Deed, String> {
        let takes_time = matches!(deed, Deed::Run(_) | Deed::Read(_) | Deed::Write(_));
        let says = matches!(deed, Deed::Run(_) | Deed::Read(_));
        let writes = matches!(deed, Deed::Write(_));
        for (key, is_said, means_something) in [
            ("timeout", self.timeout.is_some(), takes_time),
            ("output", self.output.is_some(), says),
            ("text", self.text.is_some(), writes),
            ("append", self.append.is_some(), writes),
        ] {
            if is_said && !means_something {
                return Err(format!("`{key}` means nothing here"));
            }
        }
        Ok(deed)
    }

    fn run(&self, words: &[String], places: &Places) -> Result<Deed, String> {
        let Some((program, _)) = words.split_first() else { return Err("run = [] names no program".to_owned()) };
        if !Path::new(program).is_absolute() || program.contains('{') {
            return Err(format!("run: the whole path of the program is needed: `{program}` is not one"));
        }
        let mut may_be_option = false;
        let mut arguments = Vec::new();
        for word in words {
            arguments.push(Argument { template: places.template(word)?, may_be_option });
            may_be_option |= word == "--";
        }
        Ok(Deed::Run(Run { program: arguments, timeout: self.timeout(), output: self.output() }))
    }

    fn read(&self, path: &str, places: &Places) -> Result<Deed, String> {
        Ok(Deed::Read(Read { path: places.path("file", path)?, output: self.output(), timeout: self.timeout() }))
    }

    fn write(&self, path: &str, reply: Option<&str>, places: &Places) -> Result<Deed, String> {
        Ok(Deed::Write(Write {
            path: places.path("write", path)?,
            text: places.template(self.text.as_deref().unwrap_or("{body}"))?,
            append: self.append.unwrap_or_default(),
            timeout: self.timeout(),
            reply: places.template(reply.unwrap_or_default())?,
        }))
    }

    fn timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    fn output(&self) -> usize {
        self.output.unwrap_or(OUTPUT)
    }
}

fn refusal(error: &ErrorText, protocol: &Protocol) -> Result<Deed, String> {
    if protocol.classes.error.is_empty() {
        let help = "give it one, as in error = \"'ERR ' text\", or use reply";
        return Err(format!("the protocol has no way to say no; {help}"));
    }
    Ok(Deed::Refuse(match error {
        ErrorText::Code(code) => Value::Integer(i128::from(*code)),
        ErrorText::Text(text) => Value::Text(text.clone()),
    }))
}

impl Places {
    fn of(command: &str, protocol: &Protocol, shape: Option<&Layout>) -> Self {
        let mut names: Vec<String> = FACTS.iter().map(|fact| (*fact).to_owned()).collect();
        names.push("body".to_owned());
        let own = |layout: &Layout| layout.names().map(str::to_owned).collect::<Vec<_>>();
        names.extend(shape.map(own).unwrap_or_default());
        match protocol.command(command) {
            Some(command) => names.extend(own(&command.send)),
            None => names.extend(protocol.request.layouts().flat_map(own)),
        }
        Self { names }
    }

    fn template(&self, text: &str) -> Result<Template, String> {
        let template = Template::parse(text.as_bytes())
            .map_err(|error| format!("`{text}`: {error}; a brace that is meant is {{{{"))?;
        for place in template.places() {
            if !self.names.iter().any(|name| name == place) {
                let near = nearest(place, self.names.iter().map(String::as_str));
                let help = match near {
                    Some(near) => format!("did you mean {{{near}}}"),
                    None => format!("there are {}", self.names.join(", ")),
                };
                return Err(format!(
                    "`{text}`: there is nothing called `{place}`; {help}? A brace that is meant is {{{{"
                ));
            }
        }
        Ok(template)
    }

    /// A path whose places are names in it.
    fn path(&self, key: &str, text: &str) -> Result<Template, String> {
        let template = self.template(text)?;
        match template.pieces().first() {
            Some(Piece::Said(start)) if start.starts_with(b"/") => Ok(template),
            Some(_) | None => Err(format!("{key}: the whole path is needed: `{text}` is not one")),
        }
    }
}

/// Finds at the start what no client should have to find: a reply that the response layout cannot carry. Where something is
/// filled in, in the reply or in the response, only the request can tell.
fn check_reply(reply: &Template, protocol: &Protocol) -> Result<(), EncodeError> {
    let Some(body) = reply.fixed().filter(|_| protocol.response.wanted().iter().all(|part| *part == "body")) else {
        return Ok(());
    };
    let fields = Fields::from([("body", Value::Bytes(body))]);
    protocol.response.encode(&fields, &Context::default()).map(|_| ())
}
