//! Whatever happens, in any order: one end, and never a wrong proof.

use std::sync::Arc;

use proptest::prelude::*;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Answer, End, Exchange, Failure, Link, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::{Garbled, Outcome, Unconfirmed};
use wigwag_protocol::protocol::{Call, Protocol};

use crate::script::*;
use crate::{around, classes, letting_in};

#[derive(Debug, Clone)]
enum Happening {
    Resolved,
    Connecting,
    Connected,
    Secured,
    Unreachable,
    Open,
    Written(usize),
    HalfClosed(bool),
    Received(Vec<u8>),
    Eof,
    Failure(Failure),
    Deadline,
    Interrupt,
    Time(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let said = prop::sample::select(vec![
        &b"OK\r\n"[..],
        b"OK\r",
        b"\n",
        b"E13\r\n",
        b"OK\0",
        b"HELLO\r",
        b"\x02PING2E\x03",
        b"\x02PINX2E\x03",
        b"Chn1\r\n",
        b"In3\r\n",
        b"Wait\r\n",
        b"\0\x07\0\0\0\x03\x11\x83\x02",
        b"\0\0\0\0\0\x09\x11\x03\x06\x02\x2B\0\0\0\x64",
        b"PJLINK 1 498e4a67\r",
        b"%1POWR=1\r",
        b"\r\nPassword:",
        b"Login User\r\n",
        b"Vrb3\r\n",
        b"\xff\xfd\x18",
        b"x",
        b"",
    ]);
    prop_oneof![
        1 => Just(Happening::Resolved),
        1 => Just(Happening::Connecting),
        1 => Just(Happening::Connected),
        1 => Just(Happening::Secured),
        1 => Just(Happening::Unreachable),
        6 => Just(Happening::Open),
        6 => (0_usize..12).prop_map(Happening::Written),
        3 => any::<bool>().prop_map(Happening::HalfClosed),
        6 => said.prop_map(|bytes| Happening::Received(bytes.to_vec())),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(Happening::Received),
        1 => Just(Happening::Eof),
        1 => prop::sample::select(vec![Failure::Reset, Failure::Truncated, Failure::Local]).prop_map(Happening::Failure),
        2 => Just(Happening::Deadline),
        1 => Just(Happening::Interrupt),
        4 => (0_u64..2000).prop_map(Happening::Time),
    ]
}

fn any_protocol() -> impl Strategy<Value = Protocol> {
    let protocols = vec![
        esc_cr(),
        line(),
        raw(),
        summed(),
        with_errors(line(), &["'E' code:dec2"]),
        with_greeting(line(), "'HELLO' <CR LF|CR>"),
        with_greeting(esc_cr(), "<IDLE 200ms>"),
        protocol("body <IDLE 500ms>", "body <EOF>"),
    ];
    prop::sample::select(protocols)
}

/// A call of a protocol, with all that can stand around it.
fn any_call() -> impl Strategy<Value = (Protocol, Arc<Call>)> {
    let named = [
        (classes::switcher(), "input", Fields::from([("n", integer(3))])),
        (classes::modbus(), "read", Fields::from([("address", integer(1)), ("count", integer(3))])),
        (letting_in::projector(), "power", Fields::new()),
        (letting_in::switcher(), "power", Fields::new()),
        (around::telnet(), "", Fields::new()),
    ];
    let named: Vec<_> = named
        .into_iter()
        .map(|(protocol, name, params)| {
            let call =
                if name.is_empty() { call(&protocol, "A") } else { Arc::new(protocol.call(name, params).unwrap()) };
            (protocol, call)
        })
        .collect();
    let body = (any_protocol(), any::<bool>()).prop_map(|(protocol, unasked)| {
        let call = if unasked { call_unasked(&protocol, "STATUS") } else { call(&protocol, "STATUS") };
        (protocol, call)
    });
    prop_oneof![body, prop::sample::select(named)]
}

fn tell(exchange: &mut Exchange, happening: &Happening, now: &mut Moment) {
    match happening {
        Happening::Resolved => exchange.handle_resolved(*now),
        Happening::Connecting => exchange.handle_connecting("10.4.0.7:9100".parse().unwrap(), *now),
        Happening::Connected => exchange.handle_connected(*now),
        Happening::Secured => exchange.handle_secured(*now),
        Happening::Unreachable => exchange.handle_unreachable(no_connection(), *now),
        Happening::Open => exchange.handle_open(*now),
        Happening::Written(count) => exchange.handle_written(*count, *now),
        Happening::HalfClosed(said) => exchange.handle_half_closed(*said, *now),
        Happening::Received(bytes) => exchange.receive(bytes, *now),
        Happening::Eof => exchange.handle_eof(*now),
        Happening::Failure(failure) => exchange.handle_failure(*failure, "broken", *now),
        Happening::Deadline => exchange.handle_deadline(*now),
        Happening::Interrupt => exchange.handle_interrupt(*now),
        Happening::Time(milliseconds) => *now = *now + ms(*milliseconds),
    }
}

/// The command has at least one byte, so these are exact.
fn check(end: &End, answers_can_be_told_apart: bool) {
    let evidence = &end.evidence;
    let all_written = evidence.bytes_written == evidence.request.len();
    assert_eq!(end.outcome.proves_not_sent(), evidence.bytes_written == 0, "{end:?}");
    match end.outcome {
        Outcome::Ok | Outcome::Rejected | Outcome::Sent | Outcome::Garbled(_) => assert!(all_written, "{end:?}"),
        Outcome::Unconfirmed(Unconfirmed::PartialSend) => assert!(!all_written, "{end:?}"),
        Outcome::Unconfirmed(Unconfirmed::Interrupted) => {}
        Outcome::Unconfirmed(_) => assert!(all_written, "{end:?}"),
        Outcome::Unreachable(_) | Outcome::Cancelled => {
            assert!(evidence.response.is_empty() && evidence.body.is_empty(), "{end:?}");
        }
        Outcome::Skipped(_) | Outcome::Expired => panic!("an exchange has begun: {end:?}"),
    }
    let answered = matches!(end.outcome, Outcome::Ok | Outcome::Rejected);
    let framed = answered || end.outcome == Outcome::Garbled(Garbled::Mismatch);
    assert_eq!(framed, evidence.ended_by.is_some(), "{end:?}");
    assert_eq!(matches!(end.outcome, Outcome::Ok | Outcome::Sent), evidence.error.is_none(), "{end:?}");
    if end.link.is_some() {
        let clean = evidence.stale.is_empty() && evidence.extra.is_empty() && evidence.foreign.is_empty();
        assert!(answered && (clean || answers_can_be_told_apart), "{end:?}");
    }
    assert!(evidence.error.as_deref().is_none_or(|error| !error.contains("hunter2")), "{end:?}");
    assert!(evidence.error.as_deref().is_none_or(|error| !error.chars().any(char::is_control)), "{end:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_exchange_ends_once_and_never_proves_what_is_not_so(
        (protocol, call) in any_call(),
        secrets in any::<bool>(),
        happenings in prop::collection::vec(happening(), 0..30),
    ) {
        let secrets = if secrets { letting_in::secret("hunter2") } else { Fields::new() };
        let mut now = Moment::ORIGIN;
        let answers_can_be_told_apart = !protocol.response.matches.is_empty();
        let mut exchange = Exchange::new(Arc::new(protocol), call, Link::new(&secrets, 0), now);
        let mut ends = Vec::new();
        for happening in &happenings {
            tell(&mut exchange, happening, &mut now);
            let over = exchange.is_over();
            prop_assert_eq!(exchange.deadline().is_none(), over);
            prop_assert!(!over || exchange.poll_transmit().is_none());
            let end = exchange.poll_end();
            prop_assert_eq!(end.is_some(), over && ends.is_empty());
            ends.extend(end);
        }
        // Left alone, it ends by its deadlines: each moves it on, and there are few.
        for _ in 0..16 {
            if let Some(deadline) = exchange.deadline() {
                now = now.max(deadline);
                exchange.handle_deadline(now);
            }
        }
        ends.extend(exchange.poll_end());
        prop_assert_eq!(ends.len(), 1, "{:?}", exchange);
        ends.iter().for_each(|end| check(end, answers_can_be_told_apart));
    }

    #[test]
    fn a_session_survives_whatever_comes_and_is_over_in_the_end(
        (protocol, _) in any_call(),
        pieces in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                Just(b"\x1bSTATUS\r".to_vec()),
                Just(b"A\r\nB\r".to_vec()),
                Just(b"\x02PING2E\x03".to_vec()),
                Just(b"\x02PINX2E\x03".to_vec()),
                Just(b"\0\0\0\0\0\x06\x11\x03\0\x6b\0\x03".to_vec()),
                Just(b"3!\r".to_vec()),
                Just(b"hunter2\r".to_vec()),
                Just(b"%1POWR ?\r".to_vec()),
                Just(b"\xff\xfd\x18".to_vec()),
            ],
            0..20,
        ),
        ends in any::<bool>(),
    ) {
        let opening = letting_in::opening("hunter2");
        let mut device = Session::new(Arc::new(protocol), SessionLimits { idle: IDLE }, &opening, Moment::ORIGIN);
        let mut now = Moment::ORIGIN;
        for piece in &pieces {
            now = now + ms(60);
            device.receive(piece, now);
            while let Some(request) = device.poll_request(now) {
                answer(&mut device, &request);
                write(&mut device, now);
            }
        }
        if ends {
            device.handle_eof(now);
        }
        for _ in 0..100 {
            if let Some(request) = device.poll_request(now) {
                answer(&mut device, &request);
            } else if !write(&mut device, now) && !device.is_over() {
                prop_assert!(device.deadline() + IDLE > now, "no deadline stays behind");
                now = now.max(device.deadline());
                if let Some(request) = device.handle_deadline(now) {
                    answer(&mut device, &request);
                }
            }
        }
        prop_assert!(device.is_over(), "{:?}", device);
    }
}

fn answer(device: &mut Session, request: &Request) {
    let answer = match request {
        Request::Command { command: Some(_), fields, .. } => Answer::Fields(vec![fields.clone()]),
        Request::Command { body, .. } => Answer::Body(body.clone()),
        Request::Broken { .. } => Answer::Error(Value::Integer(1)),
    };
    // An echo can hold what ends a response; then nothing is written, and that is all.
    let _ = device.answer(request, &answer);
}

fn write(device: &mut Session, now: Moment) -> bool {
    match device.poll_transmit() {
        Some(Transmit::Bytes(bytes)) => {
            let count = bytes.len().div_ceil(2);
            device.handle_written(count, now);
        }
        Some(Transmit::HalfClose) => device.handle_half_closed(),
        None => return false,
    }
    true
}
