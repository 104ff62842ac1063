//! What a command's answer looks like.

use std::sync::Arc;

use super::frame::{Half, inherited};
use super::{At, Context, Result, condition};
use crate::layout::Layout;
use crate::protocol::file::raw::{CommandTable, NotOneReply, ReplyKey, TextOr};
use crate::protocol::{Case, Form, Reply};

/// The answer of one command.
pub(super) struct Answer {
    pub(super) responses: Vec<Arc<Form>>,
    pub(super) reply: Reply,
    pub(super) reply_is_frame: bool,
}

pub(super) fn answer(context: &Context<'_>, name: &At<String>, table: &CommandTable) -> Result<Answer> {
    let Some(own) = &table.response else { return answer_in(&context.response, context, name, table) };
    let keys = inherited(own, &context.file.response);
    let half = Half::of_responses(&keys, context.encoding, context.learnable)?;
    answer_in(&half, context, name, table)
}

fn answer_in(half: &Half<'_>, context: &Context<'_>, name: &At<String>, table: &CommandTable) -> Result<Answer> {
    let sources = table.reply.as_ref().map_or(&[][..], ReplyKey::layouts);
    let layouts = match &half.form {
        Some(form) => sources.iter().map(|source| body(half, form, source)).collect::<Result<Vec<_>>>()?,
        None => sources
            .iter()
            .map(|source| half.layouts.whole_frame(source, "reply", "response"))
            .collect::<Result<Vec<_>>>()?,
    };
    let responses = match &half.form {
        Some(form) => vec![form.clone()],
        None => frames(half, context, name, table, &layouts)?,
    };
    let reply = reply(name, table, layouts, &responses)?;
    Ok(Answer { responses, reply, reply_is_frame: half.form.is_none() })
}

/// A layout that stands in the frame's body.
fn body(half: &Half<'_>, form: &Form, source: &At<String>) -> Result<Layout> {
    if !source.value.trim().is_empty() && !form.layouts().any(|layout| layout.takes("body")) {
        return Err(source.fault("the response layout has no part `body` in which this could stand"));
    }
    half.layouts.body(source)
}

/// Each reply is a frame of its own; a no, an event or a sign of progress may come in its place.
fn frames(
    half: &Half<'_>,
    context: &Context<'_>,
    name: &At<String>,
    table: &CommandTable,
    replies: &[Layout],
) -> Result<Vec<Arc<Form>>> {
    if table.reply.is_none() {
        return Err(name
            .fault(format!("nothing says how the answer of `{}` ends", name.value))
            .with_help("give it a `reply` (`false` where none comes), or the file a [response] with a `layout`"));
    }
    let beside = &context.class_frames;
    if replies.is_empty() && !beside.is_empty() {
        return Ok(vec![Arc::new(half.form_of(beside.clone()))]);
    }
    let form = |reply: &Layout| {
        let own = Case { layout: reply.clone(), when: None };
        Arc::new(half.form_of(std::iter::once(own).chain(beside.iter().cloned()).collect()))
    };
    Ok(replies.iter().map(form).collect())
}

fn reply(name: &At<String>, table: &CommandTable, mut layouts: Vec<Layout>, responses: &[Arc<Form>]) -> Result<Reply> {
    let Some(until) = &table.until else {
        return Ok(match &table.reply {
            None => Reply::Any,
            Some(TextOr::Other(At { value: NotOneReply::Nothing, .. })) => Reply::Nothing,
            Some(TextOr::Text(_) | TextOr::Other(_)) => Reply::Frames(layouts),
        });
    };
    match layouts.pop().filter(|_| layouts.is_empty()) {
        Some(layout) => {
            let frames = responses.iter().flat_map(|form| form.layouts());
            let known: Vec<&Layout> = std::iter::once(&layout).chain(frames).collect();
            let condition = condition::condition(until, &known)?;
            Ok(Reply::Until(layout, condition))
        }
        None => {
            Err(until
                .fault(format!("`until` needs one `reply`, which each frame of the answer of `{}` fits", name.value)))
        }
    }
}
