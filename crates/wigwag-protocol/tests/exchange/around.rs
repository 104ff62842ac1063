//! What stands around frames: padding, echoes, Telnet, heartbeats.

use wigwag_protocol::exchange::Transmit;
use wigwag_protocol::outcome::{Outcome, Unconfirmed};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

fn lines(rest: &str) -> Protocol {
    file(&format!("encoding = 'ascii'\n{rest}"))
}

#[test]
fn padding_before_a_frame_is_dropped() {
    let protocol =
        lines("[request]\nlayout = 'body <CR>'\n[response]\nlayout = '<STX> body <ETX>'\nskip = '<CR LF NUL>'");
    let end = sent(protocol, "A").hears(b"\0\r\n").hears(b"\x02OK\x03\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
    assert_eq!(end.evidence.response, b"\x02OK\x03");
}

#[test]
fn an_echo_is_taken_off_if_it_is_there() {
    let echoing = || lines("[request]\nlayout = 'body <CR>'\n[response]\nlayout = 'body <CR>'\necho = true");
    for pieces in [&[&b"AB\rOK\r"[..]][..], &[b"A", b"B\rO", b"K\r"], &[b"OK\r"], &[b"AC\r"]] {
        let client = pieces.iter().fold(sent(echoing(), "AB"), |client, piece| client.hears(piece));
        let expected: &[u8] = if pieces == [b"AC\r"] { b"AC" } else { b"OK" };
        assert_eq!(client.ends().evidence.body, expected, "{pieces:?}");
    }
    let end = sent(echoing(), "AB").hears(b"AB\r").waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply), "an echo alone is no answer");
    let end = sent(echoing(), "AB").hears(b"A").sees_the_end().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::Closed));
}

pub(crate) fn telnet() -> Protocol {
    lines(
        "transport = 'telnet'\n[session]\ngreeting = \"'login ok' <CR LF>\"\n[request]\nlayout = 'body <CR>'\n[response]\nlayout = 'body <CR LF>'",
    )
}

#[test]
fn telnet_options_are_refused_beside_the_command() {
    let client = open(telnet(), "A").hears(b"\xff\xfd\x18\xff\xfb\x01login");
    let client = client.writes_this(b"\xff\xfc\x18\xff\xfe\x01").hears(b" ok\r\n").writes_this(b"A\r");
    let end = client.hears(b"O\xff\xf9K\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
    assert_eq!((end.evidence.bytes_written, &*end.evidence.request), (2, &b"A\r"[..]));
}

#[test]
fn what_is_refused_while_a_command_is_written_waits_for_its_end() {
    let client = open(telnet(), "AB").hears(b"login ok\r\n").writes(1).hears(b"\xff\xfd\x18");
    assert_eq!(client.exchange.poll_transmit(), Some(Transmit::Bytes(b"B\r")));
    let end = client.writes(2).writes_this(b"\xff\xfc\x18").hears(b"OK\r\n").ends();
    assert_eq!((end.outcome, end.evidence.bytes_written), (Outcome::Ok, 3));
}

#[test]
fn a_refusal_is_no_byte_of_the_command() {
    let end = open(telnet(), "A").hears(b"\xff\xfd\x18").writes(3).gets_interrupted().ends();
    assert_eq!((end.outcome, end.evidence.bytes_written), (Outcome::Cancelled, 0));
}

#[test]
fn heartbeats_are_answered_by_themselves() {
    let protocol = lines(
        "[session]\nauto = [{ on = \"'PING ' id:dec\", send = \"'PONG ' id:dec\" }]\n\
         [request]\nlayout = 'body <CR>'\n[response]\nlayout = 'body <CR LF>'",
    );
    let client = sent(protocol, "A").at(4000).hears(b"PING 7\r\nPING 8\r\n").writes_this(b"PONG 7\rPONG 8\r");
    assert_eq!(client.exchange.deadline(), Some(at(5000)));
    let end = client.hears(b"OK\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice(), end.evidence.bytes_written), (Outcome::Ok, &b"OK"[..], 2));
}
