//! Frames that are described on the command line.

use crate::support::{Device, wigwag};

#[test]
fn three_bytes_there_and_one_status_byte_back() {
    let device = Device::answering(b"\x10\x04\x01", b"\x16");

    let layouts = ["--hex", "10 04 01", "--request", "body", "--response", "status:u8", "--output", "json"];
    let sent = wigwag(&[&["send", &device.address()], &layouts[..]].concat()).run();

    assert_eq!(sent.json()["fields"], serde_json::json!({ "status": 0x16 }));
    assert_eq!(sent.code, 0);
    assert_eq!(device.received(), b"\x10\x04\x01");
}

/// Samsung MDC: a checksum behind a length.
const MDC: &str = "<0xAA> cmd:u8 id:u8 len:u8=len(body) body sum:u8=sum8(cmd..)";

fn send_mdc(response: &[u8], options: &[&str]) -> (crate::support::Ended, String) {
    let request = "<0xAA> cmd:u8=0x11 id:u8=1 len:u8=len(body) body sum:u8=sum8(cmd..)";
    let wire = b"\xaa\x11\x01\x01\x01\x14";
    let device = Device::answering(wire, response);
    let address = device.address();
    let layouts = ["--hex", "01", "--request", request, "--response", MDC, "--after-send", "open"];

    let sent = wigwag(&[&["send", &address], &layouts[..], options].concat()).run();

    assert_eq!(device.received(), wire);
    (sent, address)
}

#[test]
fn a_right_checksum() {
    let (sent, _) = send_mdc(b"\xaa\xff\x01\x03A\x11\x01\x56", &["--output", "json"]);

    let fields = serde_json::json!({ "cmd": 255, "id": 1, "body": "411101" });
    assert_eq!((sent.code, &sent.json()["fields"]), (0, &fields));
}

#[test]
fn a_wrong_checksum() {
    let (sent, address) = send_mdc(b"\xaa\xff\x01\x03A\x11\x01\x57", &[]);

    let expected = format!("error: {address}: the response has a wrong checksum: ");
    assert_eq!((sent.code, sent.stdout.len()), (5, 0));
    assert!(sent.stderr.starts_with(&expected), "{}", sent.stderr);
    assert_eq!(sent.stderr.lines().count(), 1, "{}", sent.stderr);
}

#[test]
fn a_frame_that_begins_otherwise() {
    let (sent, address) = send_mdc(b"\x15\xff\x01\x03A\x11\x01\x57", &[]);

    let expected = format!("error: {address}: the response is not framed as the protocol says: ");
    assert_eq!((sent.code, sent.stdout.len()), (5, 0));
    assert!(sent.stderr.starts_with(&expected), "{}", sent.stderr);
}

#[test]
fn a_device_that_says_no() {
    let send = |output| {
        let device = Device::answering(b"RANGE 99\r\n", b"ERR 17 out of range\r\n");
        let refusal = ["--protocol", "line", "--error", "'ERR ' code:dec ' ' text", "RANGE 99", "--output", output];
        (wigwag(&[&["send", &device.address()], &refusal[..]].concat()).run(), device.address())
    };

    let (shown, address) = send("text");
    let expected = format!("error: {address}: the device refused: out of range (code 17)\n");
    assert_eq!(shown.told(), (3, "", expected.as_str()));

    let (told, _) = send("json");
    let told = (told.code, told.json());
    assert_eq!(told.0, 3);
    assert_eq!(told.1["outcome"], "rejected");
    assert_eq!((&told.1["code"], &told.1["text"]), (&17.into(), &"out of range".into()));
}
