//! `wigwag inventory show`: all that is known of hosts, and who says so.

use std::io::{self, Write};

use serde_json::{Value as Json, json};
use wigwag_fleet::inventory::{Explained, Host, Selection};
use wigwag_protocol::bytes::display::escape_str;

use crate::cli::Form;
use crate::report::safe_json;

pub(super) fn show(selection: &Selection, form: Form, out: &mut dyn Write) -> io::Result<()> {
    for (number, host) in selection.hosts().enumerate() {
        match form {
            Form::Text => {
                if number > 0 {
                    writeln!(out)?;
                }
                page(&host, out)?;
            }
            Form::Json => writeln!(out, "{}", safe_json(&object(&host).to_string()))?,
        }
    }
    Ok(())
}

fn page(host: &Host, out: &mut dyn Write) -> io::Result<()> {
    let groups: Vec<&str> = host.groups().collect();
    writeln!(out, "{}", escape_str(host.name()))?;
    if !groups.is_empty() {
        writeln!(out, "  in {}", escape_str(&groups.join(", ")))?;
    }
    if !host.is_known() {
        writeln!(out, "  in no inventory; the defaults are for it, too")?;
    }
    table("settings", &host.explained_settings(), out)?;
    table("variables", &host.explained_vars(), out)
}

fn table(title: &str, rows: &[Explained], out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {title}")?;
    let shown: Vec<[String; 3]> = rows
        .iter()
        .map(|row| [&row.key, &row.value, &row.origin.to_string()].map(|text| escape_str(text).to_string()))
        .collect();
    let width = |column: usize| {
        let cells = shown.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let (keys, values) = (width(0), width(1));
    for [key, value, origin] in &shown {
        writeln!(out, "    {key:<keys$}  {value:<values$}  ({origin})")?;
    }
    Ok(())
}

fn object(host: &Host) -> Json {
    let rows = |rows: Vec<Explained>| -> Json {
        let row = |row: &Explained| json!({ "name": row.key, "value": row.value, "from": row.origin.to_string() });
        rows.iter().map(row).collect()
    };
    json!({
        "v": 1,
        "name": host.name(),
        "known": host.is_known(),
        "groups": host.groups().collect::<Vec<_>>(),
        "settings": rows(host.explained_settings()),
        "variables": rows(host.explained_vars()),
    })
}
