//! How long to wait for what.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use wigwag_protocol::protocol::Times;

/// How long to wait for what; where nothing is said, as the protocol says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Patience {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) connect: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) first: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) idle: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) total: Option<Duration>,
}

impl Patience {
    /// The same, and what `other` says where this says nothing.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            connect: self.connect.or(other.connect),
            first: self.first.or(other.first),
            idle: self.idle.or(other.idle),
            total: self.total.or(other.total),
        }
    }

    /// In place of what a protocol declares.
    pub(crate) fn over(&self, declared: &Times) -> Times {
        Times {
            connect: self.connect.unwrap_or(declared.connect),
            first: self.first.unwrap_or(declared.first),
            idle: self.idle.unwrap_or(declared.idle),
            total: self.total.unwrap_or(declared.total),
        }
    }
}
