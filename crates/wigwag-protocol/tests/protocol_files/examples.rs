//! `[[example]]`

use wigwag_protocol::layout::Value;
use wigwag_protocol::protocol::Expected;

use super::{fields, int, lines, name, parse, text};

const COMMANDS: &str = "
[command.receptacle]
send = \"<ESC> n:dec '*' on:dec1(off=0, on=1) 'PC'\"
[command.list]
reply = \"n:dec\"
until = \"n == 0\"
";

#[test]
fn of_a_command() {
    let file = format!(
        "{COMMANDS}
        [[example]]
        about = \"as printed\"
        command = \"receptacle\"
        params = {{ n = 1, on = \"on\" }}
        send = \"<ESC> '1*1PC' <CR>\"
        recv = [\"'Cpn01 Ppc1'\", \"0D 0A\"]
        fields = {{ n = 1, on = true, level = 1.5, bits = {{ a = false }}, list = [1, \"b\"] }}
        greeting = \"<CR LF>\"
        secrets = {{ password = \"hush\" }}
        "
    );
    let protocol = lines(&file);
    let example = &protocol.examples[0];
    assert_eq!(example.about.as_deref(), Some("as printed"));
    assert_eq!(example.command.as_deref().map(|command| &*command.name), Some("receptacle"));
    assert_eq!(example.params, fields([("n", int(1)), ("on", name("on"))]));
    assert_eq!((&example.send[..], &example.recv[..]), (&b"\x1b1*1PC\r"[..], &b"Cpn01 Ppc1\r\n"[..]));
    assert_eq!((&example.greeting[..], &example.body), (&b"\r\n"[..], &None));
    assert_eq!(example.secrets, fields([("password", text("hush"))]));
    let expected = fields([
        ("n", int(1)),
        ("on", int(1)),
        ("level", Value::Float(1.5)),
        ("bits", Value::Record(fields([("a", int(0))]))),
        ("list", Value::List(vec![int(1), text("b")])),
    ]);
    assert_eq!(example.expected, Expected::Fields(expected));
}

#[test]
fn of_a_body() {
    let protocol = parse(
        "name = \"x\"\nrequest.layout = \"unit:u8 body <CR>\"\nresponse.layout = \"body <CR>\"\n\
         [[example]]\nbody = \"s\"\nparams = { unit = 3 }\nsend = \"03 73 0D\"",
    );
    let example = &protocol.examples[0];
    assert_eq!((example.body.as_deref(), &example.params), (Some(&b"s"[..]), &fields([("unit", int(3))])));
    assert!(example.command.is_none() && example.recv.is_empty());
    assert_eq!(example.expected, Expected::Fields(fields([])));
}

#[test]
fn of_a_frame_without_a_body() {
    let protocol =
        parse("name = \"x\"\nrequest.layout = \"<ENQ>\"\nresponse.layout = \"status:u8\"\n[[example]]\nsend = \"05\"");
    assert_eq!(protocol.examples[0].body, None);
}

#[test]
fn what_the_answer_says() {
    let expected = |says: &str| {
        lines(&format!("{COMMANDS}[[example]]\ncommand = \"list\"\nsend = \"0D\"\n{says}")).examples[0].expected.clone()
    };
    assert_eq!(expected("error = 13"), Expected::Error(Some(int(13))));
    assert_eq!(expected("error = \"busy\""), Expected::Error(Some(text("busy"))));
    assert_eq!(expected("error = true"), Expected::Error(None));
    let frames = vec![fields([("n", int(1))]), fields([("n", int(0))])];
    assert_eq!(expected("fields = [{ n = 1 }, { n = 0 }]"), Expected::List(frames.clone()));
    assert_eq!(expected("[[example.fields]]\nn = 1\n[[example.fields]]\nn = 0"), Expected::List(frames));
}

#[test]
fn where_it_stands() {
    let file = "name = \"x\"\nresponse.layout = \"body <CR>\"\n[[example]]\nbody = \"a\"\nsend = \"61\"\n[[example]]\nbody = \"b\"\nsend = \"62\"\n";
    let places: Vec<_> = parse(file).examples.iter().map(|example| example.at.clone()).collect();
    let second = file.rfind("[[example]]").unwrap();
    assert_eq!(places[1], second..second + "[[example]]".len());
    assert!(places[0].end <= places[1].start);
}

#[test]
fn bytes_are_literals_or_hex_as_people_paste_it() {
    let bytes =
        |written: &str| lines(&format!("[[example]]\nbody = \"a\"\nsend = '''{written}'''")).examples[0].send.clone();
    assert_eq!(bytes("  <0x1B> 'a' \"b\" <CR LF> "), b"\x1bab\r\n");
    assert_eq!(bytes("1b 61 0d"), b"\x1ba\r");
    assert_eq!(bytes("0x1b,0x61"), b"\x1ba");
    assert_eq!(bytes(r"\x1ba"), b"\x1ba");
    assert_eq!(bytes(""), b"");
}
