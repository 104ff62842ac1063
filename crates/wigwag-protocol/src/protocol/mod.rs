//! Protocols: what a device family's frames, commands and manners are.
//!
//! | file | what it holds |
//! |---|---|
//! | `form` | what frames of one direction look like, and how they are cut |
//! | `class` | what a frame is beside an answer |
//! | `command` | what a device can be told |
//! | `call` | a command with all that has been said of it |
//! | `session` | what happens around commands: greeting, login, automatic answers |
//! | `condition` | `fc & 0x80 != 0` |
//! | `agreement` | whether what a person wrote is what a device sent |
//! | `example` | exchanges that are known byte for byte |
//! | `file/` | all of these from a protocol file |
//! | `library` | the protocol files that are built in |

mod agreement;
mod call;
mod class;
mod command;
mod condition;
mod example;
mod file;
mod form;
pub mod library;
mod session;

use std::sync::Arc;
use std::time::Duration;

use crate::layout::{Encoding, Layout, LayoutError, Options};

pub use call::{Call, CallError};
pub use class::{Busy, Class, Classes, ErrorClass, Refusal};
pub use command::{Command, Effect, Param, ParamRule, Reply, Verify};
pub use condition::Condition;
pub use example::{Example, Expected};
pub use file::FileError;
#[cfg(feature = "schema")]
pub use file::schema;
pub use form::{Case, Cutter, Form};
pub use session::{AfterSend, Auth, AutoAnswer, Digest, Finish, LoginStep, SessionRules};

/// A protocol, ready for use by either side.
#[derive(Debug, Clone)]
pub struct Protocol {
    /// Its name, as `--protocol` takes it.
    pub name: String,
    /// Its full name.
    pub title: Option<String>,
    /// What it is for, in a few sentences.
    pub about: Option<String>,
    /// Where its description comes from.
    pub source: Option<String>,
    /// The port of its devices, where they have a usual one.
    pub port: Option<u16>,
    /// How text becomes bytes.
    pub encoding: Encoding,
    /// What lies between the frames and the wire.
    pub transport: Transport,
    /// What happens around commands.
    pub session: SessionRules,
    /// How long to wait for what, unless a command says otherwise.
    pub times: Times,
    /// What requests look like on the wire. Where commands are their own frames, each is a case, in their order.
    pub request: Arc<Form>,
    /// Whether each command's request is a frame of its own.
    pub commands_are_frames: bool,
    /// What an answer looks like on the wire, unless its command says otherwise.
    pub response: Arc<Form>,
    /// What frames are beside answers.
    pub classes: Arc<Classes>,
    /// What a device can be told, in the order of the file.
    pub commands: Vec<Arc<Command>>,
    /// Exchanges that are known byte for byte.
    pub examples: Vec<Example>,
}

/// What lies between the frames and the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    /// Nothing.
    #[default]
    Plain,
    /// Telnet (RFC 854): IAC sequences are answered and taken out, 0xFF is doubled.
    Telnet,
}

/// How long to wait for what, in one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// From the start until the connection is ready to send, all addresses together.
    pub connect: Duration,
    /// From our last byte to the first one of the response (and from connecting to the first one of a greeting).
    pub first: Duration,
    /// Between bytes.
    pub idle: Duration,
    /// All of it.
    pub total: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first: Duration::from_secs(5),
            idle: Duration::from_secs(1),
            total: Duration::from_secs(30),
        }
    }
}

impl Protocol {
    /// A protocol of two layouts, with everything else as it mostly is: no commands, no greeting, no errors, the sending
    /// side open.
    ///
    /// # Errors
    ///
    /// A layout cannot be compiled, or the response cannot end.
    pub fn new(name: &str, request: &str, response: &str) -> Result<Self, LayoutError> {
        let options = Options::default();
        Ok(Self::of(name, Self::request_layout(request, &options)?, Layout::frame(response, &options)?))
    }

    /// The same of layouts that are compiled already.
    pub fn of(name: &str, request: Layout, response: Layout) -> Self {
        Self {
            name: name.to_owned(),
            title: None,
            about: None,
            source: None,
            port: None,
            encoding: Encoding::default(),
            transport: Transport::default(),
            session: SessionRules::default(),
            times: Times::default(),
            request: Arc::new(Form::of(request)),
            commands_are_frames: false,
            response: Arc::new(Form::of(response)),
            classes: Arc::default(),
            commands: Vec::new(),
            examples: Vec::new(),
        }
    }

    /// Compiles the layout of a request: one that ends by itself if it can, else one that can only be written.
    ///
    /// # Errors
    ///
    /// What is wrong and where.
    pub fn request_layout(source: &str, options: &Options) -> Result<Layout, LayoutError> {
        Layout::frame(source, options).or_else(|_| Layout::body(source, options))
    }

    /// The names of the secrets that it can make use of: in its login and its authentication, in frames, as parameters. Each
    /// once.
    pub fn secrets(&self) -> Vec<&str> {
        let of_login = self.session.login.iter().filter_map(|step| match step {
            LoginStep::Send(layout) | LoginStep::Expect(layout) => Some(layout),
            LoginStep::Command(_) => None,
        });
        let of_commands = self.commands.iter().flat_map(|command| {
            std::iter::once(&command.send).chain(command.request.iter().flat_map(|form| form.layouts()))
        });
        let learned = of_login.chain(self.request.layouts()).chain(of_commands).flat_map(Layout::learned);
        let learned = learned.chain(self.session.auth.iter().flat_map(Auth::needs));
        let params = self.commands.iter().flat_map(|command| &command.params).filter(|param| param.rule.secret);
        let mut names = Vec::new();
        for name in learned.filter_map(|name| name.strip_prefix("secret.")).chain(params.map(|param| &*param.name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The command of this name.
    pub fn command(&self, name: &str) -> Option<&Arc<Command>> {
        self.commands.iter().find(|command| &*command.name == name)
    }
}
