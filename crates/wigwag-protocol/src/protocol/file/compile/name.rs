//! What a protocol or a command may be called: something that can be typed, be a file's name, and is no option.

use super::{At, Result};

pub(super) fn check(name: &At<String>) -> Result<()> {
    let text = name.value.as_str();
    if text.is_empty() {
        return Err(name.fault("a name has at least one character"));
    }
    if text.starts_with('-') {
        return Err(name.fault(format!("`{text}` would be taken for an option: a name does not start with `-`")));
    }
    match text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')) {
        Some(stray) => Err(name
            .fault(format!("{stray:?} cannot stand in a name"))
            .with_help("names are letters, digits, `-`, `_` and `.`")),
        None => Ok(()),
    }
}
