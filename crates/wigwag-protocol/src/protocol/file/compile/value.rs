//! What is written for a part, as a frame would tell it.

use super::{At, Result};
use crate::layout::{Parameter, Value};
use crate::protocol::file::raw::Written;

/// The value of the part of this name. A text is read as a typed word is: `on`, `LF`, `0x10`.
pub(super) fn value(part: &Parameter<'_>, name: &str, written: &At<Written>) -> Result<Value> {
    let Written(value) = &written.value;
    let read = match value {
        Value::Text(text) => part.read(text),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Bytes(_)
        | Value::Name(_)
        | Value::Bits(..)
        | Value::List(_)
        | Value::Record(_) => part.check(value).map(|()| part.as_decoded(value)),
    };
    read.map_err(|problem| written.fault(format!("`{name}`: {problem}")))
}
