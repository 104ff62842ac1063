//! Connections that carry one command after the other: what came for one is never taken for the answer to the next.

use wigwag_protocol::exchange::{End, Link};
use wigwag_protocol::outcome::{Outcome, Unconfirmed, Unreachable};
use wigwag_protocol::protocol::{Finish, Protocol};

use crate::script::*;

/// The next command on the connection that an earlier one left.
fn next(protocol: Protocol, body: &str, end: End) -> Client {
    let call = call(&protocol, body);
    resumed(protocol, call, end.link.expect("the connection is kept"))
}

fn numbered() -> Protocol {
    file(
        r#"
        [session]
        finish = "keep"
        [request]
        layout = "id:hex2=seq body <CR LF>"
        [response]
        layout = "id:hex2 body <CR LF>"
        match = ["id"]
        [command.it]
        send = "what"
        reply = "answer"
        "#,
    )
}

fn it(what: &str) -> (Protocol, std::sync::Arc<wigwag_protocol::protocol::Call>) {
    let protocol = numbered();
    let call = command(&protocol, "it", [("what", text(what))]);
    (protocol, call)
}

#[test]
fn one_command_after_the_other_without_greeting_or_login() {
    let greeted = || with_greeting(line(), "'HELLO' <CR LF>");
    let end = open(greeted(), "A").hears(b"HELLO\r\n").sends().hears(b"a\r\n").ends();
    let end = next(greeted(), "B", end).opens().sends().hears(b"b\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"b"[..]));
    assert!(end.link.unwrap().is_kept());
}

#[test]
fn a_protocol_that_closes_keeps_nothing() {
    let mut closing = line();
    closing.session.finish = Finish::Close;
    assert!(sent(closing, "A").hears(b"a\r\n").ends().link.is_none());
}

#[test]
fn a_late_answer_is_never_handed_to_the_next_command() {
    // Without correlation and with it: what timed out leaves no connection on which its answer could still come.
    let end = sent(line(), "A").waits().ends();
    assert_eq!((end.outcome, end.link), (Outcome::Unconfirmed(Unconfirmed::NoReply), None));
    let (protocol, call) = it("A");
    let end = start(protocol, call).opens().sends().waits().ends();
    assert_eq!((end.outcome, end.link), (Outcome::Unconfirmed(Unconfirmed::NoReply), None));
    let end = sent(line(), "A").hears(b"half").waits().ends();
    assert_eq!((end.outcome, end.link), (Outcome::Unconfirmed(Unconfirmed::Stalled), None));
}

#[test]
fn stale_bytes_are_never_an_answer() {
    let end = open(line(), "A").hears(b"old\r\n").sends().hears(b"a\r\n").ends();
    assert_eq!((end.evidence.body.as_slice(), end.evidence.stale.as_slice()), (&b"a"[..], &b"old\r\n"[..]));
    assert_eq!(end.link, None, "nobody knows what else is under way");

    let (protocol, call) = it("A");
    let end = start(protocol, call).opens().hears(b"07old\r\n").sends().hears(b"00a\r\n").ends();
    assert_eq!(
        (end.evidence.fields.get("answer"), end.evidence.stale.as_slice()),
        (Some(&bytes(b"a")), &b"07old\r\n"[..])
    );
    assert!(end.link.is_some(), "answers are told apart");
}

#[test]
fn a_frame_that_began_before_the_command_is_stale_to_its_last_byte() {
    let (protocol, call) = it("A");
    let client = start(protocol, call).opens().hears(b"07ol").sends();
    let end = client.hears(b"d\r\n00a\r\n").ends();
    assert_eq!((end.outcome, end.evidence.fields.get("answer")), (Outcome::Ok, Some(&bytes(b"a"))));
    assert_eq!(end.evidence.stale, b"07old\r\n");
}

#[test]
fn extra_bytes_are_never_the_next_answer() {
    let end = sent(line(), "A").hears(b"a\r\nb\r\n").ends();
    assert_eq!((end.evidence.extra.as_slice(), end.link), (&b"b\r\n"[..], None));

    // With correlation the connection goes on, and what came behind the answer is known for what it is.
    let (protocol, call) = it("A");
    let end = start(protocol, call).opens().sends().hears(b"00a\r\n07ol").ends();
    assert_eq!(end.evidence.extra, b"07ol");
    let (protocol, call) = it("B");
    let client = resumed(protocol, call, end.link.unwrap()).opens().writes_this(b"01B\r\n");
    let end = client.hears(b"d\r\n01b\r\n").ends();
    assert_eq!((end.outcome, end.evidence.fields.get("answer")), (Outcome::Ok, Some(&bytes(b"b"))));
    assert_eq!(end.evidence.stale, b"07old\r\n");
}

#[test]
fn the_counter_goes_on() {
    let mut link = Link::new(&wigwag_protocol::layout::Fields::new(), 0xFF);
    for (expected, answer) in [(b"FFA\r\n", b"FFa\r\n"), (b"00A\r\n", b"00a\r\n"), (b"01A\r\n", b"01a\r\n")] {
        let (protocol, call) = it("A");
        let end = resumed(protocol, call, link).opens().writes_this(expected).hears(answer).ends();
        assert_eq!(end.outcome, Outcome::Ok);
        link = end.link.unwrap();
    }
}

#[test]
fn a_gap_is_kept_between_commands() {
    let mut slow = line();
    slow.session.gap = ms(200);
    let end = sent(slow.clone(), "A").at(50).hears(b"a\r\n").ends();
    let client = next(slow, "B", end).at(60).opens();
    assert_eq!(client.exchange.poll_transmit(), None);
    assert_eq!(client.exchange.deadline(), Some(at(250)));
    let end = client.waits().writes_this(b"B\r\n").hears(b"b\r\n").ends();
    assert_eq!((end.outcome, end.evidence.timing.total), (Outcome::Ok, ms(250)));
}

#[test]
fn a_device_that_ends_the_connection_during_the_gap_got_nothing() {
    let mut slow = line();
    slow.session.gap = ms(200);
    let end = sent(slow.clone(), "A").hears(b"a\r\n").ends();
    let end = next(slow, "B", end).opens().sees_the_end().ends();
    assert_eq!(end.outcome, Outcome::Unreachable(Unreachable::Dropped));
}
