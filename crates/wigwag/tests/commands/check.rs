//! `wigwag check`.

use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use tempfile::NamedTempFile;

use crate::support::{
    Authority, Device, Ended, HOSTILE, HOSTILE_SHOWN, Program, PythonDevice, is_inert, json_of, wigwag,
};

/// The lines of a check as phase and text, without the times.
fn phases(stdout: &str) -> Vec<(&str, &str)> {
    stdout.lines().skip(1).map(phase).collect()
}

fn phase(line: &str) -> (&str, &str) {
    let (phase, rest) = line.trim_start().split_once(' ').unwrap_or((line, ""));
    let text = rest.split_once(" ms   ").map_or(rest, |(_time, text)| text);
    (phase, text.trim())
}

#[test]
fn a_device_that_waits_to_be_asked() {
    let device = Device::that(|_| {});
    let address = device.address();

    let checked = wigwag(&["check", &address, "--banner-wait", "100ms"]).run();

    let (code, stdout, stderr) = checked.told();
    assert_eq!((code, stdout.lines().next(), stderr), (0, Some(address.as_str()), ""));
    assert_eq!(phases(stdout), [("connect", address.as_str()), ("banner", "none within 100 ms")]);
    assert_eq!(device.received(), b"", "not a byte is sent");
}

#[test]
fn a_device_that_speaks_first() {
    let device = Device::that(|client| client.write(HOSTILE));
    let (address, wait) = (device.address(), ["--banner-wait", "100ms"]);

    let shown = wigwag(&[&["check", &address], &wait[..]].concat()).run();
    let told = wigwag(&[&["check", &address, "--output", "json"], &wait[..]].concat()).run();

    assert_eq!(phases(shown.told().1), [("connect", address.as_str()), ("banner", HOSTILE_SHOWN)]);
    assert_eq!(told.json()["banner"]["text"], HOSTILE_SHOWN);
    assert!(is_inert(&shown.stdout) && is_inert(&told.stdout));
    assert_eq!((shown.code, told.code), (0, 0));
}

#[test]
fn json_tells_the_same() {
    let device = Device::that(|_| {});

    let checked = wigwag(&["check", &device.address(), "--banner-wait", "50ms", "--output", "json"]).run();

    let mut told = checked.json();
    let timing = told.as_object_mut().unwrap().remove("timing_us").unwrap();
    assert!(timing["connect"].is_u64(), "{timing}");
    let address = device.address();
    assert_eq!(told, json!({ "v": 1, "event": "check", "device": address, "outcome": "ok", "address": address }));
}

/// Checks once for a person and once for a program: both must end with 4 and say the same.
fn unreachable(address: &str, options: &[&str]) -> (String, Value) {
    let arguments = [&["check", address], options].concat();
    let shown = wigwag(&arguments).run();
    let told = wigwag(&[&arguments[..], &["--output", "json"]].concat()).run();
    assert_eq!((shown.code, told.code, told.stderr.as_str()), (4, 4, ""), "{shown:?} {told:?}");
    let told = told.json();
    assert_eq!(told["outcome"], "unreachable");
    let mut expected = format!("error: {address}: {}\n", told["error"].as_str().unwrap());
    if let Some(hint) = told.get("hint") {
        expected += &format!("hint: {}\n", hint.as_str().unwrap());
    }
    assert_eq!(shown.stderr, expected);
    (shown.told().1.to_owned(), told)
}

#[test]
fn a_device_that_hangs_up_at_once() {
    let device = Device::that(|client| {
        client.write(b"Port already in use\r\n");
        client.close();
    });
    let address = device.address();

    let (shown, told) = unreachable(&address, &[]);

    let said = "the connection was closed, after saying: Port already in use<CR><LF>";
    assert_eq!(phases(&shown), [("connect", address.as_str()), ("banner", said)]);
    assert_eq!(told["reason"], "dropped");
    assert_eq!(told["error"], "connected, but the connection was closed before anything was sent");
    assert_eq!(told["banner"]["text"], "Port already in use<CR><LF>");
}

#[test]
fn a_port_that_nobody_listens_on() {
    let device = PythonDevice::start(&["refused"]);
    let address = device.address();

    let (shown, told) = unreachable(&address, &[]);

    assert_eq!(phases(&shown), [("connect", format!("{address}: connection refused").as_str())]);
    assert_eq!((&told["reason"], &told["error"]), (&json!("refused"), &json!("could not connect: connection refused")));
}

#[test]
fn a_device_that_takes_no_connection() {
    let device = PythonDevice::start(&["full-backlog"]);

    let (_, told) = unreachable(&device.address(), &["--connect-timeout", "200ms"]);

    let error = "could not connect: no answer to the connection request within 200 ms";
    assert_eq!((&told["reason"], &told["error"]), (&json!("timeout"), &json!(error)));
}

#[test]
fn a_name_that_does_not_exist() {
    let (shown, told) = unreachable("no-such-device.invalid:9100", &[]);

    assert_eq!(phases(&shown), []);
    assert_eq!(told["reason"], "dns");
}

#[test]
fn port_9100_is_meant_where_none_is_named() {
    // Whether somebody listens there or not, it is what is checked.
    let checked = wigwag(&["check", "127.0.0.1", "--banner-wait", "1ms"]).run();

    assert!(checked.told().1.starts_with("127.0.0.1:9100\n"), "{checked:?}");
}

#[test]
fn tls_and_the_certificate() {
    let authority = Authority::new();
    let device = Device::secured(authority.device("127.0.0.1", "press-7"), |client| client.read_all());
    let (address, ca) = (device.address(), authority.file());
    let check = ["check", &address, "--tls-ca", &ca, "--banner-wait", "50ms"];

    let shown = wigwag(&check).run();
    let told = wigwag(&[&check[..], &["--output", "json"]].concat()).run();

    assert_eq!(
        phases(shown.told().1),
        [
            ("connect", address.as_str()),
            ("tls", "TLS 1.3, TLS13_AES_256_GCM_SHA384"),
            ("certificate", "CN=press-7 for 127.0.0.1"),
            ("issued", "by CN=Plant CA"),
            ("valid", "from 2025-01-01T00:00:00Z until 2099-01-01T00:00:00Z"),
            ("banner", "none within 50 ms"),
        ]
    );
    let certificate = json!({
        "subject": "CN=press-7",
        "issuer": "CN=Plant CA",
        "names": ["127.0.0.1"],
        "not_before": "2025-01-01T00:00:00Z",
        "not_after": "2099-01-01T00:00:00Z",
    });
    let told = told.json();
    assert_eq!(told["tls"]["certificate"], certificate);
    assert!(told["timing_us"]["tls"].is_u64(), "{told}");
}

#[test]
fn tls_that_cannot_be_agreed_on() {
    let device = Device::secured(Authority::self_signed(), |client| client.read_all());

    let (_, told) = unreachable(&device.address(), &["--tls-ca", &Authority::new().file()]);

    assert_eq!(told["error"], "could not agree on TLS: certificate is not signed by a known authority");
    assert_eq!(told["hint"], "give its CA with --tls-ca");
}

#[test]
fn an_interrupt_ends_it() {
    let device = PythonDevice::start(&["full-backlog"]);
    let checking = wigwag(&["check", &device.address(), "--connect-timeout", "60s"]).start();
    checking.wait_until_signals_are_caught();

    checking.signal("INT");

    assert_eq!(checking.end().told(), (130, "", ""));
}

/// An inventory with these lines.
fn inventory(text: &str) -> NamedTempFile {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// `wigwag check -i` of an inventory.
fn check(inventory: &NamedTempFile, words: &[&str]) -> Ended {
    let path = inventory.path().to_str().unwrap();
    wigwag(&[&["check", "-i", path, "--banner-wait", "100ms"], words].concat()).run()
}

/// The lines of several devices, sorted, and each run of blanks, with a time in it, as one blank.
fn lines(stdout: &str) -> Vec<String> {
    let plain = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let time = words.iter().position(|word| *word == "ms").filter(|place| words[place - 1].parse::<f64>().is_ok());
        let is_of_time = |place: usize| time.is_some_and(|time| place == time || place + 1 == time);
        let words = words.iter().enumerate().filter(|(place, _)| !is_of_time(*place)).map(|(_, word)| *word);
        words.collect::<Vec<_>>().join(" ")
    };
    let mut lines: Vec<String> = stdout.lines().map(plain).collect();
    lines.sort();
    lines
}

#[test]
fn of_several_each_is_told_on_a_line() {
    let silent = Device::that(|_| {});
    let speaks = Device::that(|client| client.write(HOSTILE));
    let hangs_up = Device::that(|client| {
        client.write(b"taken\r\n");
        client.close();
    });
    let refused = PythonDevice::start(&["refused"]);
    let refused = refused.address();
    let plant = inventory(&format!(
        "[defaults]\naddress = '127.0.0.1'\n[group.doors]\nhosts = ['door-[1-2]', 'gate']\n\
         [host.door-1]\nport = {}\n[host.door-2]\nport = {}\n[host.gate]\nport = {}\n",
        silent.port(),
        speaks.port(),
        hangs_up.port(),
    ));

    let checked = check(&plant, &[&format!("@doors,{refused}")]);

    let (code, stdout, stderr) = checked.told();
    let dropped = "connected, but the connection was closed before anything was sent, after it said: taken<CR><LF>";
    assert_eq!(
        lines(stdout),
        [
            format!("{refused} unreachable (refused) could not connect: connection refused"),
            "door-1 reachable".to_owned(),
            format!("door-2 reachable {HOSTILE_SHOWN}"),
            format!("gate unreachable (dropped) {dropped}"),
        ]
    );
    assert_eq!((code, stderr), (4, "4 targets: 2 reachable, 2 unreachable (1 refused, 1 dropped)\n"));
    let columns: Vec<Option<usize>> = stdout.lines().map(|line| line.find("reachable")).collect();
    let unreachable = refused.len() + 2;
    assert!(columns.iter().all(|at| [Some(unreachable), Some(unreachable + 2)].contains(at)), "aligned: {stdout}");
    assert!(is_inert(&checked.stdout));
    assert_eq!(silent.received(), b"", "not a byte is sent");
}

#[test]
fn of_several_json_is_an_array_and_ndjson_an_event_a_line() {
    let devices = [Device::that(|_| {}), Device::that(|client| client.write(HOSTILE))];
    let targets = format!("{},{}", devices[0].address(), devices[1].address());
    let check = ["check", &targets, "--banner-wait", "100ms", "--output"];

    let array = wigwag(&check).arguments(&["json"]).run();
    let lines = wigwag(&check).arguments(&["ndjson"]).run();

    let (code, text, stderr) = array.told();
    assert_eq!((code, stderr, text.lines().count()), (0, "", 4), "{text}");
    let elements: Vec<Value> = serde_json::from_str(text).unwrap();
    let (code, text, stderr) = lines.told();
    let events: Vec<Value> = text.lines().map(json_of).collect();
    assert_eq!((code, stderr, events.len()), (0, "", 2), "{text}");
    for told in [elements, events] {
        told.iter().for_each(|event| drop(json_of(&event.to_string())));
        for device in &devices {
            let event = told.iter().find(|event| event["device"] == device.address()).unwrap();
            assert_eq!((&event["event"], &event["outcome"]), (&json!("check"), &json!("ok")));
        }
    }
    assert!(is_inert(&array.stdout) && is_inert(&lines.stdout));
}

#[test]
fn ndjson_of_one_is_its_event() {
    let device = Device::that(|_| {});

    let checked = wigwag(&["check", &device.address(), "--banner-wait", "1ms", "--output", "ndjson"]).run();

    assert_eq!((checked.code, &checked.json()["device"]), (0, &json!(device.address())));
}

#[test]
fn each_is_connected_to_as_the_inventories_say_and_the_command_line_says_more() {
    let authority = Authority::new();
    let secured = Device::secured(authority.device("127.0.0.1", "press-7"), |client| client.read_all());
    let (plain, slow) = (Device::that(|_| {}), PythonDevice::start(&["full-backlog"]));
    let plant = inventory(&format!(
        "[defaults]\naddress = '127.0.0.1'\n[host.safe]\nport = {}\ntls_ca = '{}'\nsource = '127.0.0.9'\n\
         [host.plain]\nport = {}\nsource = '127.0.0.9'\n\
         [host.slow]\nport = {}\nconnect_timeout = '200ms'\n",
        secured.port(),
        authority.file(),
        plain.port(),
        slow.port(),
    ));

    let checked = check(&plant, &["--source", "127.0.0.8", "--output", "json"]);

    let told: Vec<Value> = serde_json::from_str(checked.told().1).unwrap();
    let of = |name: &str| told.iter().find(|event| event["device"] == name).unwrap();
    assert_eq!(of("safe")["tls"]["certificate"]["subject"], "CN=press-7", "{checked:?}");
    assert_eq!((&of("plain")["outcome"], of("plain").get("tls")), (&json!("ok"), None));
    assert_eq!(of("slow")["error"], "could not connect: no answer to the connection request within 200 ms");
    assert_eq!(plain.visitor().to_string(), "127.0.0.8", "what is typed wins");
}

#[test]
fn one_of_an_inventory_is_told_phase_by_phase_with_its_name() {
    let device = Device::that(|_| {});
    let plant = inventory(&format!("[host.gate]\naddress = '127.0.0.1'\nport = {}\n", device.port()));

    let shown = check(&plant, &["gate"]);
    let told = check(&plant, &["gate", "--output", "json"]);

    let address = device.address();
    let (code, stdout, stderr) = shown.told();
    assert_eq!((code, stdout.lines().next(), stderr), (0, Some(&*format!("gate ({address})")), ""));
    assert_eq!(phases(stdout), [("connect", address.as_str()), ("banner", "none within 100 ms")]);
    assert_eq!((&told.json()["device"], &told.json()["address"]), (&json!("gate"), &json!(address)));
}

#[test]
fn a_protocol_tells_the_port_where_nothing_else_does() {
    // Whether somebody listens there or not, it is what is checked.
    let plant =
        inventory("[host.plc]\naddress = '127.0.0.1'\nprotocol = 'modbus-tcp'\n[host.gate]\naddress = '127.0.0.1'\n");

    let port = |name: &str| check(&plant, &[name]).told().1.lines().next().unwrap().to_owned();

    assert_eq!((port("plc"), port("gate")), ("plc (127.0.0.1:502)".to_owned(), "gate (127.0.0.1:9100)".to_owned()));
}

#[test]
fn which_are_meant_is_said_as_for_send() {
    let plant = inventory(
        "[defaults]\naddress = '127.0.0.1'\nport = 1\n[group.presses]\nhosts = ['press-[1-4]']\n\
         [host.press-1]\nvars = { hall = 2 }\n[host.gate]\nvia = 'hall-2'\n",
    );
    let moved = inventory("press-[2-3]\n");

    let checked = check(&plant, &["@presses", "-w", "!hall", "--exclude-file", moved.path().to_str().unwrap()]);
    assert_eq!(phases(checked.told().1).len(), 1, "press-4 is left: {checked:?}");
    assert!(checked.told().1.starts_with("press-4 (127.0.0.1:1)\n"), "{checked:?}");
    let sample = check(&plant, &["@presses", "--sample", "2"]);
    assert_eq!(sample.told().1.lines().count(), 2, "{sample:?}");

    for (words, error) in [
        (&["@presses", "--max-targets", "3"][..], "error: more than 3 targets are meant; nothing was sent\n"),
        (&["@press"], "error: TARGETS: no inventory has a group `press`\n"),
        (&["pres-1"], "error: TARGETS: no inventory has a host `pres-1`\n"),
        (&[], "error: gate: it is to be reached via the site `hall-2`, and nothing can be sent via sites yet\n"),
        (&["@presses", "--tls-ca", "/nonexistent"], "error: press-1: "),
    ] {
        let refused = check(&plant, words);
        assert_eq!((refused.code, refused.stdout.len()), (2, 0), "{words:?} {refused:?}");
        assert!(refused.stderr.starts_with(error), "{words:?} {refused:?}");
    }
    let nobody = wigwag(&["check"]).run();
    let error = "error: no targets given\nhint: name them, or an inventory: -i FILE\n";
    assert_eq!(nobody.told(), (2, "", error));
}

#[test]
fn an_inventory_from_standard_input_names_whom_to_check() {
    let device = Device::that(|_| {});
    let list = format!("127.0.0.1:1  # nobody\n{}\n", device.address());

    let checked = wigwag(&["check", "-i", "-", "--banner-wait", "1ms"]).stdin(list.as_bytes()).run();

    assert_eq!((checked.code, checked.told().1.lines().count()), (4, 2), "{checked:?}");
    assert_eq!(checked.stderr, "2 targets: 1 reachable, 1 unreachable (refused)\n");
}

#[test]
fn of_several_an_interrupt_tells_who_was_not_checked() {
    let (full, good) = (PythonDevice::start(&["full-backlog"]), Device::that(|_| {}));
    let plant = inventory(&format!(
        "[group.presses]\nhosts = ['press-[1-6]']\n[defaults]\naddress = '127.0.0.1'\nport = {}\n\
         [host.press-1]\nport = {}\n",
        full.port(),
        good.port(),
    ));
    let path = plant.path().to_str().unwrap();
    for form in ["text", "json", "ndjson"] {
        let words = ["--fanout", "2", "--banner-wait", "1ms", "--connect-timeout", "60s", "--output", form];
        let mut checking = wigwag(&[&["check", "@presses", "-i", path], &words[..]].concat()).start();
        checking.stdout_with("press-1");

        checking.signal("INT");

        let ended = checking.end();
        let summary = if form == "text" { "6 targets: 1 reachable, 5 not checked\n" } else { "" };
        assert_eq!(
            (ended.code, ended.stderr.as_str()),
            (130, &*format!("{summary}not checked: press-[2-6]\n")),
            "{form}"
        );
        if form == "json" {
            let told: Vec<Value> = serde_json::from_str(ended.told().1).unwrap();
            assert_eq!(told.len(), 1);
        }
    }
}

#[test]
fn a_device_with_several_names_is_connected_to_once_at_a_time() {
    const NAMES: usize = 5;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let overlaps = thread::spawn(move || {
        let mut clients: Vec<TcpStream> = Vec::new();
        let is_here = |client: &mut TcpStream| client.read(&mut [0]).is_err();
        let mut overlaps = 0;
        for client in listener.incoming().take(NAMES).map(Result::unwrap) {
            // Whoever left before this one came can be seen to have left.
            client.set_nonblocking(true).unwrap();
            overlaps += clients.iter_mut().filter_map(|client| is_here(client).then_some(())).count();
            clients.push(client);
        }
        // Nobody is hung up on.
        (overlaps, clients)
    });
    let plant =
        inventory(&format!("[defaults]\naddress = '127.0.0.1'\nport = {port}\n[group.a]\nhosts = ['n[1-{NAMES}]']\n"));

    let checked = check(&plant, &["@a"]);

    assert_eq!((checked.code, checked.stderr.as_str()), (0, "5 targets: 5 reachable\n"), "{checked:?}");
    assert_eq!(overlaps.join().unwrap().0, 0);
}

#[test]
fn more_at_once_than_this_process_may_have_open_is_refused() {
    let limited = ["-c", "ulimit -n 80 && exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_wigwag")];

    let refused = Program::new("sh").arguments(&limited).arguments(&["check", "127.9.0.[1-40]:1"]).run();
    let checked =
        Program::new("sh").arguments(&limited).arguments(&["check", "127.9.0.[1-40]:1", "--fanout", "8"]).run();

    let error =
        "error: --fanout 40: this process may have 80 open files\nhint: --fanout 16, or a higher limit (ulimit -n)\n";
    assert_eq!(refused.told(), (2, "", error));
    assert_eq!(checked.stderr, "40 targets: 40 unreachable (refused)\n");
}
