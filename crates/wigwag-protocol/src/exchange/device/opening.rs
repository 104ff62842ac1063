//! How a client is let in: what the device says first, and what the client has to know.

use std::sync::Arc;

use super::Session;
use crate::layout::{Closing, Context, Decoder, Encoded, Fields, Step, Then, Value};
use crate::protocol::{LoginStep, Protocol};

/// What a device says first, and whom it lets in.
#[derive(Debug, Clone, Default)]
pub struct Opening {
    /// The values of the parts of the greeting, and of what it says during a login.
    pub values: Fields,
    /// The secrets that clients have to know, by their plain names. Without those that the protocol names nobody is asked.
    pub secrets: Fields,
}

/// What stands between a client and its commands.
#[derive(Debug)]
pub(super) struct Gate {
    protocol: Arc<Protocol>,
    greeting: Vec<u8>,
    /// What is said and what has to be heard, in order; those that are done with are gone.
    steps: std::collections::VecDeque<GateStep>,
    /// The digits before the first body.
    digits: Option<String>,
    turned_away: bool,
}

#[derive(Debug)]
enum GateStep {
    Say(Vec<u8>),
    Hear { decoder: Box<Decoder>, secrets: Vec<(String, Vec<u8>)> },
}

impl Gate {
    pub(super) fn new(protocol: &Arc<Protocol>, opening: &Opening) -> Self {
        let mut learned = Fields::new();
        for (name, value) in opening.secrets.iter() {
            learned.set(format!("secret.{name}"), value.clone());
        }
        let (greeting, said) = greeting(protocol, opening, &learned);
        for (name, value) in said.iter() {
            learned.set(format!("greeting.{name}"), value.clone());
        }
        let auth = protocol.session.auth.as_ref();
        let auth = auth.filter(|auth| auth.needs().all(|name| learned.get(name).is_some()));
        Self {
            digits: auth.and_then(|auth| auth.digits(&learned).ok()),
            steps: steps(protocol, opening, learned),
            protocol: protocol.clone(),
            greeting,
            turned_away: false,
        }
    }

    /// The body of a request without the digits before it; `None` if they are not the right ones.
    pub(super) fn without_digits(&self, body: Vec<u8>) -> Option<Vec<u8>> {
        match &self.digits {
            None => Some(body),
            Some(digits) => body.strip_prefix(digits.as_bytes()).map(<[u8]>::to_vec),
        }
    }

    pub(super) fn authenticated(&mut self) {
        self.digits = None;
    }
}

/// The first greeting that can be said with these values, and what it says. Where secrets are asked for by a part of a
/// greeting, only one with that part will do; where they are not, only one without.
fn greeting(protocol: &Protocol, opening: &Opening, learned: &Fields) -> (Vec<u8>, Fields) {
    let Some(form) = &protocol.session.greeting else { return (Vec::new(), Fields::new()) };
    let needs: Vec<&str> = protocol.session.auth.iter().flat_map(|auth| auth.needs()).collect();
    let asks = !needs.is_empty()
        && needs.iter().filter(|name| name.starts_with("secret.")).all(|name| learned.get(name).is_some());
    let salts: Vec<&str> = needs.iter().filter_map(|name| name.strip_prefix("greeting.")).collect();
    let fitting = form.cases.iter().filter(|case| {
        salts.is_empty() || salts.iter().all(|salt| case.layout.names().any(|name| name == *salt)) == asks
    });
    for case in fitting.chain(&form.cases) {
        let Ok(encoded) = case.layout.encode(&opening.values, &Context::default()) else { continue };
        if encoded.bytes.is_empty() {
            continue;
        }
        let said = case.layout.decode(&encoded.bytes, |frame| frame.fields()).unwrap_or_default();
        return (encoded.bytes, said);
    }
    (Vec::new(), Fields::new())
}

/// The login from the device's side; none where a secret is not configured.
fn steps(protocol: &Protocol, opening: &Opening, learned: Fields) -> std::collections::VecDeque<GateStep> {
    let mut steps = std::collections::VecDeque::new();
    let context = Context { seq: 0, learned };
    for step in &protocol.session.login {
        match step {
            // It is a command as any other.
            LoginStep::Command(_) => {}
            LoginStep::Expect(layout) => match layout.encode(&opening.values, &context) {
                Ok(encoded) => steps.push_back(GateStep::Say(encoded.bytes)),
                Err(_) => return steps,
            },
            LoginStep::Send(layout) => {
                let mut secrets = Vec::new();
                for name in layout.learned().filter(|name| name.starts_with("secret.")) {
                    match context.learned.get(name) {
                        Some(Value::Bytes(secret)) => secrets.push((name.to_owned(), secret.clone())),
                        Some(Value::Text(secret)) => secrets.push((name.to_owned(), secret.clone().into_bytes())),
                        _ => return std::collections::VecDeque::new(),
                    }
                }
                if !layout.ends_by_itself() {
                    return std::collections::VecDeque::new();
                }
                steps.push_back(GateStep::Hear { decoder: Box::new(layout.decoder()), secrets });
            }
        }
    }
    steps
}

impl Session {
    /// Says what comes first.
    pub(super) fn open_gate(&mut self) {
        let greeting = std::mem::take(&mut self.gate.greeting);
        self.write(Encoded { bytes: greeting, then: Then::Nothing });
        self.say_what_is_next();
    }

    fn say_what_is_next(&mut self) {
        while let Some(GateStep::Say(_)) = self.gate.steps.front() {
            if let Some(GateStep::Say(bytes)) = self.gate.steps.pop_front() {
                self.write(Encoded { bytes, then: Then::Nothing });
            }
        }
    }

    /// Whether commands are heard; reads on in the login if not.
    pub(super) fn gate_is_passed(&mut self, closing: Closing) -> bool {
        while let Some(GateStep::Hear { decoder, secrets }) = self.gate.steps.front_mut() {
            let input = self.inbox.unread();
            let (size, knows) = match decoder.advance(input, closing) {
                Ok(Step::NeedMore | Step::Frame(0)) => return false,
                Ok(Step::Frame(size)) => {
                    let frame = decoder.frame(input);
                    let knows = secrets.iter().all(|(name, secret)| frame.learned_bytes(name) == Some(secret));
                    (size, knows)
                }
                Err(_) => (input.len(), false),
            };
            self.inbox.drop_front(size);
            self.gate.steps.pop_front();
            if !knows {
                self.turn_away();
                return false;
            }
            self.say_what_is_next();
        }
        !self.gate.turned_away
    }

    /// Says no in the protocol's own form, if it has one, and hears nothing more.
    pub(super) fn turn_away(&mut self) {
        self.gate.turned_away = true;
        self.reading = super::Reading::Stopped;
        self.inbox.clear();
        let protocol = self.gate.protocol.clone();
        let told = Value::Text("authentication failed".to_owned());
        let mut fields = Fields::new();
        let mut classes = protocol.classes.to_refuse_login_with(&told);
        let body = classes.find_map(|error| error.spoken(&told, &Fields::new(), &mut fields).ok());
        if let Some(body) = body {
            fields.set("body", Value::Bytes(body));
            if let Ok(encoded) = protocol.response.encode(&fields, &Context::default()) {
                self.write(encoded);
            }
        }
    }
}
