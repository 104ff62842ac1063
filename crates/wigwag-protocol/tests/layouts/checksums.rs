//! Checksums through layouts: kinds, seeds, codings, spans.

use super::*;
use wigwag_protocol::layout::DecodeErrorKind;

#[test]
fn every_arithmetic_kind_covers_its_span() {
    // Over 01 02 FF.
    let vectors: [(&str, &[u8]); 13] = [
        ("u8=sum8(body)", &[0x02]),
        ("u16=sum16(body)", &[0x01, 0x02]),
        ("u32le=sum32(body)", &[0x02, 0x01, 0, 0]),
        ("u8=neg8(body)", &[0xFE]),
        ("u8=lrc(body)", &[0xFE]),
        ("hex4=neg16(body)", b"FEFE"),
        ("u8=not8(body)", &[0xFD]),
        ("u8=xor(body)", &[0xFC]),
        ("hex2=bcc(body)", b"FC"),
        ("u8=xor7(body)", &[0x7C]),
        ("u32=adler32(body)", &[0x01, 0x09, 0x01, 0x03]),
        ("u16=fletcher16(body)", &[0x07, 0x03]),
        ("dec3=sum8(body)", b"002"),
    ];
    for (sum, wire) in vectors {
        let wire = [b"\x03\x01\x02\xFF", wire].concat();
        assert_both(&frame(&format!("n:u8=len(body) body sum:{sum}")), &wire, [("body", bytes(&[1, 2, 0xFF]))]);
    }
}

#[test]
fn every_crc_of_the_catalogue_goes_by_its_name() {
    let wire = b"\x09123456789\x37\x4B";
    assert_both(&frame("n:u8=len(body) body crc:u16le=crc16_modbus(body)"), wire, [("body", bytes(b"123456789"))]);
}

#[test]
fn a_seed_is_the_start_value() {
    let layout = frame("n:u8=len(body) body sum:u8=xor(body, 0x7F)");
    assert_both(&layout, b"\x01\x01\x7E", [("body", bytes(&[1]))]);
}

#[test]
fn anything_else_is_a_crc_by_its_parameters() {
    let layout = "n:u8=len(body) body crc:u16le=crc(body, width=16, poly=0x8005, init=0xFFFF, refin, refout, xorout=0)";
    assert_both(&frame(layout), b"\x09123456789\x37\x4B", [("body", bytes(b"123456789"))]);
}

#[test]
fn a_remainder_is_taken_where_a_manual_asks_for_it() {
    let layout = frame("<STX> body <ETX> sum:dec2=sum8(body) % 100");
    assert_both(&layout, b"\x02\xC8\x0300", [("body", bytes(&[0xC8]))]);
    assert_both(&layout, b"\x02\xC7\x0399", [("body", bytes(&[0xC7]))]);
}

#[test]
fn an_open_checksum_reaches_up_to_the_part_itself() {
    let layout = frame("a:u8 b:u8 sum:u8=sum8(a..) <CR>");
    assert_both(&layout, b"\x01\x02\x03\r", [("a", int(1)), ("b", int(2))]);
}

#[test]
fn a_checksum_can_stand_before_its_span_and_cover_a_length() {
    let layout = frame("sum:u8=sum8(n..body) n:u8=len(body) body");
    assert_both(&layout, b"\x84\x02AA", [("body", bytes(b"AA"))]);
}

#[test]
fn a_checksum_can_cover_another() {
    let layout = frame("outer:u8=sum8(body..inner) body:2 inner:u8=xor(body)");
    assert_both(&layout, b"\x06\x01\x02\x03", [("body", bytes(&[1, 2]))]);
}

#[test]
fn a_checksum_stands_inside_a_record() {
    let layout = frame("items:{ n:u8=len(v) v sum:u8=sum8(n..v) }[2] x:u8");
    let items = list([record([("v", bytes(&[1]))]), record([("v", bytes(&[]))])]);
    assert_both(&layout, b"\x01\x01\x02\x00\x00\x07", [("items", items), ("x", int(7))]);
    let error = decode_error(&layout, b"\x01\x01\x03\x00\x00\x07");
    assert_eq!((error.kind, error.offset, error.frame), (DecodeErrorKind::Checksum, 2, None), "the frame is not cut");
}

#[test]
fn a_wrong_checksum_says_both_and_leaves_the_frame_cut() {
    let error = decode_error(&frame("<STX> body <ETX> sum:hex2=sum8(body)"), b"\x02AB\x0384");
    assert_eq!(error.to_string(), "expected sum8 0x83, found sum8 0x84 at byte 4 (part sum)");
    assert_eq!((error.kind, error.frame), (DecodeErrorKind::Checksum, Some(6)));
}

#[test]
fn a_terminator_in_a_checksum_that_is_counted_back_is_refused_and_named() {
    let layout = frame("<STX> body sum:u8=sum8(body) <ETX>");
    let error = encode_error(&layout, [("body", bytes(b"\x01\x02"))]);
    assert!(
        error.to_string().starts_with("these values cannot be told apart") || error.to_string().contains("`sum`"),
        "{error}"
    );
}
