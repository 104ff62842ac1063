//! `[class]`: what frames are beside answers.

use std::ops::Range;

use super::{At, Context, Fault, Half, Result, condition};
use crate::layout::{Layout, Value};
use crate::protocol::file::raw::{
    BodyTable, Busy as BusyKey, ClassEntry, ErrorEntry, ErrorTable, File, TextOr, Written,
};
use crate::protocol::{Busy, Case, Class, Classes, Command, ErrorClass, Form};

/// The layout and the condition of one class.
struct Keys<'f> {
    body: Option<&'f At<String>>,
    when: Option<&'f At<String>>,
    at: &'f Range<usize>,
}

impl<'f> Keys<'f> {
    fn of(entry: &'f ClassEntry) -> Self {
        match entry {
            TextOr::Text(body) => Self { body: Some(body), when: None, at: &body.at },
            TextOr::Other(At { value: BodyTable { body, when }, at }) => {
                Self { body: body.as_ref(), when: when.as_ref(), at }
            }
        }
    }

    fn of_error(entry: &'f ErrorEntry) -> Self {
        match entry {
            TextOr::Text(body) => Self { body: Some(body), when: None, at: &body.at },
            TextOr::Other(At { value: ErrorTable { body, when, .. }, at }) => {
                Self { body: body.as_ref(), when: when.as_ref(), at }
            }
        }
    }
}

/// The classes that are frames by themselves, where the file says nothing of what is around them: a no first.
pub(super) fn frames(file: &File, response: &Half<'_>) -> Vec<Case> {
    if response.form.is_some() {
        return Vec::new();
    }
    let errors = file.class.error.iter().map(Keys::of_error);
    let others = file.class.progress.iter().chain(&file.class.event).map(Keys::of);
    let frame = |keys: Keys<'_>| {
        let layout = Layout::frame(&keys.body?.value, &response.layouts.options).ok()?;
        // Where the condition is on something else, or wrong, the class itself says so.
        let when = keys.when.and_then(|when| condition::condition(when, &[&layout]).ok());
        Some(Case { layout, when })
    };
    errors.chain(others).filter_map(frame).collect()
}

/// All classes of the file; `response` is what any of its answers looks like.
pub(super) fn classes(context: &Context<'_>, commands: &[Command], response: &Form) -> Result<Classes> {
    let own = commands.iter().filter(|command| !command.reply_is_frame).flat_map(|command| &command.responses);
    let frames: Vec<&Layout> = response.layouts().chain(own.flat_map(|form| form.layouts())).collect();
    let table = &context.file.class;
    let class = |entry| class(context, &frames, &Keys::of(entry));
    Ok(Classes {
        event: table.event.iter().map(class).collect::<Result<_>>()?,
        progress: table.progress.iter().map(class).collect::<Result<_>>()?,
        error: table.error.iter().map(|entry| error(context, &frames, entry)).collect::<Result<_>>()?,
    })
}

fn class(context: &Context<'_>, frames: &[&Layout], keys: &Keys<'_>) -> Result<Class> {
    let body = keys.body.map(|source| body(context, frames, source)).transpose()?;
    let known: Vec<&Layout> = body.iter().chain(frames.iter().copied()).collect();
    let when = keys.when.map(|when| condition::condition(when, &known)).transpose()?;
    match (&body, &when) {
        (None, None) => Err(Fault::at(keys.at, "a class without `body` and `when` would be every frame")),
        _ => Ok(Class { body, when }),
    }
}

fn body(context: &Context<'_>, frames: &[&Layout], source: &At<String>) -> Result<Layout> {
    if context.response.form.is_some() && !frames.iter().any(|frame| frame.takes("body")) {
        return Err(source.fault("the response layout has no part `body` in which this could stand"));
    }
    context.response.layouts.body(source)
}

fn error(context: &Context<'_>, frames: &[&Layout], entry: &ErrorEntry) -> Result<ErrorClass> {
    let class = class(context, frames, &Keys::of_error(entry))?;
    let mut error = ErrorClass { class, texts: Vec::new(), busy: Busy::Never, refuses_login: false };
    let TextOr::Other(At { value: table, .. }) = entry else { return Ok(error) };
    error.refuses_login = table.login;
    for (written, text) in table.text.iter() {
        let value = Value::Text(written.value.clone());
        error.texts.push((code(&error.class, written, value)?, text.clone()));
    }
    error.busy = match &table.busy {
        None | Some(BusyKey::All(false)) => Busy::Never,
        Some(BusyKey::All(true)) => Busy::Always,
        Some(BusyKey::Codes(codes)) => {
            let codes = codes.iter().map(|written| {
                let Written(value) = &written.value;
                code(&error.class, written, value.clone())
            });
            Busy::Codes(codes.collect::<Result<_>>()?)
        }
    };
    Ok(error)
}

/// A code as the part `code` of this class would tell it. Keys are always texts, so that a number may be written as one.
fn code<T>(class: &Class, written: &At<T>, value: Value) -> Result<Value> {
    let Some(part) = class.body.as_ref().and_then(|body| body.parameter("code")) else {
        return Err(written.fault("this class has no part `code` that could be this"));
    };
    let number = match &value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) => number(text),
        Value::Float(_) | Value::Bytes(_) | Value::Name(_) | Value::Bits(..) | Value::List(_) | Value::Record(_) => {
            None
        }
    };
    let code = match (number.filter(|_| part.is_number()), value) {
        // A number without a name may come all the same.
        (Some(number), _) if part.range().is_none_or(|(least, most)| (least..=most).contains(&number)) => {
            Ok(part.as_decoded(&Value::Integer(number)))
        }
        (_, Value::Text(text)) => part.read(&text),
        (_, value) => part.check(&value).map(|()| value),
    };
    code.map_err(|problem| written.fault(format!("`code` is never this: {problem}")))
}

/// `13` or `0x0D`.
fn number(text: &str) -> Option<i128> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}
