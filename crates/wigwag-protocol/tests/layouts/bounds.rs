//! `max`, what encoding refuses, and what decoding costs.

use super::*;
use wigwag_protocol::layout::DecodeErrorKind;

fn capped(layout: &str, max: usize) -> Layout {
    frame_with(layout, &Options { max, ..Options::default() })
}

#[test]
fn everything_variable_is_capped_by_max() {
    for (layout, good, bad) in [
        ("body <CR>", b"12345\r".as_slice(), b"123456\r".as_slice()),
        ("<STX> body sum:u8 <CR>", b"\x0212345s\r", b"\x02123456s\r"),
        ("n:u8=len(body) body", b"\x0512345", b"\x07123456"),
        ("n:u8=len(n..body) body", b"\x0612345", b"\x07123456"),
        ("v:u8[] <CR>", b"12345\r", b"123456\r"),
        ("n:u8 v:u8[n]", b"\x0512345", b"\x06123456"),
        ("body <EOF>", b"12345", b"123456"),
    ] {
        let layout = capped(layout, 5);
        decode(&layout, good);
        assert_eq!(decode_error(&layout, bad).kind, DecodeErrorKind::TooLong, "{}", layout.source());
    }
}

#[test]
fn without_an_end_in_sight_no_more_than_max_is_waited_for() {
    let layout = capped("body <CR LF>", 5);
    assert!(waits(&layout, b"12345", Closing::Open));
    assert!(waits(&layout, b"12345\r", Closing::Open));
    assert_eq!(decode_error(&layout, b"123456").kind, DecodeErrorKind::TooLong);
}

#[test]
fn max_is_64_kib_unless_said() {
    let layout = frame("body <CR>");
    assert!(waits(&layout, &[b'x'; 64 * 1024], Closing::Open));
    assert!(layout.decoder().advance(&[b'x'; 64 * 1024 + 1], Closing::Open).is_err());
}

#[test]
fn bytes_past_max_are_refused_when_encoding() {
    let layout = capped("body <CR>", 5);
    assert_eq!(encode_error(&layout, [("body", bytes(b"123456"))]), EncodeError::TooLong { max: 5 });
}

#[test]
fn a_part_that_holds_the_literal_which_ends_it_is_refused_and_named() {
    let error = encode_error(&frame("<ESC> body <CR>"), [("body", bytes(b"STATUS\r\x1BREBOOT"))]);
    assert_eq!(error.to_string(), "`body` contains <CR> at byte 6, which would end it there");
    let error = encode_error(&frame("a <','|';'> b <CR LF>"), [("a", bytes(b"x;y")), ("b", bytes(b"z"))]);
    assert!(error.to_string().starts_with("`a` contains ;"), "{error}");
    let error = encode_error(&frame("body <CR LF CR>"), [("body", bytes(b"x\r\n"))]);
    assert!(error.to_string().starts_with("`body` contains"), "its end and the terminator's start are one: {error}");
}

#[test]
fn half_a_terminator_in_a_part_is_no_terminator() {
    assert_both(&frame("body <CR LF>"), b"a\rb\n\r\r\n", [("body", bytes(b"a\rb\n\r"))]);
}

#[test]
fn what_would_read_back_as_something_else_is_refused() {
    let error = encode_error(&frame("body <EOF>"), [("body", bytes(b""))]);
    assert!(matches!(error, EncodeError::Ambiguous { .. }), "nothing is not an answer: {error}");
    let error = encode_error(&frame("n:u8 a:u8[n] b:u8[n]"), [("a", list([int(1)])), ("b", list([]))]);
    assert!(matches!(error, EncodeError::Ambiguous { .. } | EncodeError::Invalid { .. }), "{error}");
}

#[test]
fn frames_that_are_taken_in_one_stride_are_checked_all_the_same() {
    // Whole, they are taken at once; byte by byte, step by step: `decode` and `decode_error` compare both.
    let layout = capped("<STX> a:u8=1 n:u8=len(a..)+1 b:u8 body", 20);
    let body = [b'x'; 13];
    let wire = |a, n| [&[2, a, n, 7], body.as_slice()].concat();
    assert_both(&layout, &wire(1, 17), [("b", int(7)), ("body", bytes(&body))]);
    assert_eq!(decode_error(&layout, &wire(2, 17)).part.as_deref(), Some("a"));
    assert_eq!(decode_error(&layout, &wire(1, 0)).expected, "a length of at least 1");
    assert_eq!(decode_error(&layout, &wire(1, 3)).part.as_deref(), Some("b"), "a span that ends in the head");
    assert_eq!(decode_error(&layout, &wire(1, 200)).kind, DecodeErrorKind::TooLong);

    let layout = capped("<STX> a:u16 body <CR>", 20);
    assert_both(&layout, b"\x02\x0D\x0D0123456789abcdef\r", [("a", int(0x0D0D)), ("body", bytes(b"0123456789abcdef"))]);
    assert_eq!(decode_error(&layout, b"\x03\x0D\x0D0123456789abcdef\r").offset, 0);
    assert_eq!(decode_error(&layout, b"\x02\x0D\x0D0123456789abcdefghijk\r").kind, DecodeErrorKind::TooLong);
}

#[test]
fn feeding_byte_by_byte_scans_nothing_twice() {
    // 256 KiB; scanning from the start each time would take minutes.
    const SIZE: usize = 256 * 1024;
    for layout in ["body <CR LF>", "v:u8[] <CR LF>", "items:{ v <LF> }[] <CR>"] {
        let mut decoder = capped(layout, SIZE).decoder();
        let wire = vec![b'x'; SIZE];
        for end in 0..=SIZE {
            assert_eq!(decoder.advance(&wire[..end], Closing::Open), Ok(Step::NeedMore), "{layout}");
        }
    }
}
