//! `[session]` and `[time]`

use serde::Deserialize;

use super::shape::{TextOr, Texts, table_in_place_of_text};
use super::{At, Wait};

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionTable {
    /// The layout of what the device says first, or several, of which the first that fits is it. `<IDLE 200ms>` takes
    /// whatever comes in that time, mostly nothing.
    pub(crate) greeting: Option<Texts>,
    /// What comes before the first command, step by step. It is left out while a secret that it names is not configured.
    pub(crate) login: Option<Vec<LoginStep>>,
    /// Digits before the body of a connection's first command: `md5(...)` or `sha256(...)` of a layout, as in
    /// `md5(greeting.salt secret.password)`. Left out where the greeting that came has no such part.
    pub(crate) auth: Option<At<String>>,
    /// What is answered by itself: heartbeats.
    pub(crate) auto: Option<Vec<AutoTable>>,
    /// What happens to our sending side after a command.
    pub(crate) after_send: Option<AfterSendWord>,
    /// What happens to the connection after a command.
    pub(crate) finish: Option<FinishWord>,
    /// The least time between commands on one connection, as in `50ms`.
    pub(crate) gap: Option<Wait>,
    /// How many connections a device takes at once.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub(crate) connections: Option<At<i64>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum AfterSendWord {
    /// It stays open.
    Open,
    /// It is closed: the device sees an end of file, and may still answer.
    Fin,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum FinishWord {
    /// It is closed.
    Close,
    /// It is kept for the next command.
    Keep,
}

/// The name of a command of this file, which must be answered with yes; or what the device says; or what is sent.
pub(crate) type LoginStep = TextOr<LoginTable>;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginTable {
    /// The layout of what the device says; what comes before it is dropped.
    pub(crate) expect: Option<At<String>>,
    /// The layout of what is sent, to the last byte: `secret.password <CR>`.
    pub(crate) send: Option<At<String>>,
}

table_in_place_of_text!(LoginTable, "the name of a command, { expect = LAYOUT } or { send = LAYOUT }");

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct AutoTable {
    /// The layout of the body that the device sends; of the whole frame where the file has no response layout.
    pub(crate) on: At<String>,
    /// The layout of the body that answers it; of the whole frame where the file has no request layout. Parts that bear
    /// the name of one in `on` are copied from it.
    pub(crate) send: At<String>,
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeTable {
    /// Until the connection is ready to send, as in `5s`.
    pub(crate) connect: Option<At<Wait>>,
    /// From our last byte to the first one of the response, and from connecting to the first one of a greeting.
    pub(crate) first: Option<At<Wait>>,
    /// Between bytes.
    pub(crate) idle: Option<At<Wait>>,
    /// All of it.
    pub(crate) total: Option<At<Wait>>,
}
