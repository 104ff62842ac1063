//! From words to sets of names.

use std::ops::Range;
use std::sync::Arc;

use wigwag_protocol::layout::nearest;

use crate::inventory::builder::ALL;
use crate::inventory::known::{At, Fitting, Known};
use crate::inventory::model::{GroupId, Model};
use crate::targets::{Combined, Cursor, Expression, GroupWord, Item, Join, Listed, Names, Pattern, TargetError, Word};

/// Whether names must be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// They are an error, unless they stand for themselves.
    Refused,
    /// They stand for themselves if they can be hosts.
    Taken,
    /// They may be anything.
    Ignored,
}

/// The names that are meant.
pub(super) fn targets(model: &Arc<Model>, text: &str, any_target: bool) -> Result<Combined, TargetError> {
    let unknown = if any_target || model.is_empty() { Unknown::Taken } else { Unknown::Refused };
    expression(model, &Expression::parse(text)?, unknown)
}

/// The names that these words mean.
pub(super) fn expression(model: &Arc<Model>, words: &Expression, unknown: Unknown) -> Result<Combined, TargetError> {
    let mut combined = Combined::default();
    // Words that only add names are looked through as one set.
    let mut adding = Listed::default();
    for term in words.terms() {
        let names: Arc<dyn Names> = match &term.word {
            Word::Item(item) => {
                check(model, item, &term.at, unknown)?;
                if term.join == Join::And {
                    adding.push(item.clone());
                    continue;
                }
                Arc::new(At { model: Arc::clone(model), listed: Listed::from_iter([item.clone()]) })
            }
            Word::Group(group) => Arc::new(of_group(model, group, &term.at)?),
            Word::Wildcard(wildcard) => {
                if model.is_empty() {
                    return Err(no_inventory(&term.at, "which hosts fit this"));
                }
                let fitting = Fitting { known: Known::all(model), wildcard: wildcard.clone() };
                let is_empty = || !fitting.next(&mut Cursor::default(), &mut String::new());
                // Taking out what is not there is no mistake.
                if term.join != Join::ButNot && unknown != Unknown::Ignored && is_empty() {
                    return Err(TargetError::new(term.at.clone(), format!("no host is called like `{wildcard}`")));
                }
                Arc::new(fitting)
            }
        };
        flush(model, &mut adding, unknown, &mut combined);
        combined.push(term.join, names);
    }
    flush(model, &mut adding, unknown, &mut combined);
    Ok(combined)
}

/// Joins the words that have only been collected so far.
fn flush(model: &Arc<Model>, adding: &mut Listed, unknown: Unknown, combined: &mut Combined) {
    if adding.items().is_empty() {
        return;
    }
    let listed = std::mem::take(adding);
    match unknown {
        // Only what is excluded is read in this way, and an address excludes the host there.
        Unknown::Ignored => combined.push(Join::And, Arc::new(At { model: Arc::clone(model), listed })),
        Unknown::Refused | Unknown::Taken => combined.push(Join::And, Arc::new(listed)),
    }
}

fn no_inventory(at: &Range<usize>, what: &str) -> TargetError {
    TargetError::new(at.clone(), format!("{what} only an inventory knows, and none is loaded"))
        .with_help("give one with -i FILE")
}

/// Whether these names may be targets.
fn check(model: &Model, item: &Item, at: &Range<usize>, unknown: Unknown) -> Result<(), TargetError> {
    // The addresses of a network stand for themselves.
    let Item::Pattern(pattern) = item else { return Ok(()) };
    match unknown {
        Unknown::Ignored => Ok(()),
        Unknown::Refused if !pattern.stands_for_itself() => all_known(model, pattern, at),
        Unknown::Taken | Unknown::Refused => {
            let wrong = match pattern.as_name() {
                Some(name) if model.knows(name) => return Ok(()),
                Some(_) | None => pattern.check_hosts(),
            };
            wrong.or_else(|error| {
                let known = pattern.as_name().is_none() && all_known(model, pattern, at).is_ok();
                if known { Ok(()) } else { Err(TargetError::new(at.clone(), error.to_string())) }
            })
        }
    }
}

fn all_known(model: &Model, pattern: &Pattern, at: &Range<usize>) -> Result<(), TargetError> {
    let mut name = String::new();
    for place in 0..pattern.count() {
        name.clear();
        pattern.write(place, &mut name);
        if !model.knows(&name) {
            let error = TargetError::new(at.clone(), format!("no inventory has a host `{name}`"));
            return Err(error.with_help(match near_host(model, &name) {
                Some(near) => format!("did you mean `{near}`? --any-target takes names that no inventory has"),
                None => "--any-target takes names that no inventory has".to_owned(),
            }));
        }
    }
    Ok(())
}

/// The host whose name comes nearest.
fn near_host(model: &Model, name: &str) -> Option<String> {
    /// As many names of each range are compared; the first ones are like the others.
    const MOST_OF_RANGE: u64 = 100;
    let group = model.groups.keys().find(|group| ***group == *name).map(|group| format!("@{group}"));
    let of_ranges: Vec<String> = model
        .listed
        .items()
        .iter()
        .flat_map(|item| {
            (0..item.count().min(MOST_OF_RANGE)).map(|place| {
                let mut name = String::new();
                item.write(place, &mut name);
                name
            })
        })
        .collect();
    let all = model.hosts.keys().map(|name| &**name).chain(of_ranges.iter().map(String::as_str));
    group.or_else(|| nearest(name, all).map(str::to_owned))
}

fn of_group(model: &Arc<Model>, word: &GroupWord, at: &Range<usize>) -> Result<Known, TargetError> {
    if model.is_empty() {
        return Err(no_inventory(at, "what is in a group"));
    }
    match word {
        GroupWord::Like(wildcard) if wildcard.is_everything() => Ok(Known::all(model)),
        GroupWord::Like(wildcard) => {
            let fitting: Vec<GroupId> = (0_u32..)
                .zip(model.groups.keys())
                .filter(|(_, name)| wildcard.matches(name))
                .map(|(group, _)| group)
                .collect();
            match fitting.is_empty() {
                true => Err(TargetError::new(at.clone(), format!("no group is called like `{wildcard}`"))),
                false => Ok(Known::of_groups(model, fitting)),
            }
        }
        GroupWord::Named(pattern) if pattern.as_name() == Some(ALL) => Ok(Known::all(model)),
        GroupWord::Named(pattern) => {
            let mut groups = Vec::new();
            for place in 0..pattern.count() {
                let mut name = String::new();
                pattern.write(place, &mut name);
                let group = model.groups.get_index_of(name.as_str()).ok_or_else(|| no_group(model, &name, at))?;
                groups.push(group as GroupId);
            }
            Ok(Known::of_groups(model, groups))
        }
    }
}

fn no_group(model: &Model, name: &str, at: &Range<usize>) -> TargetError {
    let error = TargetError::new(at.clone(), format!("no inventory has a group `{name}`"));
    let groups = || model.groups.keys().map(|group| &**group);
    let near = nearest(name, groups());
    if let Some(near) = near {
        return error.with_help(format!("did you mean `@{near}`?"));
    }
    if model.knows(name) {
        return error.with_help(format!("there is a host of this name: `{name}` without the `@`"));
    }
    /// More than these nobody reads.
    const MOST: usize = 16;
    let shown: Vec<String> = groups().take(MOST).map(|group| format!("@{group}")).collect();
    match shown.is_empty() {
        true => error.with_help("there are no groups"),
        false => error.with_help(format!(
            "there are: {}{}",
            shown.join(", "),
            if model.groups.len() > MOST { ", ..." } else { "" }
        )),
    }
}
