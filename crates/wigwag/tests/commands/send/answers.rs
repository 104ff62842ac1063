//! Devices that answer: what is printed is the response and nothing else.

use crate::support::{Device, PythonDevice, STATUS, nc_device, wigwag};

/// What the very first script sent: ESC STATUS CR, once.
const STATUS_HEX: &str = "1b5354415455530d";

#[test]
fn python_devices_with_threads_and_with_streams() {
    for behaviour in ["threads", "streams"] {
        let mut device = PythonDevice::start(&[behaviour]);

        let sent = wigwag(&["send", &device.address(), "STATUS"]).run();

        assert_eq!(sent.told(), (0, "READY\n", ""), "{behaviour}");
        assert_eq!(device.received(), STATUS_HEX, "{behaviour}");
    }
}

#[test]
fn a_device_that_drops_its_answer_at_a_half_close_answers_when_there_is_none() {
    for behaviour in ["protocol-defaults", "close-at-fin"] {
        let mut device = PythonDevice::start(&[behaviour]);

        let sent = wigwag(&["send", &device.address(), "STATUS", "--after-send", "open"]).run();

        assert_eq!(sent.told(), (0, "READY\n", ""), "{behaviour}");
        assert_eq!(device.received(), STATUS_HEX, "{behaviour}");
    }
}

#[test]
fn nc_as_the_device() {
    // `printf 'OK\0' | nc -l -p PORT -q 1` says OK to whoever connects and is gone, heard or not. If it is faster than
    // we are, its OK came before the command and cannot be the answer. Wigwag is faster mostly, and always honest.
    const TRIES: usize = 30;
    for _ in 0..TRIES {
        let (_nc, port) = nc_device(b"OK\0");

        let sent = wigwag(&["send", &format!("127.0.0.1:{port}"), "STATUS"]).run();

        if sent.code == 0 {
            assert_eq!(sent.told(), (0, "OK\n", ""));
            return;
        }
        let early = "3 bytes came before the command was sent, so not in response to it: OK<NUL>\n";
        assert_eq!((sent.code, sent.stdout.len()), (5, 0), "{sent:?}");
        assert!(sent.stderr.starts_with("warning: ") && sent.stderr.contains(early), "{}", sent.stderr);
    }
    panic!("nc was faster {TRIES} times");
}

#[test]
fn a_response_may_end_with_the_connection() {
    let device = Device::that(|client| {
        client.read(STATUS.len());
        client.write(b"no NUL behind it");
        client.close();
    });

    assert_eq!(wigwag(&["send", &device.address(), "STATUS"]).run().told(), (0, "no NUL behind it\n", ""));
}

#[test]
fn white_space_around_the_response_is_taken_off_and_lines_within_it_stay() {
    let device = Device::answering(STATUS, b"\r\n  READY\r\n\tpaper: 80%\r\n\0");

    assert_eq!(wigwag(&["send", &device.address(), "STATUS"]).run().told(), (0, "READY\n\tpaper: 80%\n", ""));
}

#[test]
fn an_empty_response_is_an_answer() {
    let device = Device::answering(STATUS, b"\0");

    assert_eq!(wigwag(&["send", &device.address(), "STATUS"]).run().told(), (0, "\n", ""));
}

#[test]
fn json_tells_everything_that_is_known() {
    let device = Device::answering(STATUS, b"READY\0");

    let sent = wigwag(&["send", &device.address(), "STATUS", "--output", "json"]).run();

    let mut told = sent.json();
    let known = told.as_object_mut().unwrap();
    let time = known.remove("time").unwrap();
    assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    let timing = known.remove("timing_us").unwrap();
    let phases: Vec<&String> = timing.as_object().unwrap().keys().collect();
    assert_eq!(phases, ["connect", "first_byte", "total"]);
    assert_eq!(
        told,
        serde_json::json!({
            "v": 1,
            "event": "outcome",
            "device": device.address(),
            "address": device.address(),
            "command": "STATUS",
            "effect": "once",
            "outcome": "ok",
            "phase": "response",
            "attempt": 1,
            "bytes_written": 8,
            "request": { "hex": STATUS_HEX, "text": "STATUS" },
            "response": { "hex": "524541445900", "text": "READY" },
            "fields": { "body": "5245414459" },
            "ended_by": "terminator",
        })
    );
    assert_eq!((sent.code, sent.stderr.as_str()), (0, ""));
}

#[test]
fn a_name_is_resolved_and_its_address_is_told() {
    let device = Device::answering(STATUS, b"READY\0");
    let named = format!("localhost:{}", device.port());

    let told = wigwag(&["send", &named, "STATUS", "--output", "json"]).run().json();

    assert_eq!(told["device"], named);
    assert_eq!(told["address"], device.address());
    assert!(told["timing_us"]["resolve"].is_u64(), "{told}");
}

#[test]
fn raw_and_hex_show_the_bytes_as_they_came() {
    let wire = b" \x1b[2J\xff\x80\0";
    let show = |form| {
        let device = Device::answering(STATUS, wire);
        wigwag(&["send", &device.address(), "STATUS", "--output", form]).run()
    };

    let raw = show("raw");
    assert_eq!((raw.code, raw.stdout.as_slice(), raw.stderr.as_str()), (0, wire.as_slice(), ""));
    assert_eq!(show("hex").told(), (0, "20 1b 5b 32 4a ff 80 00\n", ""));
}
