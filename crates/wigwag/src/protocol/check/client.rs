//! Plays the side that sends, in memory and with a clock moved by hand.

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, End, Exchange, Link, Opening, Request, Session, Transmit};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Example, Expected, Form};

use super::device::LIMITS;
use super::scene::Scene;

/// The most things that happen before a command is written, or behind an answer. A greeting and a login are a handful.
const MOST_TURNS: usize = 10_000;

/// A client whose command is written and that now waits for the answer.
#[derive(Debug)]
pub(super) struct Sent {
    exchange: Exchange,
    now: Moment,
    /// What it wrote before its command: its part of a login.
    pub(super) before: Vec<u8>,
    /// Its command on the wire.
    pub(super) written: Vec<u8>,
}

/// How the world goes on behind an answer's last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Nothing more comes.
    Silence,
    /// The device closes.
    Eof,
}

/// What a client made of an answer.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) end: End,
    /// The answer's bytes alone were enough to know that it is over.
    pub(super) by_itself: bool,
}

/// Goes through greeting and login and writes the command; the end, if it did not come to that.
pub(super) fn sends(scene: &Scene<'_>) -> Result<Sent, Box<End>> {
    let mut now = Moment::ORIGIN;
    let link = Link::new(&scene.example.secrets, scene.seq);
    let mut exchange = Exchange::new(scene.protocol.clone(), scene.call.clone(), link, now);
    let mut doorkeeper = (!scene.protocol.session.login.is_empty()).then(|| Doorkeeper::new(scene));
    let mut before = Vec::new();
    exchange.handle_open(now);
    exchange.receive(&scene.example.greeting, now);
    for _ in 0..MOST_TURNS {
        if let Some(end) = exchange.poll_end() {
            return Err(Box::new(end));
        }
        match exchange.poll_transmit() {
            Some(Transmit::Bytes(bytes)) => {
                let written = bytes.to_vec();
                exchange.handle_written(written.len(), now);
                if exchange.is_committed() {
                    return Ok(Sent { exchange, now, before, written });
                }
                before.extend_from_slice(&written);
                if let Some(doorkeeper) = &mut doorkeeper {
                    doorkeeper.hears(&written, now);
                }
            }
            Some(Transmit::HalfClose) => exchange.handle_half_closed(true, now),
            None => match doorkeeper.as_mut().and_then(|doorkeeper| doorkeeper.says(now)) {
                Some(bytes) => exchange.receive(&bytes, now),
                None => {
                    now = exchange.deadline().unwrap_or(now);
                    exchange.handle_deadline(now);
                }
            },
        }
    }
    exchange.handle_interrupt(now);
    Err(Box::new(ended(exchange)))
}

impl Sent {
    /// Receives these pieces one after the other, then what `ending` says.
    pub(super) fn hears<'b>(mut self, pieces: impl IntoIterator<Item = &'b [u8]>, ending: Ending) -> Heard {
        self.speaks();
        for piece in pieces {
            self.exchange.receive(piece, self.now);
            self.speaks();
        }
        let by_itself = self.exchange.is_over();
        if ending == Ending::Eof {
            self.exchange.handle_eof(self.now);
        }
        for _ in 0..MOST_TURNS {
            let Some(deadline) = self.exchange.deadline() else { break };
            self.now = deadline;
            self.exchange.handle_deadline(deadline);
        }
        self.exchange.handle_interrupt(self.now);
        Heard { end: ended(self.exchange), by_itself }
    }

    /// Writes what is said beside the command: heartbeats, refusals of Telnet options, the end of our side.
    fn speaks(&mut self) {
        loop {
            match self.exchange.poll_transmit() {
                Some(Transmit::Bytes(bytes)) => {
                    let count = bytes.len();
                    self.exchange.handle_written(count, self.now);
                }
                Some(Transmit::HalfClose) => self.exchange.handle_half_closed(true, self.now),
                None => return,
            }
        }
    }
}

/// The end of an exchange that is over.
fn ended(mut exchange: Exchange) -> End {
    exchange.poll_end().unwrap_or_else(|| unreachable!("an exchange that is over has an end"))
}

/// Plays the device's part of a login.
struct Doorkeeper<'s> {
    session: Session,
    greeting: Option<&'s Form>,
    /// What commands of a login are answered with.
    examples: &'s [Example],
}

impl<'s> Doorkeeper<'s> {
    fn new(scene: &'s Scene<'_>) -> Self {
        let opening: &Opening = &scene.opening;
        let session = Session::new(scene.protocol.clone(), LIMITS, opening, Moment::ORIGIN);
        let greeting = scene.protocol.session.greeting.as_ref();
        Self { session, greeting, examples: &scene.protocol.examples }
    }

    fn hears(&mut self, bytes: &[u8], now: Moment) {
        self.session.receive(bytes, now);
        while let Some(request) = self.session.poll_request(now) {
            let answer = self.answer(&request);
            // A command that cannot be answered is one more that gets no answer.
            let _ = self.session.answer(&request, &answer);
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let Request::Command { command: Some(command), .. } = request else { return Answer::Silence };
        let shown = self.examples.iter().find(|example| {
            let says_yes = !matches!(example.expected, Expected::Error(_));
            says_yes && example.command.as_ref() == Some(command)
        });
        shown.map_or(Answer::Fields(vec![Fields::new()]), |example| Answer::Wire(example.recv.clone()))
    }

    /// What the device says next; its greeting is the example's own, which has been said.
    fn says(&mut self, now: Moment) -> Option<Vec<u8>> {
        let Some(Transmit::Bytes(bytes)) = self.session.poll_transmit() else { return None };
        let said = bytes.to_vec();
        self.session.handle_written(said.len(), now);
        let is_greeting = |form: &Form| form.layouts().any(|layout| layout.decode(&said, |_| ()).is_ok());
        match self.greeting.take() {
            Some(greeting) if is_greeting(greeting) => self.says(now),
            _ => Some(said),
        }
    }
}
