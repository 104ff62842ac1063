//! How a frame ends, and why it did.

use super::*;
use std::time::Duration;

#[test]
fn the_reason_why_a_frame_ended_is_told() {
    let vectors: [(&str, &[u8], EndReason); 15] = [
        ("status:u8 x:2", b"abc", EndReason::Size),
        ("body <CR>", b"a\r", EndReason::Terminator),
        ("<STX> body <ETX> sum:u8", b"\x02a\x03x", EndReason::Terminator),
        ("v:dec <CR>", b"1\r", EndReason::Terminator),
        ("v:u8[] <CR>", b"1\r", EndReason::Terminator),
        ("n:u8=len(body) body", b"\x01a", EndReason::Length),
        ("n:u8=len(body) body <CR>", b"\x01a\r", EndReason::Length),
        ("n:u8=len(v) v:u8[]", b"\x01a", EndReason::Length),
        ("n:u8=len(v) v:dec", b"\x011", EndReason::Length),
        ("n:u8 v:u8[n]", b"\x01a", EndReason::Length),
        ("n:dec1 v:dec(n)", b"15", EndReason::Length),
        ("v:u8[2]", b"ab", EndReason::Size),
        ("body <EOF>", b"a", EndReason::Eof),
        ("body <NUL|EOF>", b"a\0", EndReason::Terminator),
        ("body <IDLE 200ms>", b"a", EndReason::Idle),
    ];
    for (layout, wire, reason) in vectors {
        assert_eq!(decode(&frame(layout), wire).reason, reason, "{layout}");
    }
    assert_eq!(decode(&body("body"), b"abc").reason, EndReason::Given);
    assert_eq!(decode(&body("v:u8[]"), b"abc").reason, EndReason::Given);
}

#[test]
fn nothing_is_not_an_answer() {
    for closing in [Closing::Eof, Closing::Silent] {
        for layout in ["body <NUL|EOF|IDLE 1s>", "<EOF|IDLE 1s>", "v:u8[] <EOF|IDLE 1s>", "v:dec <EOF|IDLE 1s>"] {
            assert!(waits(&frame(layout), b"", closing), "{layout} at {closing:?}");
            assert_eq!(frame(layout).decoder().silence(), None);
        }
    }
}

#[test]
fn a_lone_terminator_is_an_empty_body_and_an_answer() {
    assert_decodes(&frame("body <NUL|EOF>"), b"\0", [("body", bytes(b""))]);
    assert_decodes(&frame("body <CR LF|LF>"), b"\r\n", [("body", bytes(b""))]);
}

#[test]
fn the_end_of_the_connection_ends_what_it_may_end() {
    assert_decodes(&frame("body <EOF>"), b"OK", [("body", bytes(b"OK"))]);
    assert_decodes(&frame("<STX> body sum:u8=sum8(body) <EOF>"), b"\x02A\x41", [("body", bytes(b"A"))]);
    assert_decodes(&frame("v:dec <EOF>"), b" 42", [("v", int(42))]);
    assert_decodes(&frame("v:dec <CR|EOF>"), b"42", [("v", int(42))]);
    assert_decodes(&frame("x:u8 <CR|EOF>"), b"4", [("x", int(b'4'.into()))]);
    assert!(waits(&frame("body <CR>"), b"OK", Closing::Eof), "an end that no layout names is none");
    assert!(waits(&frame("a:u8 b:u8 <EOF>"), b"1", Closing::Eof), "a part is missing");
    assert!(waits(&frame("body <IDLE 1s>"), b"OK", Closing::Eof), "silence is another end");
}

#[test]
fn half_a_terminator_before_the_end_of_the_connection_is_body() {
    assert_decodes(&frame("body <CR LF|EOF>"), b"OK\r", [("body", bytes(b"OK\r"))]);
}

#[test]
fn silence_ends_a_frame_once_a_byte_of_it_has_come() {
    let layout = frame("body <IDLE 200ms>");
    let mut decoder = layout.decoder();
    assert_eq!(decoder.advance(b"", Closing::Open), Ok(Step::NeedMore));
    assert_eq!(decoder.silence(), None);
    assert_eq!(decoder.advance(b"O", Closing::Open), Ok(Step::NeedMore));
    assert_eq!(decoder.silence(), Some(Duration::from_millis(200)));
    assert_eq!(decoder.advance(b"OK", Closing::Silent), Ok(Step::Frame(2)));
}

#[test]
fn silence_ends_numbers_and_lists_too() {
    for layout in ["v:dec <IDLE 1s>", "v:u8[] <IDLE 1s>", "v:dec[] <IDLE 1s>", "x:u8 <IDLE 1s>"] {
        let mut decoder = frame(layout).decoder();
        assert_eq!(decoder.advance(b"4", Closing::Open), Ok(Step::NeedMore), "{layout}");
        assert_eq!(decoder.silence(), Some(Duration::from_secs(1)), "{layout}");
        assert_eq!(decoder.advance(b"4", Closing::Silent), Ok(Step::Frame(1)), "{layout}");
    }
}

#[test]
fn silence_before_the_parts_that_are_counted_back_ends_nothing() {
    let mut decoder = frame("body sum:u16 <IDLE 1s>").decoder();
    assert_eq!(decoder.advance(b"a", Closing::Open), Ok(Step::NeedMore));
    assert_eq!(decoder.silence(), None);
}

#[test]
fn a_lone_cr_waits_for_the_lf_that_may_follow() {
    let layout = frame("body <CR LF|LF|CR>");
    let mut decoder = layout.decoder();
    assert_eq!(decoder.advance(b"OK\r", Closing::Open), Ok(Step::NeedMore));
    assert!(decoder.silence().is_some());
    assert_eq!(decoder.advance(b"OK\r\n", Closing::Open), Ok(Step::Frame(4)));
    assert_eq!(decoder.late_end(b"\n"), 0);

    decoder.reset();
    assert_eq!(decoder.advance(b"OK\rNO", Closing::Open), Ok(Step::Frame(3)), "something else follows");
}

#[test]
fn a_lf_that_comes_late_belongs_to_the_frame_before() {
    let mut decoder = frame("body <CR LF|LF|CR>").decoder();
    assert_eq!(decoder.advance(b"OK\r", Closing::Silent), Ok(Step::Frame(3)));
    assert_eq!(decoder.late_end(b"\nNO\r\n"), 1);
    assert_eq!(decoder.late_end(b"NO\r\n"), 0);
}

#[test]
fn only_the_end_of_the_frame_just_before_can_be_late() {
    let mut decoder = frame("body <CR LF|LF|CR>").decoder();
    assert_eq!(decoder.advance(b"OK\r", Closing::Silent), Ok(Step::Frame(3)));
    decoder.reset();
    assert_eq!(decoder.advance(b"NO\r\n", Closing::Open), Ok(Step::Frame(4)));
    assert_eq!(decoder.late_end(b"\nan empty line first"), 0);
}

#[test]
fn a_frame_that_cannot_be_continued_does_not_wait_for_silence() {
    let mut decoder = frame("body <CR>").decoder();
    assert_eq!(decoder.advance(b"OK", Closing::Open), Ok(Step::NeedMore));
    assert_eq!(decoder.silence(), None);
}

#[test]
fn bytes_behind_the_frame_are_left_for_the_next_one() {
    for layout in ["body <CR>", "n:u8=len(body) body", "a:u8 b:2", "v:dec ';'", "n:u8 v:u8[n]"] {
        let layout = frame(layout);
        let one = match layout.source() {
            "body <CR>" => b"ab\r".as_slice(),
            "v:dec ';'" => b"12;",
            _ => b"\x02ab",
        };
        let three = one.repeat(3);
        let (mut decoder, mut rest) = (layout.decoder(), three.as_slice());
        for _ in 0..3 {
            assert_eq!(decoder.advance(rest, Closing::Open), Ok(Step::Frame(3)), "{}", layout.source());
            decoder.reset();
            rest = &rest[3..];
        }
        assert!(rest.is_empty());
    }
}

#[test]
fn written_eof_half_closes_and_idle_is_silence() {
    use wigwag_protocol::layout::Then;
    let then = |layout: &str, fields: Fields| frame(layout).encode(&fields, &Context::default()).unwrap().then;
    let body = || Fields::from([("body", bytes(b"x"))]);
    assert_eq!(then("body <CR>", body()), Then::Nothing);
    assert_eq!(then("body <CR|EOF>", body()), Then::Nothing);
    assert_eq!(then("body <EOF>", body()), Then::HalfClose);
    assert_eq!(then("body <IDLE 2s>", body()), Then::Silence(Duration::from_secs(2)));
    let ended = Fields::from([("body", bytes(b"x")), ("end", bytes(b""))]);
    assert_eq!(then("body end:<CR|LF|EOF>", ended), Then::HalfClose);
}

#[test]
fn how_a_layout_can_end_is_told() {
    assert_eq!(frame("body <CR|EOF|IDLE 3s>").ends_by_closing(), (true, Some(Duration::from_secs(3))));
    assert_eq!(frame("body <CR>").ends_by_closing(), (false, None));
    assert!(frame("body <CR>").ends_by_itself() && !body("body").ends_by_itself());
}

#[test]
fn a_body_must_be_all_of_the_bytes() {
    assert_eq!(decode_error(&body("a:u8"), b"\x01x").to_string(), "expected the end, found x at byte 1");
    assert_eq!(decode_error(&body("a:u16"), b"\x01").part.as_deref(), Some("a"));
    assert_decodes(&body("'OK' rest"), b"OK", [("rest", bytes(b""))]);
    assert_decodes(&body("a:u8 rest crc:u8=sum8(a..)"), b"\x01\x02\x03", [("a", int(1)), ("rest", bytes(b"\x02"))]);
}

#[test]
fn decode_takes_one_whole_frame_and_nothing_else() {
    let layout = frame("body <CR>");
    assert_eq!(layout.decode(b"a\r", |frame| frame.bytes("body").map(<[u8]>::to_vec)), Ok(Some(b"a".to_vec())));
    assert_eq!(layout.decode(b"a\rb", |_| ()).unwrap_err().to_string(), "expected the end, found more bytes at byte 2");
    assert_eq!(layout.decode(b"ab", |_| ()).unwrap_err().to_string(), "expected more bytes, found the end at byte 2");
}
