//! Devices that do not answer as they should: the right outcome, exit code and one-line message, in bounded time and
//! memory.

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Device, Program, PythonDevice, STATUS, wigwag};

const NOT_KNOWN: &str = "it is not known whether the device acted on the command";
const TRY_OPEN: &str =
    "many small devices drop their answer when the sending side is closed after the command: try --after-send open";

/// Sends STATUS to a Python device, once for a person and once as JSON. Checks the exit code, the lines on standard
/// error (`DEVICE` stands for its address), that nothing else is printed and that both say the same.
fn send_to(behaviour: &[&str], options: &[&str], code: i32, error: &str, hint: Option<&str>) -> Value {
    let device = PythonDevice::start(behaviour);
    let address = device.address();
    let arguments = [&["send", &address, "STATUS"], options].concat();

    let shown = wigwag(&arguments).run();
    let told = wigwag(&[&arguments[..], &["--output", "json"]].concat()).run();

    let hint_line = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
    let expected = format!("error: {address}: {error}\n{hint_line}");
    assert_eq!(shown.told(), (code, "", expected.as_str()), "{behaviour:?}");
    assert_eq!((told.code, told.stderr.as_str()), (code, ""), "{behaviour:?}");
    let told = told.json();
    assert_eq!(told["error"], error, "{behaviour:?}");
    assert_eq!(told.get("hint").and_then(Value::as_str), hint, "{behaviour:?}");
    told
}

/// What the JSON says of how it ended: outcome, reason, phase and bytes written.
fn ending(told: &Value) -> (&str, &str, &str, u64) {
    let word = |key: &str| told[key].as_str().unwrap_or_default();
    (word("outcome"), word("reason"), word("phase"), told["bytes_written"].as_u64().unwrap())
}

fn phases(told: &Value) -> Vec<&str> {
    told["timing_us"].as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn closes_at_the_half_close() {
    for behaviour in ["protocol-defaults", "close-at-fin"] {
        let error =
            format!("the device closed the connection without a response when we closed our sending side; {NOT_KNOWN}");

        let told = send_to(&[behaviour], &[], 5, &error, Some(TRY_OPEN));

        assert_eq!(ending(&told), ("unconfirmed", "closed-after-fin", "response", 8));
        assert_eq!(phases(&told), ["connect", "total"]);
    }
}

#[test]
fn silent() {
    let error = format!("no response within 300 ms; {NOT_KNOWN}");

    let told = send_to(&["silent"], &["--first-timeout", "300ms"], 5, &error, None);

    assert_eq!(ending(&told), ("unconfirmed", "no-reply", "response", 8));
    assert_eq!(phases(&told), ["connect", "total"]);
}

#[test]
fn resets_after_the_command() {
    let error = format!("connection reset before a response came; {NOT_KNOWN}");

    let told = send_to(&["reset"], &["--after-send", "open"], 5, &error, None);

    assert_eq!(ending(&told), ("unconfirmed", "reset", "response", 8));
}

#[test]
fn resets_before_or_after_our_half_close() {
    let device = PythonDevice::start(&["reset"]);

    let sent = wigwag(&["send", &device.address(), "STATUS"]).run();

    // The half-close can have been the cause only if it was first.
    let error = format!("error: {}: connection reset before a response came; {NOT_KNOWN}\n", device.address());
    let with_hint = format!("{error}hint: {TRY_OPEN}\n");
    assert_eq!((sent.code, sent.stdout.len()), (5, 0));
    assert!([error, with_hint].contains(&sent.stderr), "{}", sent.stderr);
}

#[test]
fn sends_ten_megabytes_without_an_end() {
    let error = format!("the response is too long: expected at most 65536 bytes, found more; {NOT_KNOWN}");

    let told = send_to(&["endless"], &[], 5, &error, None);

    assert_eq!(ending(&told), ("garbled", "too-long", "response", 8));
    assert_eq!(phases(&told), ["connect", "first_byte", "total"]);
}

#[test]
fn however_much_comes_little_is_read_and_less_is_kept() {
    const BOUND_READ: usize = 16 << 20; // what the two kernel buffers of a loopback connection hold, and some
    const BOUND_KEPT_KIB: u64 = 40 << 10;
    let (told, taken) = channel();
    let device = Device::that(move |client| {
        client.read(STATUS.len());
        told.send(client.write_for_ever(&[b'A'; 65536])).unwrap();
    });
    // The peak of a child's memory, told by Python since the standard library of Rust does not.
    let watch = "import resource, subprocess, sys\n\
                 code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode\n\
                 print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)";
    let program = env!("CARGO_BIN_EXE_wigwag");

    let watched = Program::new("python3").arguments(&["-c", watch, program, "send", &device.address(), "STATUS"]).run();

    let (code, peak_kib) = watched.told().1.trim().split_once(' ').unwrap();
    assert_eq!(code, "5");
    assert!(peak_kib.parse::<u64>().unwrap() < BOUND_KEPT_KIB, "{peak_kib} KiB");
    assert!(taken.recv().unwrap() < BOUND_READ);
}

#[test]
fn drips_without_an_end() {
    let device = PythonDevice::start(&["drip", "0.1"]);
    let began = Instant::now();

    let told = wigwag(&["send", &device.address(), "STATUS", "--total-timeout", "1s", "--output", "json"]).run();

    assert!(began.elapsed() < Duration::from_secs(5), "bounded by the total timeout");
    assert_eq!(told.code, 5);
    let told = told.json();
    assert_eq!(ending(&told), ("unconfirmed", "stalled", "response", 8));
    let error = told["error"].as_str().unwrap();
    assert!(error.starts_with("the response did not end within the 1 s of the whole attempt: "), "{error}");
    assert!(
        error.ends_with(&format!(" bytes, {}; {NOT_KNOWN}", told["response"]["text"].as_str().unwrap())),
        "{error}"
    );
}

#[test]
fn drips_slower_than_the_idle_timeout() {
    let error = format!("the response stopped before its end: nothing for 200 ms after 1 byte, .; {NOT_KNOWN}");
    let hint = "expected `body <NUL|EOF>`: if the device ends its responses otherwise, try another --response; \
                if it pauses within them, a longer --idle-timeout";

    let told = send_to(&["drip", "60"], &["--idle-timeout", "200ms"], 5, &error, Some(hint));

    assert_eq!(ending(&told), ("unconfirmed", "stalled", "response", 8));
    assert_eq!(told["response"]["text"], ".");
}

#[test]
fn has_a_full_accept_queue() {
    let error = "could not connect: no answer to the connection request within 300 ms";

    let told = send_to(&["full-backlog"], &["--connect-timeout", "300ms"], 4, error, None);

    assert_eq!(ending(&told), ("unreachable", "timeout", "connect", 0));
    assert_eq!(phases(&told), ["total"]);
}

#[test]
fn is_not_listening() {
    let told = send_to(&["refused"], &[], 4, "could not connect: connection refused", None);

    assert_eq!(ending(&told), ("unreachable", "refused", "connect", 0));
    assert_eq!(phases(&told), ["total"]);
}

#[test]
fn has_no_address() {
    let device = "no-such-device.invalid:9100";

    let sent = wigwag(&["send", device, "STATUS"]).run();

    let (code, stdout, stderr) = sent.told();
    assert_eq!((code, stdout, stderr.lines().count()), (4, "", 1), "{stderr}");
    // The rest of the line is the resolver's.
    assert!(stderr.starts_with(&format!("error: {device}: could not resolve the name: ")), "{stderr}");
}

#[test]
fn breaks_off_in_the_middle_of_its_response() {
    let device = Device::that(|client| {
        client.read(b"V?\r\n".len());
        client.write(b"12.");
        client.close();
    });

    let sent = wigwag(&["send", &device.address(), "--protocol", "line", "V?"]).run();

    let address = device.address();
    let expected = format!(
        "error: {address}: the device closed the connection in the middle of the response, after 3 bytes, 12.; \
         {NOT_KNOWN}\n"
    );
    assert_eq!(sent.told(), (5, "", expected.as_str()));
}
