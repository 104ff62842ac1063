//! What few outcomes have, as JSON in one column.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use wigwag_protocol::bytes::hex;

use super::{Rare, StoredBytes, StoredOutcome};

/// The column. Keys may be added, and those that are not known are passed over.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct More {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Json>,
    #[serde(skip_serializing_if = "is_false")]
    busy: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stale: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    foreign: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Bytes>,
    #[serde(skip_serializing_if = "is_false")]
    fields_cut: bool,
    /// How long it was, where it was longer than what is kept or where nothing tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) response_length: Option<u64>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Bytes {
    length: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hex: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    said: Option<String>,
}

fn is_false(is: &bool) -> bool {
    !*is
}

impl More {
    /// Nothing where there is nothing of it.
    pub(super) fn of(outcome: &StoredOutcome<'_>) -> Option<Self> {
        // Of bytes that are kept whole the column tells the length.
        let length = |bytes: &StoredBytes<'_>| {
            let kept = bytes.wire.as_ref().map_or(0, |wire| wire.len() as u64);
            (bytes.length != kept).then_some(bytes.length)
        };
        let lengths = Self {
            request_length: length(&outcome.request),
            response_length: length(&outcome.response),
            ..Self::default()
        };
        let more = match outcome.rare.as_deref() {
            Some(rare) => Self {
                code: rare.code.clone(),
                text: rare.text.clone(),
                busy: rare.busy,
                stale: Bytes::of(&rare.stale),
                extra: Bytes::of(&rare.extra),
                foreign: Bytes::of(&rare.foreign),
                events: Bytes::of(&rare.events),
                fields_cut: rare.fields_cut,
                ..lengths
            },
            None => lengths,
        };
        (more != Self::default()).then_some(more)
    }

    pub(super) fn rare(self) -> Result<Option<Box<Rare<'static>>>, String> {
        let rare = Rare {
            code: self.code,
            text: self.text,
            busy: self.busy,
            stale: Bytes::read(self.stale)?,
            extra: Bytes::read(self.extra)?,
            foreign: Bytes::read(self.foreign)?,
            events: Bytes::read(self.events)?,
            fields_cut: self.fields_cut,
        };
        Ok((rare != Rare::default()).then(|| Box::new(rare)))
    }
}

impl Bytes {
    fn of(bytes: &StoredBytes<'_>) -> Option<Self> {
        let hex = |bytes: &Cow<'_, [u8]>| hex::encode(bytes);
        (!bytes.is_empty()).then(|| Self {
            length: bytes.length,
            hex: bytes.wire.as_ref().map(hex),
            said: bytes.said.as_ref().map(hex),
        })
    }

    fn read(bytes: Option<Self>) -> Result<StoredBytes<'static>, String> {
        let Some(bytes) = bytes else { return Ok(StoredBytes::default()) };
        let read = |text: String| hex::parse(&text).map(Cow::Owned).map_err(|error| error.to_string());
        Ok(StoredBytes {
            length: bytes.length,
            wire: bytes.hex.map(read).transpose()?,
            said: bytes.said.map(read).transpose()?,
        })
    }
}
