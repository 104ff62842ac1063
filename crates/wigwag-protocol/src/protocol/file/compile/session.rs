//! `[session]`: what happens around commands.

use std::time::Duration;

use super::frame::options;
use super::layouts::{Layouts, Learnable};
use super::{At, Context, Result, auth, has_part, login};
use crate::layout::{Encoding, Layout};
use crate::protocol::file::raw::{AfterSendWord, AutoTable, File, FinishWord, Wait};
use crate::protocol::{AfterSend, AutoAnswer, Case, Command, Finish, Form, SessionRules};

/// What the device says first.
pub(super) fn greeting(file: &File, encoding: Encoding) -> Result<Option<Form>> {
    let Some(greeting) = &file.session.greeting else { return Ok(None) };
    let nothing = Learnable::default();
    let layouts = Layouts { options: options(encoding, file.response.max, None), coding: None, learnable: &nothing };
    let case = |source| Ok(Case { layout: layouts.frame(source)?, when: None });
    let cases = greeting.all().iter().map(case).collect::<Result<Vec<_>>>()?;
    Ok((!cases.is_empty()).then(|| Form::of_cases(cases)))
}

/// All of it.
pub(super) fn rules(context: &Context<'_>, commands: &[Command], greeting: Option<Form>) -> Result<SessionRules> {
    let table = &context.file.session;
    Ok(SessionRules {
        greeting,
        login: login::steps(context, commands)?,
        auth: table.auth.as_ref().map(|source| auth::auth(context, source)).transpose()?,
        auto: table.auto.iter().flatten().map(|table| auto(context, table)).collect::<Result<_>>()?,
        after_send: match table.after_send {
            None | Some(AfterSendWord::Open) => AfterSend::Open,
            Some(AfterSendWord::Fin) => AfterSend::Fin,
        },
        finish: match table.finish {
            None | Some(FinishWord::Close) => Finish::Close,
            Some(FinishWord::Keep) => Finish::Keep,
        },
        gap: table.gap.map_or(Duration::ZERO, |Wait(gap)| gap),
        connections: table.connections.as_ref().map(connections).transpose()?,
    })
}

fn connections(said: &At<i64>) -> Result<usize> {
    let number = usize::try_from(said.value).ok().filter(|number| *number > 0);
    number.ok_or_else(|| said.fault("a device takes at least 1 connection"))
}

fn auto(context: &Context<'_>, table: &AutoTable) -> Result<AutoAnswer> {
    let on = match context.response.form {
        Some(_) => context.response.layouts.body(&table.on)?,
        None => context.response.layouts.whole_frame(&table.on, "on", "response")?,
    };
    let send = match context.request.form {
        Some(_) => context.request.layouts.body(&table.send)?,
        None => context.request.layouts.request(&table.send)?,
    };
    let frames = context.response.form.iter().flat_map(|form| form.layouts());
    let known: Vec<&Layout> = frames.chain([&on]).collect();
    let is_unknown = |part: &&str| !known.iter().any(|layout| has_part(layout, part));
    let around = context.request.form.iter().flat_map(|form| form.wanted()).filter(|part| *part != "body");
    if let Some(part) = send.wanted().chain(around).find(is_unknown) {
        let fault =
            table.send.fault_at_part(part, format!("nothing fills `{part}`: what is answered has no such part"));
        return Err(fault.suggesting(part, known.iter().flat_map(|layout| layout.names())));
    }
    Ok(AutoAnswer { on, send })
}
