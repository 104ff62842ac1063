//! `when = "fc & 0x80 != 0"`

use super::{At, Result, has_part};
use crate::layout::Layout;
use crate::protocol::Condition;

/// A condition on parts of these layouts.
pub(super) fn condition(source: &At<String>, layouts: &[&Layout]) -> Result<Condition> {
    let condition = Condition::parse(&source.value).map_err(|error| source.layout_fault(error))?;
    for (part, at) in condition.parts() {
        if !layouts.iter().any(|layout| has_part(layout, part)) {
            let parts = layouts.iter().flat_map(|layout| layout.names());
            return Err(source.fault_within(at, format!("there is no part `{part}` here")).suggesting(part, parts));
        }
    }
    Ok(condition.with_names_of(layouts.iter().copied()))
}
