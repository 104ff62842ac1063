//! What comes before the first command.

use super::frame::options;
use super::layouts::Layouts;
use super::{At, Context, Result};
use crate::layout::{Encoding, Layout};
use crate::protocol::file::raw::{File, LoginStep, TextOr};
use crate::protocol::{Command, LoginStep as Step};

/// What the device says meanwhile, in order.
pub(super) fn expected(file: &File, encoding: Encoding) -> Result<Vec<Layout>> {
    let options = options(encoding, file.response.max, None);
    let steps = file.session.login.iter().flatten();
    let expected = steps.filter_map(|step| match step {
        TextOr::Other(table) => table.value.expect.as_ref(),
        TextOr::Text(_) => None,
    });
    expected.map(|source| Layout::frame(&source.value, &options).map_err(|error| source.layout_fault(error))).collect()
}

/// All steps.
pub(super) fn steps(context: &Context<'_>, commands: &[Command]) -> Result<Vec<Step>> {
    let steps = context.file.session.login.iter().flatten();
    steps.map(|step| self::step(context, commands, step)).collect()
}

fn step(context: &Context<'_>, commands: &[Command], step: &LoginStep) -> Result<Step> {
    let table = match step {
        TextOr::Text(name) => return command(name, commands),
        TextOr::Other(table) => table,
    };
    // What goes over the wire here stands in no frame.
    let plain =
        |max| Layouts { options: options(context.encoding, max, None), coding: None, learnable: context.learnable };
    match (&table.value.expect, &table.value.send) {
        (Some(expect), None) => Ok(Step::Expect(plain(context.file.response.max).frame(expect)?)),
        (None, Some(send)) => {
            let layout = plain(context.file.request.max).request(send)?;
            if let Some(part) = layout.wanted().next() {
                return Err(send
                    .fault_at_part(part, format!("nothing fills `{part}`"))
                    .with_help("a login knows `greeting.PART`, `login.PART` and `secret.NAME`"));
            }
            Ok(Step::Send(layout))
        }
        (Some(expect), Some(_)) => Err(expect.fault("one step does one thing: `expect` or `send`")),
        (None, None) => Err(table.fault("one step does one thing: `expect` or `send`")),
    }
}

fn command(name: &At<String>, commands: &[Command]) -> Result<Step> {
    let Some(command) = commands.iter().find(|command| *command.name == *name.value) else {
        let names = commands.iter().map(|command| &*command.name);
        return Err(name.fault(format!("there is no command `{}`", name.value)).suggesting(&name.value, names));
    };
    match command.params.iter().find(|param| param.required) {
        Some(param) => {
            Err(name.fault(format!("`{}` needs `{}`, which nobody gives in a login", name.value, param.name)))
        }
        None => Ok(Step::Command(name.value.clone())),
    }
}
