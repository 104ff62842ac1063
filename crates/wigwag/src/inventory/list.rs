//! `wigwag inventory list`: the names of hosts.

use std::io::{self, Write};

use serde_json::json;
use wigwag_fleet::inventory::Selection;
use wigwag_fleet::targets::fold;
use wigwag_protocol::bytes::display::escape_str;

use crate::cli::Form;
use crate::report::safe_json;

pub(super) fn list(selection: &Selection, folded: bool, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let mut names = selection.hosts().map(|host| host.name().to_owned());
    match (folded, form) {
        (true, _) => writeln!(out, "{}", escape_str(&fold(names))),
        (false, Form::Text) => names.try_for_each(|name| writeln!(out, "{}", escape_str(&name))),
        (false, Form::Json) => {
            let names: Vec<String> = names.collect();
            let object = json!({ "v": 1, "count": names.len(), "folded": fold(&names), "hosts": names });
            writeln!(out, "{}", safe_json(&object.to_string()))
        }
    }
}
