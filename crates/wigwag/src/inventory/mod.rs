//! `wigwag inventory`: which hosts there are, what is known of them, and what is odd.
//!
//! | file | what it does |
//! |---|---|
//! | `which` | from arguments to hosts |
//! | `census` | how many there are |
//! | `list` | names |
//! | `show` | all that is known of a host |
//! | `graph` | the groups as a tree |
//! | `fold` | names as ranges and back |
//! | `check` | what is odd |
//! | `ansible` | the JSON that Ansible takes from an inventory program |

mod ansible;
pub(crate) mod census;
mod check;
mod fold;
mod graph;
mod list;
mod show;
pub(crate) mod which;

use std::io::{self, BufWriter, Write};

use wigwag_fleet::inventory::Inventory;

use crate::cli::{InventoryArgs, InventoryCommand};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report;

pub(crate) fn run(arguments: InventoryArgs) -> Result<Exit, Problem> {
    arguments.standard_input().check()?;
    let inventory = which::read(&arguments.files())?;
    let Some(command) = arguments.command else {
        return for_ansible(&inventory, arguments.list, arguments.host.as_deref());
    };
    match command {
        InventoryCommand::List { which, fold, output, .. } => {
            let selection = which::select(&inventory, &which)?;
            print(|out| list::list(&selection, fold, output, out))
        }
        InventoryCommand::Show { which, output, .. } => {
            let selection = which::select(&inventory, &which)?;
            print(|out| show::show(&selection, output, out))
        }
        InventoryCommand::Graph { group, .. } => {
            let tree = graph::graph(&inventory, group.as_deref())?;
            print(|out| out.write_all(tree.as_bytes()))
        }
        InventoryCommand::Fold { words, .. } => {
            let names = fold::Names::new(&inventory, &words)?;
            print(|out| names.fold(out))
        }
        InventoryCommand::Expand { words, .. } => {
            let names = fold::Names::new(&inventory, &words)?;
            print(|out| names.expand(out))
        }
        InventoryCommand::Check { which, no_resolve, output, .. } => {
            let selection = which::select(&inventory, &which)?;
            let report = check::check(&inventory, &selection, no_resolve)?;
            print(|out| report.print(output, out))?;
            Ok(report.exit())
        }
    }
}

fn for_ansible(inventory: &Inventory, list: bool, host: Option<&str>) -> Result<Exit, Problem> {
    if !list && host.is_none() {
        return Err(Problem::usage("what about the inventory? list, show, graph, fold, expand or check it")
            .with_help("`wigwag inventory --help` shows each in use"));
    }
    which::needed(inventory)?;
    match host {
        Some(host) => print(|out| writeln!(out, "{}", ansible::host(inventory, host))),
        None => print(|out| writeln!(out, "{}", ansible::list(inventory))),
    }
}

/// What is written goes to standard output, up to where its reader had enough.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<Exit, Problem> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    write(&mut stdout).and_then(|()| stdout.flush()).or_else(report::unless_closed)?;
    Ok(Exit::Ok)
}
