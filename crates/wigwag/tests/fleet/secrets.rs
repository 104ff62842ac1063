//! Secrets leave no trace.

use crate::support::Fleet;

/// A door that is opened with a number, and repeats it in its answer.
const DOOR: &str = "
    name = \"door\"
    [request]
    layout = \"<STX> body <ETX>\"
    [response]
    layout = \"<STX> body <ETX>\"
    [command.open]
    send = \"'O' door:dec ' ' pin:text\"
    params = { pin = { secret = true } }
    reply = \"'OK ' pin:text\"
";

const PIN: &str = "s3cr3t-pin-4711";

#[test]
fn no_secret_is_in_the_journal_or_in_a_report() {
    let folder = tempfile::tempdir().unwrap();
    let door = folder.path().join("door.toml");
    std::fs::write(&door, DOOR).unwrap();
    let door = door.to_str().unwrap();
    let fleet = Fleet::of(200, door, &["--fault", "slow:20ms"]);
    let inventory = std::fs::read_to_string(fleet.path("fleet.toml")).unwrap();
    let port = format!("port = {}\n", fleet.port);
    let inventory = inventory.replacen(&port, &format!("{port}secret.pin = \"env:PIN\"\n"), 1);
    let inventory = fleet.file("doors.toml", &inventory);
    let mut said = Vec::new();

    let words = ["@simulated", "open", "door=3", "--fanout", "8"];
    let sending = fleet.send_with(&inventory, &words).env("PIN", PIN).start();
    fleet.wait_until_received(20);
    // What a kill leaves of the log of the database is looked at too.
    sending.signal("KILL");
    let killed = sending.end();
    said.extend([killed.stdout, killed.stderr.into_bytes(), fleet.journal_bytes()]);

    let without = fleet.resume(&[]).run();
    assert_eq!((without.code, without.told().1), (2, ""), "a secret is asked for again: {without:?}");
    let resumed = fleet.resume(&["--secret", "pin=env:OTHER"]).env("OTHER", PIN).run();
    assert_eq!(resumed.code, 5, "{resumed:?}");
    said.extend([resumed.stdout, resumed.stderr.into_bytes(), fleet.journal_bytes()]);
    let shown = fleet.wigwag(&["runs", "show", "last", "--output", "ndjson"]).run();
    let shown_again = fleet.wigwag(&["runs", "show", "last"]).run();
    said.extend([shown.stdout, shown_again.stdout]);

    let pin = PIN.as_bytes();
    let hex: String = pin.iter().map(|byte| format!("{byte:02x}")).collect();
    for (place, bytes) in said.iter().enumerate() {
        assert!(!bytes.windows(pin.len()).any(|window| window == pin), "in {place}");
        assert!(!bytes.windows(hex.len()).any(|window| window == hex.as_bytes()), "as hex in {place}");
    }
    assert!(String::from_utf8_lossy(&said[3]).contains("<secret>"));
    fleet.received().nobody_twice();
}
