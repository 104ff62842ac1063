//! Shows everything, and answers as it was told.

use std::io::{self, Write};
use std::net::SocketAddr;

use jiff::Zoned;
use wigwag_device::serve::{Acting, Actions, Client, Event};
use wigwag_net::accept::Stop;
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{Context, Fields, Layout, Options, Value};

use crate::cli::ListenArgs;
use crate::problem::Problem;
use crate::report;

/// How requests are answered.
pub(super) enum Answering {
    Silently,
    Echoing,
    With(Layout),
}

impl Answering {
    pub(super) fn new(arguments: &ListenArgs) -> Result<Self, Problem> {
        match &arguments.reply {
            Some(reply) => Layout::body(reply, &Options::default())
                .or_else(|_| Layout::frame(reply, &Options::default()))
                .map(Self::With)
                .map_err(|error| Problem::layout("--reply", reply, error)),
            None if arguments.echo => Ok(Self::Echoing),
            None => Ok(Self::Silently),
        }
    }
}

pub(super) struct Onlooker {
    pub(super) answering: Answering,
    /// Ends everything: after the first connection, and when nobody is left to look.
    stop: Stop,
    once: bool,
}

impl Onlooker {
    pub(super) fn new(answering: Answering, stop: Stop, once: bool) -> Self {
        Self { answering, stop, once }
    }

    /// The reply to a request of these parts, where there is one.
    pub(super) fn reply(&self, peer: SocketAddr, fields: &Fields) -> Option<Vec<u8>> {
        let Answering::With(layout) = &self.answering else { return None };
        match layout.encode(fields, &Context::default()) {
            Ok(encoded) => Some(encoded.bytes),
            Err(error) => {
                self.show(peer, &format!("cannot be answered: {error}"), &[]);
                None
            }
        }
    }

    /// Shows what happens on a client's connection.
    pub(super) fn note(&self, peer: SocketAddr, event: Event<'_>) {
        match event {
            Event::Connected => self.show(peer, "connected", &[]),
            Event::Insecure(error) => self.show(peer, &format!("no TLS: {error}"), &[]),
            Event::Received(bytes) => self.show(peer, &format!("<- {}", report::byte_count(bytes)), bytes),
            Event::Requested(request) => self.show_request(peer, request),
            Event::Unanswerable(error) => self.show(peer, &format!("cannot be answered: {error}"), &[]),
            Event::Wrote(bytes) => self.show(peer, &format!("-> {}", report::byte_count(bytes)), bytes),
            Event::HalfClosed => self.show(peer, "sends nothing more", &[]),
            Event::Idle => self.show(peer, "idle for too long", &[]),
            Event::Broke(error) => self.show(peer, &format!("broken: {}", wigwag_net::cause::words(error)), &[]),
            Event::Closed => {
                self.show(peer, "closed", &[]);
                if self.once {
                    self.stop.stop();
                }
            }
        }
    }

    fn show(&self, peer: SocketAddr, text: &str, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let time = Zoned::now().strftime("%H:%M:%S%.3f");
        let shown = writeln!(out, "{time} {peer} {text}")
            .and_then(|()| report::hexdump(&mut out, "    ", bytes))
            .and_then(|()| out.flush());
        if shown.is_err() {
            // Whoever looked has gone; to serve on unseen would never end.
            self.stop.stop();
        }
    }

    fn show_request(&self, peer: SocketAddr, request: &Request) {
        match request {
            Request::Command { command, body, fields, .. } => {
                let named: Vec<String> = fields
                    .iter()
                    .filter(|(name, _)| *name != "body")
                    .map(|(name, value)| format!(" {name}={}", report::value(value)))
                    .collect();
                let what = match command {
                    Some(command) => format!("request: {}{}", command.name, named.concat()),
                    None => format!("request: {}{}", escape(body), named.concat()),
                };
                self.show(peer, &what, &[]);
            }
            Request::Broken { error, .. } => self.show(peer, &format!("not a request: {error}"), &[]),
        }
    }
}

impl Actions for Onlooker {
    fn answer<'a>(&'a self, client: &'a Client, request: &'a Request) -> Acting<'a> {
        let Request::Command { fields, wire, body, .. } = request else { return Answer::Silence.into() };
        if let Answering::Echoing = self.answering {
            return Answer::Wire(wire.clone()).into();
        }
        let mut fields = fields.clone();
        fields.set("body", Value::Bytes(body.clone()));
        self.reply(client.peer, &fields).map_or(Answer::Silence, Answer::Wire).into()
    }

    fn saw(&self, client: &Client, event: Event<'_>) {
        self.note(client.peer, event);
    }
}
