//! `[[example]]`: exchanges that are known byte for byte. Here they are read; whether they hold is for others to find out.

use std::sync::Arc;

use super::{At, Context, Result, bytes, value};
use crate::layout::{Context as Known, Fields, Layout, Value};
use crate::protocol::file::raw::{ErrorKey, ExampleTable, FieldsKey, Ordered, Texts, Written};
use crate::protocol::{Command, Example, Expected, Form};

/// All examples of the file; `request` is what any of its requests looks like.
pub(super) fn examples(context: &Context<'_>, commands: &[Arc<Command>], request: &Form) -> Result<Vec<Example>> {
    let tables = context.file.example.iter();
    tables.map(|table| example(context, commands, request, table)).collect()
}

fn example(
    context: &Context<'_>,
    commands: &[Arc<Command>],
    request: &Form,
    table: &At<ExampleTable>,
) -> Result<Example> {
    let ExampleTable { about, command, body, params, send, recv, fields, error, greeting, secrets } = &table.value;
    let command = command.as_ref().map(|name| named(name, commands)).transpose()?;
    let body = match (body, &command) {
        (Some(body), Some(command)) => {
            return Err(body.fault(format!("the body is what `{}` says: it is not given", command.name)));
        }
        (None, None) if !commands.is_empty() => {
            return Err(table.fault("an example shows a `command` or a `body`"));
        }
        (Some(body), None) => Some(self::body(context, request, body)?),
        (None, _) => None,
    };
    let params = self::params(params, command.as_deref(), request)?;
    let wire = |texts: Option<&Texts>| texts.map_or(Ok(Vec::new()), bytes::literals_or_hex);
    Ok(Example {
        about: about.clone(),
        command,
        body,
        params,
        greeting: wire(greeting.as_ref())?,
        secrets: placed_values(secrets),
        send: wire(Some(send))?,
        recv: wire(recv.as_ref())?,
        expected: expected(fields.as_ref(), error.as_ref())?,
        at: table.at.clone(),
    })
}

fn named(name: &At<String>, commands: &[Arc<Command>]) -> Result<Arc<Command>> {
    let found = commands.iter().find(|command| *command.name == *name.value);
    found.cloned().ok_or_else(|| {
        let names = commands.iter().map(|command| &*command.name);
        name.fault(format!("there is no command `{}`", name.value)).suggesting(&name.value, names)
    })
}

/// A body's text as bytes.
fn body(context: &Context<'_>, request: &Form, text: &At<String>) -> Result<Vec<u8>> {
    if context.request.form.is_none() && context.file.command.iter().next().is_some()
        || !request.layouts().any(|layout| layout.takes("body"))
    {
        return Err(text.fault("the request has no part `body` in which this could stand"));
    }
    let layout = context.request.layouts.text()?;
    let fields = Fields::from([("body", Value::Text(text.value.clone()))]);
    let encoded = layout.encode(&fields, &Known::default()).map_err(|error| text.fault(error.to_string()))?;
    Ok(encoded.bytes)
}

/// The parameters of a command, or the values of the parts around a body.
fn params(table: &Ordered<At<Written>>, command: Option<&Command>, request: &Form) -> Result<Fields> {
    let of_frame = |name: &str| request.layouts().find(|layout| name != "body" && layout.takes(name));
    let known: Vec<&str> = match command {
        Some(command) => command.params.iter().map(|param| &*param.name).collect(),
        None => request.layouts().flat_map(Layout::names).filter(|name| of_frame(name).is_some()).collect(),
    };
    let mut params = Fields::new();
    for (name, written) in table.iter() {
        let layout = match command {
            Some(command) => command.layout_of(&name.value).filter(|_| command.param(&name.value).is_some()),
            None => of_frame(&name.value),
        };
        let Some(part) = layout.and_then(|layout| layout.parameter(&name.value)) else {
            let whose = command.map_or("the request".to_owned(), |command| format!("`{}`", command.name));
            let fault = name.fault(format!("{whose} has no parameter `{}`", name.value));
            return Err(fault.suggesting(&name.value, known));
        };
        let value = value::value(&part, &name.value, written)?;
        let rule = command.and_then(|command| command.param(&name.value)).map(|param| &param.rule);
        rule.map_or(Ok(()), |rule| rule.check_limits(&value))
            .map_err(|problem| written.fault(format!("`{}`: {problem}", name.value)))?;
        params.set(name.value.as_str(), value);
    }
    Ok(params)
}

fn expected(fields: Option<&FieldsKey>, error: Option<&At<ErrorKey>>) -> Result<Expected> {
    Ok(match (fields, error) {
        (Some(_), Some(error)) => return Err(error.fault("an answer with `fields` says yes: it has no `error`")),
        (None, Some(At { value: ErrorKey(told), .. })) => Expected::Error(told.clone()),
        (Some(FieldsKey::List(frames)), None) => Expected::List(frames.iter().map(values).collect()),
        (Some(FieldsKey::One(fields)), None) => Expected::Fields(values(fields)),
        (None, None) => Expected::Fields(Fields::new()),
    })
}

fn values(table: &Ordered<Written>) -> Fields {
    let mut fields = Fields::new();
    for (name, Written(value)) in table.iter() {
        fields.set(name.value.as_str(), value.clone());
    }
    fields
}

fn placed_values(table: &Ordered<At<Written>>) -> Fields {
    let mut fields = Fields::new();
    for (name, written) in table.iter() {
        fields.set(name.value.as_str(), written.value.0.clone());
    }
    fields
}
