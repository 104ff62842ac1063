//! `[request]` and `[response]`

use wigwag_protocol::bytes::hex;
use wigwag_protocol::layout::{Closing, Context, Value};
use wigwag_protocol::protocol::{Cutter, Protocol};

use super::{command, fields, frameless, int, lines, parse, sources};

/// What a protocol writes around these bytes.
#[track_caller]
fn framed(protocol: &Protocol, body: &[u8]) -> String {
    let call = protocol.call_body(Some(body.to_vec()), fields([])).unwrap();
    hex::encode(&call.encode(&Context::default(), &[]).unwrap().bytes)
}

#[test]
fn a_name_and_a_response_layout_are_all_that_a_file_must_have() {
    let protocol = parse("name = \"x\"\n[response]\nlayout = \"body <LF>\"");
    assert_eq!(sources(protocol.request.layouts()), ["body"]);
    assert_eq!(sources(protocol.response.layouts()), ["body <LF>"]);
    assert!(!protocol.commands_are_frames && protocol.commands.is_empty());
    assert_eq!(framed(&protocol, b"ab"), "6162");
}

#[test]
fn a_request_need_not_end_by_itself_and_a_response_must() {
    let protocol = parse("name = \"x\"\nrequest.layout = \"<STX> body\"\nresponse.layout = \"body <EOF>\"");
    assert!(!protocol.request.ends_by_itself() && protocol.response.ends_by_itself());
}

#[test]
fn the_manners_of_the_frames() {
    let protocol = parse(
        r#"
        name = "x"
        encoding = "latin-1"
        [request]
        layout = "tid:u16=seq n:u8=len(body) body"
        skip = "<CR LF NUL>"
        max = 16
        [response]
        layout = "tid:u16 n:u8=len(body) body"
        skip = "<LF>"
        max = "1KiB"
        trim = true
        echo = true
        match = ["tid"]
        unsolicited = true
        "#,
    );
    assert_eq!(protocol.request.skip, b"\r\n\0");
    let response = &protocol.response;
    assert_eq!(response.skip, b"\n");
    assert!(response.trim && response.echo && response.unsolicited);
    assert_eq!(response.matches.iter().map(|part| &**part).collect::<Vec<_>>(), ["tid"]);
    assert!(!protocol.request.trim && !protocol.request.echo && protocol.request.matches.is_empty());
    assert!(protocol.call_body(Some(vec![b'a'; 17]), fields([])).is_err(), "more than the request's `max`");
}

#[test]
fn what_is_not_said_is_as_it_mostly_is() {
    let protocol = lines("");
    let response = &protocol.response;
    assert!(!response.trim && !response.echo && !response.unsolicited);
    assert!(response.skip.is_empty() && response.matches.is_empty());
    assert_eq!(protocol.call_body(Some(vec![b'a'; 65536]), fields([])).unwrap().fields().iter().count(), 1);
    assert!(protocol.call_body(Some(vec![b'a'; 65537]), fields([])).is_err());
}

#[test]
fn byte_stuffing() {
    let codec = |codec: &str, layout: &str| {
        parse(&format!("name = \"x\"\n[request]\nlayout = \"{layout}\"\n{codec}\n[response]\nlayout = \"body <CR>\""))
    };
    assert_eq!(framed(&codec("codec = \"slip\"", "body"), &[1, 0xC0, 2, 0xDB, 3]), "01dbdc02dbdd03c0");
    assert_eq!(framed(&codec("codec = \"cobs\"", "body"), &[0x11, 0x22, 0, 0x33]), "031122023300");
    let hex = "codec = { name = \"hex\", span = \"body\" }";
    assert_eq!(framed(&codec(hex, "':' body <CR LF>"), &[1, 0xAB]), "3a303141420d0a");
    let rule = r#"escape = { span = "body", lead = "<ESC>", bytes = "<STX ETX ESC>", by = "+0x80" }"#;
    assert_eq!(framed(&codec(rule, "<STX> body <ETX>"), &[2, 5]), "021b820503");
    let map = r#"escape = { span = "body", lead = "<0xDB>", map = "0x02=0x82, 0x03=0x83, 0xDB=0xDD" }"#;
    assert_eq!(framed(&codec(map, "<STX> body <ETX>"), &[2, 5]), "02db820503");
}

#[test]
fn the_stuffing_is_the_frames_and_not_the_bodys() {
    let protocol = parse(
        "name = \"x\"\n[request]\nlayout = \"body\"\ncodec = \"slip\"\n[response]\nlayout = \"body\"\ncodec = \"slip\"\n\
         [command.a]\nsend = \"<0xC0>\"\nreply = \"<0xC0>\"\n",
    );
    let call = protocol.call("a", fields([])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, [0xDB, 0xDC, 0xC0]);
}

#[test]
fn several_cases_each_with_its_condition() {
    let protocol = parse(
        r#"
        name = "x"
        [[request.case]]
        layout = "fc:u8(read=3, write=16) n:u8=len(body) body"
        when = "fc == write"
        [[request.case]]
        layout = "fc:u8(read=3, write=16) body:4"
        [[response.case]]
        layout = "fc:u8 code:u8"
        when = "fc & 0x80 != 0"
        [[response.case]]
        layout = "fc:u8 n:u8=len(body) body"
        "#,
    );
    assert_eq!(protocol.request.cases.len(), 2);
    let when: Vec<_> =
        protocol.response.cases.iter().map(|case| case.when.as_ref().map(|when| when.source())).collect();
    assert_eq!(when, [Some("fc & 0x80 != 0"), None]);
    // The named value of the condition is known by its number too.
    let write = protocol.request.cases[0].when.as_ref().unwrap();
    assert_eq!(write.holds(|_| Some(Value::Name("write".into()))), Some(true));
    let call = protocol.call_body(Some(b"ab".to_vec()), fields([("fc", int(16))])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"\x10\x02ab");
    let call = protocol.call_body(Some(b"abcd".to_vec()), fields([("fc", int(3))])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"\x03abcd");
}

#[test]
fn a_case_that_is_not_meant_has_no_say_in_what_is_wrong() {
    let protocol = parse(
        r#"
        name = "x"
        [[request.case]]
        layout = "fc:u8 body:1 sum:u8=sum8(fc..body)"
        when = "fc == 1"
        [[request.case]]
        layout = "fc:u8 body:4 sum:u8=sum8(fc..body)"
        when = "fc == 2"
        [response]
        layout = "body <LF>"
        "#,
    );
    // The first case, with a wrong checksum. The second one would find its own wrong, further behind.
    let wire = [1, 5, 0, 0, 0, 0, 0];
    let mut frames = Vec::new();
    for end in [3, wire.len()] {
        let mut cutter = Cutter::new(protocol.request.clone());
        frames.push(cutter.advance(&wire[..end], Closing::Open).unwrap_err().frame);
    }
    assert_eq!(frames, [Some(3); 2], "however many bytes have come");
}

#[test]
fn without_a_request_layout_each_command_is_a_frame() {
    let protocol = parse(
        "name = \"x\"\nrequest.skip = \"<LF>\"\nresponse.layout = \"body <CR>\"\n[command.b]\nsend = \"'B' n:dec2\"\n[command.a]\nsend = \"'A' <CR>\"",
    );
    assert!(protocol.commands_are_frames);
    assert_eq!(sources(protocol.request.layouts()), ["'B' n:dec2", "'A' <CR>"], "in the order of the file");
    assert_eq!(protocol.request.skip, b"\n");
    assert!(protocol.request.ends_by_itself());
    assert!(command(&protocol, "a").request.is_none());
    let call = protocol.call("b", fields([("n", int(7))])).unwrap();
    assert_eq!(call.encode(&Context::default(), &[]).unwrap().bytes, b"B07");
}

#[test]
fn without_a_response_layout_each_reply_is_a_frame_and_so_is_each_class() {
    let protocol = frameless(
        r#"
        response.trim = true
        [class]
        event = ["'E' <CR>"]
        progress = ["<ACK>"]
        error = [{ body = "'N' code:u8 <CR>", when = "code > 0x30" }, "rest"]
        [command.one]
        send = "<0x01>"
        reply = "status:u8"
        [command.two]
        send = "<0x02>"
        reply = ["'A' <CR>", "'B' <CR>"]
        [command.none]
        send = "<0x03>"
        reply = false
        [command.own]
        send = "<0x04>"
        response.layout = "<STX> body <ETX>"
        reply = "n:dec"
        "#,
    );
    // A no comes before the others; `rest` does not end by itself, so it cuts nothing.
    let classes = ["'N' code:u8 <CR>", "<ACK>", "'E' <CR>"];
    let one = command(&protocol, "one");
    assert!(one.reply_is_frame);
    assert_eq!(sources(one.responses[0].layouts()), [&["status:u8"], &classes[..]].concat());
    assert!(one.responses[0].trim);
    assert_eq!(one.responses[0].cases[1].when.as_ref().unwrap().source(), "code > 0x30");
    let two = command(&protocol, "two");
    assert_eq!(sources(two.response(0).unwrap().layouts())[0], "'A' <CR>");
    assert_eq!(sources(two.response(1).unwrap().layouts())[0], "'B' <CR>");
    assert_eq!(two.responses.len(), 2);
    assert_eq!(sources(command(&protocol, "none").responses[0].layouts()), classes);
    let own = command(&protocol, "own");
    assert!(!own.reply_is_frame);
    assert_eq!(sources(own.responses[0].layouts()), ["<STX> body <ETX>"]);
    let all = ["status:u8", "'A' <CR>", "'B' <CR>", "'N' code:u8 <CR>", "<STX> body <ETX>", "<ACK>", "'E' <CR>"];
    let mut response = sources(protocol.response.layouts());
    response.sort_unstable();
    let mut all = all.to_vec();
    all.sort_unstable();
    assert_eq!(response, all);
    assert_eq!(sources(protocol.response.layouts())[..3], ["status:u8", "'A' <CR>", "'B' <CR>"]);
}

#[test]
fn an_own_response_inherits_what_it_does_not_say() {
    let protocol = parse(
        r#"
        name = "x"
        request.layout = "id:u8 body <CR>"
        [response]
        layout = "id:u8 body <CR>"
        max = 100
        trim = true
        match = ["id"]
        skip = "<LF>"
        [command.long]
        send = "'L'"
        response.max = "10KiB"
        [command.block]
        send = "'B'"
        response = { layout = "id:u8 n:u16=len(body) body", trim = false }
        [command.other]
        send = "'O'"
        response = { case = [{ layout = "'N' <CR>" }, { layout = "body <LF>" }], match = [], skip = "<NUL>" }
        [command.plain]
        send = "'P'"
        "#,
    );
    let form = |name: &str| command(&protocol, name).responses[0].clone();
    let long = form("long");
    assert_eq!(sources(long.layouts()), ["id:u8 body <CR>"]);
    assert!(long.trim && long.matches.len() == 1);
    let answer = |size: usize| [&b"\x01"[..], &vec![b'a'; size], b"\r"].concat();
    let takes =
        |form: &wigwag_protocol::protocol::Form, size| form.cases[0].layout.decode(&answer(size), |_| ()).is_ok();
    assert!(takes(&long, 10_000) && !takes(&form("plain"), 101) && takes(&form("plain"), 100));
    let block = form("block");
    assert_eq!(sources(block.layouts()), ["id:u8 n:u16=len(body) body"]);
    assert!(!block.trim && block.matches.len() == 1 && block.skip == b"\n");
    let other = form("other");
    assert_eq!(sources(other.layouts()), ["'N' <CR>", "body <LF>"]);
    assert!(other.matches.is_empty() && other.skip == b"\0" && other.trim);
    assert!(std::sync::Arc::ptr_eq(&form("plain"), &protocol.response));
}
