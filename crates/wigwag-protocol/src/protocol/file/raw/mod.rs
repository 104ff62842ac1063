//! The file as it is written. Each field's comment is what its key means, and its description in the JSON Schema.
//!
//! | file | what it holds |
//! |---|---|
//! | `frame` | `[request]` and `[response]` |
//! | `session` | `[session]` and `[time]` |
//! | `class` | `[class]` |
//! | `command` | `[command.NAME]` and `[params]` |
//! | `example` | `[[example]]` |
//! | `shape` | what may be written in one way or another: a text or a table, a text or a list |
//! | `ordered` | tables whose keys are names, in the order of the file |
//! | `value` | numbers, texts, lists and tables as values of parts |
//! | `quantity` | `250ms` and `64KiB` |

mod class;
mod command;
mod example;
mod frame;
mod ordered;
mod quantity;
mod session;
mod shape;
mod value;

use serde::Deserialize;

use super::place::At;

pub(crate) use class::{BodyTable, Busy, ClassEntry, ClassTable, ErrorEntry, ErrorTable};
pub(crate) use command::{CommandTable, EffectWord, NotOneReply, ParamTable, ReplyKey, VerifyKey};
pub(crate) use example::{ErrorKey, ExampleTable, FieldsKey};
pub(crate) use frame::{CaseTable, CodecKey, EscapeTable, RequestTable, ResponseTable};
pub(crate) use ordered::Ordered;
pub(crate) use quantity::{Size, Wait};
pub(crate) use session::{AfterSendWord, AutoTable, FinishWord, LoginStep, SessionTable, TimeTable};
pub(crate) use shape::{TextOr, Texts};
pub(crate) use value::Written;

/// One device family, described once.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(title = "Wigwag protocol file"))]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The protocol's name, as `--protocol` takes it: letters, digits, `-`, `_` and `.`.
    pub(crate) name: At<String>,
    /// Its full name.
    pub(crate) title: Option<String>,
    /// What it is for, in a few sentences.
    pub(crate) about: Option<String>,
    /// Where the description comes from: a manual and its page, a capture.
    pub(crate) source: Option<String>,
    /// The TCP port of its devices, where they have a usual one.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 65535)))]
    pub(crate) port: Option<At<i64>>,
    /// How text becomes bytes. `bytes`, the default, takes it byte by byte.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = crate::protocol::file::schema::encodings())))]
    pub(crate) encoding: Option<At<String>>,
    /// What lies between the frames and the wire.
    pub(crate) transport: Option<TransportWord>,
    /// What happens around commands: greeting, login, automatic answers.
    #[serde(default)]
    pub(crate) session: SessionTable,
    /// How long to wait for what. A command may say otherwise.
    #[serde(default)]
    pub(crate) time: TimeTable,
    /// The frame of every request. Without a layout, each command's `send` is a frame of its own.
    #[serde(default)]
    pub(crate) request: RequestTable,
    /// The frame of every answer. Without a layout, each command's `reply` is a frame of its own.
    #[serde(default)]
    pub(crate) response: ResponseTable,
    /// What frames are beside answers. What fits none is the answer.
    #[serde(default)]
    pub(crate) class: ClassTable,
    /// What holds of parameters in all commands, by the name of the part that they fill.
    #[serde(default)]
    pub(crate) params: Ordered<At<ParamTable>>,
    /// What a device can be told, by name.
    #[serde(default)]
    pub(crate) command: Ordered<CommandTable>,
    /// Exchanges that are known byte for byte.
    #[serde(default)]
    pub(crate) example: Vec<At<ExampleTable>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum TransportWord {
    /// Nothing.
    Plain,
    /// Telnet: IAC is answered with refusals and taken out, 0xFF is doubled.
    Telnet,
}
