//! When each wait ends, to the millisecond.

use wigwag_protocol::outcome::{Outcome, Unconfirmed};

use crate::script::*;

fn deadline(client: &Client) -> wigwag_protocol::Moment {
    client.exchange.deadline().unwrap()
}

#[test]
fn connecting_is_measured_from_the_start_all_addresses_together() {
    let mut client = begun(line(), "STATUS");
    assert_eq!(deadline(&client), at(5000));
    client.exchange.handle_resolved(at(100));
    client.exchange.handle_connecting("10.4.0.7:9100".parse().unwrap(), at(100));
    client.exchange.handle_connecting("10.4.0.8:9100".parse().unwrap(), at(2000));
    client.exchange.handle_connected(at(3000));
    assert_eq!(deadline(&client), at(5000));
}

#[test]
fn a_greeting_is_measured_from_the_open_connection_then_between_bytes() {
    let client = begun(with_greeting(line(), "'HELLO' <CR LF>"), "STATUS").at(300).opens();
    assert_eq!(deadline(&client), at(5300));
    assert_eq!(deadline(&client.at(400).hears(b"HEL")), at(1400));
}

#[test]
fn writing_is_measured_from_the_last_byte_that_was_taken_whatever_the_device_says() {
    let client = begun(line(), "STATUS").at(300).opens();
    assert_eq!(deadline(&client), at(5300));
    let client = client.at(400).hears(b"chatter");
    assert_eq!(deadline(&client), at(5300));
    let client = client.at(1000).writes(3).at(1500).writes(0).at(2000).hears(b"chatter");
    assert_eq!(deadline(&client), at(6000));
}

#[test]
fn the_first_byte_is_measured_from_our_last_one() {
    let client = open(line(), "STATUS").at(200).writes(3).at(700).writes(5);
    assert_eq!(deadline(&client), at(5700));
    let client = open(esc_cr(), "STATUS").at(700).writes(8);
    assert_eq!(deadline(&client), at(5700), "before the half-close");
    assert_eq!(deadline(&client.at(800).half_closes(true)), at(5700), "and behind it");
}

#[test]
fn the_next_byte_is_measured_from_the_last_one() {
    let client = sent(esc_cr(), "STATUS").at(2000).hears(b"RE");
    assert_eq!(deadline(&client), at(3000));
    assert_eq!(deadline(&client.at(2500).hears(b"AD")), at(3500));
}

#[test]
fn a_silence_that_ends_the_frame_comes_before_the_idle_time() {
    assert_eq!(deadline(&sent(raw(), "x").at(2000).hears(b"RE")), at(2500));
    assert_eq!(deadline(&sent(line(), "x").at(2000).hears(b"OK\r")), at(2100));
    let patient = protocol("body <CR>", "body <IDLE 3s>");
    assert_eq!(deadline(&sent(patient, "x").at(2000).hears(b"RE")), at(5000), "and may be longer than it");
}

#[test]
fn the_whole_attempt_bounds_every_wait() {
    let hurried = || with_total(esc_cr(), ms(600));
    assert_eq!(deadline(&begun(hurried(), "STATUS")), at(600));
    assert_eq!(deadline(&open(hurried(), "STATUS")), at(600));
    assert_eq!(deadline(&sent(hurried(), "STATUS")), at(600));
    assert_eq!(deadline(&sent(hurried(), "STATUS").at(500).hears(b"x")), at(600));
    assert_eq!(deadline(&sent_unasked(hurried(), "STATUS")), at(600));
}

#[test]
fn a_deadline_that_is_told_early_or_late_or_twice_does_no_harm() {
    let mut client = sent(line(), "STATUS");
    client.exchange.handle_deadline(at(4999));
    assert!(client.is_waiting());
    client.exchange.handle_deadline(at(7000));
    client.exchange.handle_deadline(at(7000));
    client.exchange.handle_deadline(at(90_000));
    let end = client.ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply));
    assert_eq!(end.evidence.timing.total, ms(7000));
}

#[test]
fn bytes_that_come_before_a_late_deadline_still_count() {
    let mut client = sent(line(), "STATUS").at(4990).hears(b"O");
    client.exchange.handle_deadline(at(5001));
    assert!(client.is_waiting());
    assert_eq!(client.at(5002).hears(b"K\r\n").ends().outcome, Outcome::Ok);
}
