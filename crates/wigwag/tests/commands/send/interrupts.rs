//! Ctrl-C, and readers that have gone.

use std::fs::OpenOptions;
use std::sync::mpsc::channel;

use crate::support::{Device, PythonDevice, STATUS, wigwag};

#[test]
fn before_anything_was_sent_it_cancels() {
    let device = PythonDevice::start(&["full-backlog"]);
    let mut sending = wigwag(&["send", &device.address(), "STATUS", "--trace"]).start();
    sending.stderr_with("-- connecting to");

    sending.signal("INT");

    let sent = sending.end();
    let last = format!("error: {}: cancelled before anything was sent\n", device.address());
    assert_eq!((sent.code, sent.stdout.len()), (130, 0));
    assert!(sent.stderr.ends_with(&last), "{}", sent.stderr);
}

#[test]
fn after_it_the_first_asks_and_the_second_cuts() {
    for signal in ["INT", "TERM"] {
        let mut device = PythonDevice::start(&["silent"]);
        let mut sending = wigwag(&["send", &device.address(), "STATUS"]).start();
        assert_eq!(device.received(), "1b5354415455530d");

        sending.signal(signal);
        assert_eq!(sending.stderr_with("again to cut\n"), "waiting for the response; again to cut\n");
        sending.signal(signal);

        let expected = format!(
            "waiting for the response; again to cut\n\
             error: {}: interrupted after the command was sent, before a response came; \
             it is not known whether the device acted on the command\n",
            device.address()
        );
        assert_eq!(sending.end().told(), (5, "", expected.as_str()), "{signal}");
    }
}

#[test]
fn a_response_that_comes_after_the_first_is_still_taken() {
    let (go, wait) = channel();
    let (got, has) = channel();
    let device = Device::that(move |client| {
        client.read(STATUS.len());
        got.send(()).unwrap();
        wait.recv().unwrap();
        client.write(b"READY\0");
    });
    let mut sending = wigwag(&["send", &device.address(), "STATUS"]).start();
    has.recv().unwrap();

    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    go.send(()).unwrap();

    assert_eq!(sending.end().told(), (0, "READY\n", "waiting for the response; again to cut\n"));
}

#[test]
fn the_outcome_is_told_as_json_too() {
    let mut device = PythonDevice::start(&["silent"]);
    let mut sending = wigwag(&["send", &device.address(), "STATUS", "--output", "json"]).start();
    device.received();

    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    sending.signal("INT");

    let sent = sending.end();
    assert_eq!((sent.code, &sent.json()["reason"]), (5, &"interrupted".into()));
}

#[test]
fn a_reader_that_has_gone_is_no_fault() {
    let device = Device::answering(STATUS, b"READY\0");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    let sent = wigwag(&["send", &device.address(), "STATUS"]).stdout(writer).run();

    assert_eq!(sent.told(), (0, "", ""));
}

#[test]
fn a_disk_that_is_full_is_told() {
    let device = Device::answering(STATUS, b"READY\0");
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();

    let sent = wigwag(&["send", &device.address(), "STATUS"]).stdout(full).run();

    assert_eq!(sent.told(), (1, "", "error: could not write the result: no space left on device\n"));
}
