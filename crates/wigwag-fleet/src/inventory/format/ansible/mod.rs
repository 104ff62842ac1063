//! Ansible's own forms.

mod ini;
mod range;
mod words;
mod yaml;

pub(super) use ini::read as ini;
pub(super) use yaml::read as yaml;

use std::ops::Range;

use wigwag_protocol::protocol::FileError;

use crate::inventory::Value;
use crate::inventory::builder::{Builder, Owner};
use crate::inventory::error::at;
use crate::inventory::format::setting_at;
use crate::targets::Item;

/// A variable, and where its value stands.
type Variable = (String, Value, Range<usize>);

/// Takes hosts as Ansible writes them, `web[01:50].example:2222`, with the variables of each.
fn hosts(
    written: &str,
    place: &Range<usize>,
    group: Owner,
    vars: &[Variable],
    builder: &mut Builder,
) -> Result<(), FileError> {
    let (names, port) = split_port(written);
    for item in range::items(names).map_err(|message| at(place.clone(), message))? {
        let is_one = match &item {
            Item::Pattern(pattern) => pattern.as_name().is_some(),
            Item::Network(_) => false,
        };
        if vars.is_empty() && port.is_none() && !is_one {
            // A range stays one.
            builder.hosts(group, item).map_err(|message| at(place.clone(), message))?;
            continue;
        }
        let mut name = String::new();
        for number in 0..item.count() {
            name.clear();
            item.write(number, &mut name);
            let host = builder.host_in(group, &name).map_err(|message| at(place.clone(), message))?;
            if let Some(port) = port {
                let taken = builder.ansible_variable(host, "ansible_port", Value::Integer(port.into()));
                taken.map_err(|error| setting_at(place.clone(), error))?;
            }
            variables(vars, host, builder)?;
        }
    }
    Ok(())
}

fn variables(vars: &[Variable], owner: Owner, builder: &mut Builder) -> Result<(), FileError> {
    for (key, value, place) in vars {
        let taken = builder.ansible_variable(owner, key, value.clone());
        taken.map_err(|error| setting_at(place.clone(), error))?;
    }
    Ok(())
}

/// A host and the port behind it, which Ansible takes for that of ssh.
fn split_port(written: &str) -> (&str, Option<u16>) {
    let split = written.rsplit_once(':').and_then(|(host, port)| Some((host, port.parse().ok()?)));
    match split {
        // Neither an IPv6 address nor the inside of a range.
        Some((host, port))
            if !host.is_empty() && !host.contains("::") && host.matches('[').count() == host.matches(']').count() =>
        {
            match host.strip_prefix('[').and_then(|inside| inside.strip_suffix(']')) {
                Some(address) if address.contains(':') && !address.contains('[') => (address, Some(port)),
                Some(_) | None if is_ipv6(host) => (written, None),
                Some(_) | None => (host, Some(port)),
            }
        }
        _ => (written, None),
    }
}

/// Whether there are colons outside of brackets.
fn is_ipv6(host: &str) -> bool {
    let mut is_inside = false;
    host.chars().any(|c| {
        is_inside = (is_inside || c == '[') && c != ']';
        c == ':' && !is_inside
    })
}
