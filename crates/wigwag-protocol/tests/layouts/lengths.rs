//! Lengths and the spans they measure.

use super::*;
use wigwag_protocol::layout::DecodeErrorKind;

#[test]
fn a_length_measures_the_named_span() {
    assert_both(&frame("n:u8=len(body) body"), b"\x03abc", [("body", bytes(b"abc"))]);
    assert_both(&frame("n:u8=len(n..body) body"), b"\x04abc", [("body", bytes(b"abc"))]);
    assert_both(&frame("n:u16le=len(a..b) a:u8 b"), b"\x03\x00\x01bc", [("a", int(1)), ("b", bytes(b"bc"))]);
    assert_both(&frame("n:dec3=len(body) ':' body"), b"003:abc", [("body", bytes(b"abc"))]);
    assert_both(&frame("n:dec=len(body) ':' body"), b"3:abc", [("body", bytes(b"abc"))]);
    assert_decodes(&frame("n:dec=len(body) ':' body"), b" +003:abc", [("body", bytes(b"abc"))]);
}

#[test]
fn an_open_length_reaches_to_the_end_of_the_frame() {
    let layout = frame("n:u8=len(type..) type:u8 body sum:u8=sum8(type..) <CR>");
    assert_both(&layout, b"\x05\x01AB\x84\r", [("type", int(1)), ("body", bytes(b"AB"))]);
}

#[test]
fn a_length_can_be_more_or_less_than_its_span_by_a_constant() {
    assert_both(&frame("n:u8=len(body)+2 body"), b"\x05abc", [("body", bytes(b"abc"))]);
    assert_both(&frame("n:u8=len(n..body) - 1 body"), b"\x03abc", [("body", bytes(b"abc"))]);
    let error = decode_error(&frame("n:u8=len(body)+2 body <CR>"), b"\x01abc\r");
    assert_eq!(error.to_string(), "expected a length of at least 2, found 1 at byte 0 (part n)");
    let error = encode_error(&frame("n:u8=len(body)-5 body"), [("body", bytes(b"abc"))]);
    assert_eq!(error.to_string(), "`n`: -2 is not from 0 to 255");
}

#[test]
fn a_part_ends_where_the_smallest_length_span_that_covers_it_ends() {
    let layout = frame("n:u8=len(a..d) m:u8=len(b) a:u8 b c:u8 d");
    let fields = [("a", int(1)), ("b", bytes(b"bb")), ("c", int(3)), ("d", bytes(b"\r\n"))];
    assert_both(&layout, b"\x06\x02\x01bb\x03\r\n", fields);
}

#[test]
fn length_spans_nest() {
    let layout = frame("n:u8=len(type..crc) type:u8 m:u8=len(flag..cmd) flag:u8=0 cmd serial:u8 crc:u8=sum8(n..) <CR>");
    let fields = [("type", int(7)), ("cmd", bytes(b"\r\r")), ("serial", int(9))];
    assert_both(&layout, b"\x07\x07\x03\x00\r\r\x09\x34\r", fields);
    let error = decode_error(&layout, b"\x07\x07\x09\x00\r\r\x09\x34\r");
    assert_eq!(
        error.to_string(),
        "expected a length that fits, found 9, where only 5 bytes are left at byte 2 (part m)"
    );
}

#[test]
fn the_wider_of_two_spans_may_be_read_second() {
    let layout = frame("n:u8=len(n..b) m:u8=len(n..d) b c:u8 d <CR>");
    let fields = [("b", bytes(b"\r\r\r")), ("c", int(9)), ("d", bytes(b"\r"))];
    assert_both(&layout, b"\x05\x07\r\r\r\x09\r\r", fields);
    let error = decode_error(&layout, b"\x05\x04\r\r\r\x09\r\r");
    assert_eq!(
        error.to_string(),
        "expected a length that fits, found 4, where 5 bytes lie inside it at byte 1 (part m)"
    );
}

#[test]
fn spans_read_from_the_inside_out_nest_in_others() {
    let layout = frame("all:u8=len(x..z) x:u8 n:dec2=len(x..b) m:u8=len(x..c) o:u8=len(x..d) b c d z:u8");
    let fields = [("x", int(1)), ("b", bytes(b"bb")), ("c", bytes(b"")), ("d", bytes(b"ddd")), ("z", int(7))];
    assert_both(&layout, b"\x0B\x0107\x07\x0Abbddd\x07", fields);
    let error = decode_error(&layout, b"\x0B\x0107\x07\x0Cbbddd\x07");
    assert_eq!(
        error.to_string(),
        "expected a length that fits, found 12, where only 11 bytes are left at byte 5 (part o)"
    );
    let records = frame("r:{ n:u8=len(n..b) m:u8=len(n..c) b c }[2]");
    let both =
        list([record([("b", bytes(b"b")), ("c", bytes(b"cc"))]), record([("b", bytes(b"")), ("c", bytes(b"c"))])]);
    assert_both(&records, b"\x03\x05bcc\x02\x03c", [("r", both)]);
}

#[test]
fn a_length_that_its_parts_do_not_fill_is_told() {
    let error = decode_error(&frame("n:u8=len(a..b) a:u8 b:u8 c:u8"), b"\x03\x01\x02\x03");
    assert_eq!(
        error.to_string(),
        "expected 1 more bytes of the span of its length, found its last part's end at byte 3 (part n)"
    );
    let error = decode_error(&frame("n:u8=len(a..b) a:u8 b:u8 c <CR>"), b"\x01\x01\x02\x03\r");
    assert_eq!(error.to_string(), "expected 1 more bytes, found 0 to the end of what holds them at byte 2 (part b)");
}

#[test]
fn a_length_can_stand_behind_its_span() {
    let layout = frame("<STX> body <ETX> n:u8=len(body) <CR>");
    assert_both(&layout, b"\x02abc\x03\x03\r", [("body", bytes(b"abc"))]);
    let error = decode_error(&layout, b"\x02abc\x03\x04\r");
    assert_eq!(error.to_string(), "expected a length of 3, found 4 at byte 5 (part n)");
}

#[test]
fn lengths_stand_inside_records() {
    let layout = frame("n:u8=len(items) items:{ m:u8=len(v) v }[]");
    let items = list([record([("v", bytes(b"a"))]), record([("v", bytes(b""))]), record([("v", bytes(b"bc"))])]);
    assert_both(&layout, b"\x06\x01a\x00\x02bc", [("items", items)]);
    let error = decode_error(&layout, b"\x03\x01a\x05");
    assert_eq!(
        error.to_string(),
        "expected a length that fits, found 5, where only 0 bytes are left at byte 3 (part m)"
    );
}

#[test]
fn a_length_that_counts_its_own_digits_settles() {
    let layout = frame("n:dec=len(n..body) ':' body");
    assert_both(&layout, b"11:abcdefgh", [("body", bytes(b"abcdefgh"))]);
    assert_both(&layout, b"8:abcdef", [("body", bytes(b"abcdef"))]);
}

#[test]
fn a_length_too_wide_for_its_type_is_refused_when_encoding() {
    let error = encode_error(&frame("n:u8=len(body) body"), [("body", bytes(&[0; 256]))]);
    assert_eq!(error.to_string(), "`n`: 256 is not from 0 to 255");
}

#[test]
fn nothing_is_allocated_from_a_length_before_it_is_checked_against_max() {
    let options = Options { max: 100, ..Options::default() };
    let layout = frame_with("n:u32=len(body) body", &options);
    let error = layout.decoder().advance(&[0xFF; 4], Closing::Open).unwrap_err();
    assert_eq!(error.to_string(), "expected at most 100 bytes, found a length of 4294967295 at byte 0 (part n)");
    assert_eq!(error.kind, DecodeErrorKind::TooLong);
    assert!(waits(&layout, &[0, 0, 0, 100], Closing::Open));

    let layout = frame_with("n:u32 v:u8[n]", &options);
    let error = layout.decoder().advance(&[0x7F; 4], Closing::Open).unwrap_err();
    assert_eq!((error.kind, error.part.as_deref()), (DecodeErrorKind::TooLong, Some("n")));
    assert!(waits(&layout, &[0, 0, 0, 100], Closing::Open));
}

#[test]
fn lengths_count_plain_bytes_under_escapes() {
    use wigwag_protocol::layout::{Coding, Escape};
    let coding = Coding::Escape(Escape::by_rule("body", "<ESC>", "<ESC>", "double").unwrap());
    let layout = frame_with("n:u8=len(body) body <CR>", &Options { coding: Some(coding), ..Options::default() });
    assert_both(&layout, b"\x03a\x1B\x1Bb\r", [("body", bytes(b"a\x1Bb"))]);
}
