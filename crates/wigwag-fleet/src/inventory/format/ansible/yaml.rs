//! Ansible's YAML: groups with hosts, children and variables.

use serde::Deserialize;
use serde_saphyr::Spanned;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

use serde::de::{Deserializer, MapAccess, Visitor};
use wigwag_protocol::protocol::FileError;

use super::{Variable, hosts, variables};
use crate::inventory::Value;
use crate::inventory::builder::{Builder, Owner};
use crate::inventory::error::at;
use crate::inventory::format::{yaml_error, yaml_options, yaml_place};

/// A group, or nothing at all.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(default)]
    hosts: Option<Entries<Option<Variables>>>,
    #[serde(default)]
    children: Option<Entries<Option<Group>>>,
    #[serde(default)]
    vars: Option<Variables>,
}

type Variables = Entries<Spanned<Value>>;

/// A mapping in the order of the file.
#[derive(Debug)]
struct Entries<T>(Vec<(Spanned<String>, T)>);

pub(in super::super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    if let Some(plugin) = plugin(text) {
        let help = Some("`ansible-inventory -i FILE --list` prints what it finds, and that can be read".to_owned());
        let message = format!("this configures a plugin of Ansible ({plugin}), which only Ansible can ask");
        return Err(FileError { help, ..crate::inventory::error::nowhere(message) });
    }
    let groups: Option<Entries<Option<Group>>> =
        serde_saphyr::from_str_with_options(text, yaml_options()).map_err(|error| yaml_error(&error))?;
    for (name, group) in groups.map(|groups| groups.0).unwrap_or_default() {
        take(&name.value, group.unwrap_or_default(), builder)?;
    }
    Ok(())
}

/// The plugin that a file configures: those have `plugin: NAME` at their top.
fn plugin(text: &str) -> Option<String> {
    let named = text.lines().find_map(|line| line.strip_prefix("plugin:"))?;
    Some(named.trim().trim_matches(['"', '\'']).to_owned())
}

fn take(name: &str, group: Group, builder: &mut Builder) -> Result<(), FileError> {
    let owner = builder.group(name);
    for (host, vars) in group.hosts.map(|hosts| hosts.0).unwrap_or_default() {
        let vars = vars.map(taken).unwrap_or_default();
        hosts(&host.value, &place(&host), owner, &vars, builder)?;
    }
    if let Some(vars) = group.vars {
        variables(&taken(vars), owner, builder)?;
    }
    for (child, group) in group.children.map(|children| children.0).unwrap_or_default() {
        let is_all = owner == Owner::Defaults;
        if !is_all {
            builder.child(owner, &child.value).map_err(|message| at(place(&child), message))?;
        }
        take(&child.value, group.unwrap_or_default(), builder)?;
    }
    Ok(())
}

fn taken(vars: Variables) -> Vec<Variable> {
    vars.0
        .into_iter()
        .map(|(key, value)| {
            let place = place(&value);
            (key.value, value.value, place)
        })
        .collect()
}

fn place<T>(spanned: &Spanned<T>) -> Range<usize> {
    yaml_place(&spanned.referenced).unwrap_or_default()
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
            type Value = Entries<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with what belongs to them")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}
