//! The side that answers.

use wigwag_protocol::exchange::{Answer, Request, Transmit};
use wigwag_protocol::layout::{DecodeErrorKind, EncodeError, Fields, Value};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

// ---- requests, one after the other ----

#[test]
fn a_request_is_answered_in_one_piece() {
    let mut device = accepted(esc_cr());
    device.hears(b"\x1bSTATUS\r");
    let request = device.poll().unwrap();
    assert_eq!(
        request,
        Request::Command {
            command: None,
            body: b"STATUS".to_vec(),
            fields: Fields::from([("body", Value::Bytes(b"STATUS".to_vec()))]),
            frame: Fields::new(),
            wire: b"\x1bSTATUS\r".to_vec(),
        }
    );
    device.answers("READY");
    assert_eq!(device.session.poll_transmit(), Some(Transmit::Bytes(b"READY\0")));
    assert_eq!(device.writes(), b"READY\0");
    assert_eq!(device.poll(), None);
    assert!(!device.session.is_over());
}

#[test]
fn pipelined_requests_are_answered_in_order_each_after_the_one_before() {
    let mut device = accepted(line());
    device.hears(b"A\r\nB\r\nC");
    assert_eq!(device.command(), "A");
    assert_eq!(device.poll(), None, "the first is not answered");
    device.answers("a");
    assert_eq!(device.poll(), None, "the answer is not written");
    assert_eq!(device.writes(), b"a\r\n");
    assert_eq!(device.command(), "B");
    device.answers("b");
    assert_eq!(device.writes(), b"b\r\n");
    assert_eq!(device.poll(), None);
    assert_eq!(device.hears(b"\r\n").command(), "C");
}

#[test]
fn byte_by_byte_is_the_same_as_whole() {
    let mut device = accepted(esc_cr());
    for byte in b"\x1bSTATU" {
        assert_eq!(device.hears(&[*byte]).poll(), None);
    }
    assert_eq!(device.hears(b"S\r").command(), "STATUS");
}

#[test]
fn a_body_is_handed_on_as_it_came() {
    let mut device = accepted(esc_cr());
    assert_eq!(device.hears(b"\x1b PRINT  \r").command(), " PRINT  ");
}

#[test]
fn an_answer_that_is_taken_in_pieces_goes_on_where_it_stopped() {
    let mut device = accepted(line());
    device.hears(b"A\r\n").command();
    device.answers("answer");
    device.session.handle_written(3, at(1));
    assert_eq!(device.session.poll_transmit(), Some(Transmit::Bytes(b"wer\r\n")));
    device.session.handle_written(5, at(2));
    assert_eq!(device.session.poll_transmit(), None);
}

#[test]
fn no_answer_at_all_and_on_to_the_next() {
    let mut device = accepted(line());
    device.hears(b"A\r\nB\r\n").command();
    device.answer(&Answer::Silence).unwrap();
    assert_eq!(device.session.poll_transmit(), None);
    assert_eq!(device.command(), "B");
}

#[test]
fn exactly_these_bytes() {
    let mut device = accepted(line());
    device.hears(b"A\r\n").command();
    device.answer(&Answer::Wire(b"half a li".to_vec())).unwrap();
    assert_eq!(device.writes(), b"half a li");
}

// ---- the end of the connection ----

#[test]
fn a_client_that_has_closed_its_side_still_gets_its_answers() {
    let mut device = accepted(esc_cr());
    device.hears(b"\x1bA\r\x1bB\r").sees_the_end();
    for (body, answer) in [("A", b"a\0"), ("B", b"b\0")] {
        assert_eq!(device.command(), body);
        assert!(!device.session.is_over());
        device.answers(&body.to_lowercase());
        assert!(!device.session.is_over());
        assert_eq!(device.writes(), answer);
    }
    assert_eq!(device.poll(), None);
    assert!(device.session.is_over());
}

#[test]
fn a_connection_without_a_byte_is_over_without_anything() {
    let mut device = accepted(esc_cr());
    assert_eq!(device.sees_the_end().poll(), None);
    assert_eq!(device.session.poll_transmit(), None);
    assert!(device.session.is_over());
}

#[test]
fn half_a_request_and_the_end_are_no_request() {
    let mut device = accepted(esc_cr());
    assert_eq!(device.hears(b"\x1bREBOO").sees_the_end().poll(), None);
    assert!(device.session.is_over());
}

#[test]
fn a_request_that_the_end_of_the_connection_ends() {
    let mut device = accepted(protocol("body <EOF>", "body <EOF>"));
    assert_eq!(device.hears(b"PRINT").poll(), None);
    assert_eq!(device.sees_the_end().command(), "PRINT");
}

#[test]
fn a_response_that_the_end_of_the_connection_ends_closes_our_side_and_then_it_is_over() {
    let mut device = accepted(protocol("body <CR>", "body <EOF>"));
    device.hears(b"A\rB\r").command();
    device.answers("a");
    assert_eq!(device.writes(), b"a");
    assert_eq!(device.session.poll_transmit(), Some(Transmit::HalfClose));
    assert_eq!(device.poll(), None, "nothing can be answered any more");
    device.session.handle_half_closed();
    assert_eq!(device.session.poll_transmit(), None);
    assert_eq!(device.poll(), None);
    assert!(device.session.is_over());
}

#[test]
fn finishing_answers_whole_requests_that_have_come_and_nothing_more() {
    let mut device = accepted(any_line());
    device.hears(b"A\r\nB\rC");
    device.session.finish();
    assert!(!device.session.wants_bytes());
    device.hears(b"OMING\r\n");
    for body in ["A", "B"] {
        assert_eq!(device.command(), body);
        device.answers("done").writes();
    }
    assert_eq!(device.poll(), None);
    assert!(device.session.is_over());
}

#[test]
fn finishing_takes_a_lone_cr_for_the_end_that_it_is() {
    let mut device = accepted(any_line());
    device.hears(b"A\r").session.finish();
    assert_eq!(device.command(), "A");
}

#[test]
fn finishing_takes_nothing_back_from_a_client_that_has_ended_its_request() {
    let mut device = accepted(protocol("body <EOF>", "body <EOF>"));
    device.hears(b"PRINT").sees_the_end().session.finish();
    assert_eq!(device.command(), "PRINT");
}

#[test]
fn finishing_ends_no_request_whose_end_has_not_come() {
    for layout in ["body <EOF>", "body <IDLE 200ms>", "body <CR>"] {
        let mut device = accepted(protocol(layout, "body <CR>"));
        device.hears(b"REBOOT IF").poll();
        device.session.finish();
        assert_eq!(device.poll(), None, "{layout}");
        assert!(device.session.is_over(), "{layout}");
    }
}

// ---- bytes that are no request ----

fn broken(request: Option<Request>) -> (DecodeErrorKind, Vec<u8>) {
    match request {
        Some(Request::Broken { error, wire }) => (error.kind, wire),
        other => panic!("not broken but {other:?}"),
    }
}

#[test]
fn garbage_is_dropped_up_to_a_byte_that_can_start_a_request_and_told_once() {
    let mut device = accepted(esc_cr());
    device.hears(b"garbage");
    assert_eq!(broken(device.poll()), (DecodeErrorKind::Framing, b"garbage".to_vec()));
    device.answer(&Answer::Silence).unwrap();
    assert_eq!(device.hears(b" and more").poll(), None);
    assert_eq!(device.hears(b" of it\x1bSTATUS\r").command(), "STATUS");
    device.answers("READY").writes();
    assert_eq!(broken(device.hears(b"a new run").poll()).1, b"a new run");
}

#[test]
fn only_the_garbage_is_dropped_and_shown() {
    let mut device = accepted(esc_cr());
    device.hears(b"\r\n\x1bSTATUS\r");
    assert_eq!(broken(device.poll()).1, b"\r\n");
    device.answer(&Answer::Silence).unwrap();
    assert_eq!(device.command(), "STATUS");
}

#[test]
fn much_garbage_is_shown_in_part() {
    let mut device = accepted(esc_cr());
    assert_eq!(broken(device.hears(&[b'x'; 5000]).poll()).1.len(), 256);
}

#[test]
fn a_frame_with_a_wrong_checksum_is_dropped_whole_and_the_next_is_answered() {
    let mut device = accepted(summed());
    device.hears(b"\x02PINX2E\x03\x02PINY2E\x03\x02PING2E\x03");
    for frame in [b"\x02PINX2E", b"\x02PINY2E"] {
        let (kind, wire) = broken(device.poll());
        assert_eq!(kind, DecodeErrorKind::Checksum);
        assert!(wire.starts_with(frame), "each frame is told of: its sender waits");
        device.answer(&Answer::Silence).unwrap();
    }
    assert_eq!(device.command(), "PING");
}

#[test]
fn a_request_without_an_end_breaks_and_then_it_is_over() {
    for request in ["body <CR>", "<ESC> body <CR>"] {
        let mut device =
            accepted(Protocol { request: form(ascii(request, 100)), ..with_errors(line(), &["'E' code:dec2"]) });
        device.hears(b"\x1b").hears(&[b'x'; 200]);
        assert_eq!(broken(device.poll()).0, DecodeErrorKind::TooLong);
        device.answer(&Answer::Error(Value::Integer(7))).unwrap();
        assert!(!device.session.wants_bytes());
        device.hears(b"\r\x1bSTATUS\r");
        assert_eq!(device.writes(), b"E07\r\n");
        assert_eq!(device.poll(), None);
        assert!(device.session.is_over());
    }
}

#[test]
fn without_a_mark_to_find_the_next_request_by_nothing_behind_garbage_is_trusted() {
    let mut device = accepted(modbus_tcp());
    device.hears(b"GET / HTTP/1.1\r\n\r\n");
    broken(device.poll());
    device.answer(&Answer::Silence).unwrap();
    assert_eq!(device.poll(), None);
    assert!(device.session.is_over());
}

#[test]
fn garbage_costs_no_more_than_its_length() {
    let mut device = accepted(protocol("<ESC> 'A' body <CR>", "body <CR>"));
    device.hears(&[0x1b; 1 << 20]);
    broken(device.poll());
    device.answer(&Answer::Silence).unwrap();
    assert_eq!(device.poll(), None);
    assert_eq!(device.hears(b"A1\r").command(), "1");
}

// ---- time ----

#[test]
fn an_idle_client_is_closed() {
    let mut device = accepted(line());
    assert_eq!(device.session.deadline(), at(30_000));
    assert_eq!(device.session.handle_deadline(at(29_999)), None);
    assert!(!device.session.is_over());
    assert_eq!(device.waits(), None);
    assert!(device.session.is_over());
}

#[test]
fn idle_counts_from_the_last_whole_request_so_that_a_drip_holds_no_slot() {
    let mut device = accepted(esc_cr());
    device.at(10_000).hears(b"\x1bA\r").command();
    device.answers("a").writes();
    for second in 11..40 {
        assert_eq!(device.at(second * 1000).hears(b"\x1b").poll(), None);
        assert_eq!(device.session.deadline(), at(40_000));
    }
    assert_eq!(device.waits(), None);
    assert!(device.session.is_over());
}

#[test]
fn garbage_is_no_progress() {
    let mut device = accepted(esc_cr());
    broken(device.at(1000).hears(b"garbage").poll());
    device.answer(&Answer::Silence).unwrap();
    device.at(29_000).hears(b"garbage").poll();
    assert_eq!(device.session.deadline(), at(30_000));
}

#[test]
fn a_client_that_does_not_read_its_answers_is_not_read_from_and_is_closed() {
    let mut device = accepted(line());
    assert!(device.session.wants_bytes());
    device.at(1000).hears(b"A\r\nB\r\n").command();
    assert!(!device.session.wants_bytes(), "while the action runs");
    device.answers("a");
    device.session.handle_written(1, at(2000));
    assert!(!device.session.wants_bytes(), "while the answer is not taken");
    assert_eq!(device.poll(), None);
    assert_eq!(device.session.deadline(), at(31_000));
    device.waits();
    device.waits();
    assert!(device.session.is_over());
    assert_eq!(device.session.poll_transmit(), None);
}

#[test]
fn a_slow_action_is_not_the_clients_fault() {
    let mut device = accepted(line());
    device.at(1000).hears(b"A\r\n").command();
    assert_eq!(device.waits(), None);
    assert!(!device.session.is_over());
    assert_eq!(device.session.deadline(), at(61_000), "no deadline is left behind that has passed");
    device.at(70_000).answers("a");
    assert_eq!(device.session.handle_deadline(at(70_000)), None);
    assert_eq!(device.session.poll_transmit(), Some(Transmit::Bytes(b"a\r\n")));
    assert_eq!(device.session.deadline(), at(100_000), "a whole idle time to take the answer");
    device.waits();
    assert!(device.session.is_over());
}

#[test]
fn silence_ends_a_request() {
    let mut device = accepted(protocol("body <IDLE 200ms>", "body <CR>"));
    assert_eq!(device.at(10).hears(b"STA").poll(), None);
    assert_eq!(device.at(50).hears(b"TUS").poll(), None);
    assert_eq!(device.session.deadline(), at(250));
    assert!(matches!(device.waits(), Some(Request::Command { body, .. }) if body == b"STATUS"));
    device.answers("READY");
    assert_eq!(device.writes(), b"READY\r");
}

#[test]
fn an_lf_that_comes_long_after_its_cr_is_no_empty_request() {
    let mut device = accepted(any_line());
    assert_eq!(device.hears(b"A\r").poll(), None);
    assert!(matches!(device.waits(), Some(Request::Command { body, .. }) if body == b"A"));
    device.answers("a").writes();
    assert_eq!(device.at(500).hears(b"\n").poll(), None);
    assert_eq!(device.hears(b"B\n").command(), "B");
    device.answers("b").writes();
    assert_eq!(device.hears(b"\n").command(), "", "once: this one is an empty line");
}

#[test]
fn only_the_first_byte_behind_a_cr_can_be_its_late_lf() {
    let mut device = accepted(protocol("body <CR LF|CR>", "body <CR>"));
    device.hears(b"A\r").poll();
    device.waits();
    device.answers("a").writes();
    assert_eq!(device.at(500).hears(b"\n").poll(), None);
    assert_eq!(device.hears(b"\n").poll(), None);
    assert_eq!(device.hears(b"B\r\n").command(), "\nB");
}

#[test]
fn an_answer_that_ends_by_silence_keeps_the_next_one_waiting() {
    let mut device = accepted(protocol("body <CR>", "body <IDLE 200ms>"));
    device.hears(b"A\rB\r").command();
    device.at(50).answers("a");
    assert_eq!(device.writes(), b"a");
    assert_eq!(device.poll(), None);
    assert!(!device.session.wants_bytes());
    assert_eq!(device.session.deadline(), at(250));
    assert!(matches!(device.waits(), Some(Request::Command { body, .. }) if body == b"B"));
}

// ---- answers ----

#[test]
fn a_no_takes_the_form_of_the_protocols_first_error() {
    let answer = |errors: &[&str], told: Value| {
        let mut device = accepted(with_errors(line(), errors));
        device.hears(b"A\r\n").command();
        device.answer(&Answer::Error(told)).unwrap();
        device.writes()
    };
    let text = || Value::Text("unknown command".to_owned());
    assert_eq!(answer(&["'ERR ' text", "'E' code:dec2"], text()), b"ERR unknown command\r\n");
    assert_eq!(answer(&["'E' code:dec2"], Value::Integer(13)), b"E13\r\n");
    assert_eq!(answer(&["'E' code:dec2"], text()), b"E00\r\n");
    assert_eq!(answer(&["'E' code:dec2 ' ' text"], Value::Integer(13)), b"E13 error\r\n");
    assert_eq!(answer(&[], text()), b"", "silence where the protocol has none");
}

#[test]
fn a_no_makes_the_condition_of_its_class_true() {
    let answer = |kind: &str, when: &str| {
        let file = format!(
            "name = \"x\"
            request.layout = \"body <CR>\"
            response.layout = \"{kind} body <CR>\"
            class.error = [{{ when = \"{when}\", body = \"text:text\" }}]"
        );
        let mut device = accepted(Protocol::parse(&file).unwrap());
        device.hears(b"A\r").command();
        device.answer(&Answer::Error(Value::Text("never".to_owned()))).unwrap();
        device.writes()
    };
    assert_eq!(answer("kind:<'+'|'-'>", "kind == '-'"), b"-never\r");
    assert_eq!(answer("kind:u8(yes=0x2B, no=0x2D)", "kind == no"), b"-never\r");
    assert_eq!(answer("kind:u8", "kind & 0x0F == 0x0D"), b"\x0Dnever\r");
}

#[test]
fn parts_of_the_request_are_copied_into_the_response() {
    let mut device = accepted(modbus_tcp());
    device.hears(&[0x12, 0x34, 0, 0, 0, 4, 17, 3, 0xAA, 0xBB]);
    assert!(matches!(device.poll(), Some(Request::Command { body, .. }) if body == [0xAA, 0xBB]));
    device.answer(&Answer::Body(vec![1, 2, 3])).unwrap();
    assert_eq!(device.writes(), [0x12, 0x34, 0, 0, 0, 5, 17, 3, 1, 2, 3]);
}

#[test]
fn an_answer_that_holds_what_ends_it_is_refused_and_the_session_goes_on() {
    let mut device = accepted(line());
    device.hears(b"A\r\nB\r\n").command();
    let refused = device.answer(&Answer::Body(b"two\r\nlines".to_vec()));
    assert!(matches!(refused, Err(EncodeError::ContainsTerminator { .. })), "{refused:?}");
    assert_eq!(device.session.poll_transmit(), None);
    assert_eq!(device.command(), "B");
    device.answers("b");
    assert_eq!(device.writes(), b"b\r\n");
}
