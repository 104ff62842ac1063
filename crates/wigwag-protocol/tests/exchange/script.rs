//! How a script is written: `sent(esc_cr(), "STATUS").hears(b"OK\0").ends()`.

use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{
    Answer, End, Exchange, Failure, Link, NoConnection, Opening, Request, Session, SessionLimits, Transmit,
};
use wigwag_protocol::layout::{EncodeError, Encoding, Fields, Layout, Options, Value};
use wigwag_protocol::outcome::Unreachable;
use wigwag_protocol::protocol::{
    AfterSend, Call, Classes, Command, Effect, ErrorClass, Finish, Form, Protocol, Reply, SessionRules,
};

pub(crate) const fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(crate) const fn at(milliseconds: u64) -> Moment {
    Moment::after_origin(ms(milliseconds))
}

// ---- protocols; times are the defaults: connect 5 s, first 5 s, idle 1 s, total 30 s ----

pub(crate) fn esc_cr() -> Protocol {
    let mut esc_cr = protocol("<ESC> body <CR>", "body <NUL|EOF>");
    esc_cr.session.after_send = AfterSend::Fin;
    trimmed(esc_cr)
}

/// `esc-cr` without the half-close.
pub(crate) fn esc_cr_open() -> Protocol {
    trimmed(protocol("<ESC> body <CR>", "body <NUL|EOF>"))
}

pub(crate) fn line() -> Protocol {
    trimmed(protocol("body <CR LF|LF|CR>", "body <CR LF|LF|CR>"))
}

pub(crate) fn raw() -> Protocol {
    protocol("body", "body <IDLE 500ms|EOF>")
}

/// Whose connections are kept.
pub(crate) fn protocol(request: &str, response: &str) -> Protocol {
    let mut protocol = Protocol::new("test", request, response).unwrap();
    protocol.session = SessionRules { finish: Finish::Keep, ..SessionRules::default() };
    protocol
}

fn trimmed(mut protocol: Protocol) -> Protocol {
    let form = Form { trim: true, ..(*protocol.response).clone() };
    protocol.response = Arc::new(form);
    protocol
}

pub(crate) fn form(layout: Layout) -> Arc<Form> {
    Arc::new(Form::of(layout))
}

/// `line` with a checksum before the end.
pub(crate) fn summed() -> Protocol {
    let layout = "<STX> body sum:hex2=sum8(body) <ETX>";
    protocol(layout, layout)
}

/// Lines, however the client ends them.
pub(crate) fn any_line() -> Protocol {
    protocol("body <CR LF|LF|CR>", "body <CR LF>")
}

pub(crate) fn modbus_tcp() -> Protocol {
    let layout = "tid:u16=seq pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body";
    protocol(layout, layout)
}

pub(crate) fn ascii(response: &str, max: usize) -> Layout {
    Layout::frame(response, &Options { encoding: Encoding::Ascii, max, ..Options::default() }).unwrap()
}

pub(crate) fn with_greeting(mut protocol: Protocol, greeting: &str) -> Protocol {
    protocol.session.greeting = Some(Form::of(Layout::frame(greeting, &Options::default()).unwrap()));
    protocol
}

pub(crate) fn with_errors(mut protocol: Protocol, errors: &[&str]) -> Protocol {
    let error = |layout: &&str| ErrorClass::of(Layout::body(layout, &Options::default()).unwrap());
    protocol.classes = Arc::new(Classes { error: errors.iter().map(error).collect(), ..Classes::default() });
    protocol
}

pub(crate) fn with_total(mut protocol: Protocol, total: Duration) -> Protocol {
    protocol.times.total = total;
    protocol
}

/// The body as it is.
pub(crate) fn call(protocol: &Protocol, body: &str) -> Arc<Call> {
    Arc::new(protocol.call_body(Some(body.as_bytes().to_vec()), Fields::new()).unwrap())
}

/// The same for a command that has no answer by design.
pub(crate) fn call_unasked(protocol: &Protocol, body: &str) -> Arc<Call> {
    let command = Command {
        name: "unasked".into(),
        about: None,
        effect: Effect::Once,
        declares_effect: false,
        hazard: None,
        verify: None,
        params: Vec::new(),
        set: Fields::new(),
        send: Layout::body(&format!("'{body}'"), &Options::default()).unwrap(),
        request: Some(protocol.request.clone()),
        responses: vec![protocol.response.clone()],
        reply: Reply::Nothing,
        reply_is_frame: false,
        times: protocol.times,
    };
    Arc::new(protocol.call_command(&Arc::new(command), Fields::new()).unwrap())
}

pub(crate) fn fresh() -> Link {
    Link::new(&Fields::new(), 0)
}

/// A protocol file.
pub(crate) fn file(text: &str) -> Protocol {
    Protocol::parse(&format!("name = \"test\"\n{text}")).unwrap_or_else(|error| panic!("{error}: {:?}", error.at))
}

/// A command of a protocol file.
pub(crate) fn command<const N: usize>(protocol: &Protocol, name: &str, params: [(&str, Value); N]) -> Arc<Call> {
    Arc::new(protocol.call(name, Fields::from(params)).unwrap())
}

pub(crate) fn integer(number: i128) -> Value {
    Value::Integer(number)
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(crate) fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

// ---- the client ----

pub(crate) struct Client {
    pub(crate) exchange: Exchange,
    now: Moment,
}

/// An attempt that began at the origin and is still looking up the name.
pub(crate) fn begun(protocol: Protocol, body: &str) -> Client {
    let call = call(&protocol, body);
    start(protocol, call)
}

/// An attempt whose connection is open; nothing is written yet.
pub(crate) fn open(protocol: Protocol, body: &str) -> Client {
    begun(protocol, body).opens()
}

/// An attempt whose command is written, our side closed where the protocol says so.
pub(crate) fn sent(protocol: Protocol, body: &str) -> Client {
    open(protocol, body).sends()
}

/// The same for a command that has no answer by design.
pub(crate) fn sent_unasked(protocol: Protocol, body: &str) -> Client {
    open_unasked(protocol, body).sends()
}

pub(crate) fn open_unasked(protocol: Protocol, body: &str) -> Client {
    let call = call_unasked(&protocol, body);
    start(protocol, call).opens()
}

pub(crate) fn start(protocol: Protocol, call: Arc<Call>) -> Client {
    resumed(protocol, call, fresh())
}

/// An attempt on a connection of which this is known.
pub(crate) fn resumed(protocol: Protocol, call: Arc<Call>, link: Link) -> Client {
    Client { exchange: Exchange::new(Arc::new(protocol), call, link, Moment::ORIGIN), now: Moment::ORIGIN }
}

impl Client {
    /// Moves the clock.
    pub(crate) fn at(mut self, milliseconds: u64) -> Self {
        self.now = at(milliseconds);
        self
    }

    pub(crate) fn opens(mut self) -> Self {
        self.exchange.handle_open(self.now);
        self
    }

    /// Writes all there is to write, and closes our side if that is asked for.
    pub(crate) fn sends(mut self) -> Self {
        if let Some(Transmit::Bytes(bytes)) = self.exchange.poll_transmit() {
            let count = bytes.len();
            self = self.writes(count);
        }
        if self.exchange.poll_transmit() == Some(Transmit::HalfClose) { self.half_closes(true) } else { self }
    }

    /// Writes all there is to write, and tells what it was.
    pub(crate) fn writes_this(mut self, expected: &[u8]) -> Self {
        match self.exchange.poll_transmit() {
            Some(Transmit::Bytes(bytes)) => assert_eq!(bytes, expected),
            other => panic!("nothing to write but {other:?}"),
        }
        self.exchange.handle_written(expected.len(), self.now);
        self
    }

    pub(crate) fn writes(mut self, count: usize) -> Self {
        self.exchange.handle_written(count, self.now);
        self
    }

    pub(crate) fn half_closes(mut self, said: bool) -> Self {
        assert_eq!(self.exchange.poll_transmit(), Some(Transmit::HalfClose));
        self.exchange.handle_half_closed(said, self.now);
        self
    }

    pub(crate) fn hears(mut self, bytes: &[u8]) -> Self {
        self.exchange.receive(bytes, self.now);
        self
    }

    pub(crate) fn sees_the_end(mut self) -> Self {
        self.exchange.handle_eof(self.now);
        self
    }

    pub(crate) fn breaks(mut self, failure: Failure, cause: &str) -> Self {
        self.exchange.handle_failure(failure, cause, self.now);
        self
    }

    pub(crate) fn gets_reset(self) -> Self {
        self.breaks(Failure::Reset, "connection reset")
    }

    pub(crate) fn gets_interrupted(mut self) -> Self {
        self.exchange.handle_interrupt(self.now);
        self
    }

    /// Lets time pass up to the deadline, and says so.
    pub(crate) fn waits(mut self) -> Self {
        self.now = self.exchange.deadline().unwrap();
        self.exchange.handle_deadline(self.now);
        self
    }

    pub(crate) fn is_waiting(&self) -> bool {
        !self.exchange.is_over()
    }

    pub(crate) fn ends(mut self) -> End {
        let end = self.exchange.poll_end().unwrap_or_else(|| panic!("it is still waiting: {:?}", self.exchange));
        assert!(self.exchange.is_over());
        assert_eq!(self.exchange.deadline(), None);
        assert_eq!(self.exchange.poll_transmit(), None);
        assert_eq!(self.exchange.poll_end(), None, "the end comes once");
        end
    }
}

/// The line that a person reads.
pub(crate) fn told(end: &End) -> &str {
    end.evidence.error.as_deref().unwrap_or("")
}

// ---- the device ----

pub(crate) const IDLE: Duration = ms(30_000);

pub(crate) struct Device {
    pub(crate) session: Session,
    request: Option<Request>,
    now: Moment,
}

/// A connection that was accepted at the origin.
pub(crate) fn accepted(protocol: Protocol) -> Device {
    admitted(protocol, &Opening::default())
}

/// The same by a device that lets in as said.
pub(crate) fn admitted(protocol: Protocol, opening: &Opening) -> Device {
    let session = Session::new(Arc::new(protocol), SessionLimits { idle: IDLE }, opening, Moment::ORIGIN);
    Device { session, request: None, now: Moment::ORIGIN }
}

impl Device {
    pub(crate) fn at(&mut self, milliseconds: u64) -> &mut Self {
        self.now = at(milliseconds);
        self
    }

    pub(crate) fn hears(&mut self, bytes: &[u8]) -> &mut Self {
        self.session.receive(bytes, self.now);
        self
    }

    pub(crate) fn sees_the_end(&mut self) -> &mut Self {
        self.session.handle_eof(self.now);
        self
    }

    pub(crate) fn poll(&mut self) -> Option<Request> {
        let request = self.session.poll_request(self.now);
        self.request = request.clone().or(self.request.take());
        request
    }

    /// Lets time pass up to the deadline, and says so.
    pub(crate) fn waits(&mut self) -> Option<Request> {
        self.now = self.session.deadline();
        let request = self.session.handle_deadline(self.now);
        self.request = request.clone().or(self.request.take());
        request
    }

    /// The body of the next request, which must be whole.
    pub(crate) fn command(&mut self) -> String {
        match self.poll() {
            Some(Request::Command { body, .. }) => String::from_utf8(body).unwrap(),
            other => panic!("no command but {other:?}"),
        }
    }

    pub(crate) fn answers(&mut self, body: &str) -> &mut Self {
        self.answer(&Answer::Body(body.as_bytes().to_vec())).unwrap();
        self
    }

    /// Answers the request that was polled last.
    pub(crate) fn answer(&mut self, answer: &Answer) -> Result<(), EncodeError> {
        self.session.answer(self.request.as_ref().expect("nothing was asked"), answer)
    }

    /// What it wants written now, all taken at once.
    pub(crate) fn writes(&mut self) -> Vec<u8> {
        let Some(Transmit::Bytes(bytes)) = self.session.poll_transmit() else { return Vec::new() };
        let bytes = bytes.to_vec();
        self.session.handle_written(bytes.len(), self.now);
        bytes
    }
}

/// A connection that was refused.
pub(crate) fn no_connection() -> NoConnection<'static> {
    NoConnection { reason: Unreachable::Refused, cause: "connection refused", hint: None, lasting: false }
}
