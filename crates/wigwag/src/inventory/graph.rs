//! `wigwag inventory graph`: the groups as a tree, as `ansible-inventory --graph` draws it, but with hosts as ranges.

use std::fmt::Write as _;

use wigwag_fleet::inventory::{Group, Inventory};
use wigwag_fleet::targets::fold;
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::layout::nearest;

use super::which;
use crate::problem::Problem;

pub(super) fn graph(inventory: &Inventory, group: Option<&str>) -> Result<String, Problem> {
    which::needed(inventory)?;
    let mut tree = String::new();
    match group.map(|name| name.strip_prefix('@').unwrap_or(name)).filter(|name| *name != "all") {
        None => {
            tree += "@all:\n";
            let ungrouped = inventory.ungrouped();
            if !ungrouped.is_empty() {
                tree += "  |--@ungrouped:\n";
                hosts(ungrouped, 2, &mut tree);
            }
            inventory.groups().filter(|group| group.is_outermost()).for_each(|group| branch(group, 1, &mut tree));
        }
        Some(name) => branch(find(inventory, name)?, 0, &mut tree),
    }
    Ok(tree)
}

fn find<'i>(inventory: &'i Inventory, name: &str) -> Result<Group<'i>, Problem> {
    inventory.groups().find(|group| group.name() == name).ok_or_else(|| {
        let problem = Problem::usage(format!("no inventory has a group `{name}`"));
        match nearest(name, inventory.groups().map(Group::name)) {
            Some(near) => problem.with_help(format!("did you mean `{near}`?")),
            None => problem.with_help("`wigwag inventory graph` shows all"),
        }
    })
}

/// As deep as is drawn: nobody reads further.
const DEEPEST: usize = 32;

fn branch(group: Group<'_>, depth: usize, tree: &mut String) {
    line(&format!("@{}:", escape_str(group.name())), depth, tree);
    if depth >= DEEPEST {
        return line("...", depth + 1, tree);
    }
    group.children().for_each(|child| branch(child, depth + 1, tree));
    hosts(group.own_hosts(), depth + 1, tree);
}

fn hosts(names: Vec<String>, depth: usize, tree: &mut String) {
    for pattern in fold::patterns(names) {
        line(&escape_str(&pattern).to_string(), depth, tree);
    }
}

fn line(text: &str, depth: usize, tree: &mut String) {
    // Writing to memory cannot fail.
    let _ = match depth {
        0 => writeln!(tree, "{text}"),
        _ => writeln!(tree, "  {}|--{text}", "|  ".repeat(depth - 1)),
    };
}
