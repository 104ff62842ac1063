//! What an answer may be: any body, an empty one, several frames, a list of like frames.

use wigwag_protocol::layout::Value;
use wigwag_protocol::outcome::{Garbled, Outcome, Unconfirmed};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

fn lines(commands: &str) -> Protocol {
    file(&format!(
        "encoding = 'ascii'\n[session]\nfinish = 'keep'\n[request]\nlayout = 'body <CR LF>'\n[response]\nlayout = 'body <CR LF>'\n\
         [class]\nerror = [\"'ERR ' text\"]\n{commands}"
    ))
}

fn asked(protocol: Protocol) -> Client {
    let call = command(&protocol, "it", []);
    start(protocol, call).opens().sends()
}

#[test]
fn any_body_will_do_where_nothing_is_said() {
    let end = asked(lines("[command.it]\nsend = \"'X'\"")).hears(b"whatever\r\n").ends();
    assert_eq!((end.outcome, end.evidence.fields.get("body")), (Outcome::Ok, Some(&text("whatever"))));
}

#[test]
fn an_empty_body_must_be_empty() {
    let empty = || lines("[command.it]\nsend = \"'X'\"\nreply = ''");
    assert_eq!(asked(empty()).hears(b"\r\n").ends().outcome, Outcome::Ok);
    let end = asked(empty()).hears(b"OK\r\n").ends();
    assert_eq!(end.outcome, Outcome::Garbled(Garbled::Mismatch));
    assert!(told(&end).starts_with("this is not the reply to the command: expected an empty body, found OK"));
}

#[test]
fn no_answer_by_design() {
    let silent = || lines("[command.it]\nsend = \"'X'\"\nreply = false");
    assert_eq!(asked(silent()).waits().ends().outcome, Outcome::Sent);
    assert_eq!(asked(silent()).hears(b"ERR no\r\n").ends().outcome, Outcome::Rejected);
}

#[test]
fn several_frames_each_its_own() {
    let three = || lines("[command.it]\nsend = \"'X'\"\nreply = [\"'a' a:dec\", \"'b' b:dec\", \"'c' c:dec\"]");
    let end = asked(three()).hears(b"a1\r\nb2\r").hears(b"\nc3\r\n").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert_eq!(end.evidence.fields.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(
        (end.evidence.response.as_slice(), end.evidence.body.as_slice()),
        (&b"a1\r\nb2\r\nc3\r\n"[..], &b"a1\nb2\nc3"[..])
    );

    let client = asked(three()).at(100).hears(b"a1\r\n");
    assert_eq!(client.exchange.deadline(), Some(at(1100)), "between frames of one answer it is the time between bytes");
    let end = client.waits().ends();
    assert_eq!(
        (end.outcome, end.evidence.response.as_slice()),
        (Outcome::Unconfirmed(Unconfirmed::Stalled), &b"a1\r\n"[..])
    );

    let end = asked(three()).hears(b"a1\r\nERR half way\r\n").ends();
    assert_eq!((end.outcome, told(&end)), (Outcome::Rejected, "the device refused: half way"));
    let end = asked(three()).hears(b"a1\r\nc3\r\n").ends();
    assert_eq!(end.outcome, Outcome::Garbled(Garbled::Mismatch));
    let end = asked(three()).hears(b"a1\r\nb2\r\nc3\r\nd4\r\n").ends();
    assert_eq!((end.outcome, end.evidence.extra.as_slice()), (Outcome::Ok, &b"d4\r\n"[..]));
    assert!(end.link.is_none(), "what came behind could be taken for the next answer");
}

#[test]
fn like_frames_up_to_the_last() {
    let list = || lines("[command.it]\nsend = \"'X'\"\nreply = \"more:1 ' ' name\"\nuntil = \"more == '0'\"");
    let end = asked(list()).hears(b"1 one\r\n1 two\r\n0 three\r\n").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    let names: Vec<_> = end.evidence.list.iter().map(|fields| fields.get("name").cloned().unwrap()).collect();
    assert_eq!(names, [text("one"), text("two"), text("three")]);
    assert!(end.evidence.fields.is_empty());
    assert_eq!(asked(list()).hears(b"1 one\r\n").waits().ends().outcome, Outcome::Unconfirmed(Unconfirmed::Stalled));
}

#[test]
fn an_endless_list_is_cut_off() {
    let mut client = asked(lines("[command.it]\nsend = \"'X'\"\nreply = \"more:1 ' ' name\"\nuntil = \"more == '0'\""));
    let frame = [b"1 ".as_slice(), &[b'x'; 16_000], b"\r\n"].concat();
    for _ in 0..2000 {
        if !client.is_waiting() {
            break;
        }
        client = client.hears(&frame);
    }
    let end = client.ends();
    assert_eq!(end.outcome, Outcome::Garbled(Garbled::TooLong));
    assert!(end.evidence.response.len() < 17 * 1024 * 1024);
}

#[test]
fn a_command_has_its_own_response() {
    let protocol = || {
        lines(
            "[command.it]\nsend = \"'CURVE?'\"\n\
             response = { layout = \"'#' nd:dec1 n:dec(nd)=len(body) body <LF>\" }\nreply = 'data:bytes'",
        )
    };
    let end = asked(protocol()).hears(b"#15he\r\no\n").ends();
    assert_eq!((end.outcome, end.evidence.fields.get("data")), (Outcome::Ok, Some(&Value::Bytes(b"he\r\no".to_vec()))));
}

#[test]
fn commands_that_are_their_own_frames() {
    let printer = file(
        r#"
        [command.printer_status]
        send = "<DLE EOT> n:u8=1"
        reply = "status:u8{drawer=2, offline=3}"
        [command.paper_status]
        send = "<DLE EOT> n:u8=4"
        reply = "status:u8{paper_low=2}"
        [command.cut]
        send = "<GS> 'V' m:u8"
        reply = false
        "#,
    );
    let call = command(&printer, "printer_status", []);
    let end = start(printer.clone(), call).opens().writes_this(b"\x10\x04\x01").hears(b"\x16").ends();
    assert_eq!(end.outcome, Outcome::Ok);
    assert!(matches!(end.evidence.fields.get("status"), Some(Value::Bits(0x16, _))), "{:?}", end.evidence.fields);
    let call = command(&printer, "cut", [("m", integer(66))]);
    assert_eq!(start(printer, call).opens().writes_this(b"\x1dVB").waits().ends().outcome, Outcome::Sent);
}

#[test]
fn cases_are_told_apart_before_the_frame_is_whole() {
    let protocol = || {
        file(
            r#"
            [request]
            layout = "unit:u8 fc:u8 body crc:u16le=crc16_modbus(unit..)"
            [[response.case]]
            layout = "unit:u8 fc:u8 n:u8=len(body) body crc:u16le=crc16_modbus(unit..)"
            when = "fc <= 4"
            [[response.case]]
            layout = "unit:u8 fc:u8 body:1 crc:u16le=crc16_modbus(unit..)"
            when = "fc & 0x80 != 0"
            [class]
            error = [{ when = "fc & 0x80 != 0", body = "code:u8" }]
            [params]
            unit = { default = 17 }
            [command.it]
            set = { fc = 3 }
            send = "address:u16=0x6B count:u16=3"
            reply = "values:u16[]"
            "#,
        )
    };
    let end = asked(protocol()).hears(b"\x11\x03\x06\x02\x2B\0\0\0\x64\xC8\xBA").ends();
    assert_eq!(end.outcome, Outcome::Ok, "{}", told(&end));
    // In the first case's eyes the code would be a length; nobody waits for so many bytes.
    let end = asked(protocol()).hears(b"\x11\x83\x02\xC1\x34").ends();
    assert_eq!((end.outcome, told(&end)), (Outcome::Rejected, "the device refused: code 2"));
    let end = asked(protocol()).hears(b"\x11\x03\x06\x02\x2B\0\0\0\x64\xC8\xBB").ends();
    assert_eq!(end.outcome, Outcome::Garbled(Garbled::Checksum));
}
