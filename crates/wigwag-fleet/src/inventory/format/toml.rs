//! Our own form.
//!
//! ```toml
//! [defaults]
//! protocol = "zpl"
//! [group.presses]
//! hosts = ["press-[001-120].plant.example", "10.4.7.0/28"]
//! children = ["spares"]
//! port = 9100
//! vars = { site = "berlin" }
//! [host."press-007.plant.example"]
//! address = "10.4.0.7"
//! ```

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use toml::Spanned;
use wigwag_protocol::layout::nearest;
use wigwag_protocol::protocol::FileError;

use crate::inventory::builder::{Builder, Owner};
use crate::inventory::error::at;
use crate::inventory::setting::SettingError;
use crate::inventory::{KEYS, Value};
use crate::targets::Item;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    defaults: Table,
    #[serde(default)]
    group: Tables,
    #[serde(default)]
    host: Tables,
}

/// Tables by their names, in the order of the file.
#[derive(Debug, Default)]
struct Tables(Vec<(Spanned<String>, Table)>);

/// What a group, a host or the defaults say, in the order of the file.
#[derive(Debug, Default)]
struct Table {
    hosts: Vec<Spanned<String>>,
    children: Vec<Spanned<String>>,
    vars: Vec<(String, Value)>,
    settings: Vec<(Spanned<String>, Spanned<Value>)>,
    /// `hosts` and `children`, where they stand.
    members: Vec<Range<usize>>,
}

pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let file: File = toml::from_str(text).map_err(|error| FileError::of_toml(&error, text))?;
    refuse_members(&file.defaults, "the defaults are for all hosts")?;
    take(&file.defaults, Owner::Defaults, builder)?;
    for (name, table) in &file.group.0 {
        let group = builder.group(name.get_ref());
        for host in &table.hosts {
            let item = Item::parse(host.get_ref()).map_err(|error| FileError {
                at: Some(inside(text, host.span(), host.get_ref(), error.at)),
                message: error.message,
                help: error.help,
            })?;
            builder.hosts(group, item).map_err(|message| at(host.span(), message))?;
        }
        for child in &table.children {
            builder.child(group, child.get_ref()).map_err(|message| at(child.span(), message))?;
        }
        take(table, group, builder)?;
    }
    for (name, table) in &file.host.0 {
        refuse_members(table, "a host has no hosts")?;
        if name.get_ref().contains('[') && !name.get_ref().contains(':') {
            let error = at(name.span(), "one host has one name");
            let help = "ranges belong into the `hosts` of a group".to_owned();
            return Err(FileError { help: Some(help), ..error });
        }
        let host = builder.host(name.get_ref()).map_err(|message| at(name.span(), message))?;
        take(table, host, builder)?;
    }
    Ok(())
}

fn refuse_members(table: &Table, why: &str) -> Result<(), FileError> {
    match table.members.first() {
        None => Ok(()),
        Some(place) => Err(at(place.clone(), format!("{why}; `hosts` and `children` belong to groups"))),
    }
}

/// Takes settings and variables.
fn take(table: &Table, owner: Owner, builder: &mut Builder) -> Result<(), FileError> {
    for (key, value) in &table.settings {
        builder.set(owner, key.get_ref(), value.get_ref()).map_err(|error| match error {
            SettingError::Key { message, .. } => {
                let words = KEYS.into_iter().chain(["hosts", "children", "vars", "secret"]);
                let near = nearest(key.get_ref(), words).map(|near| format!("did you mean `{near}`?"));
                let help = near.unwrap_or_else(|| format!("a variable of your own: vars.{} = ...", key.get_ref()));
                FileError { message, help: Some(help), at: Some(key.span()) }
            }
            SettingError::Value { message, help } => FileError { message, help, at: Some(value.span()) },
        })?;
    }
    for (name, value) in &table.vars {
        builder.var(owner, name, value.clone());
    }
    Ok(())
}

/// Where some bytes of a string's value stand in the file; the whole string where escapes make that hard to tell.
fn inside(text: &str, token: Range<usize>, value: &str, within: Range<usize>) -> Range<usize> {
    let quoted = text.get(token.clone()).unwrap_or_default();
    match quoted.get(1..quoted.len().saturating_sub(1)) == Some(value) {
        true => token.start + 1 + within.start..token.start + 1 + within.end,
        false => token,
    }
}

impl<'de> Deserialize<'de> for Tables {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TablesVisitor;
        impl<'de> Visitor<'de> for TablesVisitor {
            type Value = Tables;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tables, A::Error> {
                let mut tables = Vec::new();
                while let Some(entry) = map.next_entry::<Spanned<String>, Table>()? {
                    tables.push(entry);
                }
                // The parser gives them in the order of the alphabet.
                tables.sort_by_key(|(name, _)| name.span().start);
                Ok(Tables(tables))
            }
        }
        deserializer.deserialize_map(TablesVisitor)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TableVisitor;
        impl<'de> Visitor<'de> for TableVisitor {
            type Value = Table;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Table, A::Error> {
                let mut table = Table::default();
                while let Some(key) = map.next_key::<Spanned<String>>()? {
                    match key.get_ref().as_str() {
                        "hosts" => {
                            table.members.push(key.span());
                            table.hosts = map.next_value()?;
                        }
                        "children" => {
                            table.members.push(key.span());
                            table.children = map.next_value()?;
                        }
                        "vars" => table.vars = map.next_value::<Vars>()?.0,
                        "secret" => {
                            for (name, value) in map.next_value::<Secrets>()?.0 {
                                let place = name.span();
                                let name = Spanned::new(place, format!("secret.{}", name.into_inner()));
                                table.settings.push((name, value));
                            }
                        }
                        _ => table.settings.push((key, map.next_value()?)),
                    }
                }
                table.settings.sort_by_key(|(key, _)| key.span().start);
                Ok(table)
            }
        }
        deserializer.deserialize_map(TableVisitor)
    }
}

struct Vars(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Vars {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct VarsVisitor;
        impl<'de> Visitor<'de> for VarsVisitor {
            type Value = Vars;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vars, A::Error> {
                let mut vars = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    vars.push(entry);
                }
                Ok(Vars(vars))
            }
        }
        deserializer.deserialize_map(VarsVisitor)
    }
}

struct Secrets(Vec<(Spanned<String>, Spanned<Value>)>);

impl<'de> Deserialize<'de> for Secrets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SecretsVisitor;
        impl<'de> Visitor<'de> for SecretsVisitor {
            type Value = Secrets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Secrets, A::Error> {
                let mut secrets = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    secrets.push(entry);
                }
                Ok(Secrets(secrets))
            }
        }
        deserializer.deserialize_map(SecretsVisitor)
    }
}
