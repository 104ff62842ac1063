//! `wigwag protocol`: what there is, what it says, what bytes mean in it.
//!
//! | file | what it does |
//! |---|---|
//! | `list` | all protocols that have a name |
//! | `show/` | one of them as a manual page |
//! | `explain/` | captured bytes, part by part |
//! | `new/` | a start of a file, with framing proposed from captured frames |
//! | `check/` | whether a file says what it means to say |
//! | `help` | `wigwag send HOST --protocol P --help` |

mod check;
mod explain;
mod help;
mod list;
mod new;
mod show;

use std::io::{self, Write};

use wigwag_protocol::protocol;

use crate::cli::{Form, ProtocolCommand, SendHelp};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::protocols;
use crate::report;

pub(crate) fn run(command: ProtocolCommand) -> Result<Exit, Problem> {
    match command {
        ProtocolCommand::List { output } => print(list::list(output)?),
        ProtocolCommand::Show { protocol, command, output } => {
            print(show::show(&protocol, command.as_deref(), output)?)
        }
        ProtocolCommand::Explain(arguments) => {
            let (explained, exit) = explain::explain(&arguments)?;
            print(explained)?;
            Ok(exit)
        }
        ProtocolCommand::New { from_hex } => print(new::start(from_hex.as_deref())?),
        ProtocolCommand::Check { protocol, output } => {
            let report = check::check(&protocols::find(&protocol)?)?;
            let mut page = Vec::new();
            let printed = match output {
                Form::Text => report.text(&mut page),
                Form::Json => report.json(&mut page),
            };
            printed.or_else(report::unless_closed)?;
            print(String::from_utf8_lossy(&page).into_owned())?;
            Ok(report.exit())
        }
        ProtocolCommand::Schema => print(protocol::schema()),
    }
}

/// `wigwag send HOST --protocol P --help`
pub(crate) fn send_help(asked: &SendHelp) -> Result<Exit, Problem> {
    print(help::help(asked)?)
}

/// A page is written as a whole, or up to where its reader had enough.
fn print(page: String) -> Result<Exit, Problem> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(page.as_bytes()).and_then(|()| stdout.flush()).or_else(report::unless_closed)?;
    Ok(Exit::Ok)
}
