//! Literals: text, control names, hex bytes, alternatives, groups.

use super::*;

#[test]
fn literals_are_written_as_text_control_names_and_hex() {
    let layout = frame("'a\"b' \"c'd\" <ESC> <cr lf> <0x78 0xA> <SP> x:u8");
    assert_both(&layout, b"a\"bc'd\x1B\r\n\x78\x0A \x01", [("x", int(1))]);
    assert_eq!(frame("body <FF>").decode(b"a\x0C", |frame| frame.reason()).unwrap(), EndReason::Terminator);
}

#[test]
fn spaces_between_parts_mean_nothing() {
    for layout in ["<STX>body<ETX>sum:u8=sum8(body)", " <STX>\n\tbody  <ETX> sum : u8 = sum8 ( body ) "] {
        assert_both(&frame(layout), b"\x02A\x03A", [("body", bytes(b"A"))]);
    }
}

#[test]
fn a_literal_that_is_not_there_is_told_with_its_place() {
    let error = decode_error(&frame("<STX> 'PJLINK ' x:u8"), b"\x02PJLXNK \x01");
    assert_eq!(error.to_string(), "expected <STX>PJLINK , found X at byte 4");
}

#[test]
fn any_alternative_is_read_and_the_first_is_written() {
    let layout = frame("body end:<ETX|ETB> x:u8");
    assert_both(&layout, b"A\x03\x01", [("body", bytes(b"A")), ("end", bytes(b"\x03")), ("x", int(1))]);
    assert_both(&layout, b"A\x17\x01", [("body", bytes(b"A")), ("end", bytes(b"\x17")), ("x", int(1))]);
    let unsaid = Fields::from([("body", bytes(b"A")), ("x", int(1))]);
    assert_eq!(layout.encode(&unsaid, &Context::default()).unwrap().bytes, b"A\x03\x01");
    assert_decodes(&frame("sign:<'+'|'-'> v:dec2"), b"-42", [("sign", text("-")), ("v", int(42))]);
}

#[test]
fn what_is_none_of_the_alternatives_is_refused_in_both_directions() {
    let layout = frame("end:<ETX|ETB> x:u8");
    let error = encode_error(&layout, [("end", bytes(b"\x04")), ("x", int(1))]);
    assert_eq!(error.to_string(), "`end`: it is none of the alternatives");
    assert!(matches!(encode_error(&layout, [("end", int(3)), ("x", int(1))]), EncodeError::Invalid { .. }));
    assert_eq!(decode_error(&layout, b"\x04\x01").expected, "<ETX> or <ETB>");
}

#[test]
fn the_earliest_alternative_ends_a_part() {
    let layout = frame("a <','|';'> b <CR LF|LF|CR>");
    assert_decodes(&layout, b"x;y,z\n", [("a", bytes(b"x")), ("b", bytes(b"y,z"))]);
    assert_decodes(&layout, b"x,y;z\r\n", [("a", bytes(b"x")), ("b", bytes(b"y;z"))]);
}

#[test]
fn a_longer_alternative_behind_its_own_start_is_found_when_nothing_more_can_come() {
    // Half of 'abc' stands before a whole 'b', and no more comes.
    let layout = frame("n:u8=len(body..end) body end:<'abc'|'b'>");
    assert_decodes(&layout, b"\x03xab", [("body", bytes(b"xa")), ("end", text("b"))]);
    assert_decodes(&frame("body end:<'abc'|'b'|EOF>"), b"xab", [("body", bytes(b"xa")), ("end", text("b"))]);
}

#[test]
fn literals_side_by_side_count_as_one() {
    let layout = frame("body <ETX> <CR> 'x'");
    assert_both(&layout, b"a\x03b\x03\rx", [("body", bytes(b"a\x03b"))]);
    let spans: Vec<_> = decode(&layout, b"a\x03\rx").parts.into_iter().map(|part| part.wire).collect();
    assert_eq!(spans, [0..1, 1..2, 2..3, 3..4]);
}

#[test]
fn parts_of_fixed_size_between_a_part_and_its_literal_are_counted_back() {
    let layout = frame("<STX> body n:u16 t:2 <ETX>");
    assert_both(&layout, b"\x02A\x01\x02xy\x03", [("body", bytes(b"A")), ("n", int(0x0102)), ("t", bytes(b"xy"))]);
    // As far from the start as those parts reach, no terminator is looked for.
    let fields = [("body", bytes(b"")), ("n", int(0x0303)), ("t", bytes(b"xy"))];
    assert_both(&layout, b"\x02\x03\x03xy\x03", fields);
}

#[test]
fn whether_a_frame_could_start_with_these_bytes_is_told_by_its_first_literals() {
    let layout = frame("<0x78 0x78|0x79 0x79> body <CR>");
    assert_eq!(layout.can_start_with(&[0x79]), Some(true));
    assert_eq!(layout.can_start_with(&[0x78, 0x78, 0x01]), Some(true));
    assert_eq!(layout.can_start_with(&[0x78, 0x79]), Some(false));
    assert_eq!(frame("body <CR>").can_start_with(b"x"), None);
}
