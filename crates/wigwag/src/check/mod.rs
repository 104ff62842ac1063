//! `wigwag check`: can devices be reached, and how long does each phase take? Not a byte of a command is sent.
//!
//! | file | what it does |
//! |---|---|
//! | `hosts` | who is meant, and how each is connected to |
//! | `found` | what one check finds |
//! | `secured` | what TLS agreed on |
//! | `one`, `text` | one device, and how it is told to a person |
//! | `many`, `report` | several, and how they are told as they end |
//! | `turns` | one connection at a time to each device |
//! | `json` | the event that programs read |

mod found;
mod hosts;
mod json;
mod many;
mod one;
mod report;
mod secured;
mod text;
mod turns;

use crate::cli::{CheckArgs, StandardInput};
use crate::exit::Exit;
use crate::inventory::census::Census;
use crate::problem::Problem;
use hosts::{Hosts, Ways};

pub(crate) fn run(arguments: &CheckArgs) -> Result<Exit, Problem> {
    StandardInput::default().inventories(&arguments.hosts.inventory).check()?;
    let hosts = Hosts::of(arguments)?;
    let mut ways = Ways::new(arguments.connect.clone());
    let mut census = Census::default();
    // What is wrong with one of them is said before anybody is connected to.
    for host in hosts.iter() {
        census.count(&host, arguments.hosts.max_targets)?;
        ways.target(&host).map_err(|problem| hosts.problem_of(&host, problem))?;
    }
    match (census.targets, hosts.iter().next()) {
        (1, Some(host)) => one::check(&ways.target(&host)?, arguments),
        (_, Some(_)) => many::check(&hosts, ways, &census, arguments),
        (_, None) => Err(Problem::usage("no target is left; nothing was sent")),
    }
}
