//! How to find out whether a command took effect.

use super::{At, Context, Result, condition, has_part};
use crate::layout::Layout;
use crate::protocol::file::raw::{TextOr, VerifyKey};
use crate::protocol::{Command, Effect, Verify};

/// Adds it to the commands that say it. They may name each other, so it comes last.
pub(super) fn add(context: &Context<'_>, commands: &mut [Command]) -> Result<()> {
    for (index, (_, table)) in context.file.command.iter().enumerate() {
        if let (Some(key), Some(command)) = (&table.verify, commands.get(index)) {
            let verify = verify(command, key, commands)?;
            if let Some(command) = commands.get_mut(index) {
                command.verify = Some(verify);
            }
        }
    }
    Ok(())
}

fn verify(command: &Command, key: &VerifyKey, commands: &[Command]) -> Result<Verify> {
    let (name, when) = match key {
        TextOr::Text(name) => (name, None),
        TextOr::Other(table) => (&table.value.command, table.value.when.as_ref()),
    };
    if command.effect != Effect::Idempotent {
        return Err(name
            .fault(format!(
                "`{}` is not idempotent, so finding out whether it took effect would not help",
                command.name
            ))
            .with_help("if sending it twice is as good as once, say `effect = \"idempotent\"`"));
    }
    let Some(reader) = commands.iter().find(|command| *command.name == *name.value) else {
        let readers = commands.iter().filter(|command| command.effect == Effect::Read).map(|command| &*command.name);
        return Err(name.fault(format!("there is no command `{}`", name.value)).suggesting(&name.value, readers));
    };
    if reader.effect != Effect::Read {
        return Err(name
            .fault(format!("`{}` may change something: only a command that reads can verify", reader.name))
            .with_help("if it changes nothing, say `effect = \"read\"` there"));
    }
    check_params(command, reader, name)?;
    let answer = answer_layouts(reader);
    let when = when.map(|when| condition::condition(when, &answer)).transpose()?;
    // What the reading command is told as well says nothing when it comes back.
    let mut told = command.params.iter().filter(|param| reader.param(&param.name).is_none());
    if when.is_none() && !told.any(|param| answer.iter().any(|layout| has_part(layout, &param.name))) {
        return Err(name
            .fault(format!("no field in the answer of `{}` tells whether `{}` took effect", reader.name, command.name))
            .with_help(format!(
                "name one as a parameter of `{}` is, or say what must hold: {{ command = \"{}\", when = \"...\" }}",
                command.name, reader.name
            )));
    }
    Ok(Verify { command: name.value.clone(), when })
}

/// What the reading command needs is known from the command that it verifies.
fn check_params(command: &Command, reader: &Command, name: &At<String>) -> Result<()> {
    let is_known = |part: &str| command.param(part).is_some() || command.set.get(part).is_some();
    match reader.params.iter().find(|param| param.required && !is_known(&param.name)) {
        Some(param) => {
            Err(name.fault(format!("`{}` needs `{}`, which `{}` does not have", reader.name, param.name, command.name)))
        }
        None => Ok(()),
    }
}

fn answer_layouts(command: &Command) -> Vec<&Layout> {
    let frames = command.responses.iter().flat_map(|form| form.layouts());
    command.reply.layouts().iter().chain(frames).collect()
}
