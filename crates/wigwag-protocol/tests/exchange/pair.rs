//! Both sides back to back in memory: whatever the pieces, the same body comes back.

use std::sync::Arc;

use proptest::prelude::*;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, End, Exchange, Link, Opening, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{Call, Protocol};

use crate::script::*;

/// Two sides and the wire between them, which carries `piece` bytes at a time, in turns.
struct Wire {
    client: Exchange,
    device: Session,
    now: Moment,
    pieces: Vec<usize>,
    turn: usize,
}

impl Wire {
    fn new(protocol: Protocol, call: Arc<Call>, pieces: Vec<usize>) -> Self {
        let protocol = Arc::new(protocol);
        let link = Link::new(&Fields::new(), 0x1234);
        let mut client = Exchange::new(protocol.clone(), call, link, Moment::ORIGIN);
        client.handle_open(Moment::ORIGIN);
        let device = Session::new(protocol, SessionLimits { idle: IDLE }, &Opening::default(), Moment::ORIGIN);
        Self { client, device, now: Moment::ORIGIN, pieces, turn: 0 }
    }

    /// Lets the device echo until the client has its end.
    fn run(mut self) -> End {
        const MOST_TURNS: usize = 100_000;
        for _ in 0..MOST_TURNS {
            if let Some(end) = self.client.poll_end() {
                return end;
            }
            let moved = self.carry_request() | self.act() | self.carry_answer();
            if !moved {
                self.let_time_pass();
            }
        }
        panic!("it never ends: {:?} {:?}", self.client, self.device);
    }

    fn piece(&mut self) -> usize {
        self.turn += 1;
        self.pieces.get(self.turn % self.pieces.len().max(1)).copied().unwrap_or(usize::MAX).max(1)
    }

    fn carry_request(&mut self) -> bool {
        let piece = self.piece();
        match self.client.poll_transmit() {
            Some(Transmit::Bytes(bytes)) if self.device.wants_bytes() => {
                let bytes = bytes.get(..piece).unwrap_or(bytes).to_vec();
                self.client.handle_written(bytes.len(), self.now);
                self.device.receive(&bytes, self.now);
                true
            }
            Some(Transmit::HalfClose) => {
                self.client.handle_half_closed(true, self.now);
                self.device.handle_eof(self.now);
                true
            }
            Some(Transmit::Bytes(_)) | None => false,
        }
    }

    fn act(&mut self) -> bool {
        let request = self.device.poll_request(self.now);
        self.echo(request)
    }

    fn echo(&mut self, request: Option<Request>) -> bool {
        match request {
            Some(ref request @ Request::Command { ref body, .. }) => {
                self.device.answer(request, &Answer::Body(body.clone())).unwrap();
            }
            Some(broken @ Request::Broken { .. }) => panic!("{broken:?}"),
            None => return false,
        }
        true
    }

    fn carry_answer(&mut self) -> bool {
        let piece = self.piece();
        match self.device.poll_transmit() {
            Some(Transmit::Bytes(bytes)) => {
                let bytes = bytes.get(..piece).unwrap_or(bytes).to_vec();
                self.device.handle_written(bytes.len(), self.now);
                self.client.receive(&bytes, self.now);
                true
            }
            Some(Transmit::HalfClose) => {
                self.device.handle_half_closed();
                self.client.handle_eof(self.now);
                true
            }
            None => false,
        }
    }

    fn let_time_pass(&mut self) {
        self.now = self.client.deadline().unwrap().min(self.device.deadline());
        self.client.handle_deadline(self.now);
        let request = self.device.handle_deadline(self.now);
        self.echo(request);
    }
}

fn assert_echoed(protocol: Protocol, request: Arc<Call>, body: &[u8], pieces: &[usize]) -> End {
    let end = Wire::new(protocol, request, pieces.to_vec()).run();
    assert_eq!(end.outcome, Outcome::Ok, "{}", told(&end));
    assert_eq!(end.evidence.body, body);
    assert_eq!(end.evidence.bytes_written, end.evidence.request.len());
    end
}

fn modbus_request(body: &[u8]) -> Arc<Call> {
    let parts = Fields::from([("unit", Value::Integer(17)), ("fc", Value::Integer(3))]);
    Arc::new(modbus_tcp().call_body(Some(body.to_vec()), parts).unwrap())
}

const WHOLE: &[usize] = &[usize::MAX];
const BYTE_BY_BYTE: &[usize] = &[1];

#[test]
fn esc_cr_and_line_and_raw_echo_whole_and_byte_by_byte() {
    for protocol in [esc_cr(), line(), protocol("body <CR>", "body <EOF>"), protocol("body <CR>", "body <IDLE 200ms>")]
    {
        for pieces in [WHOLE, BYTE_BY_BYTE] {
            let request = call(&protocol, "STATUS 1");
            assert_echoed(protocol.clone(), request, b"STATUS 1", pieces);
        }
    }
    // The device takes what has come for a whole request: only `raw` in one piece is told apart.
    assert_echoed(raw(), call(&raw(), "hello"), b"hello", WHOLE);
}

#[test]
fn modbus_tcp_answers_under_the_number_it_was_asked_with() {
    for pieces in [WHOLE, BYTE_BY_BYTE] {
        let end = assert_echoed(modbus_tcp(), modbus_request(b"\x00\x6b"), b"\x00\x6b", pieces);
        assert_eq!(end.evidence.response, [0x12, 0x34, 0, 0, 0, 4, 17, 3, 0x00, 0x6b]);
        assert_eq!(end.evidence.fields.get("unit"), Some(&Value::Integer(17)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn text_comes_back_whatever_the_pieces(
        body in "[!-~]([ -~]{0,60}[!-~])?",
        pieces in prop::collection::vec(1_usize..20, 1..8),
    ) {
        for protocol in [esc_cr(), line(), summed()] {
            let request = call(&protocol, &body);
            assert_echoed(protocol, request, body.as_bytes(), &pieces);
        }
    }

    #[test]
    fn bytes_come_back_whatever_the_pieces(
        body in prop::collection::vec(any::<u8>(), 0..200),
        pieces in prop::collection::vec(1_usize..20, 1..8),
    ) {
        assert_echoed(modbus_tcp(), modbus_request(&body), &body, &pieces);
    }
}
