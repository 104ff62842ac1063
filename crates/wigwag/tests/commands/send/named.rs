//! Commands of a protocol file: parameters, effects, hazards, secrets.

use std::io::Write;

use serde_json::json;

use crate::support::{Device, json_of, wigwag};

const SWITCHER: &str = r#"
name = "switcher"
encoding = "ascii"
[request]
layout = "body <CR>"
[response]
layout = "body <CR LF>"
trim = true
[class]
event = ["'Chn' n:dec"]
error = [{ body = "'E' code:dec2", busy = [22], text = { 13 = "invalid value", 22 = "busy" } }]
[command.receptacle]
send = "<ESC> n:dec '*' on:dec1(off=0, on=1) 'PC'"
params = { n = { min = 1, max = 4 } }
reply = "'Cpn' n:dec2 ' Ppc' on:dec1(off=0, on=1)"
effect = "idempotent"
hazard = "cuts mains power of the receptacle"
[command.name]
send = "<ESC> name 'CN'"
reply = "'Ipn ' name"
[command.volume]
send = "'V'"
reply = "'Vol' level:dec"
effect = "read"
[command.list]
send = "'L'"
reply = "more:dec1 ' ' item"
until = "more == 0"
effect = "read"
[command.reboot]
send = "<ESC> 'B' pin 'X'"
params = { pin = { secret = true } }
reply = false
"#;

/// A protocol file that lives as long as the test.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// Exit code, standard output and standard error of `wigwag send DEVICE --protocol SWITCHER` and these words.
fn sent(device: &str, words: &[&str]) -> (i32, String, String) {
    let file = file(SWITCHER);
    let path = file.path().to_str().unwrap();
    let ended = wigwag(&[&["send", device, "--protocol", path], words].concat()).env("PIN", "4711").run();
    let (code, stdout, stderr) = ended.told();
    (code, stdout.to_owned(), stderr.to_owned())
}

/// The same to a device that answers this.
fn answered(words: &[&str], request: &[u8], response: &[u8]) -> (i32, String, String) {
    let device = Device::answering(request, response);
    let ended = sent(&device.address(), words);
    assert_eq!(device.received(), request);
    ended
}

/// What is said of words with which nothing is sent.
fn refused(words: &[&str]) -> String {
    // Nobody could be reached there: whoever tries fails otherwise.
    let (code, stdout, stderr) = sent("127.0.0.1:1", words);
    assert_eq!((code, stdout.as_str()), (2, ""), "{words:?}: {stderr}");
    stderr
}

#[test]
fn fields_are_readable_in_text() {
    let request = b"\x1b1*1PC\r";
    let (code, stdout, stderr) = answered(&["receptacle", "n=1", "on=on", "--yes"], request, b"Chn1\r\nCpn01 Ppc1\r\n");
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (0, "n=1\non=on\n", ""));
    assert_eq!(answered(&["volume"], b"V\r", b"Vol42\r\n").1, "42\n", "a single one is told without its name");
    let (_, stdout, _) = answered(&["list"], b"L\r", b"1 one\r\n0 two\r\n");
    assert_eq!(stdout, "more=1 item=one\nmore=0 item=two\n");
}

#[test]
fn fields_are_typed_in_json() {
    let words = ["receptacle", "n=1", "on=1", "--yes", "--output", "json"];
    let (_, stdout, _) = answered(&words, b"\x1b1*1PC\r", b"Chn1\r\nCpn01 Ppc1\r\n");
    let event = json_of(&stdout);
    assert_eq!(event["command"], "receptacle");
    assert_eq!(event["params"], json!({ "n": 1, "on": "on" }));
    assert_eq!(event["effect"], "idempotent");
    assert_eq!(event["fields"], json!({ "n": 1, "on": "on" }));
    assert_eq!(event["events"]["text"], "Chn1\r\n");
    let (_, stdout, _) = answered(&["list", "--output", "json"], b"L\r", b"1 one\r\n0 two\r\n");
    let fields = &json_of(&stdout)["fields"];
    assert_eq!(fields, &json!([{ "more": 1, "item": "one" }, { "more": 0, "item": "two" }]));
}

#[test]
fn a_no_has_its_text_and_says_whether_to_come_again() {
    let (code, stdout, stderr) = answered(&["volume"], b"V\r", b"E13\r\n");
    assert_eq!((code, stdout.as_str()), (3, ""));
    assert!(stderr.ends_with(": the device refused: invalid value (code 13)\n"), "{stderr}");
    let event = json_of(&answered(&["volume", "--output", "json"], b"V\r", b"E22\r\n").1);
    assert_eq!((&event["outcome"], &event["code"], &event["busy"]), (&json!("rejected"), &json!(22), &json!(true)));
}

#[test]
fn a_frame_that_is_not_the_reply_leaves_it_open() {
    let (code, _, stderr) = answered(&["volume"], b"V\r", b"Bright7\r\n");
    assert_eq!(code, 5);
    assert!(
        stderr.contains("this is not the reply to the command: expected `'Vol' level:dec`, found Bright7"),
        "{stderr}"
    );
}

#[test]
fn parameters_are_checked_before_anything_is_sent() {
    assert_eq!(
        refused(&["receptacle", "n=1", "--yes"]),
        "error: the parameter `on` is missing\nhint: on: off or on; usage: receptacle n=N on=off|on\n"
    );
    assert_eq!(
        refused(&["receptacle", "on=on", "--yes"]),
        "error: the parameter `n` is missing\nhint: n: whole number from 1 to 4; usage: receptacle n=N on=off|on\n"
    );
    assert_eq!(refused(&["receptacle", "n=5", "on=on", "--yes"]), "error: `n`: 5 is not from 1 to 4\n");
    assert_eq!(refused(&["receptacle", "n=1", "on=up"]), "error: `on`: it takes one of off, on\n");
    assert_eq!(refused(&["receptacle", "n=x", "on=on"]), "error: `n`: `x` is not a whole number\n");
    assert_eq!(
        refused(&["receptacle", "nn=1", "on=on"]),
        "error: receptacle has no parameter `nn`\nhint: did you mean `n`? usage: receptacle n=N on=off|on\n"
    );
    assert_eq!(refused(&["volume", "x=1"]), "error: volume has no parameter `x`\nhint: it takes none\n");
    assert_eq!(refused(&["receptacle", "n=1", "n=2"]), "error: `n` is given twice\n");
    assert_eq!(refused(&["receptacle", "1", "on"]), "error: `1` is not NAME=VALUE\n");
    assert_eq!(
        refused(&["volum"]),
        "error: switcher has no command `volum`\nhint: did you mean `volume`? `wigwag protocol show switcher` lists its commands\n"
    );
    assert!(refused(&[]).starts_with("error: no command was given\n"));
}

#[test]
fn a_parameter_that_holds_a_terminator_is_one_command_or_none() {
    let error = refused(&["name", "name=hall\rV"]);
    assert!(error.starts_with("error: the command cannot be sent: `body` contains <CR> at byte 5"), "{error}");
    let error = refused(&["name", "name=grün"]);
    assert!(error.contains("not in ascii"), "{error}");
}

#[test]
fn a_hazard_asks_and_without_a_terminal_does_not_send() {
    assert_eq!(
        refused(&["receptacle", "n=1", "on=off"]),
        "error: receptacle cuts mains power of the receptacle on 127.0.0.1:1; nothing was sent\nhint: add --yes if that is meant\n"
    );
}

#[test]
fn a_command_that_has_no_answer_by_design() {
    let device = Device::answering(b"\x1bB4711X\r", b"");
    let ended = sent(&device.address(), &["reboot", "--secret", "pin=env:PIN", "--idle-timeout", "100ms"]);
    assert_eq!(ended, (0, String::new(), String::new()));
}

#[test]
fn secrets_are_shown_nowhere() {
    let device = Device::answering(b"\x1bB4711X\r", b"4711\r\n");
    let words = ["reboot", "--secret", "pin=env:PIN", "--idle-timeout", "100ms", "--trace", "--output", "json"];
    let (code, stdout, stderr) = sent(&device.address(), &words);
    assert_eq!(code, 0, "{stderr}");
    let event = json_of(&stdout);
    assert_eq!(event["params"], json!({ "pin": "<secret>" }));
    assert_eq!(event["request"], json!({ "hex": null, "text": "\u{1b}B<secret>X" }));
    assert_eq!(event["extra"], json!({ "hex": null, "text": "<secret>\r\n" }));
    for shown in [&stdout, &stderr] {
        assert!(!shown.contains("4711") && !shown.contains("34 37 31 31"), "{shown}");
    }
    assert!(stderr.contains("<ESC>B<secret>X<CR>"), "{stderr}");
}

#[test]
fn a_device_that_repeats_a_secret_in_its_no_does_not_tell_it() {
    let device = Device::answering(b"\x1bB4711X\r", b"N no 4711 here\r\n");
    let words = ["reboot", "--secret", "pin=env:PIN", "--error", "'N' text:text", "--output", "json"];
    let (code, stdout, _) = sent(&device.address(), &words);
    let event = json_of(&stdout);
    assert_eq!((code, &event["text"]), (3, &json!(" no <secret> here")), "{stdout}");
    assert!(!stdout.contains("4711"), "{stdout}");
}

#[test]
fn a_command_that_nobody_answered_names_the_one_that_reads() {
    let device = Device::answering(b"TA 1.5 g\r\n", b"");
    let address = device.address();
    let command = ["tare_set", "tare=1.5", "unit=g", "--yes", "--first-timeout", "300ms"];
    let words = [&["send", &address, "--protocol", "mt-sics"], &command[..]].concat();
    let ended = wigwag(&words).run();
    let next = format!("\nnext: wigwag send {address} --protocol mt-sics tare_value\n");
    assert!(ended.code == 5 && ended.stderr.ends_with(&next), "{ended:?}");
    let ended = wigwag(&[&words[..], &["--output", "json"]].concat()).run();
    assert_eq!((ended.code, ended.stderr.as_str()), (5, ""), "machines ask for themselves");
}

#[test]
fn a_secret_is_never_an_argument() {
    assert_eq!(
        refused(&["reboot", "pin=4711"]),
        "error: `pin` is secret, and arguments can be seen by everybody here\n\
         hint: give it as --secret pin=ask, =file:PATH or =env:VARIABLE\n"
    );
    assert_eq!(
        refused(&["reboot", "--secret", "pin=ask"]),
        "error: --secret pin=ask: there is no terminal to ask on\nhint: give it as file:PATH or env:VARIABLE\n"
    );
    let error = refused(&["reboot", "--secret", "pin=4711"]);
    assert!(error.contains("a secret is NAME=file:PATH, NAME=env:VARIABLE or NAME=ask"), "{error}");
    assert!(refused(&["reboot", "--secret", "pin=file:/nowhere"]).starts_with("error: --secret: /nowhere: "));
}

#[test]
fn a_secret_that_nobody_will_ask_for_is_refused() {
    assert_eq!(
        refused(&["volume", "--secret", "pinn=file:/nowhere"]),
        "error: switcher has no use for a secret `pinn`\nhint: did you mean `pin`?\n"
    );
}

#[test]
fn secrets_come_from_files() {
    let mut pin = tempfile::NamedTempFile::new().unwrap();
    pin.write_all(b"4711\n").unwrap();
    let device = Device::answering(b"\x1bB4711X\r", b"");
    let from = format!("pin=file:{}", pin.path().display());
    assert_eq!(sent(&device.address(), &["reboot", "--secret", &from, "--idle-timeout", "100ms"]).0, 0);
}

#[test]
fn an_effect_is_declared_for_bodies_alone() {
    assert!(refused(&["volume", "--effect", "once"]).starts_with("error: the protocol says itself what the effect"));
    let device = Device::answering(b"\x1bSTATUS\r", b"OK\0");
    let ended = wigwag(&["send", &device.address(), "STATUS", "--effect", "read", "--output", "json"]).run();
    assert_eq!(ended.json()["effect"], "read");
}

#[test]
fn parts_of_the_frame_are_given_behind_the_body() {
    let frame = "<STX> unit:u8 body <ETX>";
    let device = Device::answering(b"\x02\x07GO\x03", b"\x02\x07OK\x03");
    let address = device.address();
    let words = ["send", &address, "--after-send", "open", "--request", frame, "--response", frame];
    let ended = wigwag(&[&words[..], &["GO", "unit=7"]].concat()).run();
    assert_eq!(ended.told(), (0, "OK\n", ""));
    assert_eq!(device.received(), b"\x02\x07GO\x03");
    let ended = wigwag(&[&words[..], &["--hex", "47 4F", "unit=700"]].concat()).run();
    assert_eq!(ended.told(), (2, "", "error: `unit`: 700 is not from 0 to 255\n"));
}

#[test]
fn a_login_with_digits() {
    let device = Device::that(|client| {
        client.write(b"PJLINK 1 498e4a67\r");
        client.read(32 + 9);
        client.write(b"%1POWR=1\r");
    });
    let mut password = tempfile::NamedTempFile::new().unwrap();
    password.write_all(b"JBMIAProjectorLink").unwrap();
    let from = format!("password=file:{}", password.path().display());
    let words = ["send", &device.address(), "--protocol", "pjlink", "power_state", "--secret", &from, "--trace"];
    let ended = wigwag(&words).run();
    assert_eq!((ended.code, ended.stdout.as_slice()), (0, &b"on\n"[..]), "{}", ended.stderr);
    assert_eq!(device.received(), b"5d8409bc1c3fa39749434aa3a5c38682%1POWR ?\r");
    assert!(!ended.stderr.contains("5d8409bc") && ended.stderr.contains("<secret>%1POWR ?"), "{}", ended.stderr);
}

#[test]
fn a_file_that_is_wrong_is_shown_with_its_place() {
    let text = SWITCHER.replace("trim = true", "trimm = true");
    let file = file(&text);
    let path = file.path().to_str().unwrap();
    let ended = wigwag(&["send", "127.0.0.1:1", "--protocol", path, "volume"]).run();
    assert_eq!((ended.code, ended.stdout.as_slice()), (2, &b""[..]));
    let shown = ended.stderr.replace(path, "switcher.toml");
    insta::assert_snapshot!("a_wrong_key", shown);

    let text = SWITCHER.replace("'Vol' level:dec\"", "'Vol' level:decc\"");
    let file = self::file(&text);
    let path = file.path().to_str().unwrap();
    let ended = wigwag(&["send", "127.0.0.1:1", "--protocol", path, "volume"]).run();
    assert_eq!(ended.code, 2);
    insta::assert_snapshot!("a_wrong_layout", ended.stderr.replace(path, "switcher.toml"));

    let ended = wigwag(&["send", "127.0.0.1:1", "--protocol", "./nowhere.toml", "volume"]).run();
    assert_eq!(ended.told(), (2, "", "error: ./nowhere.toml: no such file or directory\n"));
}

#[test]
fn the_users_own_files_are_found_by_name() {
    let config = tempfile::tempdir().unwrap();
    let folder = config.path().join("wigwag/protocols");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("switcher.toml"), SWITCHER).unwrap();
    let device = Device::answering(b"V\r", b"Vol42\r\n");
    let words = ["send", &device.address(), "--protocol", "switcher", "volume"];
    let ended = wigwag(&words).env("XDG_CONFIG_HOME", config.path()).run();
    assert_eq!(ended.told(), (0, "42\n", ""));
}
