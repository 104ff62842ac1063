//! `[class]`

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::shape::{TextOr, elements, table_in_place_of_text};
use super::{At, Ordered, Written};

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ClassTable {
    /// What nobody asked for: noted, and we go on waiting.
    #[serde(default)]
    pub(crate) event: Vec<ClassEntry>,
    /// Signs of life: noted, and the wait starts again.
    #[serde(default)]
    pub(crate) progress: Vec<ClassEntry>,
    /// Answers that say no. The device half says no with the first.
    #[serde(default)]
    pub(crate) error: Vec<ErrorEntry>,
}

/// The layout of the body, or a table.
pub(crate) type ClassEntry = TextOr<BodyTable>;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct BodyTable {
    /// The layout that the whole body must fit.
    pub(crate) body: Option<At<String>>,
    /// A condition on parts of the frame or of the body, as in `fc & 0x80 != 0`.
    pub(crate) when: Option<At<String>>,
}

table_in_place_of_text!(BodyTable, "a layout, or a table with `body` and `when`");

/// The layout of the body, or a table.
pub(crate) type ErrorEntry = TextOr<ErrorTable>;

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorTable {
    /// The layout that the whole body must fit. Its parts `code` and `text` are told.
    pub(crate) body: Option<At<String>>,
    /// A condition on parts of the frame or of the body, as in `fc & 0x80 != 0`.
    pub(crate) when: Option<At<String>>,
    /// What the codes mean, by code.
    #[serde(default)]
    pub(crate) text: Ordered<String>,
    /// The codes that say "try again later"; `true`: all of them.
    pub(crate) busy: Option<Busy>,
    /// This is how a device refuses a client that does not know the secret.
    #[serde(default)]
    pub(crate) login: bool,
}

table_in_place_of_text!(ErrorTable, "a layout, or a table with `body`, `when`, `text`, `busy` and `login`");

/// Which errors say "try again later".
#[derive(Debug)]
pub(crate) enum Busy {
    All(bool),
    Codes(Vec<At<Written>>),
}

impl<'de> Deserialize<'de> for Busy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct BusyVisitor;
        impl<'de> Visitor<'de> for BusyVisitor {
            type Value = Busy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of codes, or true")
            }

            fn visit_bool<E>(self, all: bool) -> Result<Busy, E> {
                Ok(Busy::All(all))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, codes: A) -> Result<Busy, A::Error> {
                elements(codes).map(Busy::Codes)
            }
        }
        deserializer.deserialize_any(BusyVisitor)
    }
}
