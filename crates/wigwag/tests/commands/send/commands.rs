//! What can stand for the command, and what of it goes over the wire.

use std::io::Write;

use crate::support::{Device, wigwag};

/// What a device receives when this is typed behind `wigwag send HOST`, with this on standard input.
fn received(arguments: &[&str], stdin: &[u8]) -> Vec<u8> {
    let device = Device::that(|client| {
        client.read_all();
        client.write(b"OK\r\n");
        client.close();
    });
    let address = device.address();
    let arguments = [&["send", &address, "--after-send", "fin"], arguments].concat();

    let sent = wigwag(&arguments).stdin(stdin).run();

    assert_eq!((sent.code, sent.stderr.as_str()), (0, ""), "{arguments:?}");
    device.received()
}

#[test]
fn a_word_is_taken_literally() {
    assert_eq!(received(&["STATUS"], b""), b"\x1bSTATUS\r");
    assert_eq!(received(&["VOL 12 {x} %41 \\r"], b""), b"\x1bVOL 12 {x} %41 \\r\r");
    assert_eq!(received(&["größer"], b""), "\x1bgrößer\r".as_bytes());
    assert_eq!(received(&["--", "-5"], b""), b"\x1b-5\r");
}

#[test]
fn text_hex_and_files() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"from\na file\0").unwrap();

    assert_eq!(received(&["--text", "--help"], b""), b"\x1b--help\r");
    assert_eq!(received(&["--protocol", "raw", "--hex", "0x1B,0x40,0x0D"], b""), b"\x1b@\r");
    assert_eq!(received(&["--protocol", "raw", "--file", file.path().to_str().unwrap()], b""), b"from\na file\0");
    assert_eq!(received(&["--protocol", "raw", "--file", "-"], b"from\xff stdin"), b"from\xff stdin");
}

#[test]
fn a_command_may_be_large() {
    let body = vec![b'x'; 1 << 20];

    assert_eq!(received(&["--protocol", "raw", "--max", "2MiB", "--file", "-"], &body), body);
}

#[test]
fn a_command_longer_than_the_limit_is_not_sent() {
    let sent = wigwag(&["send", "127.0.0.1:9", "--protocol", "raw", "--file", "-"]).stdin(&[b'x'; 65537]).run();

    assert_eq!((sent.code, sent.stdout.len()), (2, 0));
    assert!(sent.stderr.starts_with("error: the command cannot be sent: "), "{}", sent.stderr);
}

#[test]
fn lines_end_as_they_are_told_to() {
    assert_eq!(received(&["--protocol", "line", "INPUT?"], b""), b"INPUT?\r\n");
    for (end, wire) in [("lf", b"INPUT?\n".as_slice()), ("cr", b"INPUT?\r"), ("crlf", b"INPUT?\r\n")] {
        assert_eq!(received(&["--protocol", "line", "--eol", end, "INPUT?"], b""), wire, "{end}");
    }
}

#[test]
fn a_line_comes_back_however_it_ends() {
    for response in ["INPUT 3\r\n", "INPUT 3\n"] {
        let device = Device::answering(b"INPUT?\r\n", response.as_bytes());

        let sent = wigwag(&["send", &device.address(), "--protocol", "line", "INPUT?"]).run();

        assert_eq!(sent.told(), (0, "INPUT 3\n", ""), "{response:?}");
        assert_eq!(device.received(), b"INPUT?\r\n");
    }
}

#[test]
fn a_lone_cr_ends_a_line_once_it_is_clear_that_no_lf_follows() {
    let device = Device::answering(b"INPUT?\r", b"INPUT 3\r");

    let line = ["--protocol", "line", "--eol", "cr", "--idle-timeout", "100ms", "INPUT?"];
    let sent = wigwag(&[&["send", &device.address()], &line[..]].concat()).run();

    assert_eq!(sent.told(), (0, "INPUT 3\n", ""));
}

#[test]
fn a_raw_response_ends_with_a_silence_or_with_the_connection() {
    let falls_silent = Device::answering(b"go", b"\x01\x02");
    let closes = Device::that(|client| {
        client.read(2);
        client.write(b"\x01\x02");
        client.close();
    });

    for (device, ended_by) in [(falls_silent, "idle"), (closes, "eof")] {
        let raw = ["--protocol", "raw", "go", "--output", "json"];
        let told = wigwag(&[&["send", &device.address()], &raw[..]].concat()).run().json();

        assert_eq!(told["outcome"], "ok");
        assert_eq!(told["response"]["hex"], "0102");
        assert_eq!(told["ended_by"], ended_by);
    }
}
