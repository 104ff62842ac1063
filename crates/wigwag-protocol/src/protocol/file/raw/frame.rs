//! `[request]` and `[response]`

use serde::Deserialize;

use super::shape::{TextOr, table_in_place_of_text};
use super::{At, Size};

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RequestTable {
    /// The layout of the frame; a command's `send` stands in its part `body`.
    pub(crate) layout: Option<At<String>>,
    /// The most bytes that a variable part may have: a number, or `64KiB`.
    pub(crate) max: Option<Size>,
    /// These bytes are dropped where a frame would start, as in `<CR LF>`.
    pub(crate) skip: Option<At<String>>,
    /// Byte stuffing by an escape character.
    pub(crate) escape: Option<At<EscapeTable>>,
    /// Byte stuffing that is known by its name.
    pub(crate) codec: Option<CodecKey>,
    /// Several layouts; the first that the bytes do not contradict.
    pub(crate) case: Option<Vec<CaseTable>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ResponseTable {
    /// The layout of the frame; a command's `reply` stands in its part `body`.
    pub(crate) layout: Option<At<String>>,
    /// The most bytes that a variable part may have: a number, or `64KiB`.
    pub(crate) max: Option<Size>,
    /// These bytes are dropped where a frame would start, as in `<CR LF>`.
    pub(crate) skip: Option<At<String>>,
    /// Byte stuffing by an escape character.
    pub(crate) escape: Option<At<EscapeTable>>,
    /// Byte stuffing that is known by its name.
    pub(crate) codec: Option<CodecKey>,
    /// Several layouts; the first that the bytes do not contradict.
    pub(crate) case: Option<Vec<CaseTable>>,
    /// White space is taken off both ends of the body before anything else sees it.
    pub(crate) trim: Option<bool>,
    /// The request's bytes come first; they are taken off if they are there.
    pub(crate) echo: Option<bool>,
    /// Parts that must equal the request's. Other frames are noted as foreign.
    #[serde(rename = "match")]
    pub(crate) matches: Option<Vec<At<String>>>,
    /// A frame that does not fit the command's reply is one that nobody asked for: it is noted, and we go on waiting.
    pub(crate) unsolicited: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTable {
    /// The layout of the frame.
    pub(crate) layout: At<String>,
    /// When it is this one, where its literals do not tell: a condition on its parts.
    pub(crate) when: Option<At<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct EscapeTable {
    /// The parts that are escaped: `body` or `body..sum`.
    pub(crate) span: String,
    /// The byte that is written before a code, as in `<ESC>`.
    pub(crate) lead: At<String>,
    /// The bytes that are escaped, the lead among them, as in `<STX ETX ESC>`.
    pub(crate) bytes: Option<At<String>>,
    /// What makes a byte its code: `+0x80`, `-0x20`, `xor 0x40` or `double`.
    pub(crate) by: Option<String>,
    /// Bytes and their codes, in place of `bytes` and `by`: `0xC0=0xDC, 0xDB=0xDD`.
    pub(crate) map: Option<String>,
}

/// A codec's name, or its name and the parts that it covers.
pub(crate) type CodecKey = TextOr<CodecTable>;

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct CodecTable {
    /// Which codec: `slip`, `cobs` or `hex`.
    pub(crate) name: At<String>,
    /// The parts that it covers, `a` or `a..b`; without it, the whole frame.
    pub(crate) span: Option<String>,
}

table_in_place_of_text!(CodecTable, "the name of a codec, or a table with `name` and `span`");
