//! Frames that are no plain answers: events, progress, errors.

use wigwag_protocol::outcome::{Garbled, Outcome, Unconfirmed};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

/// `examples/`-like switcher: lines, events among them.
pub(crate) fn switcher() -> Protocol {
    file(
        r#"
        encoding = "ascii"
        [session]
        finish = "keep"
        [request]
        layout = "body <CR>"
        [response]
        layout = "body <CR LF>"
        [class]
        event = ["'Chn' n:dec", "'Reconfig' rest"]
        progress = ["'Wait' rest"]
        error = [{ body = "'E' code:dec2", busy = [22], text = { 10 = "invalid command", 22 = "busy" } }]
        [command.input]
        send = "n:dec '!'"
        reply = "'In' n:dec"
        "#,
    )
}

fn asked() -> Client {
    let protocol = switcher();
    let call = command(&protocol, "input", [("n", integer(3))]);
    start(protocol, call).opens().sends()
}

#[test]
fn an_answer_fits_its_reply_and_gives_its_fields() {
    let end = asked().hears(b"In3\r\n").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert_eq!(end.evidence.fields.get("n"), Some(&integer(3)));
    assert_eq!(end.evidence.fields.get("body"), None, "what the body says in parts is not said again");
    assert_eq!(*end.evidence.request, *b"3!\r");
    assert!(end.link.is_some());
}

#[test]
fn events_are_noted_and_waited_past_and_do_not_prolong_the_wait() {
    let client = asked().at(4000).hears(b"Chn1\r\nReconfig now\r\n");
    assert_eq!(client.exchange.deadline(), Some(at(5000)), "the first byte of an answer is due as before");
    let end = client.hears(b"In3\r\n").ends();
    assert_eq!((end.outcome, end.evidence.events.as_slice()), (Outcome::Ok, &b"Chn1\r\nReconfig now\r\n"[..]));
    assert_eq!(end.evidence.response, b"In3\r\n", "the answer alone");
    assert!(end.link.is_some(), "events are expected here");

    let end = asked().hears(b"Chn1\r\n").waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply), "an event is no answer");
}

#[test]
fn the_beginning_of_an_event_before_the_command_is_no_beginning_of_its_answer() {
    let protocol = switcher();
    let call = command(&protocol, "input", [("n", integer(3))]);
    let client = start(protocol, call).opens().hears(b"Ch").sends();
    assert_eq!(client.exchange.deadline(), Some(at(5000)), "nothing of the answer has come: the first byte is awaited");
    let end = client.waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply));
    assert_eq!((end.evidence.stale.as_slice(), end.evidence.response.as_slice()), (&b"Ch"[..], &b""[..]));
    assert_eq!(end.evidence.timing.first_byte, None);
}

#[test]
fn progress_starts_the_wait_again() {
    let client = asked().at(4000).hears(b"Wait 50%\r\n");
    assert_eq!(client.exchange.deadline(), Some(at(9000)));
    let end = client.at(8000).hears(b"In3\r\n").ends();
    assert_eq!((end.outcome, end.evidence.events.as_slice()), (Outcome::Ok, &b"Wait 50%\r\n"[..]));
}

#[test]
fn an_error_has_the_text_that_the_file_gives_its_code() {
    let end = asked().hears(b"E10\r\n").ends();
    assert_eq!((end.outcome, told(&end)), (Outcome::Rejected, "the device refused: invalid command (code 10)"));
    let refusal = end.evidence.refusal.unwrap();
    assert_eq!((refusal.code, refusal.text, refusal.busy), (Some(integer(10)), Some(text("invalid command")), false));
    assert!(end.link.is_some());

    let end = asked().hears(b"E22\r\n").ends();
    assert!(end.evidence.refusal.unwrap().busy);
    let end = asked().hears(b"E99\r\n").ends();
    assert_eq!(told(&end), "the device refused: code 99");
}

#[test]
fn a_frame_that_is_nothing_of_all_this_is_a_mismatch() {
    let end = asked().hears(b"Vol7\r\n").ends();
    assert_eq!(end.outcome, Outcome::Garbled(Garbled::Mismatch));
    assert_eq!(
        told(&end),
        "this is not the reply to the command: expected `'In' n:dec`, found Vol7; \
         it is not known whether the device acted on the command"
    );
    assert!(end.link.is_none());
}

#[test]
fn a_reply_that_is_written_on_several_lines_is_told_of_on_one() {
    let protocol = file(
        "[request]\nlayout = 'body <CR>'\n[response]\nlayout = \"\"\"body\n  <CR>\"\"\"\n[command.ask]\nsend = \"'A'\"\nreply = \"\"\"'B'\n  n:dec2\n\"\"\"",
    );
    let call = command(&protocol, "ask", []);
    let end = start(protocol.clone(), call.clone()).opens().sends().hears(b"no\r").ends();
    assert!(told(&end).starts_with("this is not the reply to the command: expected `'B' n:dec2`, found no;"));
    let end = start(protocol, call).opens().sends().hears(b"B1").waits().ends();
    assert!(end.evidence.hint.is_some_and(|hint| hint.starts_with("expected `body <CR>`:")));
}

#[test]
fn where_frames_come_unasked_those_that_do_not_fit_are_waited_past() {
    let protocol = file(
        r#"
        [request]
        layout = "body <CR>"
        [response]
        layout = "body <CR>"
        unsolicited = true
        [command.power]
        send = "'PW?'"
        reply = "'PW' power"
        "#,
    );
    let call = command(&protocol, "power", []);
    let end = start(protocol, call).opens().sends().hears(b"MV50\rPWON\r").ends();
    assert_eq!((end.outcome, end.evidence.events.as_slice()), (Outcome::Ok, &b"MV50\r"[..]));
}

/// Modbus says no in the function code.
pub(crate) fn modbus() -> Protocol {
    file(
        r#"
        [session]
        finish = "keep"
        [request]
        layout = "tid:u16=seq pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body"
        [response]
        layout = "tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body"
        match = ["tid", "unit"]
        [params]
        unit = { default = 17 }
        [class]
        error = [{ when = "fc & 0x80 != 0", body = "code:u8", busy = [6], text = { 2 = "illegal data address" } }]
        [command.read]
        set = { fc = 3 }
        send = "address:u16 count:u16"
        reply = "n:u8=len(values) values:u16[]"
        effect = "read"
        "#,
    )
}

fn reads() -> Client {
    let protocol = modbus();
    let call = command(&protocol, "read", [("address", integer(0x6B)), ("count", integer(3))]);
    start(protocol, call).opens().writes_this(b"\0\0\0\0\0\x06\x11\x03\0\x6b\0\x03")
}

#[test]
fn a_condition_on_the_frame_tells_an_error() {
    let end = reads().hears(b"\0\0\0\0\0\x03\x11\x83\x02").ends();
    assert_eq!((end.outcome, told(&end)), (Outcome::Rejected, "the device refused: illegal data address (code 2)"));
    let end = reads().hears(b"\0\0\0\0\0\x09\x11\x03\x06\x02\x2B\0\0\0\x64").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    let values = end.evidence.fields.get("values").unwrap().elements().unwrap().to_vec();
    assert_eq!(values, [integer(0x22B), integer(0), integer(0x64)]);
    assert_eq!(end.evidence.fields.get("unit"), Some(&integer(17)), "parts of the frame are fields, too");
}

#[test]
fn the_answer_to_another_command_is_foreign() {
    let end = reads().hears(b"\0\x07\0\0\0\x03\x11\x83\x02\0\0\0\0\0\x09\x11\x03\x06\x02\x2B\0\0\0\x64").ends();
    assert_eq!((end.outcome, end.evidence.foreign.as_slice()), (Outcome::Ok, &b"\0\x07\0\0\0\x03\x11\x83\x02"[..]));
    assert!(end.link.is_some(), "answers are told apart");

    let client = reads().at(3000).hears(b"\0\0\0\0\0\x03\x12\x83\x02");
    assert_eq!(client.exchange.deadline(), Some(at(5000)), "another unit's answer prolongs nothing");
    let end = client.waits().ends();
    assert_eq!(end.outcome, Outcome::Unconfirmed(Unconfirmed::NoReply));
}
