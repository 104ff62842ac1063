//! `[command.NAME]`: what a device can be told.

use std::sync::Arc;

use super::params::Parts;
use super::{At, Context, Result, name, params, reply, times, verify};
use crate::layout::Layout;
use crate::protocol::file::raw::{CommandTable, EffectWord};
use crate::protocol::{Command, Effect};

/// All commands of the file, in its order.
pub(super) fn commands(context: &Context<'_>) -> Result<Vec<Command>> {
    let tables = context.file.command.iter();
    let mut commands = tables.map(|(name, table)| command(context, name, table)).collect::<Result<Vec<_>>>()?;
    params::check_shared(context.file, &commands)?;
    verify::add(context, &mut commands)?;
    Ok(commands)
}

fn command(context: &Context<'_>, name: &At<String>, table: &CommandTable) -> Result<Command> {
    name::check(name)?;
    let send = send(context, name, table)?;
    let mut parts = Parts::new(&send, context.request.form.as_deref());
    let set = params::set(name, table, &parts)?;
    parts.settle(&set).map_err(|problem| name.fault(problem))?;
    let params = params::params(context.file, name, table, &parts, &set)?;
    let answer = reply::answer(context, name, table)?;
    Ok(Command {
        name: Arc::from(name.value.as_str()),
        about: table.about.clone(),
        effect: table.effect.map_or(Effect::default(), effect),
        declares_effect: table.effect.is_some(),
        hazard: table.hazard.clone(),
        verify: None,
        params,
        set,
        send,
        request: context.request.form.clone(),
        responses: answer.responses,
        reply: answer.reply,
        reply_is_frame: answer.reply_is_frame,
        times: times(context.times, &table.time)?,
    })
}

fn send(context: &Context<'_>, name: &At<String>, table: &CommandTable) -> Result<Layout> {
    let layouts = &context.request.layouts;
    match (&context.request.form, &table.send) {
        (Some(form), Some(source)) => {
            let has_body = form.layouts().any(|layout| layout.takes("body"));
            if !has_body && !source.value.trim().is_empty() {
                return Err(source.fault("the request layout has no part `body` in which this could stand"));
            }
            layouts.body(source)
        }
        (Some(_), None) => layouts.nothing(),
        (None, Some(source)) => layouts.whole_frame(source, "send", "request"),
        (None, None) => Err(name
            .fault(format!("nothing says what `{}` sends", name.value))
            .with_help("give it a `send`, or the file a [request] with a `layout`")),
    }
}

fn effect(word: EffectWord) -> Effect {
    match word {
        EffectWord::Read => Effect::Read,
        EffectWord::Idempotent => Effect::Idempotent,
        EffectWord::Once => Effect::Once,
    }
}
