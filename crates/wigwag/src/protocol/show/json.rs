//! The object, version 1. Keys may be added within a version, never changed.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::{Fields, Layout, one_line};
use wigwag_protocol::protocol::{
    Busy, Class, Command, ErrorClass, Example, Expected, Form, LoginStep, Param, Protocol, Reply, Times, Transport,
};

use super::{Shown, example, frames, protocol};
use crate::profile;
use crate::protocols::Origin;
use crate::report;

/// The protocol, or one command of it, as one object on one line.
pub(super) fn object(shown: &Shown, only: Option<&Arc<Command>>) -> String {
    let Shown { found, protocol } = shown;
    let path = match &found.origin {
        Origin::BuiltIn => None,
        Origin::File(path) => Some(path.display().to_string()),
    };
    let chosen = |command: &&Arc<Command>| only.is_none_or(|only| only == *command);
    let without_command = protocol.examples.iter().filter(|example| example.command.is_none() && only.is_none());
    let object = json!({
        "v": 1,
        "name": protocol.name,
        "title": protocol.title,
        "about": protocol.about,
        "source": protocol.source,
        "path": path,
        "port": protocol.port,
        "encoding": protocol.encoding.to_string(),
        "transport": match protocol.transport {
            Transport::Plain => "plain",
            Transport::Telnet => "telnet",
        },
        "session": session(protocol),
        "time_ms": times(&protocol.times),
        "request": (!protocol.commands_are_frames).then(|| form(&protocol.request)),
        "response": frames::answers_have_a_frame(protocol).then(|| form(&protocol.response)),
        "class": {
            "event": protocol.classes.event.iter().map(class).collect::<Vec<_>>(),
            "progress": protocol.classes.progress.iter().map(class).collect::<Vec<_>>(),
            "error": protocol.classes.error.iter().map(error).collect::<Vec<_>>(),
        },
        "commands": protocol.commands.iter().filter(chosen).map(|command| self::command(shown, command)).collect::<Vec<_>>(),
        "examples": without_command.map(|example| self::example(shown, example)).collect::<Vec<_>>(),
    });
    report::safe_json(&object.to_string()) + "\n"
}

fn session(protocol: &Protocol) -> Json {
    let rules = &protocol.session;
    let step = |step: &LoginStep| match step {
        LoginStep::Command(name) => json!({ "command": name }),
        LoginStep::Expect(layout) => json!({ "expect": source(layout) }),
        LoginStep::Send(layout) => json!({ "send": source(layout) }),
    };
    let auto = rules.auto.iter().map(|auto| json!({ "on": source(&auto.on), "send": source(&auto.send) }));
    json!({
        "greeting": rules.greeting.iter().flat_map(Form::layouts).map(source).collect::<Vec<_>>(),
        "login": rules.login.iter().map(step).collect::<Vec<_>>(),
        "auth": rules.auth.as_ref().map(protocol::digest),
        "auto": auto.collect::<Vec<_>>(),
        "after_send": rules.after_send.word(),
        "finish": rules.finish.word(),
        "gap_ms": rules.gap.as_millis() as u64,
        "connections": rules.connections,
    })
}

fn times(times: &Times) -> Json {
    let ms = |duration: std::time::Duration| duration.as_millis() as u64;
    json!({
        "connect": ms(times.connect),
        "first": ms(times.first),
        "idle": ms(times.idle),
        "total": ms(times.total),
    })
}

fn form(form: &Form) -> Json {
    let case = |case: &wigwag_protocol::protocol::Case| {
        json!({
            "layout": source(&case.layout),
            "when": case.when.as_ref().map(ToString::to_string),
            "max": case.layout.max(),
            "stuffed": case.layout.stuffed().map(|stuffed| stuffed.how),
        })
    };
    json!({
        "cases": form.cases.iter().map(case).collect::<Vec<_>>(),
        "skip": hex::encode(&form.skip),
        "echo": form.echo,
        "trim": form.trim,
        "match": form.matches.iter().map(|part| &**part).collect::<Vec<_>>(),
        "unsolicited": form.unsolicited,
    })
}

fn class(class: &Class) -> Json {
    json!({ "body": class.body.as_ref().map(source), "when": class.when.as_ref().map(ToString::to_string) })
}

fn error(error: &ErrorClass) -> Json {
    let texts: Map<String, Json> = error.texts.iter().map(|(code, text)| (report::value(code), json!(text))).collect();
    json!({
        "body": error.class.body.as_ref().map(source),
        "when": error.class.when.as_ref().map(ToString::to_string),
        "text": texts,
        "busy": match &error.busy {
            Busy::Never => json!([]),
            Busy::Always => json!(true),
            Busy::Codes(codes) => codes.iter().map(report::json_value).collect(),
        },
    })
}

fn command(shown: &Shown, command: &Arc<Command>) -> Json {
    let (protocol, own) = (&shown.protocol, |form: &&Arc<Form>| !Arc::ptr_eq(form, &shown.protocol.response));
    let examples = protocol.examples.iter().filter(|example| example.command.as_ref() == Some(command));
    json!({
        "name": &*command.name,
        "usage": profile::usage(command),
        "about": command.about,
        "effect": command.effect.word(),
        "effect_declared": command.declares_effect,
        "hazard": command.hazard,
        "verify": command.verify.as_ref().map(|verify| json!({
            "command": verify.command,
            "when": verify.when.as_ref().map(ToString::to_string),
        })),
        "params": command.params.iter().map(|param| self::param(command, param)).collect::<Vec<_>>(),
        "set": report::json_fields(&command.set),
        "send": source(&command.send),
        "reply": reply(command),
        "response": command.responses.iter().find(own).filter(|_| !command.reply_is_frame).map(|own| form(own)),
        "time_ms": times(&command.times),
        "examples": examples.map(|example| self::example(shown, example)).collect::<Vec<_>>(),
    })
}

/// `null` is any answer, `false` is none; else the layouts of its frames, and up to which they come.
fn reply(command: &Command) -> Json {
    let layouts: Vec<String> = command.reply.layouts().iter().map(source).collect();
    match &command.reply {
        Reply::Any => Json::Null,
        Reply::Nothing => json!(false),
        Reply::Frames(_) => json!({ "layouts": layouts, "until": null }),
        Reply::Until(_, until) => json!({ "layouts": layouts, "until": until.to_string() }),
    }
}

fn param(command: &Command, param: &Param) -> Json {
    let part = command.layout_of(&param.name).and_then(|layout| layout.parameter(&param.name));
    json!({
        "name": &*param.name,
        "about": param.rule.about,
        "takes": part.map(|part| param.takes(&part)),
        "choices": part.map(|part| part.choices()).unwrap_or_default(),
        "list": part.is_some_and(|part| part.is_list()),
        "min": param.rule.min.map(number),
        "max": param.rule.max.map(number),
        "default": param.rule.default.as_ref().map(report::json_value),
        "required": param.required,
        "secret": param.rule.secret,
    })
}

/// A whole number as one.
fn number(number: f64) -> Json {
    match number.fract() == 0.0 && number.abs() < 1e15 {
        true => json!(number as i64),
        false => json!(number),
    }
}

fn example(shown: &Shown, example: &Example) -> Json {
    let (fields, error) = match &example.expected {
        Expected::Fields(fields) => (report::json_fields(fields), Json::Null),
        Expected::List(frames) => (frames.iter().map(report::json_fields).collect(), Json::Null),
        Expected::Error(code) => (Json::Null, code.as_ref().map_or(json!(true), report::json_value)),
    };
    json!({
        "about": example.about,
        "line": example::command_line(shown, example),
        "params": params(example),
        "greeting": hex::encode(&example.greeting),
        "send": hex::encode(&example.send),
        "recv": hex::encode(&example.recv),
        "fields": fields,
        "error": error,
    })
}

fn params(example: &Example) -> Json {
    let Some(command) = &example.command else { return report::json_fields(&example.params) };
    let mut params = Fields::new();
    for (name, value) in example.params.iter() {
        // As it would come back: a named value by its name.
        let part = command.layout_of(name).and_then(|layout| layout.parameter(name));
        params.set(name, part.map_or_else(|| value.clone(), |part| part.as_decoded(value)));
    }
    report::json_fields(&params)
}

fn source(layout: &Layout) -> String {
    one_line(layout.source())
}
