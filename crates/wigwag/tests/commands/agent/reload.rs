//! SIGHUP: what is read anew, and what is not lost over it.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{READY, Serving, rest};
use crate::support::{Program, STATUS, agent_path};

fn answered(client: &mut TcpStream) -> Vec<u8> {
    client.write_all(STATUS).unwrap();
    let mut answer = Vec::new();
    while answer.last() != Some(&0) {
        let mut byte = [0];
        client.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    answer
}

#[test]
fn a_new_file_is_for_who_comes_then() {
    let mut serving = Serving::start(READY);
    let mut open = serving.connect();
    assert_eq!(answered(&mut open), b"READY\0");

    serving.reload("protocol = \"esc-cr\"\n[on.STATUS]\nreply = \"BUSY\"\n");
    serving.process.stderr_with("info: 1 open connections keep to what was read before, until they end\n");

    assert_eq!(serving.ask(STATUS), b"BUSY\0", "on the same port");
    assert_eq!(answered(&mut open), b"READY\0", "and nobody was cut off");
}

#[test]
fn who_may_connect_and_how_many() {
    let mut serving = Serving::start(READY);
    serving.reload(&format!("allow = [\"10.0.0.0/8\"]\n{READY}"));
    serving.process.stderr_with("info: reloaded: listening on ");

    assert_eq!(rest(serving.connect()), b"");

    let mut serving = Serving::start(READY);
    serving.reload(&format!("limits.connections = 1\n{READY}"));
    serving.process.stderr_with("info: reloaded: listening on ");
    let (mut first, mut second) = (serving.connect(), serving.connect());
    assert_eq!(answered(&mut second), b"READY\0");
    assert_eq!(first.read(&mut [0]).unwrap_or(0), 0, "the second took its place");
}

#[test]
fn a_broken_file_is_refused() {
    let mut serving = Serving::start(READY);

    for (config, why) in [
        ("protocol = \"esc-rc\"\n", "there is no protocol `esc-rc`; did you mean `esc-cr`?"),
        ("protocol =\n", "line 2: string values must be quoted"),
        ("protocol = \"esc-cr\"\n[on.STATUS]\n", "say what to do"),
        (&format!("{READY}[tls]\ncert = \"/nowhere/a.crt\"\n"), "cannot read /nowhere/a.crt"),
    ] {
        serving.reload(config);
        let said = serving.process.stderr_with(why);
        let (_, rest) = said.split_once(why).unwrap();
        assert!(rest.is_empty() || rest.contains("not reloaded: what was read before stays"), "{said}");
        assert_eq!(serving.ask(STATUS), b"READY\0");
    }

    std::fs::write(serving.file.path(), format!("listen = [\"192.0.2.1:1\"]\n{READY}")).unwrap();
    serving.process.signal("HUP");
    serving.process.stderr_with("error: cannot listen on 192.0.2.1:1: ");
    assert_eq!(serving.ask(STATUS), b"READY\0");
}

#[test]
fn a_file_that_was_named_from_where_it_lies() {
    let folder = tempfile::TempDir::new().unwrap();
    let config = folder.path().join("agent.toml");
    std::fs::write(&config, format!("listen = [\"127.0.0.1:0\"]\n{READY}")).unwrap();
    let start = format!("cd {} && exec {} agent.toml", folder.path().display(), agent_path().display());
    let mut process = Program::new("/bin/sh").arguments(&["-c", &start]).start();
    process.stderr_with(", protocol ");

    process.signal("HUP");

    process.stderr_with("info: reloaded: listening on ");
}

#[test]
fn other_addresses() {
    let mut serving = Serving::start(READY);
    let listen = "listen = [\"127.0.0.2:0\", \"[::1]:0\"]\n";
    std::fs::write(serving.file.path(), format!("{listen}{READY}")).unwrap();
    serving.process.signal("HUP");

    let said = serving.process.stderr_with("listening on [::1]:");
    let (_, moved) = said.rsplit_once("reloaded: listening on 127.0.0.2:").unwrap();
    let (port, _) = moved.split_once(',').unwrap();
    let mut client = TcpStream::connect(("127.0.0.2", port.parse().unwrap())).unwrap();
    assert_eq!(answered(&mut client), b"READY\0");
    let old = TcpStream::connect(("127.0.0.1", serving.port));
    assert!(old.is_err(), "the old address is closed");
}

/// Reloads without an end do not cost anybody an answer.
#[test]
fn in_the_middle_of_everything() {
    let serving = Serving::start(READY);
    for _ in 0..50 {
        serving.process.signal("HUP");
        assert_eq!(serving.ask(STATUS), b"READY\0");
    }
    serving.process.signal("TERM");
    let ended = serving.process.end();
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("info: stopped after 50 connections\n"), "{}", ended.stderr);
}
