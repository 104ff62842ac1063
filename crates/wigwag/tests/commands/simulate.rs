//! `wigwag simulate`, with `wigwag send` as its client.

use std::fs;
use std::path::Path;

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::support::{Program, Running, wigwag};

/// Simulated devices that run.
struct Simulating {
    process: Running,
    /// What it said until it was ready.
    said: String,
    folder: TempDir,
}

impl Simulating {
    /// On ports from the system.
    fn start(arguments: &[&str]) -> Self {
        Self::with_file(arguments, "", "")
    }

    /// The same, with a file beside it.
    fn with_file(arguments: &[&str], name: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        if !name.is_empty() {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut process = simulate(arguments, folder.path()).start();
        let said = process.stderr_with("ready\n");
        Self { process, said, folder }
    }

    /// Where the only one is.
    fn address(&self) -> &str {
        self.said.strip_prefix("listening on ").unwrap().split(',').next().unwrap()
    }

    fn end(self) -> (i32, String) {
        self.process.signal("TERM");
        let ended = self.process.end();
        (ended.code, ended.stderr.strip_prefix(&self.said).unwrap().to_owned())
    }
}

fn simulate(arguments: &[&str], folder: &Path) -> Program {
    let with_folder = |argument: &&str| argument.replace("HERE", folder.to_str().unwrap());
    let arguments: Vec<String> = arguments.iter().map(with_folder).collect();
    wigwag(&["simulate"]).arguments(&arguments)
}

fn send(device: &str, arguments: &[&str]) -> (i32, String) {
    let ended = wigwag(&[&["send", device], arguments].concat()).run();
    (ended.code, ended.told().1.to_owned())
}

#[test]
fn one_device_remembers_what_it_is_told() {
    let simulating = Simulating::start(&["extron-sis", "--listen", "127.0.0.1:0"]);
    let device = simulating.address();
    assert_eq!(simulating.said, format!("listening on {device}, protocol extron-sis\nready\n"));

    let extron = |words: &[&str]| send(device, &[&["--protocol", "extron-sis"], words].concat());
    assert_eq!(extron(&["volume", "volume=33"]).0, 0);
    let (code, said) = extron(&["volume_state"]);
    assert_eq!((code, said.contains("33")), (0, true), "{said}");
    assert_eq!(extron(&["tie", "input=1", "output=3", "--hex", "00"]).0, 2);

    let (code, said) = simulating.end();
    assert_eq!((code, said.as_str()), (0, "stopped after 2 connections, 2 commands\n"));
}

#[test]
fn many_devices_are_an_inventory_on_standard_output() {
    let mut simulating = Simulating::start(&["esc-cr", "--devices", "300", "--listen", "127.1.2.3:0"]);
    let inventory = simulating.process.stdout_with("]\n");
    let port = inventory.lines().find_map(|line| line.strip_prefix("port = ")).unwrap();
    assert_eq!(
        inventory,
        format!(
            "[defaults]\nprotocol = \"esc-cr\"\nport = {port}\n\n[group.simulated]\nhosts = [\n    \"127.1.2.[3-255]\",\n    \"127.1.3.[0-46]\",\n]\n"
        )
    );
    assert_eq!(simulating.said, "ready\n");
    assert_eq!(send(&format!("127.1.3.46:{port}"), &["STATUS"]), (0, "OK\n".to_owned()));
    // It is reset: before our first byte, or behind it.
    assert!(matches!(send(&format!("127.1.3.47:{port}"), &["STATUS"]).0, 4 | 5), "there is no such device");
    assert_eq!(simulating.end().0, 0);
}

#[test]
fn every_command_is_recorded_and_no_secret_is() {
    let protocol = "
        name = \"door\"
        [request]
        layout = \"<STX> body <ETX>\"
        [response]
        layout = \"<STX> body <ETX>\"
        [command.open]
        send = \"'O' door:dec ' ' pin:text\"
        params = { pin = { secret = true } }
        reply = \"'OK'\"
        [command.count]
        send = \"'C'\"
        reply = \"count:dec\"
        effect = \"read\"
        [[example]]
        command = \"count\"
        send = \"<STX> 'C' <ETX>\"
        recv = \"<STX> '12' <ETX>\"
        fields = { count = 12 }
    ";
    let arguments =
        ["HERE/door.toml", "--listen", "127.0.0.1:0", "--fault", "slow:1ms", "--log", "HERE/log", "--seed", "5"];
    let simulating = Simulating::with_file(&arguments, "door.toml", protocol);
    assert!(simulating.said.ends_with("\nseed 5\nready\n"), "{}", simulating.said);
    let (device, folder) = (simulating.address().to_owned(), simulating.folder.path().to_owned());
    let door = folder.join("door.toml");
    let door = door.to_str().unwrap();
    assert_eq!(send(&device, &["--protocol", door, "count"]), (0, "12\n".to_owned()));
    let open = ["send", &device, "--protocol", door, "open", "door=3", "--secret", "pin=env:PIN"];
    assert_eq!(wigwag(&open).env("PIN", "9876").run().code, 0);
    let log = folder.join("log");
    let Simulating { process, folder: _folder, .. } = simulating;
    process.signal("INT");
    let ended = process.end();
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.ends_with("stopped after 2 connections, 2 commands; faults: slow 2\n"), "{}", ended.stderr);

    let text = fs::read_to_string(log).unwrap();
    assert!(!text.contains("9876") && !text.contains("39383736"), "{text}");
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let without = |line: &Json| {
        let mut line = line.as_object().unwrap().clone();
        assert!(line.remove("time").unwrap().as_str().unwrap().ends_with('Z'));
        assert!(line.remove("peer").unwrap().as_str().unwrap().starts_with("127.0.0.1:"));
        Json::Object(line)
    };
    assert_eq!(
        lines.iter().map(without).collect::<Vec<_>>(),
        [
            json!({
                "device": 1, "address": device, "command": "count", "params": {}, "wire": "024303", "fault": "slow",
                "answer_bytes": 4,
            }),
            json!({
                "device": 1, "address": device, "command": "open", "params": {"door": 3, "pin": "<secret>"},
                "wire": null, "fault": "slow", "answer_bytes": 4,
            }),
        ]
    );
}

#[test]
fn a_record_that_cannot_be_written_is_told_once_and_is_a_fault() {
    let simulating = Simulating::start(&["line", "--listen", "127.0.0.1:0", "--log", "/dev/full"]);
    let device = simulating.address().to_owned();
    assert_eq!(send(&device, &["--protocol", "line", "STATUS"]), (0, "READY\n".to_owned()));
    assert_eq!(send(&device, &["--protocol", "line", "STATUS"]).0, 0, "it goes on");
    let (code, said) = simulating.end();
    assert_eq!(
        (code, said.as_str()),
        (
            1,
            "warning: --log /dev/full: no space left on device; from now on commands are missing in it\n\
             stopped after 2 connections, 2 commands\n"
        )
    );
}

#[test]
fn a_scenario_says_what_is_wrong_with_which_device() {
    let scenario =
        "devices = 3\nseed = 9\n[device.2]\nfault = [\"reset\"]\n[device.\"127.1.0.3\"]\nfault = [\"refuse\"]\n";
    let arguments = ["line", "--listen", "127.1.0.1:0", "--scenario", "HERE/bad.toml"];
    let mut simulating = Simulating::with_file(&arguments, "bad.toml", scenario);
    assert_eq!(simulating.said, "seed 9\nready\n");
    let inventory = simulating.process.stdout_with("127.1.0.3\"]\nport = ");
    let port = inventory.lines().find_map(|line| line.strip_prefix("port = ")).unwrap();
    let codes: Vec<i32> =
        (1..=2).map(|device| send(&format!("127.1.0.{device}:{port}"), &["--protocol", "line", "STATUS"]).0).collect();
    assert_eq!(codes, [0, 5]);
    assert!(simulating.end().1.ends_with("; faults: reset 1\n"));
}

#[test]
fn what_cannot_be_simulated_is_wrong_usage() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.toml"), "fault = [\"silent\"]\n\n[[step]]\nafter = \"3\"\nfault = []\n").unwrap();
    let cases: &[(&[&str], &str)] = &[
        (&["lien"], "error: there is no protocol `lien`\n"),
        (&["line", "--devices", "0"], "error: invalid value '0' for '--devices <N>'"),
        (&["line", "--fault", "slow=5:2s"], "error: --fault: `5` is not a probability\n"),
        (
            &["line", "--fault", "split", "--fault", "reset=1%"],
            "error: of split, reset at most one happens to a command",
        ),
        (&["line", "--fault", "wrong-id"], "error: the fault wrong-id cannot be played with the protocol line"),
        (&["line", "--listen", "somewhere"], "error: --listen: `somewhere` is not an address to listen on\n"),
        (
            &["line", "--listen", "127.0.0.1:0", "--secret", "pin=env:HOME"],
            "error: the protocol line asks for no secret `pin`",
        ),
        (&["line", "--scenario", "HERE/none.toml"], "error: --scenario HERE/none.toml: no such file or directory\n"),
        (&["line", "--log", "HERE/none/log"], "error: --log HERE/none/log: no such file or directory\n"),
        (
            &["line", "--scenario", "HERE/bad.toml"],
            "error: HERE/bad.toml: expected a number, not string \"3\"\n   ╭─[HERE/bad.toml:4:9]\n",
        ),
    ];
    for (arguments, expected) in cases {
        let ended = simulate(arguments, folder.path()).run();
        let said = ended.stderr.replace(folder.path().to_str().unwrap(), "HERE");
        assert_eq!((ended.code, ended.stdout.len()), (2, 0), "{arguments:?}: {said}");
        assert!(said.starts_with(expected), "{arguments:?}: {said}");
    }
}
