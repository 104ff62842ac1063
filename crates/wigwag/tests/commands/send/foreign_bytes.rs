//! Nothing that a device says reaches a terminal alive.

use crate::support::{Authority, Device, HOSTILE, HOSTILE_SHOWN, STATUS, is_inert, wigwag};

fn hostile_response(end: &[u8]) -> Device {
    Device::answering(STATUS, &[HOSTILE, end].concat())
}

#[test]
fn as_text() {
    let device = hostile_response(b"\0");

    let sent = wigwag(&["send", &device.address(), "STATUS"]).run();

    assert_eq!(sent.told(), (0, format!("{HOSTILE_SHOWN}\n").as_str(), ""));
}

#[test]
fn as_json_and_it_means_the_same() {
    let device = hostile_response(b"\0");

    let sent = wigwag(&["send", &device.address(), "STATUS", "--output", "json"]).run();

    assert!(is_inert(&sent.stdout), "{}", sent.told().1);
    let expected = "A\u{1b}]0;owned\u{7}B<0x9B>31mC\u{9b}31mD\u{202e}E\u{200b}F\u{7f}G<0xFF><0xFE>H\rI";
    assert_eq!(sent.json()["response"]["text"], expected);
}

#[test]
fn in_a_trace() {
    let device = hostile_response(b"\0");

    let sent = wigwag(&["send", &device.address(), "STATUS", "--trace"]).run();

    assert!(is_inert(sent.stderr.as_bytes()), "{}", sent.stderr);
    assert!(is_inert(&sent.stdout));
}

#[test]
fn in_warnings() {
    let device = hostile_response(&[b"\0", HOSTILE].concat());

    let sent = wigwag(&["send", &device.address(), "STATUS"]).run();

    let warning = format!("{} bytes came behind the response: {HOSTILE_SHOWN}\n", HOSTILE.len());
    assert!(sent.stderr.ends_with(&warning), "{}", sent.stderr);
}

#[test]
fn in_errors() {
    let cut_off = |client: &mut crate::support::Client| {
        client.read(STATUS.len());
        client.write(HOSTILE);
        client.close();
    };
    let no_end = Device::that(cut_off);
    let no_frame = Device::that(cut_off);
    let refusal = hostile_response(b"\0");

    for (device, options) in [
        (no_end, ["--response", "body <0x03>"]),
        (no_frame, ["--response", "'B' body <NUL>"]),
        (refusal, ["--error", "'A' text"]),
    ] {
        let sent = wigwag(&[&["send", &device.address(), "STATUS"], &options[..]].concat()).run();

        assert!(matches!(sent.code, 3 | 5), "{sent:?}");
        assert!(is_inert(sent.stderr.as_bytes()), "{}", sent.stderr);
        assert!(sent.stderr.starts_with("error: ") && !sent.stderr.trim_end().contains('\n'), "{}", sent.stderr);
        assert!(sent.stdout.is_empty());
    }
}

#[test]
fn in_certificates() {
    let hostile = "A\u{1b}]0;owned\u{7}\u{9b}\u{202e}\u{200b}\u{7f}";
    let authority = Authority::new();
    let device = Device::secured(authority.device("127.0.0.1", hostile), |client| client.read_all());

    let checked = wigwag(&["check", &device.address(), "--tls-ca", &authority.file()]).run();
    let told = wigwag(&["check", &device.address(), "--tls-ca", &authority.file(), "--output", "json"]).run();

    assert!(checked.told().1.contains("certificate CN=A<ESC>]0;owned<BEL>"), "{checked:?}");
    assert!(is_inert(&checked.stdout) && is_inert(&told.stdout), "{checked:?} {told:?}");
}

#[test]
fn as_fields() {
    let device = Device::answering(STATUS, &[HOSTILE, b";x\0"].concat());

    let layout = ["--response", "name ';' rest <NUL>", "--output", "json"];
    let sent = wigwag(&[&["send", &device.address(), "STATUS"], &layout[..]].concat()).run();

    // The first `;` stands within the window title.
    assert_eq!(sent.json()["fields"]["name"], "411b5d30");
    assert!(is_inert(&sent.stdout));
}
