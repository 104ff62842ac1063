//! What is known of a frame before it is whole, and of one that has failed.

use super::*;
use wigwag_protocol::layout::{Codec, Coding, Decoder};

fn codec(layout: &str, codec: Codec, span: Option<&str>) -> Layout {
    let coding = Some(Coding::Codec { codec, span: span.map(str::to_owned) });
    frame_with(layout, &Options { coding, ..Options::default() })
}

/// For each of the parts, how many bytes have to come before it is known.
fn known_from(layout: &Layout, wire: &[u8], names: &[&str]) -> Vec<usize> {
    let mut known_from = vec![usize::MAX; names.len()];
    let mut decoder = layout.decoder();
    for end in 0..=wire.len() {
        let step = decoder.advance(&wire[..end], Closing::Open).unwrap();
        for (name, from) in names.iter().zip(&mut known_from) {
            let value = decoder.known(&wire[..end], name);
            assert!(value.is_some() || *from == usize::MAX, "{name} was known at {from} and is not at {end}");
            if value.is_some() {
                *from = (*from).min(end);
            }
        }
        assert_eq!(step, if end < wire.len() { Step::NeedMore } else { Step::Frame(end) });
    }
    known_from
}

fn failed(layout: &Layout, wire: &[u8]) -> Decoder {
    let mut decoder = layout.decoder();
    decoder.advance(wire, Closing::Open).unwrap_err();
    decoder
}

fn so_far(layout: &Layout, wire: &[u8]) -> Vec<(String, std::ops::Range<usize>)> {
    let mut decoder = layout.decoder();
    let _ = decoder.advance(wire, Closing::Open);
    let parts = decoder.parts_so_far(wire);
    parts.into_iter().map(|part| (part.name.as_deref().unwrap_or("-").to_owned(), part.wire)).collect()
}

fn parts<const N: usize>(parts: [(&str, std::ops::Range<usize>); N]) -> Vec<(String, std::ops::Range<usize>)> {
    parts.map(|(name, wire)| (name.to_owned(), wire)).to_vec()
}

#[test]
fn a_part_is_known_as_soon_as_all_of_it_has_come() {
    let modbus = frame("unit:u8 fc:u8 n:u8=len(body) body crc:u16le=crc16_modbus(unit..)");
    let wire = b"\x11\x03\x02\x00\x07\x38\x45";
    assert_eq!(known_from(&modbus, wire, &["unit", "fc", "n", "body", "crc"]), [1, 2, 3, 5, 7]);
    let text = frame("<STX> kind:dec ':' level:float unit:<'mV'|'V'> tail <CR>");
    assert_eq!(known_from(&text, b"\x0212:1.5V!\r", &["kind", "level", "unit", "tail"]), [4, 8, 8, 10]);
}

#[test]
fn a_list_is_known_once_its_last_element_has_come() {
    let layout = frame("n:u8 v:u16[n] items:{ id:u8 name ',' }[] <CR>");
    assert_eq!(known_from(&layout, b"\x02\x00\x01\x00\x02\x07ab,\r", &["n", "v", "id", "items"])[..2], [1, 5]);
    let mut decoder = layout.decoder();
    let wire = b"\x02\x00\x01\x00\x02\x07ab,\r";
    decoder.advance(wire, Closing::Open).unwrap();
    assert_eq!(decoder.known(wire, "v"), Some(list([int(1), int(2)])));
    let items = list([record([("id", int(7)), ("name", bytes(b"ab"))])]);
    assert_eq!(decoder.known(wire, "items"), Some(items));
    assert_eq!(decoder.known(wire, "id"), None, "it stands in a record");
}

#[test]
fn frames_that_are_taken_in_one_stride_are_known_all_the_same() {
    let mbap = frame("tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body");
    let wire = b"\x00\x09\x00\x00\x00\x0C\x11\x03\x0801234567890";
    let (mut decoder, frame_end) = (mbap.decoder(), 18);
    assert_eq!(decoder.known(wire, "tid"), None, "nothing has been read yet");
    assert_eq!(decoder.advance(wire, Closing::Open), Ok(Step::Frame(frame_end)));
    assert_eq!(decoder.known(wire, "fc"), Some(int(3)));
    assert_eq!(decoder.known(wire, "body"), Some(bytes(b"\x08012345678")));
    decoder.reset();
    assert_eq!(decoder.known(wire, "fc"), None, "that was the frame before");
    assert_eq!(decoder.advance(&wire[..16], Closing::Open), Ok(Step::NeedMore));
    assert_eq!((decoder.known(wire, "fc"), decoder.known(wire, "body")), (Some(int(3)), None));
}

#[test]
fn stuffed_parts_are_known_before_the_packet_ends() {
    let ascii = codec("':' unit:u8 fc:u8 body sum:u8=neg8(unit..) <CR LF>", Codec::Hex, Some("unit..sum"));
    assert_eq!(known_from(&ascii, b":1103AB41\r\n", &["unit", "fc", "body", "sum"]), [3, 5, 11, 11]);
    let slip = codec("kind:u8 body", Codec::Slip, None);
    assert_eq!(known_from(&slip, b"\xDB\xDCxy\xC0", &["kind", "body"]), [2, 5]);
    let mut decoder = slip.decoder();
    decoder.advance(b"\xDB\xDCxy\xC0", Closing::Open).unwrap();
    assert_eq!(decoder.known(b"\xDB\xDCxy\xC0", "kind"), Some(int(0xC0)));
}

#[test]
fn what_stands_before_a_fault_is_known() {
    let layout = frame("unit:u8 fc:u8=3 body:2 sum:u8=sum8(unit..) <CR>");
    let decoder = failed(&layout, b"\x01\x04ab\x00\r");
    assert_eq!(decoder.known(b"\x01\x04ab\x00\r", "unit"), Some(int(1)));
    assert_eq!(decoder.known(b"\x01\x04ab\x00\r", "fc"), None);
    assert_eq!(so_far(&layout, b"\x01\x04ab\x00\r"), parts([("unit", 0..1)]));
    let wrong_sum = parts([("unit", 0..1), ("fc", 1..2), ("body", 2..4), ("sum", 4..5), ("-", 5..6)]);
    assert_eq!(so_far(&layout, b"\x01\x03ab\x00\r"), wrong_sum, "a checksum is compared when all it needs has come");
}

#[test]
fn the_parts_so_far_of_a_frame_that_is_not_whole() {
    let layout = frame("<STX> n:u8 v:u8[n] name ',' rest <CR>");
    assert_eq!(so_far(&layout, b""), []);
    assert_eq!(so_far(&layout, b"\x02"), parts([("-", 0..1)]));
    assert_eq!(so_far(&layout, b"\x02\x03\x09\x08"), parts([("-", 0..1), ("n", 1..2), ("v", 2..3), ("v", 3..4)]));
    let expected = parts([("-", 0..1), ("n", 1..2), ("v", 2..3), ("name", 3..5), ("-", 5..6)]);
    assert_eq!(so_far(&layout, b"\x02\x01\x09ab,re"), expected);
}

#[test]
fn the_parts_so_far_of_records_and_of_stuffed_frames() {
    let records = frame("r:{ id:u8 w:dec2 ';' }[] <CR>");
    let expected = parts([("id", 0..1), ("w", 1..3), ("-", 3..4), ("id", 4..5)]);
    assert_eq!(so_far(&records, b"\x0112;\x02x3;\r"), expected);
    let slip = codec("a:u8 b:u8=7 c", Codec::Slip, None);
    assert_eq!(so_far(&slip, b"\xC0\xDB\xDC\x07cc"), parts([("a", 1..3), ("b", 3..4)]));
    assert_eq!(so_far(&slip, b"\xC0\xDB\xDC\x08cc\xC0"), parts([("a", 1..3)]));
}

#[test]
fn of_a_whole_frame_the_parts_so_far_are_all_of_them() {
    let layout = frame("<STX> body sum:hex2=xor(body) <ETX>");
    let wire = b"\x02W57\x03";
    let mut decoder = layout.decoder();
    decoder.advance(wire, Closing::Open).unwrap();
    assert_eq!(decoder.parts_so_far(wire), decoder.frame(wire).parts());
}
