//! `wigwag inventory`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Ended, HOSTILE, is_inert, wigwag};

/// A small plant in our own form.
const PLANT: &str = r#"
[defaults]
port = 9100

[group.presses]
hosts = ["press-[001-012]"]
children = ["spares"]
protocol = "esc-cr"
vars = { site = "berlin", fw = "2.10" }

[group.spares]
hosts = ["spare-[1-2]"]
idle_timeout = "1.5s"

[host.press-007]
address = "10.4.0.7"
port = 9101
secret.pin = "env:PIN"
vars = { fw = "2.9" }

[host.gate]
address = "10.4.0.1"
"#;

/// A folder with an inventory.
struct Folder(TempDir);

impl Folder {
    fn with(name: &str, text: &[u8]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write(name, text);
        folder
    }

    fn plant() -> Self {
        Self::with("plant.toml", PLANT.as_bytes())
    }

    fn write(&self, name: &str, text: &[u8]) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `wigwag inventory` with the file of this name.
    fn inventory(&self, name: &str, arguments: &[&str]) -> Ended {
        let path = self.path(name);
        wigwag(&[&["inventory", "-i", path.to_str().unwrap()], arguments].concat()).run()
    }

    /// What is printed when all is well, without the folder.
    fn told(&self, arguments: &[&str]) -> String {
        let ended = self.inventory("plant.toml", arguments);
        let (code, stdout, stderr) = ended.told();
        assert_eq!((code, stderr), (0, ""), "{arguments:?}");
        stdout.replace(&format!("{}/", self.0.path().display()), "")
    }
}

#[test]
fn names() {
    let plant = Folder::plant();
    assert_eq!(plant.told(&["list", "@spares,press-01[0-2]!press-011"]), "spare-1\nspare-2\npress-010\npress-012\n");
    assert_eq!(plant.told(&["list", "--fold"]), "gate,press-[001-012],spare-[1-2]\n");
    assert_eq!(plant.told(&["list", "-w", "fw<\"2.10\""]), "press-007\n");
    assert_eq!(plant.told(&["list", "--sample", "2"]).lines().count(), 2);
    let object: Value = serde_json::from_str(&plant.told(&["list", "@spares", "--output", "json"])).unwrap();
    assert_eq!(object, json!({ "v": 1, "count": 2, "folded": "spare-[1-2]", "hosts": ["spare-1", "spare-2"] }));

    plant.write("maintenance.txt", b"press-[001-006]  # hall 2\n10.4.0.7\n");
    let maintenance = plant.path("maintenance.txt");
    let listed = plant.told(&["list", "@presses!@spares", "--fold", "--exclude-file", maintenance.to_str().unwrap()]);
    assert_eq!(listed, "press-[008-012]\n", "press-007 is at 10.4.0.7");
}

#[test]
fn all_that_is_known() {
    let expected = "\
press-007
  in presses
  settings
    address     10.4.0.7  (host, plant.toml)
    port        9101      (host, plant.toml)
    protocol    esc-cr    (group presses, plant.toml)
    secret.pin  env:PIN   (host, plant.toml)
  variables
    fw    2.9     (host, plant.toml)
    site  berlin  (group presses, plant.toml)
";
    assert_eq!(Folder::plant().told(&["show", "press-007"]), expected);
    let stranger = "\
10.9.0.1
  in no inventory; the defaults are for it, too
  settings
    port  9100  (defaults, plant.toml)
";
    assert_eq!(Folder::plant().told(&["show", "10.9.0.1"]), stranger);
}

#[test]
fn the_tree_of_groups() {
    let expected = "\
@all:
  |--@ungrouped:
  |  |--gate
  |--@presses:
  |  |--@spares:
  |  |  |--spare-[1-2]
  |  |--press-[001-012]
";
    assert_eq!(Folder::plant().told(&["graph"]), expected);
    assert_eq!(Folder::plant().told(&["graph", "spares"]), "@spares:\n  |--spare-[1-2]\n");
    let ended = Folder::plant().inventory("plant.toml", &["graph", "spare"]);
    let error = "error: no inventory has a group `spare`\nhint: did you mean `spares`?\n";
    assert_eq!(ended.told(), (2, "", error));
}

#[test]
fn names_as_ranges_and_back_need_no_inventory() {
    let fold = wigwag(&["inventory", "fold", "press-1", "press-2", "rack[1-2]-u[01-03]!rack2-u02"]).run();
    assert_eq!(fold.told(), (0, "press-[1-2],rack1-u[01-03],rack2-u[01,03]\n", ""));
    let fold = wigwag(&["inventory", "fold"]).stdin(b"a1:9100\na2:9100 # old\n\n10.0.0.1\n10.0.0.2\n").run();
    assert_eq!(fold.told(), (0, "10.0.0.[1-2],a[1-2]:9100\n", ""));
    let expand = wigwag(&["inventory", "expand", "10.0.0.0/29!10.0.0.[2-5]", "dev[08-10]"]).run();
    assert_eq!(expand.told(), (0, "10.0.0.1\n10.0.0.6\ndev08\ndev09\ndev10\n", ""));
    assert_eq!(Folder::plant().told(&["expand", "@spares,gate"]), "spare-1\nspare-2\ngate\n");
}

#[test]
fn what_is_odd() {
    let tidy = Folder::plant();
    assert_eq!(tidy.told(&["check", "@presses", "--no-resolve"]), "14 hosts, nothing odd\n");

    let odd = Folder::with(
        "odd.toml",
        b"[group.a]\nhosts = ['x', 'y', 'localhost', 'no-such-device.invalid']\nprotocol = 'esc-rc'\nport = 1\nchildren = ['b', 'aa']\n\
          [group.b]\n[host.x]\naddress = '10.0.0.1'\n[host.y]\naddress = '10.0.0.1'\n",
    );
    let ended = odd.inventory("odd.toml", &["check"]);
    let (code, stdout, stderr) = ended.told();
    assert_eq!((code, stderr), (2, ""));
    let lines: Vec<&str> = stdout.lines().collect();
    for expected in [
        "@b: nothing is in this group",
        "@a: its child `aa` is in no file",
        "x,y: several names of one device, 10.0.0.1:1",
        "localhost,no-such-device.invalid,x,y: there is no protocol `esc-rc`",
    ] {
        assert!(lines.contains(&expected), "{expected}\n{stdout}");
    }
    assert!(lines.iter().any(|line| line.starts_with("no-such-device.invalid: ")), "{stdout}");
    assert_eq!(lines.last(), Some(&"4 hosts, 5 findings"));

    let told = odd.inventory("odd.toml", &["check", "--no-resolve", "--output", "json"]);
    assert_eq!(told.code, 2);
    let found = told.json()["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| finding["finding"].clone())
        .collect::<Vec<_>>();
    assert_eq!(found, ["empty-group", "unknown-child", "same-device", "unknown-protocol"]);
}

#[test]
fn what_ansible_takes() {
    let plant = Folder::plant();
    let told: Value = serde_json::from_str(&plant.told(&["--list"])).unwrap();
    assert_eq!(told["all"], json!({ "children": ["ungrouped", "presses"] }));
    assert_eq!(told["ungrouped"], json!({ "hosts": ["gate"] }));
    assert_eq!(told["spares"], json!({ "hosts": ["spare-1", "spare-2"], "children": [] }));
    let host = json!({
        "fw": "2.9",
        "site": "berlin",
        "wigwag_address": "10.4.0.7",
        "wigwag_port": 9101,
        "wigwag_protocol": "esc-cr",
        "wigwag_secret_pin": "env:PIN",
    });
    assert_eq!(told["_meta"]["hostvars"]["press-007"], host);
    assert_eq!(serde_json::from_str::<Value>(&plant.told(&["--host", "press-007"])).unwrap(), host);

    // What is printed can be read again, and says the same.
    plant.write("again.json", plant.told(&["--list"]).as_bytes());
    let again = plant.inventory("again.json", &["--list"]);
    assert_eq!(again.code, 0, "{again:?}");
    let again: Value = again.json();
    assert_eq!(again["_meta"], told["_meta"]);
}

#[test]
fn several_inventories() {
    let folder = Folder::plant();
    folder.write("more.csv", b"name,port,site\ngate,4001,bern\n");
    let more = folder.path("more.csv");
    let shown = folder.told(&["show", "gate", "-i", more.to_str().unwrap()]);
    assert!(shown.contains("port     4001      (host, more.csv)"), "{shown}");
    assert!(shown.contains("address  10.4.0.1  (host, plant.toml)"), "{shown}");
}

#[test]
fn what_is_wrong_is_shown_where_it_stands() {
    let folder = Folder::with("hosts.toml", b"[group.a]\nhots = ['x']\n");
    let ended = folder.inventory("hosts.toml", &["list"]);
    let (code, stdout, stderr) = ended.told();
    assert_eq!((code, stdout), (2, ""));
    assert!(stderr.contains("hosts.toml: there is no setting `hots`"), "{stderr}");
    assert!(stderr.contains("hots = ['x']") && stderr.contains("did you mean `hosts`?"), "{stderr}");

    for (arguments, message) in [
        (&["list", "press-[1-"][..], "error: TARGETS: this bracket is never closed"),
        (&["list", "-w", "sight=='berlin'"], "error: --where: no host has a variable `sight`"),
        (&["list", "pres-001"], "error: TARGETS: no inventory has a host `pres-001`"),
        (&["list", "gate!gate"], "error: no host is meant"),
    ] {
        let ended = Folder::plant().inventory("plant.toml", arguments);
        assert_eq!((ended.code, ended.stdout.len()), (2, 0), "{arguments:?}");
        assert!(ended.stderr.starts_with(message), "{}", ended.stderr);
    }
    let none = wigwag(&["inventory", "list"]).run();
    assert_eq!(none.told(), (2, "", "error: no inventory given\nhint: name its file: -i plant.toml\n"));
}

#[test]
fn nothing_foreign_reaches_the_terminal() {
    let name = String::from_utf8_lossy(HOSTILE).into_owned();
    let object = json!({ "name": "press-7", "note": name, name.as_str(): 1 });
    let folder = Folder::with("hosts.ndjson", format!("{object}\n").as_bytes());
    let list = json!({ name.as_str(): { "hosts": ["press-7"], "children": [name.as_str()] } });
    folder.write("list.json", list.to_string().as_bytes());
    for (file, arguments) in [
        ("hosts.ndjson", &["show"][..]),
        ("hosts.ndjson", &["show", "--output", "json"]),
        ("hosts.ndjson", &["--list"]),
        ("hosts.ndjson", &["list", "-w", "x"]),
        ("list.json", &["graph"]),
    ] {
        let ended = folder.inventory(file, arguments);
        assert!(is_inert(&ended.stdout) && is_inert(ended.stderr.as_bytes()), "{file} {arguments:?}: {ended:?}");
    }
}

#[test]
fn examples_of_every_form_are_taken() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wigwag-fleet/tests/inventories");
    let mut taken = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md") {
            continue;
        }
        let listed = wigwag(&["inventory", "list", "-i", path.to_str().unwrap(), "--fold"]).run();
        assert_eq!((listed.code, listed.stderr.as_str()), (0, ""), "{}", path.display());
        taken += 1;
    }
    assert!(taken > 8, "{taken}");
}

/// What is listed of an inventory that comes on standard input.
fn listed(text: &[u8], arguments: &[&str]) -> Ended {
    wigwag(&[&["inventory", "list", "-i", "-"], arguments].concat()).stdin(text).run()
}

#[test]
fn on_standard_input_examples_of_every_form_are_told_by_their_content() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wigwag-fleet/tests/inventories");
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md" || extension == "sh") {
            continue;
        }
        let from_file = wigwag(&["inventory", "list", "-i", path.to_str().unwrap(), "--fold"]).run();
        let from_standard_input = listed(&std::fs::read(&path).unwrap(), &["--fold"]);
        assert_eq!(from_standard_input.told(), from_file.told(), "{}", path.display());
    }
}

#[test]
fn what_comes_on_standard_input_is_called_that() {
    let shown = wigwag(&["inventory", "show", "-i", "-", "gate"])
        .stdin(b"[host.gate]\nport = 9101\ntls_ca = 'plant/ca.pem'\nprotocol = './scale.toml'\n")
        .run();
    let expected = "\
gate
  settings
    port      9101          (host, standard input)
    protocol  ./scale.toml  (host, standard input)
    tls_ca    plant/ca.pem  (host, standard input)
";
    assert_eq!(shown.told(), (0, expected, ""), "paths are relative to where it is read");

    let wrong = listed(b"[group.a]\nhots = ['x']\n", &[]);
    assert_eq!((wrong.code, wrong.stdout.len()), (2, 0));
    assert!(wrong.stderr.starts_with("error: standard input: there is no setting `hots`\n"), "{}", wrong.stderr);
    assert!(wrong.stderr.contains("[standard input:2:1]"), "{}", wrong.stderr);
    let wrong = listed(b"\xff", &[]);
    assert_eq!(wrong.told(), (2, "", "error: standard input: this is not UTF-8 text (byte 0)\n"));
}

#[test]
fn it_can_stand_among_files() {
    let plant = Folder::plant();
    let path = plant.path("plant.toml");
    let both = wigwag(&["inventory", "show", "-i", path.to_str().unwrap(), "-i", "-", "gate"])
        .stdin(b"name,port\ngate,4001\n")
        .run();
    assert!(both.told().1.contains("port     4001      (host, standard input)"), "{both:?}");
    assert!(both.told().1.contains("address  10.4.0.1  (host, "), "{both:?}");
}

#[test]
fn standard_input_is_read_once() {
    let hint = "hint: standard input can be read once; put the other one into a file\n";
    for (arguments, message) in [
        (&["inventory", "-i", "-", "list", "-i", "-"][..], "--inventory - is there twice"),
        (&["send", "gate", "X", "-i", "-", "-i", "-"], "--inventory - is there twice"),
        (
            &["inventory", "fold", "-i", "-"],
            "--inventory - and names that are not typed would both read standard input",
        ),
        (&["send", "gate", "--file", "-", "-i", "-"], "--inventory - and --file - would both read standard input"),
        (
            &["send", "--targets-from", "-", "X", "-i", "-"],
            "--inventory - and --targets-from - would both read standard input",
        ),
        (
            &["send", "--targets-from", "-", "--file", "-"],
            "--targets-from - and --file - would both read standard input",
        ),
    ] {
        let refused = wigwag(arguments).stdin(b"gate\n").run();
        assert_eq!(refused.told(), (2, "", format!("error: {message}\n{hint}").as_str()), "{arguments:?}");
    }
}
