//! pymodbus, a Modbus server in Python: `tests/peers/modbus_server.py`. Unit 17 has 200 registers, each ten times its
//! address, and 200 coils, of which 0, 2 and 3 are on.

use serde_json::json;

use crate::support::{PythonServer, Sender};

struct Controller {
    _server: PythonServer,
    sender: Sender<'static>,
}

impl Controller {
    fn start() -> Self {
        let server = PythonServer::start("modbus_server.py");
        let sender = Sender { port: server.port, protocol: "modbus-tcp" };
        Self { _server: server, sender }
    }
}

#[test]
fn registers_are_read() {
    let Controller { sender, .. } = &Controller::start();

    let read = sender.fields(&["read_registers", "unit=17", "address=107", "count=3"]);
    assert_eq!(read, json!({"unit": 17, "fc": 3, "values": [1070, 1080, 1090]}));

    let all = sender.fields(&["read_registers", "unit=17", "address=0", "count=125"]);
    let expected: Vec<u16> = (0..125).map(|address| address * 10).collect();
    assert_eq!(all["values"], json!(expected), "as many as there can be at once");
}

#[test]
fn registers_are_written_and_read_back() {
    let Controller { sender, .. } = &Controller::start();

    let one = sender.fields(&["write_register", "unit=17", "address=20", "value=555"]);
    assert_eq!(one, json!({"unit": 17, "fc": 6, "address": 20, "value": 555}));
    let several = sender.fields(&["write_registers", "unit=17", "address=21", "values=1,0,65535"]);
    assert_eq!(several, json!({"unit": 17, "fc": 16, "address": 21, "count": 3}));

    let read = sender.fields(&["read_registers", "unit=17", "address=19", "count=6"]);
    assert_eq!(read["values"], json!([190, 555, 1, 0, 65535, 240]));
}

#[test]
fn registers_are_written_and_others_read_in_one_go() {
    let Controller { sender, .. } = &Controller::start();

    let write = ["write_address=40", "write_values=7,8"];
    let read = sender.fields(&[&["write_and_read_registers", "unit=17", "address=39", "count=3"], &write[..]].concat());

    assert_eq!(read["values"], json!([390, 7, 8]));
}

#[test]
fn coils_are_read_and_switched() {
    let Controller { sender, .. } = &Controller::start();
    let coils = || sender.fields(&["read_coils", "unit=17", "address=0", "count=10"])["coils"].take();

    assert_eq!(coils(), json!([0b0000_1101, 0]));
    sender.fields(&["write_coil", "unit=17", "address=9", "state=on"]);
    sender.fields(&["write_coil", "unit=17", "address=0", "state=off"]);
    assert_eq!(coils(), json!([0b0000_1100, 0b10]));
    assert_eq!(sender.fields(&["read_coil", "unit=17", "address=9"])["state"], "on");
}

#[test]
fn it_says_what_it_is() {
    let Controller { sender, .. } = &Controller::start();

    let is = sender.fields(&["identify", "unit=17"]);

    assert_eq!(is["objects"][0], json!({"id": "vendor", "value": "Example"}), "{is}");
}

#[test]
fn an_address_that_is_not_there_is_refused() {
    let Controller { sender, .. } = &Controller::start();
    let beyond = ["read_registers", "unit=17", "address=199", "count=2"];

    let report = sender.report(3, &beyond);
    assert_eq!((&report["outcome"], &report["code"]), (&json!("rejected"), &json!(2)), "{report}");
    assert_eq!(report["text"], "illegal data address");

    let refusal = format!("error: 127.0.0.1:{}: the device refused: illegal data address (code 2)\n", sender.port);
    assert_eq!(sender.send(&beyond).told(), (3, "", &*refusal));
}

#[test]
fn a_device_that_is_busy_says_so() {
    let Controller { sender, .. } = &Controller::start();

    let report = sender.report(3, &["read_registers", "unit=17", "address=150", "count=1"]);

    assert_eq!((&report["outcome"], &report["code"]), (&json!("rejected"), &json!(6)), "{report}");
    assert_eq!(report["busy"], true);
}
