//! Repeated values and records.

use super::*;

#[test]
fn values_are_repeated_to_the_end_of_the_body() {
    assert_both(&body("v:u16[]"), b"\x00\x01\x00\x02", [("v", list([int(1), int(2)]))]);
    assert_both(
        &body("a:u8 v:u8[] z:u8"),
        b"\x01\x02\x03\x04",
        [("a", int(1)), ("v", list([int(2), int(3)])), ("z", int(4))],
    );
    assert_both(&frame("n:u8=len(v) v:u16[] <CR>"), b"\x02\x00\x01\r", [("v", list([int(1)]))]);
    assert_both(&frame("n:u8=len(v) v:u16[] <CR>"), b"\x00\r", [("v", list([]))]);
    let error = decode_error(&body("v:u16[]"), b"\x00\x01\x00");
    assert_eq!(error.to_string(), "expected 2 more bytes, found 1 to the end of what holds them at byte 2");
}

#[test]
fn values_are_repeated_until_the_literal_behind_them() {
    let layout = frame("v:hex2[] <CR LF|LF> x:u8");
    assert_both(&layout, b"01FF\r\n\x07", [("v", list([int(1), int(255)])), ("x", int(7))]);
    assert_both(&layout, b"\r\n\x07", [("v", list([])), ("x", int(7))]);
}

#[test]
fn values_are_repeated_until_the_end_of_everything() {
    assert_both(&frame("v:u8[] <EOF>"), b"\x01\x02", [("v", list([int(1), int(2)]))]);
    assert_eq!(decode(&frame("v:u8[] <EOF>"), b"\x01\x02").reason, EndReason::Eof);
    assert_eq!(decode(&frame("v:u8[] <IDLE 200ms>"), b"\x01\x02").reason, EndReason::Idle);
    assert_eq!(decode(&frame("v:u8[] <CR|EOF>"), b"\x01\x02").reason, EndReason::Eof);
    assert!(waits(&frame("v:u16[] <EOF>"), b"\x01\x02\x03", Closing::Eof), "an element is cut off");
}

#[test]
fn values_are_counted_by_a_field_or_a_number() {
    let by_field = frame("n:u8 v:u16[n] <CR>");
    assert_both(&by_field, b"\x02\x00\x01\x00\x02\r", [("n", int(2)), ("v", list([int(1), int(2)]))]);
    assert_both(&by_field, b"\x00\r", [("n", int(0)), ("v", list([]))]);
    assert_both(&frame("v:u8[3]"), b"\x01\x02\x03", [("v", list([int(1), int(2), int(3)]))]);
    let error = encode_error(&frame("v:u8[3]"), [("v", list([int(1)]))]);
    assert_eq!(error.to_string(), "`v`: it takes 3 elements, not 1");
}

#[test]
fn a_count_is_filled_in_where_it_is_not_given_and_must_fit_where_it_is() {
    let layout = frame("n:dec2 v:u8[n]");
    let encoded = layout.encode(&Fields::from([("v", list([int(1), int(2)]))]), &Context::default()).unwrap();
    assert_eq!(encoded.bytes, b"02\x01\x02");
    let error = encode_error(&layout, [("n", int(3)), ("v", list([int(1), int(2)]))]);
    assert_eq!(error.to_string(), "`n`: it must be 2 to fit `v`");
    let named = frame("n:u8(none=0, one=1) v:u8[n]");
    assert_both(&named, b"\x01\x07", [("n", name("one")), ("v", list([int(7)]))]);
}

#[test]
fn a_count_outside_the_record_it_counts_in_has_to_be_given() {
    let layout = frame("n:u8 rows:{ k:u8 v:u8[n] }[2]");
    let row = |k, a, b| record([("k", int(k)), ("v", list([int(a), int(b)]))]);
    let rows = list([row(7, 1, 2), row(8, 3, 4)]);
    assert_both(&layout, b"\x02\x07\x01\x02\x08\x03\x04", [("n", int(2)), ("rows", rows.clone())]);
    assert_eq!(encode_error(&layout, [("rows", rows)]).to_string(), "`n` has no value");
}

#[test]
fn named_values_can_be_repeated() {
    let layout = frame("v:u8(off=0, on=1)[2]");
    assert_both(&layout, b"\x01\x00", [("v", list([name("on"), name("off")]))]);
}

#[test]
fn records_are_repeated_in_every_way() {
    let items = || list([record([("k", int(1)), ("v", bytes(b"ab"))]), record([("k", int(2)), ("v", bytes(b""))])]);
    let counted = frame("n:u8 items:{ k:u8 v ';' }[n]");
    assert_both(&counted, b"\x02\x01ab;\x02;", [("n", int(2)), ("items", items())]);
    assert_both(&frame("items:{ k:u8 v ';' }[2]"), b"\x01ab;\x02;", [("items", items())]);
    assert_both(
        &frame("items:{ k:u8 v ';' }[] <EOT> x:u8"),
        b"\x01ab;\x02;\x04\x09",
        [("items", items()), ("x", int(9))],
    );
    assert_both(&body("items:{ k:u8 v ';' }[]"), b"\x01ab;\x02;", [("items", items())]);
}

#[test]
fn records_nest_and_hold_repeats() {
    let layout = frame("rows:{ n:u8 cells:{ m:u8 v:u8[m] }[n] end:<','|';'> }[] <CR>");
    let cell = |values| record([("m", int(1)), ("v", values)]);
    let rows = list([
        record([("n", int(2)), ("cells", list([cell(list([int(5)])), cell(list([int(6)]))])), ("end", text(","))]),
        record([("n", int(0)), ("cells", list([])), ("end", text(";"))]),
    ]);
    assert_both(&layout, b"\x02\x01\x05\x01\x06,\x00;\r", [("rows", rows)]);
}

#[test]
fn repeated_numbers_of_any_width_are_told_apart_by_blanks() {
    assert_both(&frame("'R' v:dec[] <CR>"), b"R1 -22 3\r", [("v", list([int(1), int(-22), int(3)]))]);
    assert_both(&frame("n:u8 v:hex[n] <CR>"), b"\x02A FF\r", [("n", int(2)), ("v", list([int(10), int(255)]))]);
    assert_both(&body("v:float[]"), b"1.5 2", [("v", list([Value::Float(1.5), Value::Float(2.0)]))]);
    let rows = list([record([("v", list([int(1), int(2)]))]), record([("v", list([int(3), int(4)]))])]);
    assert_both(&frame("rows:{ v:dec[2] ';' }[2]"), b"1 2;3 4;", [("rows", rows)]);
    assert_both(&frame("v:dec[] <EOF>"), b"1 22", [("v", list([int(1), int(22)]))]);
}

#[test]
fn a_value_in_a_record_that_holds_its_own_end_is_refused() {
    let layout = frame("items:{ v <CR> }[] <ETX>");
    assert_both(
        &layout,
        b"a\rb\r\x03",
        [("items", list([record([("v", bytes(b"a"))]), record([("v", bytes(b"b"))])]))],
    );
    let error = encode_error(&layout, [("items", list([record([("v", bytes(b"a\rb"))])]))]);
    assert_eq!(error, EncodeError::ContainsTerminator { part: "v".into(), terminator: "<CR>".to_owned(), offset: 1 });
    let error = encode_error(&layout, [("items", list([record([("v", bytes(b"\x03"))])]))]);
    assert!(matches!(error, EncodeError::Ambiguous { .. }), "the element looks like the end of the list: {error}");
}

#[test]
fn each_part_of_each_record_has_its_span() {
    let decoded = decode(&frame("<STX> items:{ k:u8 v ';' }[2] x:u8[2]"), b"\x02\x01ab;\x02;\x07\x08");
    let parts: Vec<_> = decoded.parts.iter().map(|part| (part.name.as_deref(), part.wire.clone())).collect();
    assert_eq!(
        parts,
        [
            (None, 0..1),
            (Some("k"), 1..2),
            (Some("v"), 2..4),
            (None, 4..5),
            (Some("k"), 5..6),
            (Some("v"), 6..6),
            (None, 6..7),
            (Some("x"), 7..8),
            (Some("x"), 8..9),
        ]
    );
}
