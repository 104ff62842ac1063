//! `wigwag check`.

use serde_json::{Value, json};

use crate::support::{Authority, Device, HOSTILE, HOSTILE_SHOWN, PythonDevice, is_inert, wigwag};

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
