//! PyVISA with pyvisa-py, as laboratories use it, at `wigwag simulate scpi`: `tests/peers/scpi_client.py`.

use serde_json::json;

use crate::support::{Sender, Simulated, python};

#[test]
fn it_asks_reads_a_block_and_sets_a_voltage() {
    let instrument = Simulated::start("scpi");

    let answers = python("scpi_client.py", &[&instrument.port.to_string()]).run();
    assert_eq!(answers.code, 0, "{answers:?}");

    let expected = json!({
        "identity": "Example Instruments,DM-100,MY12345678,A.02.14-02.40",
        "error": "0,\"No error\"",
        "block": "hello",
        "voltage_before": [12.5],
        "voltage_after": [3.25],
    });
    assert_eq!(answers.json(), expected);
    let wigwag = Sender { port: instrument.port, protocol: "scpi" };
    assert_eq!(wigwag.fields(&["identify"])["model"], "DM-100");
    assert_eq!(wigwag.send(&["waveform"]).told(), (0, "hello\n", ""));
    assert_eq!(wigwag.fields(&["voltage_state"])["voltage"], 3.25, "what PyVISA has set");
}
