//! python-escpos, as tills use it, at `wigwag simulate escpos`: `tests/peers/escpos_client.py`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Sender, Simulated, python};

#[test]
fn it_asks_for_the_status_around_what_is_not_answered() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let printer = Simulated::with("escpos", &["--log", log.to_str().unwrap()]);

    let answers = python("escpos_client.py", &[&printer.port.to_string()]).run();
    assert_eq!(answers.code, 0, "{answers:?}");

    const LITTLE_LEFT: u8 = 1;
    let expected = json!({"online": true, "paper": LITTLE_LEFT, "status_byte": 0x16, "paper_byte": 0x1E});
    assert_eq!(answers.json(), expected);
    let wigwag = Sender { port: printer.port, protocol: "escpos" };
    let status = json!({"drawer_high": true, "offline": false, "recovering": false, "feed_button": false});
    assert_eq!(wigwag.fields(&["status"])["status"], status);
    assert_eq!(wigwag.fields(&["model"])["model"], "TM-T88V");

    printer.stop();
    let log = fs::read_to_string(log).unwrap();
    let received: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let commands: Vec<&str> = received.iter().map(|line| line["command"].as_str().unwrap_or("?")).collect();
    assert_eq!(commands, ["status", "paper", "initialize", "drawer", "status", "paper", "status", "model"], "{log}");
    assert_eq!(received[3]["params"], json!({"pin": "pin2", "on": 50, "off": 50}), "100 ms each");
}
