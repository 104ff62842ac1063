//! What comes beside the response, and the dump of all that went over the wire.

use crate::support::{Device, Proxy, STATUS, wigwag};

#[test]
fn bytes_behind_the_response_are_noted() {
    let device = Device::answering(STATUS, b"READY\0LATE\x1b");

    let sent = wigwag(&["send", &device.address(), "STATUS"]).run();

    let expected = format!("warning: {}: 5 bytes came behind the response: LATE<ESC>\n", device.address());
    assert_eq!(sent.told(), (0, "READY\n", expected.as_str()));
}

#[test]
fn bytes_before_the_command_are_not_taken_for_its_response() {
    let device = Device::answering(STATUS, b"READY\0");
    let proxy = Proxy::greeting_with(b"hello 1\x1b\0");
    let through = format!("socks5://{}", proxy.address());

    let sent = wigwag(&["send", &device.address(), "STATUS", "--proxy", &through]).run();

    let expected = format!(
        "warning: {}: 9 bytes came before the command was sent, so not in response to it: hello 1<ESC><NUL>\n",
        device.address()
    );
    assert_eq!(sent.told(), (0, "READY\n", expected.as_str()));

    let told = wigwag(&["send", &device.address(), "STATUS", "--proxy", &through, "--output", "json"]).run().json();
    assert_eq!(told["stale"], serde_json::json!({ "hex": "68656c6c6f20311b00", "text": "hello 1\u{1b}\u{0}" }));
}

#[test]
fn a_trace_of_an_answer() {
    insta::assert_snapshot!(trace(b"READY: paper 80%, ink 3%\0", &["STATUS"]));
}

#[test]
fn a_trace_of_layouts() {
    let request = "<0xAA> cmd:u8=17 len:u8=len(body) body sum:u8=sum8(cmd..)";
    let response = "<0xAA> state:u8(idle=0, busy=1) flags:u8{drawer=2, offline=3} sum:u8=sum8(state..)";
    let layouts = ["--hex", "01 02", "--request", request, "--response", response, "--after-send", "open"];

    insta::assert_snapshot!(trace(b"\xaa\x01\x04\x05EXTRA", &layouts));
}

#[test]
fn a_trace_of_a_device_that_closes() {
    insta::assert_snapshot!(trace(b"", &["STATUS"]));
}

/// The dump of one command to a device that answers this once it has heard us out, with its times and its port made
/// the same for ever.
fn trace(response: &[u8], arguments: &[&str]) -> String {
    let response = response.to_vec();
    let device = Device::that(move |client| {
        client.read(6);
        client.write(&response);
        client.close();
    });
    let address = device.address();

    let sent = wigwag(&[&["send", &address, "--trace"], arguments].concat()).run();

    let timeless = |line: &str| match line.split_once(" ms  ") {
        Some((time, rest)) if time.trim().parse::<f64>().is_ok() => format!("      0.0 ms  {rest}\n"),
        Some(_) | None => format!("{line}\n"),
    };
    sent.stderr.replace(&address, "127.0.0.1:9100").lines().map(timeless).collect()
}
