//! A JSON object a line, with the keys of a table's columns: `name`, `address`, `port`, `protocol`, the others variables.

use serde_json::{Map, Value as Json};
use wigwag_protocol::protocol::FileError;

use super::{json_error, setting_at};
use crate::inventory::Value;
use crate::inventory::builder::Builder;
use crate::inventory::error::at;

pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), FileError> {
    builder.expect_hosts(text.lines().count());
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let object = line.trim();
        if !object.is_empty() {
            let start = start + line.len() - line.trim_start().len();
            one(object, start, builder)?;
        }
        start += line.len();
    }
    Ok(())
}

fn one(object: &str, start: usize, builder: &mut Builder) -> Result<(), FileError> {
    let moved = |error: FileError| {
        let at = error.at.map(|at| at.start + start..at.end + start);
        FileError { at, ..error }
    };
    let whole = start..start + object.len();
    let entries: Map<String, Json> = serde_json::from_str(object).map_err(|error| moved(json_error(object, &error)))?;
    let name = match entries.get("name") {
        Some(Json::String(name)) => name,
        Some(_) => return Err(at(whole, "the name of a host is a text")),
        None => return Err(at(whole, "a host without a `name`")),
    };
    let host = builder.host(name).map_err(|message| at(whole.clone(), message))?;
    for (key, value) in &entries {
        let value = Value::from_json(value);
        let taken = match key.as_str() {
            "name" => Ok(()),
            "address" | "port" | "protocol" if value == Value::Null => Ok(()),
            "address" | "port" | "protocol" => builder.set(host, key, &value),
            _ => builder.variable(host, key, value),
        };
        taken.map_err(|error| setting_at(whole.clone(), error))?;
    }
    Ok(())
}
