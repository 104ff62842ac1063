//! What counts as an answer, and what came beside it.

use wigwag_protocol::exchange::{Failure, Transmit};
use wigwag_protocol::layout::{EndReason, Value};
use wigwag_protocol::outcome::{Outcome, Unconfirmed};

use crate::script::*;

#[test]
fn an_answer_up_to_nul_is_ok_and_its_body_is_trimmed() {
    let end = sent(esc_cr(), "STATUS").at(3).hears(b" READY\r\n\0").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert_eq!(end.evidence.body, b"READY");
    assert_eq!(end.evidence.response, b" READY\r\n\0");
    assert_eq!(end.evidence.ended_by, Some(EndReason::Terminator));
    assert_eq!(end.evidence.error, None);
}

#[test]
fn an_answer_up_to_the_end_of_the_connection_is_ok() {
    let end = sent(esc_cr(), "STATUS").hears(b"READY\r\n").sees_the_end().ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert_eq!(end.evidence.body, b"READY");
    assert_eq!(end.evidence.ended_by, Some(EndReason::Eof));
}

#[test]
fn the_command_leaves_in_one_piece_and_the_half_close_comes_behind_it() {
    let client = open(esc_cr(), "STATUS");
    assert_eq!(client.exchange.poll_transmit(), Some(Transmit::Bytes(b"\x1bSTATUS\r")));
    let client = client.writes(3);
    assert_eq!(client.exchange.poll_transmit(), Some(Transmit::Bytes(b"ATUS\r")));
    let client = client.writes(5);
    assert_eq!(client.exchange.poll_transmit(), Some(Transmit::HalfClose));
    let client = client.half_closes(true);
    assert_eq!(client.exchange.poll_transmit(), None);
}

#[test]
fn no_more_is_written_than_there_is() {
    let end = open(line(), "STATUS").writes(usize::MAX).hears(b"OK\r\n").ends();
    assert_eq!((end.outcome, end.evidence.bytes_written), (Outcome::Ok, 8));
}

#[test]
fn without_fin_nothing_follows_the_command() {
    let client = open(line(), "STATUS").writes(8);
    assert_eq!(client.exchange.poll_transmit(), None);
    assert!(client.is_waiting());
}

#[test]
fn a_response_that_is_due_before_our_half_close_counts_all_the_same() {
    let end = open(esc_cr(), "STATUS").writes(8).hears(b"OK\0").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert!(end.link.is_none());
}

#[test]
fn every_end_of_a_line_ends_it() {
    for answer in [&b"OK\r\n"[..], b"OK\n"] {
        let end = sent(line(), "STATUS").hears(answer).ends();
        assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
        assert_eq!(end.evidence.response, answer);
    }
}

#[test]
fn a_lone_cr_ends_a_line_once_no_lf_has_followed_for_a_while() {
    let client = sent(line(), "STATUS").at(10).hears(b"OK\r");
    assert_eq!(client.exchange.deadline(), Some(at(110)));
    let end = client.waits().ends();
    assert_eq!((end.outcome, end.evidence.response.as_slice()), (Outcome::Ok, &b"OK\r"[..]));
}

#[test]
fn an_lf_in_the_next_segment_belongs_to_the_line() {
    let end = sent(line(), "STATUS").hears(b"OK\r").at(50).hears(b"\n").ends();
    assert_eq!(end.evidence.response, b"OK\r\n");
    assert_eq!(end.evidence.extra, b"");
    assert!(end.link.is_some());
}

#[test]
fn an_lf_that_comes_after_the_line_was_taken_changes_nothing() {
    let end = sent(line(), "STATUS").hears(b"OK\r").waits().hears(b"\n").ends();
    assert_eq!((end.outcome, end.evidence.extra.as_slice()), (Outcome::Ok, &b""[..]));
}

#[test]
fn a_lone_cr_is_a_whole_line_even_if_the_connection_breaks_before_the_silence_has_settled_it() {
    let pending = || sent(line(), "STATUS").hears(b"OK\r");
    for client in [pending().sees_the_end(), pending().gets_reset(), pending().gets_interrupted()] {
        let end = client.ends();
        assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
    }
    let end = sent(with_total(line(), ms(50)), "STATUS").hears(b"OK\r").waits().ends();
    assert_eq!(end.outcome, Outcome::Ok);
}

#[test]
fn raw_ends_by_silence() {
    let client = sent(raw(), "hello").at(10).hears(b"wor").at(20).hears(b"ld");
    assert_eq!(client.exchange.deadline(), Some(at(520)));
    let end = client.waits().ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"world"[..]));
    assert_eq!(end.evidence.ended_by, Some(EndReason::Idle));
}

#[test]
fn raw_ends_by_the_end_of_the_connection() {
    let end = sent(raw(), "hello").hears(b"world").sees_the_end().ends();
    assert_eq!((end.outcome, end.evidence.ended_by), (Outcome::Ok, Some(EndReason::Eof)));
}

#[test]
fn byte_by_byte_is_the_same_as_whole() {
    for (protocol, answer) in
        [(esc_cr(), &b" READY\r\n\0"[..]), (line(), b"OK\r\n"), (line(), b"OK\n"), (summed(), b"\x02PING2E\x03")]
    {
        let whole = sent(protocol.clone(), "PING").hears(answer).ends();
        let pieces = answer.iter().fold(sent(protocol, "PING"), |client, byte| client.hears(&[*byte])).ends();
        assert_eq!(pieces, whole);
    }
}

#[test]
fn a_lone_terminator_is_an_empty_answer() {
    for (protocol, answer) in [(esc_cr(), &b"\0"[..]), (line(), b"\r\n"), (line(), b"\n")] {
        let end = sent(protocol, "STATUS").hears(answer).ends();
        assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b""[..]));
        assert_eq!(end.evidence.response, answer);
    }
}

// ---- a no ----

#[test]
fn a_body_that_fits_an_error_is_a_no_with_its_code() {
    let end = sent(with_errors(line(), &["'E' code:dec2"]), "STATUS").hears(b"E13\r\n").ends();
    assert_eq!(end.outcome, Outcome::Rejected);
    assert_eq!(end.evidence.refusal.as_ref().unwrap().code, Some(Value::Integer(13)));
    assert_eq!(end.evidence.body, b"E13");
    assert_eq!(told(&end), "the device refused: code 13");
    assert!(end.link.is_some());
}

#[test]
fn a_no_is_told_with_its_text() {
    let refused = |errors: &[&str], answer: &[u8]| {
        told(&sent(with_errors(line(), errors), "STATUS").hears(answer).ends()).to_owned()
    };
    assert_eq!(refused(&["'ERR ' text"], b"ERR paper out\r\n"), "the device refused: paper out");
    assert_eq!(
        refused(&["'ERR ' code:dec ' ' text"], b"ERR 7 paper out\r\n"),
        "the device refused: paper out (code 7)"
    );
    assert_eq!(refused(&["<NAK>"], b"\x15\r\n"), "the device refused: <NAK>");
    assert_eq!(refused(&["'ERR ' text"], b"ERR \x1b[2J\r\n"), "the device refused: <ESC>[2J");
}

#[test]
fn the_first_error_that_fits_wins() {
    let errors = with_errors(line(), &["'E' code:dec2", "'E' text"]);
    let end = sent(errors.clone(), "STATUS").hears(b"E22\r\n").ends();
    assert_eq!(end.evidence.refusal.unwrap().code, Some(Value::Integer(22)));
    let end = sent(errors, "STATUS").hears(b"Empty\r\n").ends();
    assert_eq!(end.evidence.refusal.unwrap().text, Some(Value::Bytes(b"mpty".to_vec())));
}

#[test]
fn errors_look_at_the_whole_body_after_it_was_trimmed() {
    let errors = || with_errors(esc_cr(), &["'E' code:dec2"]);
    assert_eq!(sent(errors(), "STATUS").hears(b" E22\r\n\0").ends().outcome, Outcome::Rejected);
    assert_eq!(sent(errors(), "STATUS").hears(b"E22 or so\0").ends().outcome, Outcome::Ok);
}

// ---- stale and extra bytes ----

#[test]
fn what_comes_before_the_command_is_stale_and_never_an_answer() {
    let end = open(line(), "STATUS").hears(b"LATE ANSWER\r\n").sends().at(7).hears(b"OK\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
    assert_eq!(end.evidence.stale, b"LATE ANSWER\r\n");
    assert!(end.link.is_none());
}

#[test]
fn stale_bytes_alone_answer_nothing() {
    let end = open(line(), "STATUS").hears(b"LATE ANSWER\r\n").sends().waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply));
    assert_eq!((end.evidence.stale.as_slice(), end.evidence.response.as_slice()), (&b"LATE ANSWER\r\n"[..], &b""[..]));
}

#[test]
fn what_comes_before_the_connection_is_open_is_stale_too() {
    let end = begun(line(), "STATUS").hears(b"EARLY\r\n").opens().sends().hears(b"OK\r\n").ends();
    assert_eq!((end.evidence.stale.as_slice(), end.evidence.body.as_slice()), (&b"EARLY\r\n"[..], &b"OK"[..]));
}

#[test]
fn bytes_behind_the_answer_are_extra() {
    let end = sent(line(), "STATUS").hears(b"OK\r\nAGAIN\r\n").ends();
    assert_eq!((end.outcome, end.evidence.response.as_slice()), (Outcome::Ok, &b"OK\r\n"[..]));
    assert_eq!(end.evidence.extra, b"AGAIN\r\n");
    assert!(end.link.is_none());
}

#[test]
fn a_device_that_never_stops_talking_fills_no_memory() {
    let mut client = open(line(), "STATUS");
    for _ in 0..1000 {
        client = client.hears(&[b'x'; 1024]);
    }
    let mut client = client.writes(1);
    for _ in 0..1000 {
        client = client.hears(&[b'y'; 1024]);
    }
    let end = client.waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::PartialSend));
    assert!(end.evidence.stale.len() <= 64 * 1024, "{}", end.evidence.stale.len());
    assert!(end.evidence.response.len() <= 130 * 1024, "{}", end.evidence.response.len());
}

// ---- answers that come early ----

#[test]
fn a_response_that_comes_while_we_still_write_is_judged_once_all_is_written() {
    let client = open(line(), "STATUS").writes(3).hears(b"OK\r\n");
    assert!(client.is_waiting());
    let end = client.at(9).writes(5).ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
    assert_eq!(end.evidence.timing.first_byte, Some(ms(0)));
}

#[test]
fn a_response_that_begins_while_we_still_write_goes_on_after_it() {
    let end = open(line(), "STATUS").writes(3).hears(b"O").writes(5).hears(b"K\r\n").ends();
    assert_eq!((end.outcome, end.evidence.body.as_slice()), (Outcome::Ok, &b"OK"[..]));
}

#[test]
fn garbage_that_comes_while_we_still_write_is_judged_once_all_is_written() {
    let client = open(summed(), "PING").writes(2).hears(b"nonsense").hears(b" and more");
    assert!(client.is_waiting());
    assert_eq!(client.sends().ends().outcome.word(), "garbled");
}

// ---- the connection afterwards ----

#[test]
fn a_connection_is_used_again_only_after_a_clean_answer_on_an_open_one() {
    let reusable = |client: Client| client.ends().link.is_some();
    assert!(reusable(sent(line(), "A").hears(b"OK\r\n")));
    assert!(reusable(sent(raw(), "A").hears(b"OK").waits()));
    assert!(reusable(sent(with_errors(line(), &["'E' code:dec2"]), "A").hears(b"E13\r\n")));

    assert!(!reusable(open(line(), "A").hears(b"?").sends().hears(b"OK\r\n")), "stale");
    assert!(!reusable(sent(line(), "A").hears(b"OK\r\n?")), "extra");
    assert!(!reusable(sent(esc_cr(), "A").hears(b"OK\0")), "our side is closed");
    assert!(!reusable(open(esc_cr(), "A").writes(3).half_closes(false).hears(b"OK\0")), "meant to be closed");
    assert!(!reusable(sent(raw(), "A").hears(b"OK").sees_the_end()), "the other side is closed");
    assert!(!reusable(sent(line(), "A").hears(b"OK\r").sees_the_end()), "the other side is closed");
    assert!(!reusable(sent(line(), "A").hears(b"OK\r").gets_reset()), "it is broken");
    assert!(!reusable(sent(line(), "A").waits()), "no answer");
    assert!(!reusable(sent_unasked(line(), "A").waits()), "nobody knows what still comes");
}

#[test]
fn a_command_that_ends_by_silence_is_not_followed_by_another_before_it() {
    let silent = || protocol("body <IDLE 500ms>", "body <CR LF>");
    assert!(sent(silent(), "A").at(499).hears(b"OK\r\n").ends().link.is_none());
    assert!(sent(silent(), "A").at(500).hears(b"OK\r\n").ends().link.is_some());
}

#[test]
fn a_command_that_ends_by_the_end_of_the_connection_half_closes() {
    let client = open(protocol("body <EOF>", "body <EOF>"), "A").writes(1);
    assert_eq!(client.exchange.poll_transmit(), Some(Transmit::HalfClose));
}

// ---- the evidence ----

#[test]
fn the_evidence_is_complete() {
    let address = "10.4.0.7:9100".parse().unwrap();
    let mut client = begun(esc_cr(), "STATUS");
    client.exchange.handle_resolved(at(2));
    client.exchange.handle_connecting(address, at(3));
    client.exchange.handle_connected(at(10));
    client.exchange.handle_secured(at(30));
    let end = client.at(31).opens().at(32).sends().at(40).hears(b"REA").at(45).hears(b"DY\0").ends();
    let evidence = end.evidence;
    assert_eq!(evidence.address, Some(address));
    assert_eq!(evidence.phase.word(), "response");
    assert_eq!((evidence.bytes_written, &*evidence.request), (8, &b"\x1bSTATUS\r"[..]));
    assert_eq!(evidence.fields.get("body"), Some(&Value::Bytes(b"READY".to_vec())));
    assert_eq!(evidence.timing.resolve, Some(ms(2)));
    assert_eq!(evidence.timing.connect, Some(ms(8)));
    assert_eq!(evidence.timing.tls, Some(ms(20)));
    assert_eq!(evidence.timing.greeting, None);
    assert_eq!(evidence.timing.first_byte, Some(ms(8)));
    assert_eq!(evidence.timing.total, ms(45));
}

#[test]
fn an_address_needs_no_resolving_and_the_last_one_tried_is_named() {
    let mut client = begun(line(), "STATUS");
    client.exchange.handle_connecting("10.4.0.7:9100".parse().unwrap(), at(1));
    client.exchange.handle_connecting("10.4.0.8:9100".parse().unwrap(), at(3));
    client.exchange.handle_connected(at(6));
    let end = client.at(6).opens().sends().hears(b"OK\n").ends();
    assert_eq!(end.evidence.address, Some("10.4.0.8:9100".parse().unwrap()));
    assert_eq!((end.evidence.timing.resolve, end.evidence.timing.connect), (None, Some(ms(5))));
}

#[test]
fn nothing_changes_an_end() {
    let client = sent(line(), "STATUS").hears(b"OK\r\n");
    let client = client.hears(b"NO\r\n").gets_reset().sees_the_end().gets_interrupted().opens().writes(3);
    let end = client.breaks(Failure::Local, "out of memory").ends();
    assert_eq!((end.outcome, end.evidence.extra.as_slice(), end.evidence.hint), (Outcome::Ok, &b""[..], None));
}
