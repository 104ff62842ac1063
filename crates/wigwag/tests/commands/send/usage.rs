//! What cannot be sent is said before anything is: exit code 2, and no connection is made.

use crate::support::{Unvisited, wigwag};

/// Standard error of `wigwag send HOST:PORT ARGUMENTS`, which must end with 2 and not connect.
fn refused(arguments: &[&str]) -> String {
    let device = Unvisited::new();
    let address = device.address();

    let sent = wigwag(&[&["send", &address], arguments].concat()).run();

    assert_eq!((sent.code, sent.stdout.len()), (2, 0), "{arguments:?}: {sent:?}");
    assert!(!device.was_visited(), "{arguments:?} connected");
    sent.stderr.replace(&address, "DEVICE")
}

#[test]
fn a_layout_that_is_wrong_at_some_place() {
    insta::assert_snapshot!(refused(&["X", "--request", "body <CR"]));
    insta::assert_snapshot!(refused(&["X", "--response", "n:u9 body <CR>"]));
    insta::assert_snapshot!(refused(&["X", "--response", "body"]));
    insta::assert_snapshot!(refused(&["X", "--error", "code:dec text name"]));
    insta::assert_snapshot!(refused(&["--hex", "1B 4"]));
}

#[test]
fn a_command_that_would_be_two() {
    let expected = "error: the command cannot be sent: `body` contains <CR> at byte 6, which would end it there\n";
    assert_eq!(refused(&["STATUS\r\x1bREBOOT"]), expected);
}

#[test]
fn no_command_and_an_empty_one() {
    let nothing = "error: no command was given\nhint: wigwag send HOST COMMAND, or --text, --hex, --file\n";
    let empty = "error: the command is empty: there is nothing to send\n";

    assert_eq!(refused(&[]), nothing);
    assert_eq!(refused(&["--protocol", "raw", ""]), empty);
    assert_eq!(refused(&["--protocol", "raw", "--hex", ""]), empty);
    assert_eq!(refused(&["--protocol", "raw", "--file", "/dev/null"]), empty);
}

#[test]
fn several_words() {
    let expected = "error: this protocol has no named commands, so the command is exactly one word\n\
                    hint: quote it: 'VOL 12'\n";
    assert_eq!(refused(&["VOL", "12"]), expected);
}

#[test]
fn a_protocol_that_does_not_exist() {
    assert_eq!(
        refused(&["X", "--protocol", "lines"]),
        "error: there is no protocol `lines`\nhint: did you mean `line`? `wigwag protocol list` shows all\n"
    );
    assert_eq!(
        refused(&["X", "--protocol", "zzz"]),
        "error: there is no protocol `zzz`\n\
         hint: `wigwag protocol list` shows all; a file is named by its path: ./scale.toml\n"
    );
}

#[test]
fn an_end_of_line_without_lines() {
    assert_eq!(refused(&["X", "--eol", "lf"]), "error: --eol belongs to --protocol line, not to esc-cr\n");
}

#[test]
fn a_part_that_nothing_fills() {
    assert_eq!(
        refused(&["X", "--request", "id:u8 body <CR>"]),
        "error: nothing says what the part `id` of the request layout should be\n\
         hint: give it behind the command, as id=VALUE (whole number from 0 to 255), or in the layout\n"
    );
    assert_eq!(
        refused(&["X", "--request", "'PING' <CR>"]),
        "error: the request layout has no part `body` that could hold the command\n\
         hint: the layout is: 'PING' <CR>\n"
    );
}

#[test]
fn durations_and_sizes_that_are_none() {
    for (option, value, error) in [
        ("--first-timeout", "5", "`5` has no unit: 5ms or 5s?"),
        ("--idle-timeout", "soon", "`soon` is not a duration such as 250ms, 5s or 2m"),
        ("--connect-timeout", "0s", "no time at all"),
        ("--total-timeout", "-1s", "`-1s` is not a duration such as 250ms, 5s or 2m"),
        ("--max", "1TB", "`1TB` is not a size such as 512, 64KiB or 1MiB"),
        ("--max", "17MiB", "from 1 byte to 16MiB"),
    ] {
        let told = refused(&["X", &format!("{option}={value}")]);
        assert!(told.starts_with(&format!("error: invalid value '{value}' for '{option} ")), "{told}");
        assert!(told.lines().next().unwrap().ends_with(error), "{told}");
    }
}

#[test]
fn files_that_are_missing() {
    for (arguments, error) in [
        (["--file", "/nowhere/x"].as_slice(), "error: --file /nowhere/x: no such file or directory\n"),
        (&["X", "--tls-ca", "/nowhere/ca.pem"], "error: cannot read /nowhere/ca.pem: no such file\n"),
        (
            &["X", "--tls-cert", "/nowhere/c.pem", "--tls-key", "/nowhere/c.key"],
            "error: cannot read /nowhere/c.pem: no such file\n",
        ),
    ] {
        assert_eq!(refused(arguments), error);
    }
}

#[test]
fn a_proxy_and_a_source_that_are_none() {
    let told = refused(&["X", "--proxy", "http://gate:3128"]);
    assert!(told.contains("a proxy is written socks5://host:port or socks5h://host:port"), "{told}");
    assert!(refused(&["X", "--source", "here"]).contains("invalid IP address"));
}

#[test]
fn a_device_that_cannot_be_one() {
    for (device, error) in [
        ("127.0.0.1:x", "`x` is not a port (1 to 65535)"),
        ("tcp://127.0.0.1:9100", "`tcp://127.0.0.1:9100` is a URL; give only the host and the port"),
        ("10.4.7", "`10.4.7` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name"),
    ] {
        let asked = wigwag(&["send", device, "X"]).run();
        let (code, printed, told) = asked.told();
        assert_eq!((code, printed), (2, ""));
        let shown = format!("error: TARGETS: {error}\n   ╭────\n 1 │ {device}\n");
        assert!(told.starts_with(&shown), "{told}");
    }
    let no_port = "error: no port given for 127.0.0.1\nhint: say which port: 127.0.0.1:9100\n";
    assert_eq!(wigwag(&["send", "127.0.0.1", "--protocol", "raw", "X"]).run().told(), (2, "", no_port));
}
