//! A device that speaks a protocol file: it knows commands from their bytes and fills their replies.

use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{EncodeError, Fields, Value};
use wigwag_protocol::protocol::Protocol;

use crate::script::*;

/// The command's name and what it says.
fn recognised(device: &mut Device) -> (String, Fields) {
    match device.poll() {
        Some(Request::Command { command: Some(command), fields, .. }) => (command.name.to_string(), fields),
        other => panic!("no command of the protocol but {other:?}"),
    }
}

fn modbus() -> Protocol {
    file(
        r#"
        [request]
        layout = "tid:u16=seq pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body"
        [response]
        layout = "tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 body"
        match = ["tid", "unit"]
        [class]
        error = [{ when = "fc & 0x80 != 0", body = "code:u8" }]
        [command.read]
        set = { fc = 3 }
        send = "address:u16 count:u16"
        reply = "n:u8=len(values) values:u16[]"
        [command.write]
        set = { fc = 6 }
        send = "address:u16 value:u16"
        reply = "address:u16 value:u16"
        "#,
    )
}

#[test]
fn commands_are_known_by_what_they_set_and_by_their_whole_body() {
    let mut device = accepted(modbus());
    device.hears(b"\x12\x34\0\0\0\x06\x11\x03\0\x6b\0\x03");
    let (name, fields) = recognised(&mut device);
    assert_eq!(name, "read");
    assert_eq!(
        fields,
        Fields::from([("unit", integer(17)), ("fc", integer(3)), ("address", integer(0x6B)), ("count", integer(3))])
    );
    let values = Value::List(vec![integer(0x22B), integer(0), integer(0x64)]);
    device.answer(&Answer::Fields(vec![Fields::from([("values", values)])])).unwrap();
    assert_eq!(device.writes(), b"\x12\x34\0\0\0\x09\x11\x03\x06\x02\x2B\0\0\0\x64");

    device.hears(b"\x12\x35\0\0\0\x06\x11\x06\0\x01\0\x03");
    assert_eq!(recognised(&mut device).0, "write");
    device.answer(&Answer::Fields(Vec::new())).unwrap();
    assert_eq!(device.writes(), b"\x12\x35\0\0\0\x06\x11\x06\0\x01\0\x03", "what the request says fills the reply");

    device.hears(b"\x12\x36\0\0\0\x02\x11\x2B");
    assert!(matches!(device.poll(), Some(Request::Command { command: None, .. })));
    device.answer(&Answer::Error(integer(1))).unwrap();
    assert_eq!(device.writes(), b"\x12\x36\0\0\0\x03\x11\xAB\x01", "the bit that makes it a no is set");
}

#[test]
fn what_a_reply_lacks_is_named() {
    let mut device = accepted(modbus());
    device.hears(b"\x12\x34\0\0\0\x06\x11\x03\0\x6b\0\x03");
    recognised(&mut device);
    let error = device.answer(&Answer::Fields(Vec::new())).unwrap_err();
    assert!(matches!(error, EncodeError::Missing { part } if &*part == "values"));
}

#[test]
fn commands_that_are_their_own_frames_are_tried_in_their_order() {
    let printer = file(
        r#"
        [command.status]
        send = "<DLE EOT> n:u8=1"
        reply = "status:u8"
        [command.paper]
        send = "<DLE EOT> n:u8=4"
        reply = "status:u8"
        [command.beep]
        send = "<BEL>"
        reply = false
        "#,
    );
    let mut device = accepted(printer);
    device.hears(b"\x10\x04\x04\x07\x10\x04\x01");
    let mut names = Vec::new();
    for status in [Some(0x12), None, Some(0x16)] {
        names.push(recognised(&mut device).0);
        match status {
            Some(status) => device.answer(&Answer::Fields(vec![Fields::from([("status", integer(status))])])).unwrap(),
            None => device.answer(&Answer::Silence).unwrap(),
        };
        assert_eq!(device.writes(), status.map(|status| vec![status as u8]).unwrap_or_default());
    }
    assert_eq!(names, ["paper", "beep", "status"]);
}

#[test]
fn several_frames_leave_in_one_piece() {
    let protocol = file(
        "[request]\nlayout = 'body <CR>'\n[response]\nlayout = '<STX> body <ETX CR LF>'\n\
         [command.it]\nsend = \"'HS'\"\nreply = ['a:dec', 'b:dec']",
    );
    let mut device = accepted(protocol);
    device.hears(b"HS\r");
    recognised(&mut device);
    let frames = [Fields::from([("a", integer(1))]), Fields::from([("b", integer(2))])];
    device.answer(&Answer::Fields(frames.to_vec())).unwrap();
    assert_eq!(device.writes(), b"\x021\x03\r\n\x022\x03\r\n");
}

#[test]
fn padding_between_requests_is_dropped() {
    let protocol = file("[request]\nlayout = 'body <CR>'\nskip = '<LF NUL>'\n[response]\nlayout = 'body <CR>'");
    let mut device = accepted(protocol);
    device.hears(b"\0\nA\r\nB\r\n");
    assert_eq!(device.command(), "A");
    device.answers("a").writes();
    assert_eq!(device.command(), "B");
    device.answers("b").writes();
    assert_eq!(device.poll(), None);
}
