//! What a file means: a protocol, or the first thing that is wrong with it.
//!
//! | file | what it decides |
//! |---|---|
//! | `bytes` | `<ESC> '1*1PC' <CR>`, or hex digits |
//! | `layouts` | how a layout is compiled: with which options, as a frame or as a body |
//! | `frame` | `[request]` and `[response]`: the frames of one direction |
//! | `session` | `[session]`, but for its login |
//! | `login` | what comes before the first command |
//! | `auth` | `md5(greeting.salt secret.password)` |
//! | `command` | `[command.NAME]` |
//! | `reply` | what a command's answer looks like |
//! | `params` | which parameters a command has, and what holds of them |
//! | `value` | what is written for a part, as a frame would tell it |
//! | `verify` | how to find out whether a command took effect |
//! | `class` | `[class]` |
//! | `matching` | `match = [...]` |
//! | `condition` | `when`, `until` |
//! | `example` | `[[example]]` |
//! | `name` | what a protocol or a command may be called |

mod auth;
mod bytes;
mod class;
mod command;
mod condition;
mod example;
mod frame;
mod layouts;
mod login;
mod matching;
mod name;
mod params;
mod reply;
mod session;
mod value;
mod verify;

use std::sync::Arc;

use super::error::Fault;
use super::place::At;
use super::raw::{File, TimeTable, TransportWord, Wait};
use crate::layout::{Encoding, Layout};
use crate::protocol::{Case, Command, Form, Protocol, Times, Transport};

use frame::Half;
use layouts::Learnable;

type Result<T> = std::result::Result<T, Fault>;

/// What the tables of a file have in common.
struct Context<'f> {
    file: &'f File,
    learnable: &'f Learnable,
    encoding: Encoding,
    times: Times,
    request: Half<'f>,
    response: Half<'f>,
    /// The layouts of classes that are frames by themselves, where the file has no response frame.
    class_frames: Vec<Case>,
}

/// The protocol that the file describes.
pub(super) fn protocol(file: &File) -> Result<Protocol> {
    name::check(&file.name)?;
    let encoding = encoding(file)?;
    let greeting = session::greeting(file, encoding)?;
    let expected = login::expected(file, encoding)?;
    let learnable = Learnable::of(greeting.as_ref(), &expected);
    let request = Half::of_requests(file, encoding, &learnable)?;
    let response = Half::of_responses(&file.response, encoding, &learnable)?;
    let class_frames = class::frames(file, &response);
    let times = times(Times::default(), &file.time)?;
    let context = Context { file, learnable: &learnable, encoding, times, request, response, class_frames };

    let commands = command::commands(&context)?;
    let request = context.all_requests(&commands)?;
    let response = context.all_responses(&commands)?;
    matching::check(&context, &commands, &request)?;
    let classes = class::classes(&context, &commands, &response)?;
    let session = session::rules(&context, &commands, greeting)?;
    let commands: Vec<Arc<Command>> = commands.into_iter().map(Arc::new).collect();
    let examples = example::examples(&context, &commands, &request)?;

    Ok(Protocol {
        name: file.name.value.clone(),
        title: file.title.clone(),
        about: file.about.clone(),
        source: file.source.clone(),
        port: port(file)?,
        encoding,
        transport: match file.transport {
            None | Some(TransportWord::Plain) => Transport::Plain,
            Some(TransportWord::Telnet) => Transport::Telnet,
        },
        session,
        times,
        commands_are_frames: context.request.form.is_none() && !commands.is_empty(),
        request,
        response,
        classes: Arc::new(classes),
        commands,
        examples,
    })
}

impl Context<'_> {
    /// What any request looks like: the file's frame, else each command's own, else whatever is sent.
    fn all_requests(&self, commands: &[Command]) -> Result<Arc<Form>> {
        if let Some(form) = &self.request.form {
            return Ok(form.clone());
        }
        let cases = match commands {
            [] => vec![Case { layout: self.request.layouts.anything()?, when: None }],
            _ => commands.iter().map(|command| Case { layout: command.send.clone(), when: None }).collect(),
        };
        Ok(Arc::new(self.request.form_of(cases)))
    }

    /// What any answer looks like: the file's frame, else those of all commands and classes.
    fn all_responses(&self, commands: &[Command]) -> Result<Arc<Form>> {
        if let Some(form) = &self.response.form {
            return Ok(form.clone());
        }
        let replies = commands.iter().flat_map(|command| {
            // Behind its own layout each of them has those of the classes.
            let own = if command.reply_is_frame { 1 } else { usize::MAX };
            command.responses.iter().flat_map(move |form| form.cases.iter().take(own))
        });
        let mut cases: Vec<Case> = Vec::new();
        for case in replies.chain(&self.class_frames) {
            let is_it = |known: &Case| known.layout.source() == case.layout.source() && known.when == case.when;
            if !cases.iter().any(is_it) {
                cases.push(case.clone());
            }
        }
        match cases.is_empty() {
            true => Err(Fault::missing("nothing says what an answer looks like")
                .with_help("a protocol has a [response] with a `layout`, or each of its commands has a `reply`")),
            false => Ok(Arc::new(self.response.form_of(cases))),
        }
    }
}

fn encoding(file: &File) -> Result<Encoding> {
    let Some(name) = &file.encoding else { return Ok(Encoding::default()) };
    Encoding::named(&name.value).ok_or_else(|| match Encoding::is_left_out(&name.value) {
        true => name.fault(format!("this program was built without the encoding `{}`", name.value)),
        false => {
            name.fault(format!("there is no encoding `{}`", name.value)).suggesting(&name.value, Encoding::names())
        }
    })
}

fn port(file: &File) -> Result<Option<u16>> {
    let Some(port) = &file.port else { return Ok(None) };
    let number = u16::try_from(port.value).ok().filter(|port| *port > 0);
    number.map(Some).ok_or_else(|| port.fault("a port is from 1 to 65535"))
}

/// What a table says of times, else what holds anyway.
fn times(otherwise: Times, table: &TimeTable) -> Result<Times> {
    let time = |said: &Option<At<Wait>>, otherwise| match said {
        Some(said) if said.value.0.is_zero() => Err(said.fault("a wait of no time would end before it began")),
        Some(said) => Ok(said.value.0),
        None => Ok(otherwise),
    };
    Ok(Times {
        connect: time(&table.connect, otherwise.connect)?,
        first: time(&table.first, otherwise.first)?,
        idle: time(&table.idle, otherwise.idle)?,
        total: time(&table.total, otherwise.total)?,
    })
}

/// Whether the layout has a part of this name that stands in no record.
fn has_part(layout: &Layout, name: &str) -> bool {
    layout.parameter(name).is_some()
}
