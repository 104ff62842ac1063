//! One example, ready to be played.

use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::exchange::Opening;
use wigwag_protocol::layout::{Closing, Context, Fields, Layout, Step, Then, Value};
use wigwag_protocol::protocol::{AfterSend, Call, Cutter, Example, Form, LoginStep, Protocol};

use super::client;
use super::finding::Finding;
use super::samples;
use super::transport::plain;

/// What examples are played with.
#[derive(Debug)]
pub(super) struct Stage {
    /// As the file says, but for the time between commands: nothing here needs it.
    from_the_start: Arc<Protocol>,
    /// The same on a connection that has carried a command already.
    going_on: Arc<Protocol>,
}

/// One example, with all that is needed to play it.
#[derive(Debug, Clone)]
pub(super) struct Scene<'s> {
    pub(super) example: &'s Example,
    pub(super) protocol: Arc<Protocol>,
    pub(super) call: Arc<Call>,
    /// The first value of `seq` parts, so that the command gets the one of the example.
    pub(super) seq: u64,
    /// What the device says first, and whom it lets in.
    pub(super) opening: Opening,
}

impl Stage {
    pub(super) fn new(protocol: &Arc<Protocol>) -> Self {
        let mut from_the_start = (**protocol).clone();
        from_the_start.session.gap = Duration::ZERO;
        let mut going_on = from_the_start.clone();
        going_on.session.greeting = None;
        going_on.session.login.clear();
        Self { from_the_start: Arc::new(from_the_start), going_on: Arc::new(going_on) }
    }

    /// All examples, but for those that cannot be played: what is wrong with them.
    pub(super) fn scenes(&self) -> (Vec<Scene<'_>>, Vec<(&Example, Box<Finding>)>) {
        let mut scenes = Vec::new();
        let mut unplayable = Vec::new();
        for example in &self.from_the_start.examples {
            match self.scene(example) {
                Ok(scene) => scenes.push(scene),
                Err(finding) => unplayable.push((example, finding)),
            }
        }
        (scenes, unplayable)
    }

    fn scene<'s>(&'s self, example: &'s Example) -> Result<Scene<'s>, Box<Finding>> {
        let protocol = match shows_the_start(&self.from_the_start, example) {
            true => self.from_the_start.clone(),
            false => self.going_on.clone(),
        };
        let call = match &example.command {
            Some(command) => protocol.call_command(command, example.params.clone()),
            None => protocol.call_body(example.body.clone(), example.params.clone()),
        };
        let call = call.map_err(|error| {
            let message = format!("with these params there is no request: {error}");
            Box::new(Finding::fault("encode", message).of(name_of(example)).at(example.at.clone()))
        })?;
        let opening = opening(&protocol, example);
        let scene = Scene { example, protocol, call: Arc::new(call), seq: 0, opening };
        Ok(scene.with_its_own_number())
    }

    /// Commands as they are sent where nothing is around them.
    pub(super) fn going_on(&self) -> &Arc<Protocol> {
        &self.going_on
    }
}

impl Scene<'_> {
    /// What is shown: the command, or a body.
    pub(super) fn name(&self) -> &str {
        name_of(self.example)
    }

    /// The number that the example's request has in its `seq` part.
    fn with_its_own_number(mut self) -> Self {
        let Some(wanted) = counted(&self.call, &self.example.send) else { return self };
        self.seq = wanted;
        // The frames of a login are counted as well.
        if !self.protocol.session.login.is_empty()
            && let Ok(sent) = client::sends(&self)
            && let Some(came) = counted(&self.call, &sent.written)
        {
            self.seq = wanted.wrapping_sub(came.wrapping_sub(wanted));
        }
        self
    }

    /// Whether the request has a `seq` part.
    pub(super) fn counts(&self) -> bool {
        counted(&self.call, &self.example.send).is_some()
    }

    /// What the client does behind its request.
    pub(super) fn ending_of_requests(&self) -> AfterSend {
        let then = self.call.encode(&self.context(), &[]).map(|encoded| encoded.then);
        if then == Ok(Then::HalfClose) { AfterSend::Fin } else { self.protocol.session.after_send }
    }

    /// What is known on the connection of this example when its command is written.
    pub(super) fn context(&self) -> Context {
        let mut learned = Fields::new();
        for (name, value) in self.example.secrets.iter() {
            learned.set(format!("secret.{name}"), value.clone());
        }
        for (name, value) in self.opening.values.iter() {
            learned.set(format!("greeting.{name}"), value.clone());
        }
        Context { seq: self.seq, learned }
    }
}

/// What an example shows: the command, or a body.
pub(super) fn name_of(example: &Example) -> &str {
    example.command.as_ref().map_or("body", |command| &command.name)
}

/// Whether an example begins with its connection. One without a greeting, where devices greet, is a command further on.
fn shows_the_start(protocol: &Protocol, example: &Example) -> bool {
    let says_nothing = |form: &Form| form.layouts().any(is_a_lull);
    !example.greeting.is_empty() || protocol.session.greeting.as_ref().is_none_or(says_nothing)
}

/// `<IDLE t>`: a greeting of nothing at all.
fn is_a_lull(greeting: &Layout) -> bool {
    greeting.ends_by_closing().1.is_some() && greeting.can_start_with(&[]) == Some(false)
}

fn opening(protocol: &Protocol, example: &Example) -> Opening {
    let mut values = said_in_login(protocol);
    let said = protocol
        .session
        .greeting
        .as_ref()
        .and_then(|form| greeted(form, &plain(protocol.transport, &example.greeting)));
    for (name, value) in said.unwrap_or_default().iter() {
        values.set(name, value.clone());
    }
    Opening { values, secrets: example.secrets.clone() }
}

/// What a greeting says, whatever comes behind it.
fn greeted(form: &Form, greeting: &[u8]) -> Option<Fields> {
    let mut cutter = Cutter::new(Arc::new(form.clone()));
    let ends = |cutter: &mut Cutter, closing| matches!(cutter.advance(greeting, closing), Ok(Step::Frame(_)));
    let is_whole = ends(&mut cutter, Closing::Open) || ends(&mut cutter, Closing::Silent);
    is_whole.then(|| cutter.frame(greeting).map(|frame| frame.fields())).flatten()
}

/// Something for each part of what the device says in a login: an example does not tell.
fn said_in_login(protocol: &Protocol) -> Fields {
    let mut values = Fields::new();
    for step in &protocol.session.login {
        let LoginStep::Expect(layout) = step else { continue };
        for name in layout.wanted() {
            let sample = layout.parameter(name).and_then(|part| samples::of_part(&part, None).into_iter().next());
            if let Some(sample) = sample {
                values.set(name, sample);
            }
        }
    }
    values
}

/// What the `seq` part of a request says, in its frame or in its body.
fn counted(call: &Call, request: &[u8]) -> Option<u64> {
    let number = |value: Option<Value>| match value {
        Some(Value::Integer(number)) => Some(number as u64),
        _ => None,
    };
    let in_layout = |layout: &Layout, bytes: &[u8]| {
        let part = layout.counter()?;
        number(layout.decode(bytes, |frame| frame.value(part)).ok()?)
    };
    let in_frame = call.request().layouts().find_map(|layout| in_layout(layout, request));
    in_frame.or_else(|| {
        let send = &call.command()?.send;
        let body = call
            .request()
            .layouts()
            .find_map(|layout| layout.decode(request, |frame| frame.bytes("body").map(<[u8]>::to_vec)).ok().flatten());
        in_layout(send, &body?)
    })
}
