//! Inventories: what files say, and which hosts are meant.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod anything;
mod findings;
mod formats;
mod precedence;
mod selecting;
mod toml;

use std::path::Path;

use wigwag_fleet::inventory::{Format, Inventory, Selector};

/// An inventory of our own form.
fn toml(text: &str) -> Inventory {
    Inventory::parse(text, Format::Toml, Path::new("hosts.toml")).unwrap()
}

/// The names that an expression means, with blanks between them, or what is wrong with it.
fn names(inventory: &Inventory, targets: &str) -> String {
    selected(inventory, &Selector { targets: Some(targets.to_owned()), ..Selector::default() })
}

fn selected(inventory: &Inventory, selector: &Selector) -> String {
    match inventory.select(selector) {
        Ok(selection) => {
            let names: Vec<String> = selection.hosts().map(|host| host.name().to_owned()).collect();
            assert_eq!(selection.count(), names.len() as u64);
            assert!(names.iter().all(|name| selection.contains(name)), "{names:?}");
            names.join(" ")
        }
        Err(error) => format!("error: {error}"),
    }
}
