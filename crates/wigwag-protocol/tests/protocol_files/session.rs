//! What stands at the top of a file, `[session]` and `[time]`

use std::time::Duration;

use wigwag_protocol::layout::Encoding;
use wigwag_protocol::protocol::{AfterSend, Digest, Finish, LoginStep, Times, Transport};

use super::{fields, frameless, lines, parse, sources, text};

#[test]
fn the_top_of_a_file() {
    let protocol = parse(
        r#"
        name = "a.b_c-1"
        title = "A title"
        about = "What it is for."
        port = 65535
        source = "A manual, p. 59"
        encoding = "cp437"
        transport = "telnet"
        response.layout = "body <CR>"
        "#,
    );
    assert_eq!((protocol.name.as_str(), protocol.port), ("a.b_c-1", Some(65535)));
    assert_eq!(protocol.title.as_deref(), Some("A title"));
    assert_eq!(protocol.about.as_deref(), Some("What it is for."));
    assert_eq!(protocol.source.as_deref(), Some("A manual, p. 59"));
    assert_eq!(protocol.encoding.to_string(), "cp437");
    assert_eq!(protocol.transport, Transport::Telnet);
    let plain = lines("transport = \"plain\"");
    assert_eq!((plain.transport, plain.encoding, plain.port), (Transport::Plain, Encoding::Bytes, None));
}

#[test]
fn the_encoding_is_that_of_every_layout() {
    let protocol = parse(
        "name = \"x\"\nencoding = \"latin-1\"\nrequest.layout = \"body <CR>\"\nresponse.layout = \"body <CR>\"\n\
         [command.a]\nsend = \"label:text\"\n[[example]]\nbody = \"é\"\nsend = \"E9 0D\"",
    );
    let call = protocol.call("a", fields([("label", text("é"))])).unwrap();
    assert_eq!(call.encode(&Default::default(), &[]).unwrap().bytes, b"\xE9\r");
    assert_eq!(protocol.examples[0].body.as_deref(), Some(&b"\xE9"[..]));
}

#[test]
fn nothing_said_of_the_session() {
    let session = lines("").session;
    assert!(
        session.greeting.is_none() && session.login.is_empty() && session.auth.is_none() && session.auto.is_empty()
    );
    assert_eq!((session.after_send, session.finish), (AfterSend::Open, Finish::Close));
    assert_eq!((session.gap, session.connections), (Duration::ZERO, None));
}

#[test]
fn all_of_the_session() {
    let protocol = lines(
        r#"
        [session]
        greeting = ["'HELLO ' salt:8 <CR LF>", "<IDLE 200ms>"]
        login = [
            { expect = "'Password:'" },
            { send = "secret.password <CR>" },
            { expect = "'ID ' id:4 <CR LF>" },
            "hello",
        ]
        auth = "sha256(secret.user ':' secret.password ':' greeting.salt)"
        auto = [{ on = "'PING ' n:dec", send = "'PONG ' n:dec" }]
        after_send = "fin"
        finish = "keep"
        gap = "50ms"
        connections = 4
        [command.hello]
        send = "login.id ' HELLO'"
        "#,
    );
    let session = &protocol.session;
    assert_eq!(sources(session.greeting.as_ref().unwrap().layouts()), ["'HELLO ' salt:8 <CR LF>", "<IDLE 200ms>"]);
    let steps: Vec<String> = session
        .login
        .iter()
        .map(|step| match step {
            LoginStep::Command(name) => format!("command {name}"),
            LoginStep::Expect(layout) => format!("expect {}", layout.source()),
            LoginStep::Send(layout) => format!("send {}", layout.source()),
        })
        .collect();
    let expected = ["expect 'Password:'", "send secret.password <CR>", "expect 'ID ' id:4 <CR LF>", "command hello"];
    assert_eq!(steps, expected);
    let auth = session.auth.as_ref().unwrap();
    assert_eq!(auth.digest, Digest::Sha256);
    assert_eq!(auth.needs().collect::<Vec<_>>(), ["secret.user", "secret.password", "greeting.salt"]);
    assert_eq!(sources([&session.auto[0].on, &session.auto[0].send]), ["'PING ' n:dec", "'PONG ' n:dec"]);
    assert_eq!((session.after_send, session.finish), (AfterSend::Fin, Finish::Keep));
    assert_eq!((session.gap, session.connections), (Duration::from_millis(50), Some(4)));
}

/// The digests that two manuals print.
#[test]
fn digests_of_what_is_learned_and_secret() {
    let digits = |auth: &str, learned: &[(&str, &str)]| {
        let protocol = lines(&format!("[session]\ngreeting = \"'X ' salt:8 <CR>\"\nauth = \"{auth}\""));
        let mut known = fields([]);
        for (name, value) in learned {
            known.set(*name, text(value));
        }
        protocol.session.auth.unwrap().digits(&known).unwrap()
    };
    let pjlink = [("greeting.salt", "498e4a67"), ("secret.password", "JBMIAProjectorLink")];
    assert_eq!(digits("md5(greeting.salt secret.password)", &pjlink), "5d8409bc1c3fa39749434aa3a5c38682");
    let ntcontrol = [("greeting.salt", "23181e1e"), ("secret.user", "admin1"), ("secret.password", "panasonic")];
    assert_eq!(
        digits("md5( secret.user ':' secret.password <':'> greeting.salt )", &ntcontrol),
        "dbdd2dabd3d4d68c5dd970ec0c29fa64"
    );
    // What separates the parts may also stand in them.
    let colon = [("greeting.salt", "1"), ("secret.user", "a:b"), ("secret.password", "c")];
    assert_eq!(digits("md5(secret.user ':' secret.password)", &colon).len(), 32);
}

#[test]
fn what_is_answered_by_itself_is_a_frame_where_there_are_no_frames() {
    let protocol = frameless(
        "session.auto = [{ on = \"'PING' n:u8\", send = \"'PONG' n:u8\" }]\n[command.a]\nsend = \"'A'\"\nreply = \"'B'\"",
    );
    assert!(protocol.session.auto[0].on.ends_by_itself() && protocol.session.auto[0].send.ends_by_itself());
}

#[test]
fn a_part_of_the_frame_may_come_back_by_itself() {
    let protocol = parse(
        "name = \"x\"\nrequest.layout = \"unit:u8 body <CR>\"\nresponse.layout = \"unit:u8 body <CR>\"\n\
         session.auto = [{ on = \"'PING'\", send = \"'PONG'\" }]\n",
    );
    assert_eq!(protocol.session.auto.len(), 1);
}

#[test]
fn times() {
    let protocol = lines("[time]\nconnect = \"1s\"\nfirst = \"1.5s\"\nidle = \"250ms\"\ntotal = \"2m\"");
    let milliseconds = Duration::from_millis;
    let times = Times {
        connect: milliseconds(1000),
        first: milliseconds(1500),
        idle: milliseconds(250),
        total: milliseconds(120_000),
    };
    assert_eq!(protocol.times, times);
    assert_eq!(lines("").times, Times::default());
}
