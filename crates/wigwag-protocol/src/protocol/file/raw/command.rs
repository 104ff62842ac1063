//! `[command.NAME]` and `[params]`

use serde::Deserialize;
use serde::de::{Error, SeqAccess, Unexpected};

use super::shape::{InPlaceOfText, TextOr, elements, table_in_place_of_text};
use super::{At, Ordered, ResponseTable, TimeTable, Written};

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandTable {
    /// What it does, in a line.
    pub(crate) about: Option<String>,
    /// The layout of the request's body; of the whole request where the file has no request layout.
    pub(crate) send: Option<At<String>>,
    /// What parts of the request say in this command, by their names.
    #[serde(default)]
    pub(crate) set: Ordered<At<Written>>,
    /// What holds of its parameters, by their names: those of the parts without a value.
    #[serde(default)]
    pub(crate) params: Ordered<At<ParamTable>>,
    /// The layout of the answer's body; of the whole answer where there is no response layout. `""`: an empty body must
    /// come; absent: any body; `false`: no response, by design; a list: several frames, each its own.
    pub(crate) reply: Option<ReplyKey>,
    /// Frames like `reply` come, up to and including the first for which this condition holds.
    pub(crate) until: Option<At<String>>,
    /// What sending it again would do; `once` unless said.
    pub(crate) effect: Option<EffectWord>,
    /// What a person is asked about before it is sent.
    pub(crate) hazard: Option<String>,
    /// A command that only reads and tells whether this one took effect.
    pub(crate) verify: Option<VerifyKey>,
    /// The frame of its answer, where it differs; what is not said here holds as in `[response]`.
    pub(crate) response: Option<ResponseTable>,
    /// How long to wait for what, where it differs.
    #[serde(default)]
    pub(crate) time: TimeTable,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum EffectWord {
    /// It changes nothing.
    Read,
    /// Twice is as good as once.
    Idempotent,
    /// It acts each time.
    Once,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ParamTable {
    /// What it means, in a line.
    pub(crate) about: Option<String>,
    /// The least that a number may be.
    pub(crate) min: Option<At<f64>>,
    /// The most that a number may be.
    pub(crate) max: Option<At<f64>>,
    /// What it is unless it is given.
    pub(crate) default: Option<At<Written>>,
    /// It is never shown and never kept.
    pub(crate) secret: Option<bool>,
}

/// The name of a command, or its name and what must hold of its answer.
pub(crate) type VerifyKey = TextOr<VerifyTable>;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifyTable {
    /// The name of a command that only reads.
    pub(crate) command: At<String>,
    /// What must hold of its answer. Without it, every field that bears a parameter's name must equal it.
    pub(crate) when: Option<At<String>>,
}

table_in_place_of_text!(VerifyTable, "the name of a command, or a table with `command` and `when`");

/// A layout, which may be empty; or several of them, or none.
pub(crate) type ReplyKey = TextOr<NotOneReply>;

#[derive(Debug)]
pub(crate) enum NotOneReply {
    Nothing,
    /// Each of a frame of its own.
    Several(Vec<At<String>>),
}

impl InPlaceOfText for NotOneReply {
    const EXPECTED: &'static str = "a layout, a list of layouts, or false";

    fn of_bool<E: Error>(said: bool) -> Result<Self, E> {
        if said { Err(E::invalid_type(Unexpected::Bool(said), &Self::EXPECTED)) } else { Ok(Self::Nothing) }
    }

    fn of_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        let layouts: Vec<_> = elements(list)?;
        match layouts.is_empty() {
            true => Err(A::Error::custom("an empty list says nothing: `false` is the word for no reply")),
            false => Ok(Self::Several(layouts)),
        }
    }
}

impl ReplyKey {
    /// The layouts, in order.
    pub(crate) fn layouts(&self) -> &[At<String>] {
        match self {
            Self::Text(layout) => std::slice::from_ref(layout),
            Self::Other(At { value: NotOneReply::Several(layouts), .. }) => layouts,
            Self::Other(At { value: NotOneReply::Nothing, .. }) => &[],
        }
    }
}
