//! From arguments to hosts.

use std::path::Path;

use wigwag_fleet::inventory::{Inventory, InventoryError, SelectError, Selection, Selector};
use wigwag_fleet::targets::TargetError;
use wigwag_protocol::protocol::FileError;

use crate::cli::{FilterArgs, HostsArgs, WhichArgs};
use crate::problem::Problem;

/// What the files say. Standard input is read where one of them is `-`.
pub(crate) fn read(paths: &[impl AsRef<Path>]) -> Result<Inventory, Problem> {
    Inventory::read(paths)
        .map_err(|InventoryError { path, text, error }| Problem::in_file(&path.display().to_string(), &text, error))
}

/// What chooses among the hosts. Reads the file of exclusions.
pub(crate) fn selector(targets: Option<String>, filter: &FilterArgs) -> Result<Selector, Problem> {
    let FilterArgs { condition, exclude_file, sample, any_target } = filter;
    let exclude = exclude_file.as_deref().map(|path| {
        let text = std::fs::read_to_string(path);
        text.map_err(|error| Problem::usage(format!("{}: {}", path.display(), wigwag_net::cause::words(&error))))
    });
    let (condition, exclude) = (condition.clone(), exclude.transpose()?);
    Ok(Selector { targets, condition, exclude, sample: *sample, any_target: *any_target })
}

/// Why no hosts could be chosen, with the place. The text of exclusions is that of `exclude_file`.
fn wrong(error: SelectError, selector: &Selector, exclude_file: Option<&Path>) -> Problem {
    let text = |text: &'_ Option<String>| text.clone().unwrap_or_default();
    match error {
        SelectError::Targets(error) => targets(&text(&selector.targets), error),
        SelectError::Condition(TargetError { at, message, help }) => {
            Problem::marked("--where", &text(&selector.condition), at, message, help)
        }
        SelectError::Exclude(TargetError { at, message, help }) => {
            let path = exclude_file.map(|path| path.display().to_string()).unwrap_or_default();
            Problem::in_file(&path, &text(&selector.exclude), FileError { message, help, at: Some(at) })
        }
        SelectError::Nothing { message, help: Some(help) } => Problem::usage(message).with_help(help),
        SelectError::Nothing { message, help: None } => Problem::usage(message),
    }
}

/// Some commands are about nothing without one.
pub(super) fn needed(inventory: &Inventory) -> Result<(), Problem> {
    match inventory.is_empty() {
        true => Err(Problem::usage("no inventory given").with_help("name its file: -i plant.toml")),
        false => Ok(()),
    }
}

/// The hosts that are meant.
pub(super) fn select(inventory: &Inventory, which: &WhichArgs) -> Result<Selection, Problem> {
    if which.targets.is_none() {
        needed(inventory)?;
    }
    choose(inventory, which.targets.as_deref(), &which.filter)
}

/// The hosts that are meant, of the inventories that are named with them.
pub(crate) fn hosts(targets: Option<&str>, hosts: &HostsArgs) -> Result<Selection, Problem> {
    choose(&read(&hosts.inventory)?, targets, &hosts.filter)
}

fn choose(inventory: &Inventory, targets: Option<&str>, filter: &FilterArgs) -> Result<Selection, Problem> {
    let selector = selector(targets.map(str::to_owned), filter)?;
    inventory.select(&selector).map_err(|error| wrong(error, &selector, filter.exclude_file.as_deref()))
}

/// What is wrong with an expression.
pub(super) fn targets(text: &str, error: TargetError) -> Problem {
    Problem::marked("TARGETS", text, error.at, error.message, error.help)
}
