//! What an inventory program prints for `--list`: groups with hosts, children and variables, and `_meta.hostvars`.

use serde_json::{Map, Value as Json};
use wigwag_protocol::protocol::FileError;

use super::json_error;
use crate::inventory::Value;
use crate::inventory::builder::{Builder, Owner};
use crate::inventory::error::nowhere;
use crate::inventory::setting::SettingError;

pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    let groups: Map<String, Json> = serde_json::from_str(text).map_err(|error| json_error(text, &error))?;
    for (name, group) in &groups {
        match (name.as_str(), group) {
            ("_meta", meta) => host_variables(meta, builder)?,
            // The old form of a group is its list of hosts.
            (_, Json::Array(hosts)) => {
                let owner = builder.group(name);
                add_hosts(name, owner, hosts, builder)?;
            }
            (_, Json::Object(group)) => add_group(name, group, builder)?,
            (_, Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_)) => {
                return Err(nowhere(format!("`{name}` is no group: expected an object with hosts, children and vars")));
            }
        }
    }
    Ok(())
}

fn add_group(name: &str, group: &Map<String, Json>, builder: &mut Builder) -> Result<(), FileError> {
    let owner = builder.group(name);
    let list = |key: &str| match group.get(key) {
        None | Some(Json::Null) => Ok(&[][..]),
        Some(Json::Array(list)) => Ok(list.as_slice()),
        Some(_) => Err(nowhere(format!("the `{key}` of the group `{name}` are no list"))),
    };
    add_hosts(name, owner, list("hosts")?, builder)?;
    for child in list("children")? {
        let Json::String(child) = child else {
            return Err(nowhere(format!("the group `{name}` has a child that is no text")));
        };
        builder.child(owner, child).map_err(nowhere)?;
    }
    match group.get("vars") {
        None | Some(Json::Null) => Ok(()),
        Some(Json::Object(vars)) => add_variables(&format!("the group `{name}`"), owner, vars, builder),
        Some(_) => Err(nowhere(format!("the `vars` of the group `{name}` are no object"))),
    }
}

fn add_hosts(group: &str, owner: Owner, hosts: &[Json], builder: &mut Builder) -> Result<(), FileError> {
    for host in hosts {
        let Json::String(host) = host else {
            return Err(nowhere(format!("the group `{group}` has a host that is no text")));
        };
        builder.host_in(owner, host).map_err(nowhere)?;
    }
    Ok(())
}

fn host_variables(meta: &Json, builder: &mut Builder) -> Result<(), FileError> {
    let Some(hosts) = meta.get("hostvars").and_then(Json::as_object) else { return Ok(()) };
    for (name, vars) in hosts {
        let host = builder.host(name).map_err(nowhere)?;
        if let Json::Object(vars) = vars {
            add_variables(&format!("the host `{name}`"), host, vars, builder)?;
        }
    }
    Ok(())
}

fn add_variables(whose: &str, owner: Owner, vars: &Map<String, Json>, builder: &mut Builder) -> Result<(), FileError> {
    for (key, value) in vars {
        builder.ansible_variable(owner, key, Value::from_json(value)).map_err(|error| match error {
            SettingError::Key { message, help } | SettingError::Value { message, help } => {
                FileError { help, ..nowhere(format!("{whose}: {message}")) }
            }
        })?;
    }
    Ok(())
}
