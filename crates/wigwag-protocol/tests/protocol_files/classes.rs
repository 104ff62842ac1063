//! `[class]`

use wigwag_protocol::layout::{Closing, Step, Value};
use wigwag_protocol::protocol::{Busy, Refusal};

use super::{frameless, int, lines, name, parse, text};

#[test]
fn layouts_and_tables_with_conditions() {
    let protocol = parse(
        r#"
        name = "x"
        request.layout = "fc:u8 n:u8=len(body) body"
        response.layout = "fc:u8 n:u8=len(body) body"
        [class]
        event = ["'Chn' n:dec", { body = "'R' rest", when = "fc == 7" }]
        progress = [{ when = "fc == 0xFF" }]
        error = [{ when = "fc & 0x80 != 0", body = "code:u8", busy = [6], text = { 1 = "illegal function", 0x0B = "no answer" } }]
        "#,
    );
    let classes = &protocol.classes;
    assert_eq!(classes.event[0].body.as_ref().unwrap().source(), "'Chn' n:dec");
    assert_eq!(classes.event[1].when.as_ref().unwrap().source(), "fc == 7");
    assert!(classes.progress[0].body.is_none());
    let refusal = |wire: &[u8]| {
        let layout = &protocol.response.cases[0].layout;
        let mut decoder = layout.decoder();
        assert_eq!(decoder.advance(wire, Closing::Open), Ok(Step::Frame(wire.len())));
        let frame = decoder.frame(wire);
        classes.refusal(Some(&frame), frame.bytes("body").unwrap())
    };
    let no = |code, meaning: Option<&str>, busy| Some(Refusal { code: Some(int(code)), text: meaning.map(text), busy });
    assert_eq!(refusal(b"\x83\x01\x01"), no(1, Some("illegal function"), false));
    assert_eq!(refusal(b"\x83\x01\x0b"), no(11, Some("no answer"), false));
    assert_eq!(refusal(b"\x83\x01\x06"), no(6, None, true));
    assert_eq!(refusal(b"\x03\x01\x06"), None);
}

#[test]
fn codes_are_of_the_type_of_their_part() {
    let protocol = lines(
        r#"
        [[class.error]]
        body = "'E' code:dec2"
        text = { 01 = "one", 0x10 = "sixteen" }
        [[class.error]]
        body = "'N' code:u8(full=1, jam=2)"
        text = { full = "no room", 2 = "stuck", 7 = "without a name" }
        busy = ["full", 7]
        [[class.error]]
        body = "'T' code:2"
        text = { "08" = "eight", S- = "under" }
        busy = true
        [[class.error]]
        body = "'W' code:text"
        busy = ["08"]
        "#,
    );
    let codes =
        |index: usize| protocol.classes.error[index].texts.iter().map(|(code, _)| code.clone()).collect::<Vec<_>>();
    let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
    assert_eq!(codes(0), [int(1), int(16)]);
    assert_eq!(codes(1), [name("full"), name("jam"), int(7)]);
    assert_eq!(codes(2), [bytes(b"08"), bytes(b"S-")]);
    let busy = |index: usize| &protocol.classes.error[index].busy;
    assert_eq!(*busy(0), Busy::Never);
    assert_eq!(*busy(1), Busy::Codes(vec![name("full"), int(7)]));
    assert_eq!(*busy(2), Busy::Always);
    assert_eq!(*busy(3), Busy::Codes(vec![text("08")]));
    let refusal = protocol.classes.refusal(None, b"T08").unwrap();
    assert_eq!((refusal.text, refusal.busy), (Some(text("eight")), true));
}

#[test]
fn an_error_needs_neither_a_code_nor_a_text() {
    let protocol = lines("[class]\nerror = [\"'ERR' rest\"]");
    assert_eq!(protocol.classes.refusal(None, b"ERR!"), Some(Refusal::default()));
    assert_eq!(protocol.classes.refusal(None, b"OK"), None);
}

#[test]
fn without_frames_a_class_is_the_whole_frame() {
    let protocol =
        frameless("class.error = [\"<NAK> code:u8\"]\n[command.a]\nsend = \"<ENQ>\"\nreply = \"<ACK> n:u8\"\n");
    let refusal = protocol.classes.refusal(None, b"\x15\x07").unwrap();
    assert_eq!(refusal.code, Some(int(7)));
}

#[test]
fn an_error_may_be_how_a_login_is_refused() {
    let protocol = lines("[class]\nerror = [{ body = \"'PJLINK ERRA'\", login = true }, \"'ERR' code:dec1\"]");
    let refuses: Vec<bool> = protocol.classes.error.iter().map(|error| error.refuses_login).collect();
    assert_eq!(refuses, [true, false]);
}
