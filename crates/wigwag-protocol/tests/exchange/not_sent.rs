//! Everything that proves that nothing was sent.

use wigwag_protocol::exchange::{End, Failure, NoConnection};
use wigwag_protocol::outcome::{Outcome, Unreachable};

use crate::script::*;

fn assert_not_sent(end: &End, reason: Unreachable) {
    assert_eq!(end.outcome, Outcome::Unreachable(reason), "{}", told(end));
    assert!(end.outcome.proves_not_sent());
    assert_eq!(end.evidence.bytes_written, 0);
    assert!(end.link.is_none());
}

// ---- connecting ----

#[test]
fn connecting_that_takes_too_long_says_which_part_of_it() {
    let resolving = begun(line(), "STATUS").waits().ends();
    assert_not_sent(&resolving, Unreachable::Timeout);
    assert_eq!(told(&resolving), "could not resolve the name: no answer within 5 s");
    assert_eq!(resolving.evidence.phase.word(), "resolve");
    assert_eq!(resolving.evidence.timing.total, ms(5000));

    let mut client = begun(line(), "STATUS");
    client.exchange.handle_resolved(at(100));
    let connecting = client.waits().ends();
    assert_not_sent(&connecting, Unreachable::Timeout);
    assert_eq!(told(&connecting), "could not connect: no answer within 5 s");
    assert_eq!(connecting.evidence.phase.word(), "connect");

    let mut client = begun(line(), "STATUS");
    client.exchange.handle_connected(at(100));
    let securing = client.waits().ends();
    assert_not_sent(&securing, Unreachable::Timeout);
    assert_eq!(told(&securing), "could not agree on TLS: connected, but not done within 5 s");
    assert_eq!(securing.evidence.phase.word(), "tls");
}

#[test]
fn the_whole_attempt_may_be_over_before_connecting_is() {
    let end = begun(with_total(line(), ms(1500)), "STATUS").waits().ends();
    assert_eq!(told(&end), "could not resolve the name: no answer within the 1.5 s of the whole attempt");
}

#[test]
fn whatever_kept_the_driver_from_connecting_is_told_with_its_phase() {
    for (reason, cause, expected) in [
        (Unreachable::Dns, "no such host", "could not resolve the name: no such host"),
        (Unreachable::Refused, "connection refused", "could not connect: connection refused"),
        (Unreachable::NoRoute, "no route to host", "could not connect: no route to host"),
        (Unreachable::Timeout, "connection timed out", "could not connect: connection timed out"),
        (
            Unreachable::Local,
            "this process has too many open files",
            "could not connect: this process has too many open files",
        ),
        (Unreachable::Tls, "the certificate has expired", "could not agree on TLS: the certificate has expired"),
        (Unreachable::Proxy, "it wants a login", "could not connect through the proxy: it wants a login"),
        (Unreachable::Login, "wrong password", "could not log in: wrong password"),
    ] {
        let mut client = begun(line(), "STATUS");
        client
            .exchange
            .handle_unreachable(NoConnection { reason, cause, hint: Some("try this"), lasting: true }, at(1));
        let end = client.ends();
        assert_not_sent(&end, reason);
        assert_eq!((told(&end), end.evidence.hint.as_deref()), (expected, Some("try this")));
        assert!(end.evidence.lasting);
    }
}

#[test]
fn foreign_words_are_made_harmless() {
    let mut client = begun(line(), "STATUS");
    let why = NoConnection { reason: Unreachable::Tls, cause: "certificate of \x1b[2J", hint: None, lasting: false };
    client.exchange.handle_unreachable(why, at(1));
    assert_eq!(told(&client.ends()), "could not agree on TLS: certificate of <ESC>[2J");
}

#[test]
fn after_the_first_byte_nothing_makes_it_unreachable() {
    let mut client = open(line(), "STATUS").writes(1);
    client.exchange.handle_unreachable(NoConnection { hint: Some("a hint"), ..no_connection() }, at(1));
    assert!(client.is_waiting());
    let end = client.gets_reset().ends();
    assert_eq!((end.outcome.word(), end.evidence.hint), ("unconfirmed", None));
}

// ---- dropped ----

#[test]
fn a_device_that_closes_before_our_first_byte_has_dropped_us() {
    let end = open(line(), "STATUS").at(4).sees_the_end().ends();
    assert_not_sent(&end, Unreachable::Dropped);
    assert_eq!(told(&end), "could not send: the device closed the connection before the command was sent");
    assert_eq!(end.evidence.phase.word(), "send");
}

#[test]
fn what_it_said_is_told() {
    let end = open(line(), "STATUS").hears(b"Port already in use\r\n").sees_the_end().ends();
    assert_not_sent(&end, Unreachable::Dropped);
    assert_eq!(
        told(&end),
        "could not send: the device closed the connection before the command was sent; \
         the device said: Port already in use<CR><LF>"
    );
    assert_eq!(end.evidence.stale, b"Port already in use\r\n");
}

#[test]
fn a_reset_before_our_first_byte_has_dropped_us() {
    let end = open(line(), "STATUS").hears(b"busy").gets_reset().ends();
    assert_not_sent(&end, Unreachable::Dropped);
    assert_eq!(told(&end), "could not send: connection reset before the command was sent; the device said: busy");
}

#[test]
fn a_connection_that_takes_no_byte_is_given_up() {
    let end = open(line(), "STATUS").waits().ends();
    assert_not_sent(&end, Unreachable::Timeout);
    assert_eq!(told(&end), "could not send: connected, but not a byte of the command was taken within 5 s");
}

#[test]
fn our_own_shortage_never_blames_the_device() {
    let greeting = || with_greeting(line(), "'HELLO' <CR LF>");
    for client in [open(line(), "STATUS"), open(greeting(), "STATUS")] {
        let end = client.breaks(Failure::Local, "out of memory").ends();
        assert_not_sent(&end, Unreachable::Local);
        assert_eq!(told(&end), "could not send: this machine failed (out of memory)");
    }
}

// ---- the greeting ----

fn greeted() -> wigwag_protocol::protocol::Protocol {
    with_greeting(line(), "'HELLO ' name <CR LF|CR>")
}

#[test]
fn the_command_waits_for_the_greeting() {
    let client = open(greeted(), "STATUS");
    assert_eq!(client.exchange.poll_transmit(), None);
    let end = client.at(20).hears(b"HELLO press\r\n").at(21).sends().hears(b"OK\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
    assert_eq!(end.evidence.timing.greeting, Some(ms(20)));
    assert_eq!(end.evidence.stale, b"");
    assert!(end.link.is_some());
}

#[test]
fn bytes_behind_the_greeting_are_stale() {
    let end = open(greeted(), "STATUS").hears(b"HELLO press\r\nOK\r\n").sends().waits().ends();
    assert_eq!((end.outcome.reason(), end.evidence.stale.as_slice()), (Some("no-reply"), &b"OK\r\n"[..]));
}

#[test]
fn the_late_second_half_of_the_greetings_end_is_neither_stale_nor_an_empty_answer() {
    let settled = || open(greeted(), "STATUS").hears(b"HELLO press\r").waits();
    let end = settled().hears(b"\n").sends().hears(b"OK\r\n").ends();
    assert_eq!((end.evidence.body.as_slice(), end.evidence.stale.as_slice()), (&b"OK"[..], &b""[..]));
    let end = settled().sends().hears(b"\nOK\r\n").ends();
    assert_eq!((end.evidence.body.as_slice(), end.evidence.extra.as_slice()), (&b"OK"[..], &b""[..]));
}

#[test]
fn no_greeting_at_all() {
    let end = open(greeted(), "STATUS").waits().ends();
    assert_not_sent(&end, Unreachable::Greeting);
    assert_eq!(told(&end), "could not send: no greeting within 5 s");
    assert_eq!((end.evidence.phase.word(), end.evidence.timing.total), ("greeting", ms(5000)));
}

#[test]
fn a_greeting_that_stops_halfway() {
    let end = open(greeted(), "STATUS").at(10).hears(b"HELLO pr").waits().ends();
    assert_not_sent(&end, Unreachable::Greeting);
    assert_eq!(
        told(&end),
        "could not send: the greeting stopped before its end: nothing for 1 s after 8 bytes, HELLO pr"
    );
    assert_eq!((end.evidence.stale.as_slice(), end.evidence.timing.total), (&b"HELLO pr"[..], ms(1010)));
}

#[test]
fn another_greeting_than_the_protocols() {
    let end = open(greeted(), "STATUS").hears(b"220 smtp ready\r\n").ends();
    assert_not_sent(&end, Unreachable::Greeting);
    assert_eq!(
        told(&end),
        "could not send: this is not the greeting of the protocol: expected HELLO , found 2 at byte 0; \
         the device said: 220 smtp ready<CR><LF>"
    );
}

#[test]
fn a_greeting_that_says_no() {
    let protocol = with_errors(with_greeting(line(), "body <CR LF>"), &["'ERRA'", "'ERR ' text"]);
    let end = open(protocol, "STATUS").hears(b"ERR in use by 10.4.0.9\r\n").ends();
    assert_not_sent(&end, Unreachable::Greeting);
    assert_eq!(told(&end), "could not send: instead of a greeting the device refused: in use by 10.4.0.9");
    assert!(end.evidence.refusal.is_some());
}

#[test]
fn closed_instead_of_or_within_or_right_after_a_greeting_is_dropped() {
    for said in [&b""[..], b"HELLO pr", b"HELLO press\r"] {
        let end = open(greeted(), "STATUS").hears(said).sees_the_end().ends();
        assert_not_sent(&end, Unreachable::Dropped);
        let end = open(greeted(), "STATUS").hears(said).gets_reset().ends();
        assert_not_sent(&end, Unreachable::Dropped);
        assert_eq!(end.evidence.stale, said);
    }
}

#[test]
fn a_greeting_of_mere_silence_takes_whatever_comes_and_mostly_nothing() {
    let quiet = || with_greeting(line(), "<IDLE 200ms>");
    let client = open(quiet(), "STATUS");
    assert_eq!(client.exchange.deadline(), Some(at(200)));
    let end = client.waits().sends().hears(b"OK\r\n").ends();
    assert_eq!((end.outcome, end.evidence.timing.greeting), (Outcome::Ok, Some(ms(200))));

    let client = open(quiet(), "STATUS").at(150).hears(b"Welcome!\r\n");
    assert_eq!(client.exchange.deadline(), Some(at(350)));
    let end = client.waits().sends().hears(b"OK\r\n").ends();
    assert_eq!((end.evidence.body.as_slice(), end.evidence.stale.as_slice()), (&b"OK"[..], &b""[..]));

    assert_not_sent(&open(quiet(), "STATUS").hears(b"busy").sees_the_end().ends(), Unreachable::Dropped);
}

// ---- a person ----

#[test]
fn an_interrupt_before_our_first_byte_cancels() {
    let clients = [begun(line(), "STATUS"), open(line(), "STATUS"), open(greeted(), "STATUS").hears(b"HEL")];
    for client in clients {
        let end = client.at(8).gets_interrupted().ends();
        assert_eq!(end.outcome, Outcome::Cancelled);
        assert!(end.outcome.proves_not_sent());
        assert_eq!(told(&end), "cancelled before anything was sent");
    }
}
