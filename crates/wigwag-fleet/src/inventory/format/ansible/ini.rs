//! Ansible's INI: hosts under `[group]`, groups under `[group:children]`, variables under `[group:vars]`.

use std::ops::Range;

use wigwag_protocol::protocol::FileError;

use super::words::{self, Word};
use super::{Variable, hosts, variables};
use crate::inventory::builder::{Builder, Owner};
use crate::inventory::error::at;

/// What the lines of a section are.
#[derive(Debug, Clone, Copy)]
enum Section {
    Hosts(Owner),
    Children(Owner),
    Vars(Owner),
}

pub(in super::super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let mut section = Section::Hosts(Owner::Defaults);
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim();
        let place = start + line.len() - line.trim_start().len();
        start += line.len();
        if said.is_empty() || said.starts_with(['#', ';']) {
            continue;
        }
        let place = place..place + said.len();
        match heading(said, &place, builder)? {
            Some(next) => section = next,
            None => take(section, said, &place, builder)?,
        }
    }
    Ok(())
}

/// The section that a heading begins; `None` for any other line.
fn heading(line: &str, place: &Range<usize>, builder: &mut Builder) -> Result<Option<Section>, FileError> {
    let inside = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let Some((inside, behind)) = inside else { return Ok(None) };
    let behind = behind.trim();
    if !(behind.is_empty() || behind.starts_with(['#', ';'])) || inside.contains("::") {
        // A host such as [a:c]-web, or an address in brackets.
        return Ok(None);
    }
    let (group, kind) = match inside.split_once(':') {
        Some((group, kind)) => (group.trim(), kind.trim()),
        None => (inside.trim(), "hosts"),
    };
    let owner = builder.group(group);
    match kind {
        _ if group.is_empty() => Err(at(place.clone(), "a section without a name")),
        "hosts" => Ok(Some(Section::Hosts(owner))),
        "children" => Ok(Some(Section::Children(owner))),
        "vars" => Ok(Some(Section::Vars(owner))),
        _ => {
            let help = Some("a section is [group], [group:children] or [group:vars]".to_owned());
            Err(FileError { help, ..at(place.clone(), format!("there is no section `:{kind}`")) })
        }
    }
}

fn take(section: Section, line: &str, place: &Range<usize>, builder: &mut Builder) -> Result<(), FileError> {
    if let Section::Vars(owner) = section {
        // A value goes on to the end of the line, blanks and all.
        let Some((key, value)) = line.split_once('=') else {
            return Err(at(place.clone(), "expected NAME=VALUE"));
        };
        let at = place.end - value.trim_start().len()..place.end;
        return variables(&[(key.trim().to_owned(), words::value(value), at)], owner, builder);
    }
    let words = words::words(line).map_err(|quote| at(place.start + quote..place.end, "this quote is never closed"))?;
    let Some((first, rest)) = words.split_first() else { return Ok(()) };
    let first_at = place.start + first.at.start..place.start + first.at.end;
    match section {
        Section::Hosts(group) => {
            let vars = rest.iter().map(|word| variable(word, place.start)).collect::<Result<Vec<_>, _>>()?;
            hosts(&first.text, &first_at, group, &vars, builder)
        }
        Section::Children(group) => builder.child(group, &first.text).map_err(|message| at(first_at, message)),
        Section::Vars(_) => Ok(()),
    }
}

fn variable(word: &Word, start: usize) -> Result<Variable, FileError> {
    let place = start + word.at.start..start + word.at.end;
    match word.text.split_once('=') {
        Some((key, value)) => Ok((key.to_owned(), words::value(value), place)),
        None => Err(at(place, "expected NAME=VALUE behind the host")),
    }
}
