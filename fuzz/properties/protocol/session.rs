//! The device's half of a connection, told anything.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, Opening, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::layout::{Fields, Then, Value};
use wigwag_protocol::protocol::{Protocol, Transport};

use super::exchange::secrets;
use super::script::{Script, named};
use super::{PROTOCOLS, SMALL_FRAME, frames::forms, is_small};

const IDLE: Duration = Duration::from_secs(30);

/// Of bytes that are no request so many are told of.
const SHOWN: usize = 256;

static SHARED: LazyLock<Vec<Arc<Protocol>>> = LazyLock::new(|| PROTOCOLS.iter().cloned().map(Arc::new).collect());

/// What a client does.
#[derive(Debug, Clone)]
enum Happening {
    Sends(Vec<u8>),
    Waits(Duration),
    Ends,
    /// Our side is told to stop.
    Stops,
}

/// How bytes arrive, and how they are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pieces {
    AsTheyCome,
    Single,
}

/// The fuzz target `session`: which built-in protocol, whether clients have to know a secret, and what a client does.
///
/// Requests are whole pieces of what came, in its order, and are told of one at a time; what is written between two of them
/// is the first one's answer and nothing else; the session ends; and the requests are the same if the bytes come one by
/// one.
///
/// ```text
/// protocol  LF  secrets (odd: there are some)  what happens, one after the other
/// ```
pub fn session(data: &[u8]) {
    let Some((name, mut script)) = named(data) else { return };
    let Some(protocol) = SHARED.iter().find(|protocol| protocol.name == name) else { return };
    let secrets = if script.byte() & 1 == 1 { secrets(protocol) } else { Fields::new() };
    let happenings = happenings(protocol, &mut script);
    let heard = Stage::new(protocol, &secrets, Pieces::AsTheyCome).play(&happenings);
    came_in_this_order(protocol, &heard, &happenings);
    for request in heard.iter().filter(|_| is_small(protocol)) {
        if let Request::Command { wire, .. } = request {
            assert!(wire.len() <= SMALL_FRAME, "a request of {} bytes", wire.len());
        }
    }
    // Where a silence ends something, time passes between one byte and the next.
    if forms(protocol).iter().all(|form| form.layouts().all(|layout| layout.ends_by_closing().1.is_none())) {
        let single = Stage::new(protocol, &secrets, Pieces::Single).play(&happenings);
        assert_eq!(told(&heard), told(&single), "byte by byte, of `{}`: {happenings:?}", protocol.name);
    }
}

fn happenings(protocol: &Protocol, script: &mut Script<'_>) -> Vec<Happening> {
    /// More show nothing new.
    const MOST: usize = 48;
    let mut happenings = Vec::new();
    while !script.is_over() && happenings.len() < MOST {
        happenings.push(match script.byte() % 6 {
            0 | 1 => Happening::Sends(script.bytes().to_vec()),
            2 => Happening::Sends(script.one(&protocol.examples).send.clone()),
            3 => Happening::Waits(Duration::from_millis(16 * u64::from(script.byte()))),
            4 => Happening::Ends,
            _ => Happening::Stops,
        });
    }
    happenings
}

/// A session, its client, and what was heard.
struct Stage {
    protocol: Arc<Protocol>,
    session: Session,
    now: Moment,
    pieces: Pieces,
    /// What was sent and is not taken yet.
    waiting: VecDeque<u8>,
    requests: Vec<Request>,
}

impl Stage {
    fn new(protocol: &Arc<Protocol>, secrets: &Fields, pieces: Pieces) -> Self {
        let names = ["salt", "banner", "who"].map(|name| (name, Value::Text("498e4a67".to_owned())));
        let opening = Opening { values: Fields::from(names), secrets: secrets.clone() };
        let session = Session::new(protocol.clone(), SessionLimits { idle: IDLE }, &opening, Moment::ORIGIN);
        let (protocol, requests) = (protocol.clone(), Vec::new());
        Self { protocol, session, now: Moment::ORIGIN, pieces, waiting: VecDeque::new(), requests }
    }

    /// Plays it to its end.
    fn play(mut self, happenings: &[Happening]) -> Vec<Request> {
        self.settle();
        for happening in happenings {
            match happening {
                Happening::Sends(bytes) => self.waiting.extend(bytes),
                Happening::Waits(passes) => self.pass(self.now + *passes),
                Happening::Ends => self.session.handle_eof(self.now),
                Happening::Stops => self.session.finish(),
            }
            self.settle();
        }
        self.session.handle_eof(self.now);
        self.settle();
        // A silence behind the last answer, and an idle client: nothing else is waited for.
        for _ in 0..8 {
            self.pass(self.session.deadline());
            self.settle();
        }
        assert!(self.session.is_over(), "it ends: {:?}", self.session);
        self.requests
    }

    fn pass(&mut self, until: Moment) {
        self.now = self.now.max(until);
        if let Some(request) = self.session.handle_deadline(self.now) {
            self.answer(request);
        }
    }

    /// Takes what was sent, answers what is asked and writes it, until there is nothing to do without time.
    fn settle(&mut self) {
        loop {
            self.write();
            if let Some(request) = self.session.poll_request(self.now) {
                self.answer(request);
            } else if self.session.wants_bytes() && !self.waiting.is_empty() {
                self.take();
            } else if self.session.poll_transmit().is_none() {
                return;
            }
        }
    }

    fn take(&mut self) {
        let count = if self.pieces == Pieces::Single { 1 } else { self.waiting.len() };
        let piece: Vec<u8> = self.waiting.drain(..count).collect();
        self.session.receive(&piece, self.now);
    }

    /// Answers a request: what is written then is this answer, all of it, and nothing else.
    fn answer(&mut self, request: Request) {
        assert!(self.session.poll_request(self.now).is_none(), "one request at a time");
        assert!(self.session.poll_transmit().is_none(), "the answer before is written first");
        let answer = answer(&request);
        let expected = request.answered(&self.protocol, &answer);
        assert_eq!(self.session.answer(&request, &answer).is_ok(), expected.is_ok(), "{request:?}");
        let then_waits = matches!(&expected, Ok(Some(encoded)) if matches!(encoded.then, Then::Silence(_)));
        let written = self.write();
        if let Ok(Some(encoded)) = expected
            && self.protocol.transport == Transport::Plain
        {
            assert_eq!(written, encoded.bytes, "{request:?}");
            assert!(!then_waits || !self.session.wants_bytes(), "nothing is read before the answer has ended");
        }
        self.requests.push(request);
    }

    /// Writes all there is, in two pieces each.
    fn write(&mut self) -> Vec<u8> {
        let mut written = Vec::new();
        loop {
            match self.session.poll_transmit() {
                Some(Transmit::Bytes(bytes)) => {
                    let taken = &bytes[..bytes.len().div_ceil(2)];
                    written.extend_from_slice(taken);
                    let count = taken.len();
                    self.session.handle_written(count, self.now);
                }
                Some(Transmit::HalfClose) => self.session.handle_half_closed(),
                None => return written,
            }
        }
    }
}

/// A command is answered with what it said, anything else with its body.
fn answer(request: &Request) -> Answer {
    match request {
        Request::Command { command: Some(_), fields, .. } => Answer::Fields(vec![fields.clone()]),
        Request::Command { body, .. } => Answer::Body(body.clone()),
        Request::Broken { .. } => Answer::Error(Value::Integer(1)),
    }
}

/// Each request is a piece of what came, behind the one before it.
fn came_in_this_order(protocol: &Protocol, heard: &[Request], happenings: &[Happening]) {
    let sent = happenings.iter().filter_map(|happening| match happening {
        Happening::Sends(bytes) => Some(bytes.as_slice()),
        Happening::Waits(_) | Happening::Ends | Happening::Stops => None,
    });
    let sent: Vec<u8> = sent.collect::<Vec<_>>().concat();
    let mut rest = match protocol.transport {
        Transport::Plain => sent,
        Transport::Telnet => wigwag_protocol::exchange::without_telnet(&sent),
    };
    for request in heard {
        match request {
            Request::Command { wire, .. } => {
                let place = rest.windows(wire.len()).position(|piece| piece == wire);
                let place = place.unwrap_or_else(|| panic!("{wire:02x?} is not in what came"));
                rest.drain(..place + wire.len());
            }
            Request::Broken { wire, .. } => assert!(wire.len() <= SHOWN, "{} bytes are kept", wire.len()),
        }
    }
}

/// What may not hang on how the bytes were cut.
fn told(heard: &[Request]) -> Vec<String> {
    let told = |request: &Request| match request {
        Request::Command { command, wire, fields, .. } => {
            Some(format!("{:?} {wire:02x?} {fields:?}", command.as_ref().map(|command| &command.name)))
        }
        Request::Broken { .. } => None,
    };
    heard.iter().filter_map(told).collect()
}
