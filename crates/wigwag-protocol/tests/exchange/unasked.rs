//! Commands that have no answer by design.

use wigwag_protocol::exchange::{Failure, Transmit};
use wigwag_protocol::outcome::{Outcome, Unconfirmed};

use crate::script::*;

#[test]
fn sent_when_the_device_ends_the_connection_in_order() {
    for protocol in [esc_cr(), line()] {
        let end = sent_unasked(protocol, "REBOOT").at(3).sees_the_end().ends();
        assert_eq!((end.outcome, end.evidence.error, end.link.is_some()), (Outcome::Sent, None, false));
    }
}

#[test]
fn sent_when_it_stays_silent_for_the_idle_time_after_our_last_byte() {
    let client = sent_unasked(line(), "REBOOT");
    assert_eq!(client.exchange.deadline(), Some(at(1000)));
    let end = client.waits().ends();
    assert_eq!((end.outcome, end.evidence.timing.total, end.link.is_some()), (Outcome::Sent, ms(1000), false));
}

#[test]
fn sent_even_if_our_half_close_never_got_through() {
    let client = open_unasked(esc_cr(), "REBOOT").writes(8);
    assert_eq!(client.exchange.poll_transmit(), Some(Transmit::HalfClose));
    assert_eq!(client.waits().ends().outcome, Outcome::Sent);
}

#[test]
fn a_reset_leaves_it_open() {
    let end = sent_unasked(line(), "REBOOT").gets_reset().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::Reset));
    let end = sent_unasked(line(), "REBOOT").breaks(Failure::Truncated, "TLS was cut off").ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::Closed));
}

#[test]
fn what_comes_all_the_same_is_noted_and_not_judged() {
    let client = sent_unasked(line(), "REBOOT").at(500).hears(b"going down\r\nnow").at(700);
    assert_eq!(client.exchange.deadline(), Some(at(1500)));
    let end = client.waits().ends();
    assert_eq!((end.outcome, end.evidence.extra.as_slice()), (Outcome::Sent, &b"going down\r\nnow"[..]));
    let end = sent_unasked(summed(), "REBOOT").hears(b"nonsense").sees_the_end().ends();
    assert_eq!((end.outcome, end.evidence.extra.as_slice()), (Outcome::Sent, &b"nonsense"[..]));
}

#[test]
fn a_no_is_heard() {
    let no = || with_errors(line(), &["'E' code:dec2"]);
    let end = sent_unasked(no(), "REBOOT").hears(b"hm\r\nE13\r\n").ends();
    assert_eq!((end.outcome, end.evidence.response.as_slice()), (Outcome::Rejected, &b"E13\r\n"[..]));
    assert_eq!((told(&end), end.evidence.extra.as_slice()), ("the device refused: code 13", &b"hm\r\n"[..]));

    let end = sent_unasked(no(), "REBOOT").hears(b"E13\r").sees_the_end().ends();
    assert_eq!(end.outcome, Outcome::Rejected);
    let end = sent_unasked(no(), "REBOOT").hears(b"E13\r").waits().ends();
    assert_eq!(end.outcome, Outcome::Rejected);
}

#[test]
fn a_device_that_never_falls_silent_confirms_nothing() {
    let mut client = sent_unasked(with_total(line(), ms(2000)), "REBOOT");
    for half in 0..4 {
        client = client.at(500 * half).hears(b"tick\r\n");
    }
    let end = client.waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::Stalled));
    assert_eq!(
        told(&end),
        "no response is due, but the device did not fall silent within the 2 s of the whole attempt; \
         it is not known whether the device acted on the command"
    );
}
