//! Everything that leaves open what the device did.

use wigwag_protocol::exchange::{End, Failure};
use wigwag_protocol::outcome::{Garbled, Outcome, Unconfirmed};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

fn assert_unconfirmed(end: &End, reason: Unconfirmed, expected: &str) {
    assert_eq!(end.outcome, Outcome::Unconfirmed(reason), "{}", told(end));
    assert_eq!(told(end), format!("{expected}; it is not known whether the device acted on the command"));
    assert!(!end.outcome.proves_not_sent());
    assert!(end.link.is_none());
}

fn assert_garbled(end: &End, reason: Garbled, expected: &str) {
    assert_eq!(end.outcome, Outcome::Garbled(reason), "{}", told(end));
    assert_eq!(told(end), format!("{expected}; it is not known whether the device acted on the command"));
    assert!(end.link.is_none());
}

// ---- no reply ----

#[test]
fn not_a_byte_came_back() {
    let end = sent(line(), "STATUS").waits().ends();
    assert_unconfirmed(&end, Unconfirmed::NoReply, "no response within 5 s");
    assert_eq!((end.evidence.phase.word(), end.evidence.bytes_written), ("response", 8));
}

#[test]
fn not_a_byte_came_back_before_the_whole_attempt_was_over() {
    let end = sent(with_total(line(), ms(2500)), "STATUS").waits().ends();
    assert_unconfirmed(&end, Unconfirmed::NoReply, "no response within the 2.5 s of the whole attempt");
}

#[test]
fn a_response_after_the_time_out_is_never_accepted() {
    let end = sent(line(), "STATUS").waits().hears(b"OK\r\n").ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply));
    assert_eq!((end.evidence.response.as_slice(), end.evidence.extra.as_slice()), (&b""[..], &b""[..]));
}

// ---- partial send ----

#[test]
fn only_a_part_of_the_command_was_taken() {
    let part = || open(line(), "STATUS").writes(3);
    assert_unconfirmed(
        &part().gets_reset().ends(),
        Unconfirmed::PartialSend,
        "only 3 of 8 bytes were sent: connection reset",
    );
    assert_unconfirmed(
        &part().waits().ends(),
        Unconfirmed::PartialSend,
        "only 3 of 8 bytes were sent: the device took no more within 5 s",
    );
    assert_unconfirmed(
        &part().sees_the_end().ends(),
        Unconfirmed::PartialSend,
        "only 3 of 8 bytes were sent: the device closed the connection",
    );
    assert_unconfirmed(
        &part().breaks(Failure::Local, "out of memory").ends(),
        Unconfirmed::PartialSend,
        "only 3 of 8 bytes were sent: this machine failed (out of memory)",
    );
}

#[test]
fn what_the_device_said_to_half_a_command_is_told_and_is_no_answer() {
    let end = open(line(), "STATUS").writes(3).hears(b"TOO LONG\r\n").sees_the_end().ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::PartialSend,
        "only 3 of 8 bytes were sent: the device closed the connection; the device said: TOO LONG<CR><LF>",
    );
    assert_eq!(end.evidence.response, b"TOO LONG\r\n");
}

// ---- reset ----

#[test]
fn a_reset_without_a_response() {
    let end = sent(line(), "STATUS").gets_reset().ends();
    assert_unconfirmed(&end, Unconfirmed::Reset, "connection reset before a response came");
    assert_eq!(end.evidence.hint, None);
}

#[test]
fn a_reset_after_our_half_close_may_be_its_fault() {
    let end = sent(esc_cr(), "STATUS").gets_reset().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::Reset));
    assert!(end.evidence.hint.unwrap().ends_with("try --after-send open"));
}

#[test]
fn a_reset_never_ends_a_frame_that_the_end_of_the_connection_ends() {
    let end = sent(esc_cr(), "STATUS").hears(b"READY").gets_reset().ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::Reset,
        "connection reset in the middle of the response, after 5 bytes, READY",
    );
    assert_eq!(end.evidence.response, b"READY");
}

#[test]
fn a_reset_never_ends_a_frame_that_silence_ends() {
    let end = sent(raw(), "hello").hears(b"wor").gets_reset().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::Reset));
}

#[test]
fn a_connection_that_breaks_before_our_half_close_breaks_all_the_same() {
    let end = open(esc_cr(), "STATUS").writes(8).hears(b"READ").gets_reset().ends();
    assert_unconfirmed(&end, Unconfirmed::Reset, "connection reset in the middle of the response, after 4 bytes, READ");
}

#[test]
fn tls_that_is_cut_off_ends_no_frame() {
    let cause = "TLS was cut off without its end mark";
    let end = sent(esc_cr(), "STATUS").hears(b"READY").breaks(Failure::Truncated, cause).ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::Closed,
        "TLS was cut off without its end mark in the middle of the response, after 5 bytes, READY",
    );
    let end = sent(esc_cr_open(), "STATUS").breaks(Failure::Truncated, cause).ends();
    assert_unconfirmed(&end, Unconfirmed::Closed, "TLS was cut off without its end mark before a response came");
}

#[test]
fn our_own_shortage_is_not_the_devices_fault() {
    let end = sent(line(), "STATUS").breaks(Failure::Local, "out of memory").ends();
    assert_unconfirmed(&end, Unconfirmed::Reset, "this machine failed (out of memory) before a response came");
}

// ---- closed ----

#[test]
fn zero_bytes_and_the_end_are_no_answer() {
    let end = sent(esc_cr_open(), "STATUS").sees_the_end().ends();
    assert_unconfirmed(&end, Unconfirmed::Closed, "the device closed the connection before a response came");
    assert_eq!(end.evidence.hint, None);
}

#[test]
fn the_end_in_the_middle_of_a_response() {
    let end = sent(line(), "STATUS").hears(b"O").sees_the_end().ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::Closed,
        "the device closed the connection in the middle of the response, after 1 byte, O",
    );
}

#[test]
fn zero_bytes_and_the_end_after_our_half_close_come_with_what_to_try() {
    let end = sent(esc_cr(), "STATUS").sees_the_end().ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::ClosedAfterFin,
        "the device closed the connection without a response when we closed our sending side",
    );
    assert_eq!(
        end.evidence.hint.as_deref(),
        Some(
            "many small devices drop their answer when the sending side is closed after the command: \
             try --after-send open"
        )
    );
}

#[test]
fn a_half_close_that_could_not_be_said_is_not_to_blame() {
    let unsaid = open(esc_cr(), "STATUS").writes(8).half_closes(false).sees_the_end().ends();
    assert_eq!((unsaid.outcome, unsaid.evidence.hint), (Outcome::Unconfirmed(Unconfirmed::Closed), None));
    let not_yet = open(esc_cr(), "STATUS").writes(8).sees_the_end().ends();
    assert_eq!((not_yet.outcome, not_yet.evidence.hint), (Outcome::Unconfirmed(Unconfirmed::Closed), None));
}

// ---- stalled ----

#[test]
fn a_response_that_stops_halfway() {
    let end = sent(esc_cr(), "STATUS").at(10).hears(b"OK\r\n").waits().ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::Stalled,
        "the response stopped before its end: nothing for 1 s after 4 bytes, OK<CR><LF>",
    );
    assert_eq!((end.evidence.response.as_slice(), end.evidence.timing.total), (&b"OK\r\n"[..], ms(1010)));
    assert_eq!(
        end.evidence.hint.as_deref(),
        Some(
            "expected `body <NUL|EOF>`: if the device ends its responses otherwise, try another --response; \
             if it pauses within them, a longer --idle-timeout"
        )
    );
}

#[test]
fn a_response_that_drips_until_the_whole_attempt_is_over() {
    let mut client = sent(with_total(line(), ms(2000)), "STATUS");
    for second in 0..4 {
        client = client.at(500 * second).hears(b".");
    }
    let end = client.waits().ends();
    assert_unconfirmed(
        &end,
        Unconfirmed::Stalled,
        "the response did not end within the 2 s of the whole attempt: 4 bytes, ....",
    );
    assert_eq!(end.evidence.timing.total, ms(2000));
}

#[test]
fn a_long_response_is_shown_in_part() {
    let end = sent(esc_cr(), "STATUS").hears(&[b'x'; 100]).waits().ends();
    assert!(told(&end).contains("after 100 bytes, xxxx"), "{}", told(&end));
    assert!(told(&end).len() < 220, "{}", told(&end));
    assert_eq!(end.evidence.response.len(), 100);
}

// ---- interrupted ----

#[test]
fn an_interrupt_after_our_first_byte_leaves_it_open() {
    assert_unconfirmed(
        &open(line(), "STATUS").writes(3).gets_interrupted().ends(),
        Unconfirmed::Interrupted,
        "interrupted when only 3 of 8 bytes were sent",
    );
    assert_unconfirmed(
        &sent(line(), "STATUS").gets_interrupted().ends(),
        Unconfirmed::Interrupted,
        "interrupted after the command was sent, before a response came",
    );
    let end = sent(line(), "STATUS").hears(b"O").gets_interrupted().ends();
    assert_unconfirmed(&end, Unconfirmed::Interrupted, "interrupted in the middle of the response, after 1 byte, O");
    assert_eq!(end.evidence.response, b"O");
}

// ---- garbled ----

#[test]
fn bytes_that_do_not_fit_the_layout() {
    let end = sent(summed(), "PING").hears(b"HTTP/1.1 400 Bad Request\r\n").ends();
    assert_garbled(
        &end,
        Garbled::Framing,
        "the response is not framed as the protocol says: expected <STX>, found H at byte 0",
    );
    assert_eq!(end.evidence.response, b"HTTP/1.1 400 Bad Request\r\n");
}

#[test]
fn a_wrong_checksum() {
    let end = sent(summed(), "PING").hears(b"\x02PINX2E\x03").ends();
    assert_garbled(
        &end,
        Garbled::Checksum,
        "the response has a wrong checksum: expected sum8 0x3F, found sum8 0x2E at byte 5 (part sum)",
    );
}

#[test]
fn a_response_without_an_end_is_cut_at_the_limit() {
    let protocol = Protocol { response: form(ascii("body <CR LF>", 8)), ..line() };
    let end = sent(protocol, "STATUS").hears(b"12345678").hears(b"9012345").ends();
    assert_garbled(&end, Garbled::TooLong, "the response is too long: expected at most 8 bytes, found more");
    assert_eq!(end.evidence.response, b"123456789012345");
}

#[test]
fn text_that_is_not_in_the_encoding() {
    let protocol = Protocol { response: form(ascii("body:text <CR LF>", 100)), ..line() };
    let end = sent(protocol, "STATUS").hears(b"gr\xfcn\r\n").ends();
    assert_garbled(
        &end,
        Garbled::Decode,
        "the response is not text in the protocol's encoding: \
         expected ascii text, found <0xFC> at byte 2 (part body)",
    );
}
