//! `match = ["tid", "unit"]`: parts that tell whose answer a frame is.

use super::{At, Context, Result, has_part};
use crate::layout::Layout;
use crate::protocol::{Command, Form};

/// Whether each answer and its request have them.
pub(super) fn check(context: &Context<'_>, commands: &[Command], request: &Form) -> Result<()> {
    let shared = context.file.response.matches.as_deref().unwrap_or_default();
    if let Some(form) = context.response.form.as_ref().filter(|_| commands.is_empty()) {
        let (answer, request): (Vec<_>, Vec<_>) = (form.layouts().collect(), request.layouts().collect());
        shared.iter().try_for_each(|part| check_part(part, "", &answer, &request))?;
    }
    for (command, (_, table)) in commands.iter().zip(context.file.command.iter()) {
        let answer: Vec<&Layout> = command.responses.iter().flat_map(|form| form.layouts()).collect();
        let frames = command.request.iter().flat_map(|form| form.layouts());
        let request: Vec<&Layout> = frames.chain([&command.send]).collect();
        let own = table.response.as_ref().and_then(|own| own.matches.as_deref());
        let whose = format!(" of `{}`", command.name);
        // Where no answer comes, there is nothing to match.
        for part in own.unwrap_or(shared).iter().filter(|_| !answer.is_empty()) {
            check_part(part, &whose, &answer, &request)?;
        }
    }
    Ok(())
}

fn check_part(part: &At<String>, whose: &str, answer: &[&Layout], request: &[&Layout]) -> Result<()> {
    for (what, layouts) in [("answer", answer), ("request", request)] {
        if !layouts.iter().any(|layout| has_part(layout, &part.value)) {
            let names = layouts.iter().flat_map(|layout| layout.names());
            let fault = part.fault(format!("the {what}{whose} has no part `{}`", part.value));
            return Err(fault.suggesting(&part.value, names));
        }
    }
    Ok(())
}
