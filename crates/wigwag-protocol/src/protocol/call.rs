//! A command with all that has been said of it: ready to be sent.

use std::sync::Arc;

use super::{Command, Effect, Form, Param, ParamRule, Protocol, Reply, Times};
use crate::layout::{Context, EncodeError, Encoded, Fields, Layout, Parameter, Then, Value, nearest};

/// One command to one device, with its values. Everything that can be wrong with them has been checked.
#[derive(Debug, Clone)]
pub struct Call {
    command: Option<Arc<Command>>,
    /// The values of the parts: parameters, what the command sets, and a body that was given as it is.
    fields: Fields,
    /// The frame around the body.
    request: Arc<Form>,
    responses: Vec<Arc<Form>>,
    reply: Reply,
    reply_is_frame: bool,
    effect: Effect,
    times: Times,
    /// The request, where it is always the same: written once, for all who are sent it.
    written: Option<(Arc<[u8]>, Then)>,
}

/// Why a command cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The protocol has no such command.
    #[error("the protocol {protocol} has no command `{name}`")]
    UnknownCommand {
        /// The protocol's name.
        protocol: String,
        /// What was asked for.
        name: String,
        /// The command that may have been meant.
        near: Option<String>,
    },
    /// The command has no such parameter.
    #[error("{command} has no parameter `{name}`")]
    UnknownParameter {
        /// The command's name, or `the request`.
        command: String,
        /// What was given.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A parameter has to be given.
    #[error("the parameter `{name}` is missing")]
    Missing {
        /// The parameter.
        name: String,
        /// What it takes.
        takes: String,
    },
    /// A parameter cannot be this.
    #[error("`{name}`: {problem}")]
    Invalid {
        /// The parameter.
        name: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// No body was given, and only a body says what is sent.
    #[error("no command was given")]
    NoBody,
    /// A body was given, and the request has no place for it.
    #[error("the request layout has no part `body` that could hold the command")]
    BodyHasNoPlace {
        /// The layout.
        layout: String,
    },
    /// The values cannot be written.
    #[error("the command cannot be sent: {0}")]
    Unencodable(#[from] EncodeError),
    /// There would be nothing to send.
    #[error("the command is empty: there is nothing to send")]
    Empty,
}

impl Protocol {
    /// The command of this name with these parameters.
    ///
    /// # Errors
    ///
    /// There is no such command, or it cannot be sent with them.
    pub fn call(&self, name: &str, params: Fields) -> Result<Call, CallError> {
        let command = self.command(name).ok_or_else(|| CallError::UnknownCommand {
            protocol: self.name.clone(),
            name: name.to_owned(),
            near: nearest(name, self.commands.iter().map(|command| &*command.name)).map(str::to_owned),
        })?;
        self.call_command(command, params)
    }

    /// This command of ours with these parameters.
    ///
    /// # Errors
    ///
    /// It cannot be sent with them.
    pub fn call_command(&self, command: &Arc<Command>, params: Fields) -> Result<Call, CallError> {
        let fields = command.fields(params)?;
        let call = Call {
            command: Some(command.clone()),
            fields,
            request: command.request.clone().unwrap_or_else(|| Arc::new(Form::of(command.send.clone()))),
            responses: command.responses.clone(),
            reply: command.reply.clone(),
            reply_is_frame: command.reply_is_frame,
            effect: command.effect,
            times: command.times,
            written: None,
        };
        call.check()
    }

    /// A body as it is, with values for the other parts of the request's frame. `None`: the frame has no body.
    ///
    /// # Errors
    ///
    /// It cannot be sent.
    pub fn call_body(&self, body: Option<Vec<u8>>, parts: Fields) -> Result<Call, CallError> {
        let wanted = self.request.wanted();
        let mut fields = Fields::new();
        for (name, value) in parts.iter() {
            let takes = self.request.layouts().any(|layout| layout.takes(name));
            if name == "body" || !takes {
                let known = wanted.iter().filter(|part| **part != "body").map(|part| (*part).to_owned()).collect();
                let command = "the request layout".to_owned();
                return Err(CallError::UnknownParameter { command, name: name.to_owned(), known });
            }
            fields.set(name, value.clone());
        }
        match body {
            Some(body) if wanted.contains(&"body") => fields.set("body", Value::Bytes(body)),
            Some(_) => return Err(CallError::BodyHasNoPlace { layout: self.request.source() }),
            None if wanted.contains(&"body") => return Err(CallError::NoBody),
            None => {}
        }
        if let Some(missing) = wanted.iter().find(|part| fields.get(part).is_none()) {
            let takes = self.request.layouts().find_map(|layout| layout.parameter(missing)).map(|part| part.describe());
            return Err(CallError::Missing { name: (*missing).to_owned(), takes: takes.unwrap_or_default() });
        }
        let call = Call {
            command: None,
            fields,
            request: self.request.clone(),
            responses: vec![self.response.clone()],
            reply: Reply::Any,
            reply_is_frame: false,
            effect: Effect::Once,
            times: self.times,
            written: None,
        };
        call.check()
    }
}

impl Command {
    /// All values of the request: what is given, else the default, and what the command sets.
    fn fields(&self, params: Fields) -> Result<Fields, CallError> {
        for (name, _) in params.iter() {
            if self.param(name).is_none() {
                return Err(CallError::UnknownParameter {
                    command: self.name.to_string(),
                    name: name.to_owned(),
                    known: self.params.iter().map(|param| param.name.to_string()).collect(),
                });
            }
        }
        let mut fields = self.set.clone();
        for param in &self.params {
            let layout = self.layout_of(&param.name);
            match params.get(&param.name).or(param.rule.default.as_ref()) {
                Some(value) => {
                    param.check(value, layout)?;
                    fields.set(param.name.clone(), value.clone());
                }
                None if param.required => {
                    let takes = layout.and_then(|layout| layout.parameter(&param.name)).map(|part| param.takes(&part));
                    return Err(CallError::Missing { name: param.name.to_string(), takes: takes.unwrap_or_default() });
                }
                None => {}
            }
        }
        Ok(fields)
    }
}

impl Param {
    /// Whether the parameter can have this value.
    /// `whole number from 1 to 4`: what its part takes, within its limits.
    pub fn takes(&self, part: &Parameter<'_>) -> String {
        let described = part.describe();
        if self.rule.min.is_none() && self.rule.max.is_none() {
            return described;
        }
        let of_type = part.range();
        let least = self.rule.min.or(of_type.map(|(least, _)| least as f64));
        let most = self.rule.max.or(of_type.map(|(_, most)| most as f64));
        let limits = ParamRule { min: least, max: most, ..ParamRule::default() }.limits();
        let (kind, each) = match described.strip_suffix(" each") {
            Some(kind) => (kind, " each"),
            None => (described.as_str(), ""),
        };
        let kind = kind.split(" from ").next().unwrap_or(kind);
        format!("{kind} {limits}{each}")
    }

    fn check(&self, value: &Value, layout: Option<&Layout>) -> Result<(), CallError> {
        let invalid = |problem| CallError::Invalid { name: self.name.to_string(), problem };
        if let Some(part) = layout.and_then(|layout| layout.parameter(&self.name)) {
            part.check(value).map_err(invalid)?;
        }
        self.rule.check_limits(value).map_err(invalid)
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::Bytes(_) | Value::Text(_) | Value::Name(_) | Value::Bits(..) | Value::List(_) | Value::Record(_) => None,
    }
}

impl ParamRule {
    /// Whether a number, or each of a list, is within the limits.
    ///
    /// # Errors
    ///
    /// It is not.
    pub fn check_limits(&self, value: &Value) -> Result<(), String> {
        let numbers: Vec<f64> = match value {
            Value::Integer(number) => vec![*number as f64],
            Value::Float(number) => vec![*number],
            Value::List(elements) => elements.iter().filter_map(number).collect(),
            Value::Bytes(_) | Value::Text(_) | Value::Name(_) | Value::Bits(..) | Value::Record(_) => return Ok(()),
        };
        let is_below = |number: f64| self.min.is_some_and(|min| number < min);
        let is_above = |number: f64| self.max.is_some_and(|max| number > max);
        match numbers.into_iter().find(|number| is_below(*number) || is_above(*number)) {
            Some(number) => Err(format!("{number} is not {}", self.limits())),
            None => Ok(()),
        }
    }

    /// `from 1 to 4`, `at least 1`, `at most 4`; nothing without limits.
    pub fn limits(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => String::new(),
        }
    }
}

impl Call {
    /// Its command; none where a body was given as it is.
    pub fn command(&self) -> Option<&Arc<Command>> {
        self.command.as_ref()
    }

    /// The values of its parts, parameters among them.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// What sending it again would do.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Declares what sending it again would do, where no command of the protocol says so.
    #[must_use]
    pub fn with_effect(mut self, effect: Effect) -> Self {
        if self.command.is_none() {
            self.effect = effect;
        }
        self
    }

    /// How long to wait for what.
    pub fn times(&self) -> &Times {
        &self.times
    }

    /// Waits differently.
    #[must_use]
    pub fn with_times(mut self, times: Times) -> Self {
        self.times = times;
        self
    }

    /// What its answer says.
    pub fn reply(&self) -> &Reply {
        &self.reply
    }

    /// Whether the layouts of the reply are whole frames, not bodies.
    pub fn reply_is_frame(&self) -> bool {
        self.reply_is_frame
    }

    /// The frames of its request.
    pub fn request(&self) -> &Arc<Form> {
        &self.request
    }

    /// The frames of the answer number `index`.
    pub fn response(&self, index: usize) -> Option<&Arc<Form>> {
        self.responses.get(index).or(self.responses.last())
    }

    /// The values of the parameters that may never be shown.
    pub fn secrets(&self) -> impl Iterator<Item = &Value> {
        let params = self.command.iter().flat_map(|command| &command.params);
        params.filter(|param| param.rule.secret).filter_map(|param| self.fields.get(&param.name))
    }

    /// Writes the request. `before` are bytes that come before the body: the digits of an authentication.
    ///
    /// # Errors
    ///
    /// What was learned meanwhile cannot be written.
    pub fn encode(&self, context: &Context, before: &[u8]) -> Result<Encoded, EncodeError> {
        match &self.written {
            Some((bytes, then)) if before.is_empty() => Ok(Encoded { bytes: bytes.to_vec(), then: *then }),
            Some(_) | None => self.write(context, before),
        }
    }

    /// The request, where it is always the same.
    pub(crate) fn constant(&self) -> Option<(&Arc<[u8]>, Then)> {
        self.written.as_ref().map(|(bytes, then)| (bytes, *then))
    }

    fn write(&self, context: &Context, before: &[u8]) -> Result<Encoded, EncodeError> {
        let mut fields = self.fields.clone();
        let command = self.command.as_ref();
        if let Some(command) = command.filter(|command| command.request.is_some()) {
            let body = command.send.encode(&fields, context)?.bytes;
            fields.set("body", Value::Bytes([before, &body].concat()));
            return self.request.encode(&fields, context);
        }
        match fields.get("body") {
            Some(Value::Bytes(body)) if !before.is_empty() && command.is_none() => {
                let body = [before, body].concat();
                fields.set("body", Value::Bytes(body));
                self.request.encode(&fields, context)
            }
            _ => {
                let mut encoded = self.request.encode(&fields, context)?;
                if !before.is_empty() {
                    encoded.bytes.splice(0..0, before.iter().copied());
                }
                Ok(encoded)
            }
        }
    }

    /// Writes it once, with nothing learned: whatever is wrong is found before anything is sent.
    fn check(mut self) -> Result<Self, CallError> {
        let written = self.write(&Context::default(), &[])?;
        if written.bytes.is_empty() {
            return Err(CallError::Empty);
        }
        let is_always_the_same = self.layouts().all(Layout::writes_the_same);
        self.written = is_always_the_same.then(|| (written.bytes.into(), written.then));
        Ok(self)
    }

    /// The layouts that its request is written with.
    fn layouts(&self) -> impl Iterator<Item = &Layout> {
        let command = self.command.as_ref().map(|command| &command.send);
        command.into_iter().chain(self.request.layouts())
    }

    /// Whether the request hangs on what is learned on a connection.
    pub fn learns(&self) -> bool {
        self.written.is_none() && self.layouts().flat_map(Layout::learned).next().is_some()
    }
}
