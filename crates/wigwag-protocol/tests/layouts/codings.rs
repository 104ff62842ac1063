//! Byte stuffing: escapes, SLIP, COBS, hex.

use super::*;
use wigwag_protocol::layout::{Codec, Coding, DecodeErrorKind, Escape};

fn coded(layout: &str, coding: Coding) -> Layout {
    frame_with(layout, &Options { coding: Some(coding), ..Options::default() })
}

fn escaped(layout: &str, span: &str, lead: &str, bytes: &str, by: &str) -> Layout {
    coded(layout, Coding::Escape(Escape::by_rule(span, lead, bytes, by).unwrap()))
}

fn codec(layout: &str, codec: Codec, span: Option<&str>) -> Layout {
    coded(layout, Coding::Codec { codec, span: span.map(str::to_owned) })
}

fn spans(layout: &Layout, wire: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let name = |part: &Part| part.name.as_deref().unwrap_or_default().to_owned();
    decode(layout, wire).parts.iter().map(|part| (name(part), part.wire.clone())).collect()
}

#[test]
fn escapes_add_subtract_xor_or_double() {
    let vectors: [(&str, &[u8]); 4] = [
        ("+0x80", b"a\x1B\x82\x1B\x9Bb"),
        ("-0x20", b"a\x1B\xE2\x1B\xFBb"),
        ("xor 0x40", b"a\x1BB\x1B[b"),
        ("double", b"a\x1B\x02\x1B\x1Bb"),
    ];
    for (by, body) in vectors {
        let layout = escaped("<SOH> body <EOT>", "body", "<ESC>", "<STX ESC>", by);
        let wire = [b"\x01", body, b"\x04"].concat();
        assert_both(&layout, &wire, [("body", bytes(b"a\x02\x1Bb"))]);
    }
}

#[test]
fn escapes_protect_terminators_and_checksums() {
    let layout = escaped("<STX> body sum:u8=sum8(body) <ETX>", "body..sum", "<ESC>", "<STX ETX ACK NAK ESC>", "+0x80");
    assert_both(&layout, b"\x02\x01\x1B\x82\x1B\x83\x03", [("body", bytes(b"\x01\x02"))]);
    let error = decode_error(&layout, b"\x02\x01\x1B\x82\x1B\x86\x03");
    assert_eq!((error.kind, error.offset, error.frame), (DecodeErrorKind::Checksum, 4, Some(7)));
}

#[test]
fn escapes_by_map_are_slip() {
    let map = Escape::by_map("body", "<0xDB>", "0xC0=0xDC, 0xDB=0xDD").unwrap();
    let layout = coded("body <0xC0>", Coding::Escape(map));
    assert_both(&layout, b"\x01\xDB\xDC\x02\xDB\xDD\x03\xC0", [("body", bytes(b"\x01\xC0\x02\xDB\x03"))]);
    let error = decode_error(&layout, b"\x01\xDB\x00\xC0");
    assert_eq!((error.offset, error.expected.as_str()), (2, "a code that the escape knows"));
}

#[test]
fn a_doubled_lead_is_told_from_the_lead_of_the_terminator() {
    let layout = escaped("<DLE STX> body <DLE ETX>", "body", "<DLE>", "<DLE>", "double");
    assert_both(&layout, b"\x10\x02a\x10\x10\x10\x10b\x10\x03", [("body", bytes(b"a\x10\x10b"))]);
}

#[test]
fn escapes_that_cannot_be_told_apart_are_refused() {
    let refused = |lead, bytes, by| Escape::by_rule("body", lead, bytes, by).unwrap_err().to_string();
    assert!(refused("<ESC>", "<STX>", "+0x80").contains("the lead 0x1B itself is not escaped"));
    assert!(refused("<ESC CR>", "<ESC>", "double").contains("one byte"));
    assert!(refused("<ESC>", "<ESC ESC>", "double").contains("escaped twice"));
    assert!(refused("<ESC>", "<ESC>", "times 2").contains("`times 2` is not"));
    assert!(Escape::by_map("body", "<ESC>", "0x1B").unwrap_err().to_string().contains("is not `0xC0=0xDC`"));
}

#[test]
fn slip_stuffs_the_whole_frame() {
    let layout = codec("n:u8=len(body) body", Codec::Slip, None);
    assert_both(&layout, b"\x02\xDB\xDC\xDB\xDD\xC0", [("body", bytes(b"\xC0\xDB"))]);
    assert_eq!(spans(&layout, b"\x02\xDB\xDCx\xC0"), [("n".to_owned(), 0..1), ("body".to_owned(), 1..4)]);
}

#[test]
fn delimiters_before_a_packet_are_skipped() {
    let layout = codec("a:u8 body", Codec::Slip, None);
    assert_decodes(&layout, b"\xC0\xC0\x01x\xC0", [("a", int(1)), ("body", bytes(b"x"))]);
    assert_eq!(spans(&layout, b"\xC0\xC0\x01x\xC0"), [("a".to_owned(), 2..3), ("body".to_owned(), 3..4)]);
}

#[test]
fn cobs_has_no_zero_inside() {
    let layout = codec("body", Codec::Cobs, None);
    let long: Vec<u8> = (1..=254).collect();
    let vectors: [(&[u8], &[u8]); 5] = [
        (b"", b"\x01\x00"),
        (b"\0", b"\x01\x01\x00"),
        (b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33\x00"),
        (b"\x11\0\0\0", b"\x02\x11\x01\x01\x01\x00"),
        (&long, &[&[0xFF], long.as_slice(), &[0x01, 0x00]].concat()),
    ];
    for (plain, wire) in vectors {
        assert_decodes(&layout, wire, [("body", bytes(plain))]);
        let encoded = layout.encode(&Fields::from([("body", bytes(plain))]), &Context::default()).unwrap();
        assert_decodes(&layout, &encoded.bytes, [("body", bytes(plain))]);
    }
    assert_eq!(decode_error(&layout, b"\x05\x11\x00").expected, "the rest of a COBS block");
}

#[test]
fn a_coding_of_a_part_of_the_frame_keeps_the_rest_plain() {
    let layout = codec("hdr:u8 body tail:u8", Codec::Cobs, Some("body"));
    assert_both(&layout, b"\x00\x02x\x02y\x00\x00", [("hdr", int(0)), ("body", bytes(b"x\0y")), ("tail", int(0))]);
    assert_eq!(
        spans(&layout, b"\x00\x02x\x02y\x00\x00"),
        [("hdr".to_owned(), 0..1), ("body".to_owned(), 1..5), ("tail".to_owned(), 6..7)]
    );
}

#[test]
fn hex_is_modbus_ascii() {
    let layout = codec("':' unit:u8 fc:u8 body sum:u8=neg8(unit..) <CR LF>", Codec::Hex, Some("unit..sum"));
    let fields = [("unit", int(0x11)), ("fc", int(3)), ("body", bytes(&[0x00, 0x6B, 0x00, 0x03]))];
    assert_both(&layout, b":1103006B00037E\r\n", fields.clone());
    assert_decodes(&layout, b":1103006b00037e\r\n", fields);
    assert_eq!(
        spans(&layout, b":1103006B00037E\r\n"),
        [
            (String::new(), 0..1),
            ("unit".to_owned(), 1..3),
            ("fc".to_owned(), 3..5),
            ("body".to_owned(), 5..13),
            ("sum".to_owned(), 13..15),
            (String::new(), 15..17)
        ]
    );
    let error = decode_error(&layout, b":1103006B00037F\r\n");
    assert_eq!((error.kind, error.offset, error.frame), (DecodeErrorKind::Checksum, 13, Some(17)));
    assert_eq!(decode_error(&layout, b":1103006G00037E\r\n").offset, 8);
    assert_eq!(decode_error(&layout, b":1103006B00037\r\n").expected, "a hex digit");
}

#[test]
fn a_bad_byte_early_is_told_before_bad_stuffing_behind_it() {
    let layout = codec("a:u8=1 body", Codec::Slip, None);
    let error = decode_error(&layout, b"\x02xx\xDB\x00\xC0");
    assert_eq!((error.offset, error.expected.as_str()), (0, "1"));
}

#[test]
fn a_length_that_its_stuffed_span_does_not_hold_is_told_the_same_at_every_split() {
    let layout = codec("n:u8=len(body) body", Codec::Slip, None);
    assert_eq!(decode_error(&layout, b"\x05xy\xC0").part.as_deref(), Some("n"));
    assert_eq!(decode_error(&layout, b"\x01xy\xC0").expected, "the end of the stuffed bytes");
}

#[test]
fn a_list_in_a_length_is_read_the_same_before_the_end_of_the_packet_is_known() {
    let layout = codec("n:u16=len(v..) v:dec[] ';' x:u8", Codec::Slip, None);
    assert_eq!(decode_error(&layout, b"\x00\x0C:\xC0").expected, "a decimal number");
}

#[test]
fn a_wrong_checksum_of_a_packet_leaves_it_cut_with_its_delimiter() {
    let error = decode_error(&codec("body sum:u8=sum8(body)", Codec::Slip, None), b"\x01\x02\xC0");
    assert_eq!((error.kind, error.frame), (DecodeErrorKind::Checksum, Some(3)));
}

#[test]
fn the_end_of_the_connection_counts_only_behind_all_bytes() {
    let layout = escaped("<STX> a:2 body <EOF>", "a", "<ESC>", "<ESC>", "double");
    let long = [b"\x02\x1B\x1Bx".as_slice(), &[b'y'; 300]].concat();
    let decoded = decode(&layout, &long);
    assert_eq!(decoded.fields, Fields::from([("a", bytes(b"\x1Bx")), ("body", bytes(&[b'y'; 300]))]));
    let mut decoder = layout.decoder();
    assert_eq!(decoder.advance(&long, Closing::Eof), Ok(Step::Frame(long.len())));
}

#[test]
fn stuffed_bytes_are_capped_by_max() {
    let options =
        Options { max: 100, coding: Some(Coding::Codec { codec: Codec::Slip, span: None }), ..Options::default() };
    let error = decode_error(&frame_with("body", &options), &[b'x'; 102]);
    assert_eq!(error.kind, DecodeErrorKind::TooLong);
}

#[test]
fn many_stuffed_frames_in_one_buffer_cost_no_more_than_their_bytes() {
    let layout = escaped("a:2 body:2", "a", "<ESC>", "<ESC>", "double");
    let wire = b"\x1B\x1Bxyz".repeat(40_000);
    let (mut decoder, mut rest, mut frames) = (layout.decoder(), wire.as_slice(), 0);
    while !rest.is_empty() {
        assert_eq!(decoder.advance(rest, Closing::Open), Ok(Step::Frame(5)));
        decoder.reset();
        (rest, frames) = (&rest[5..], frames + 1);
    }
    assert_eq!(frames, 40_000, "in seconds this took minutes while each frame copied all that stood behind it");
}

#[test]
fn a_body_whose_end_is_known_can_be_stuffed() {
    let options = Options { coding: Some(Coding::Codec { codec: Codec::Hex, span: None }), ..Options::default() };
    let layout = Layout::body("a:u8 body", &options).unwrap();
    assert_both(&layout, b"01FF00", [("a", int(1)), ("body", bytes(&[0xFF, 0]))]);
    assert_eq!(decode(&layout, b"01FF00").reason, EndReason::Given);
}
