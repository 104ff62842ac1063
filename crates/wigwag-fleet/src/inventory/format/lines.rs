//! A target a line: a name, names with ranges, or a network. `#` begins a comment.

use wigwag_protocol::protocol::FileError;

use crate::inventory::builder::{Builder, Owner};
use crate::inventory::error::at;
use crate::targets::Item;

pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    builder.expect_hosts(text.lines().count());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let target = line.split('#').next().unwrap_or_default();
        let word = target.trim();
        let word_start = start + target.len() - target.trim_start().len();
        if !word.is_empty() {
            let item = Item::parse(word).map_err(|error| {
                let error = error.moved(word_start);
                FileError { help: error.help, ..at(error.at, error.message) }
            })?;
            let place = word_start..word_start + word.len();
            builder.hosts(Owner::Defaults, item).map_err(|message| at(place, message))?;
        }
        start += line.len();
    }
    Ok(())
}
