//! From arguments to hosts.

use std::path::PathBuf;

use wigwag_fleet::inventory::{Inventory, InventoryError, SelectError, Selection, Selector};
use wigwag_fleet::targets::TargetError;
use wigwag_protocol::protocol::FileError;

use crate::cli::WhichArgs;
use crate::problem::Problem;

/// What the files say.
pub(super) fn read(paths: &[&PathBuf]) -> Result<Inventory, Problem> {
    Inventory::read(paths)
        .map_err(|InventoryError { path, text, error }| Problem::in_file(&path.display().to_string(), &text, error))
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
    let exclude = which.exclude_file.as_ref().map(|path| {
        let text = std::fs::read_to_string(path);
        text.map_err(|error| Problem::usage(format!("{}: {}", path.display(), wigwag_net::cause::words(&error))))
    });
    let selector = Selector {
        targets: which.targets.clone(),
        condition: which.condition.clone(),
        exclude: exclude.transpose()?,
        sample: which.sample,
        any_target: which.any_target,
    };
    inventory.select(&selector).map_err(|error| match error {
        SelectError::Targets(error) => targets(selector.targets.as_deref().unwrap_or_default(), error),
        SelectError::Condition(error) => {
            let text = selector.condition.as_deref().unwrap_or_default();
            Problem::marked("--where", text, error.at, error.message, error.help)
        }
        SelectError::Exclude(TargetError { at, message, help }) => {
            let path = which.exclude_file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
            let text = selector.exclude.as_deref().unwrap_or_default();
            Problem::in_file(&path, text, FileError { message, help, at: Some(at) })
        }
        SelectError::Nothing { message, help } => match help {
            Some(help) => Problem::usage(message).with_help(help),
            None => Problem::usage(message),
        },
    })
}

/// What is wrong with an expression.
pub(super) fn targets(text: &str, error: TargetError) -> Problem {
    Problem::marked("TARGETS", text, error.at, error.message, error.help)
}
