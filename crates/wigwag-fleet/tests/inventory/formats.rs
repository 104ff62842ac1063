//! Every form that is read, as its own tools write it.

use std::path::{Path, PathBuf};

use wigwag_fleet::inventory::{Format, Inventory, InventoryError};

use crate::names;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inventories").join(name)
}

fn read(name: &str) -> Inventory {
    Inventory::read(&[file(name)]).unwrap_or_else(|error| panic!("{error}"))
}

/// Where a host is, what it speaks, and some of its variables.
fn shown(inventory: &Inventory, name: &str) -> String {
    let host = inventory.host(name);
    let endpoint = host.endpoint(None).map_or_else(|error| error.to_string(), |endpoint| endpoint.to_string());
    let protocol = host.settings().protocol.as_deref().unwrap_or("-");
    let vars = ["site", "fw", "limit", "note", "motto", "rack", "job"].into_iter();
    let vars = vars.filter_map(|var| Some(format!(" {var}={}", host.var(var)?))).collect::<String>();
    format!("{endpoint} {protocol}{vars}")
}

/// What the files of Ansible say, but for what the forms cannot say alike.
fn is_the_plant(inventory: &Inventory) {
    for (name, expected) in [
        ("gate.plant.example", "10.4.0.1:9100 -"),
        ("press-006.plant.example", "press-006.plant.example:9100 esc-cr site=berlin fw=2.10 limit=4"),
        ("press-007.plant.example", "10.4.0.7:9101 esc-cr site=berlin fw=2.9 limit=4"),
        ("10.4.7.3", "10.4.7.3:9100 esc-cr site=berlin fw=2.10 limit=4"),
        ("spare-2", "spare-2:9100 esc-cr site=berlin fw=2.10 limit=4 note=third shift only"),
        // Its port is that of ssh; the setting for all is stronger.
        ("mill-b", "mill-b:9100 - site=bern motto=grind  and   grind"),
    ] {
        assert_eq!(shown(inventory, name), expected, "{name}");
    }
    for (targets, expected) in [
        ("@mills", "mill-a mill-b"),
        ("@spares", "spare-1 spare-2 spare-3"),
        ("@all!@plant", "gate.plant.example"),
        ("@presses!press-*!10.4.7.[1-12]", "10.4.7.13 10.4.7.14 spare-1 spare-2 spare-3"),
    ] {
        assert_eq!(names(inventory, targets), expected, "{targets}");
    }
    assert_eq!(names(inventory, "@*").split(' ').count(), 120 + 14 + 3 + 2 + 1);
    assert!(!inventory.knows("press-121.plant.example"));
}

#[test]
fn our_own() {
    let plant = read("plant.toml");

    assert_eq!(
        shown(&plant, "press-006.plant.example"),
        "press-006.plant.example:9100 esc-cr site=berlin fw=2.10 limit=4"
    );
    assert_eq!(shown(&plant, "press-007.plant.example"), "10.4.0.7:9101 esc-cr site=berlin fw=2.9 limit=4");
    assert_eq!(shown(&plant, "mill-b:9101"), "mill-b:9101 - site=bern");
    assert_eq!(names(&plant, "@presses").split(' ').count(), 120 + 14 + 3);
}

#[test]
fn ini_of_ansible() {
    is_the_plant(&read("ansible.ini"));
}

#[test]
fn ini_of_ansible_without_an_extension() {
    is_the_plant(&read("hosts"));
}

#[test]
fn yaml_of_ansible() {
    is_the_plant(&read("ansible.yaml"));
}

/// A file with groups and hosts by name.
fn is_listed(plant: &Inventory) {
    assert_eq!(names(plant, "@*"), "gate.plant.example press-007.plant.example mill-a mill-b press-006.plant.example");
    assert_eq!(names(plant, "@plant"), "press-007.plant.example mill-a mill-b press-006.plant.example");
    assert_eq!(shown(plant, "press-007.plant.example"), "10.4.0.7:9101 esc-cr site=berlin fw=2.9 limit=4");
    assert_eq!(shown(plant, "mill-b"), r#"mill-b:9100 - rack={"row":3,"unit":"u7"}"#);
}

#[test]
fn what_a_program_would_print() {
    is_listed(&read("list.json"));
}

#[cfg(unix)]
#[test]
fn a_program() {
    is_listed(&read("list.sh"));
}

#[test]
fn targets_of_prometheus() {
    for name in ["file_sd.json", "file_sd.yaml"] {
        let plant = read(name);
        let all = "press-006.plant.example:9100 press-007.plant.example:9101 mill-a:9101 [2001:db8::7]:9101 gate.plant.example:4001";
        assert_eq!(names(&plant, "@*"), all, "{name}");
        let shown_as = "press-007.plant.example:9101 esc-cr site=berlin job=presses";
        assert_eq!(shown(&plant, "press-007.plant.example:9101"), shown_as, "{name}");
        assert_eq!(shown(&plant, "[2001:db8::7]:9101"), "[2001:db8::7]:9101 - site=bern", "{name}");
    }
}

#[test]
fn tables() {
    let plant = read("table.csv");
    assert_eq!(names(&plant, "@*"), "press-006.plant.example press-007.plant.example mill-a");
    assert_eq!(shown(&plant, "press-006.plant.example"), "press-006.plant.example:9100 esc-cr site=berlin fw=2.10");
    assert_eq!(
        shown(&plant, "press-007.plant.example"),
        "10.4.0.7:9101 esc-cr site=berlin fw=2.9 note=third shift, only"
    );
    assert_eq!(shown(&plant, "mill-a"), "no port given for mill-a - site=bern");

    let sheet = read("spreadsheet.csv");
    assert_eq!(names(&sheet, "@*"), "press-006 press-007");
    assert_eq!(shown(&sheet, "press-007"), "10.4.0.7:9101 -");
    assert_eq!(sheet.host("press-007").var("Site").unwrap().to_string(), "Berlin");
}

#[test]
fn objects_a_line() {
    let plant = read("hosts.ndjson");
    assert_eq!(names(&plant, "@*"), "press-006.plant.example press-007.plant.example mill-a");
    assert_eq!(shown(&plant, "press-007.plant.example"), r#"10.4.0.7:9101 esc-cr site=berlin fw=2.9 rack={"row":3}"#);
}

#[test]
fn targets_a_line() {
    let plant = read("lines.txt");
    let all = "press-006.plant.example press-007.plant.example mill-a:9101 10.4.7.1 10.4.7.2 [2001:db8::7]:9101";
    assert_eq!(names(&plant, "@*"), all);
}

#[test]
fn forms_can_be_mixed() {
    let both = Inventory::read(&[file("ansible.ini"), file("plant.toml"), file("table.csv")]).unwrap();
    assert_eq!(shown(&both, "spare-1"), "spare-1:9100 esc-cr site=berlin fw=2.10 limit=4 note=third shift only");
    assert_eq!(both.host("spare-1").settings().idle_timeout, Some(std::time::Duration::from_secs(2)));
    assert_eq!(both.host("press-007.plant.example").var("note").unwrap().to_string(), "third shift, only");
}

/// What is wrong with a text of some form: the marked part, and the message.
fn wrong(format: Format, text: &str) -> (String, String) {
    let InventoryError { text, error, .. } = Inventory::parse(text, format, Path::new("x")).unwrap_err();
    (error.at.map(|at| text[at].to_owned()).unwrap_or_default(), error.message)
}

#[test]
fn every_error_has_its_place() {
    for (format, text, marked, message) in [
        (Format::AnsibleIni, "[a\nb", "[a", "this bracket is never closed"),
        (Format::AnsibleIni, "[a:kids]\nb", "[a:kids]", "there is no section `:kids`"),
        (Format::AnsibleIni, "[a]\nb[5:1] x=1", "b[5:1]", "`[5:1]` is not a range such as [01:50], [a:f] or [1:9:2]"),
        (Format::AnsibleIni, "[a]\nb c", "c", "expected NAME=VALUE behind the host"),
        (Format::AnsibleIni, "[a]\nb wigwag_prot=9100", "wigwag_prot=9100", "there is no setting `prot`"),
        (
            Format::AnsibleIni,
            "[a]\nb ansible_port=ssh",
            "ansible_port=ssh",
            "ansible_port: `ssh` is not a port (1 to 65535)",
        ),
        (Format::AnsibleIni, "[a]\nb x='y", "'y", "this quote is never closed"),
        (Format::AnsibleIni, "[a:vars]\nb", "b", "expected NAME=VALUE"),
        (Format::AnsibleIni, "[a:children]\nb\n[b:children]\na", "a", "the groups `b` and `a` would be in one another"),
        (
            Format::AnsibleYaml,
            "all:\n  hosts:\n    b:\n      wigwag_port: 0\n",
            "0",
            "port: `0` is not a port (1 to 65535)",
        ),
        (
            Format::AnsibleYaml,
            "all:\n  hosts:\n    'b c':\n",
            "'b c'",
            "` ` cannot be part of the name of a host: it could not be written as a target",
        ),
        (
            Format::AnsibleYaml,
            "plugin: aws_ec2\nregions: []",
            "",
            "this configures a plugin of Ansible (aws_ec2), which only Ansible can ask",
        ),
        (Format::AnsibleYaml, "all:\n  host:\n    a:\n", "host", "there is no key `host` here"),
        (Format::AnsibleYaml, "all:\n  hosts: [a, b]\n", "[", "expected names with what belongs to them"),
        (Format::AnsibleYaml, "all:\n  hosts:\n    a:\n    a:\n", "a", "`a` is here a second time"),
        (Format::AnsibleYaml, "all:\n  hosts: {a: *b}\n", "", "this is no such YAML: alias references unknown anchor"),
        (Format::List, "{\"a\": 1}", "", "`a` is no group: expected an object with hosts, children and vars"),
        (Format::List, "{\"a\": \n [}", "}", "this is not JSON: expected value"),
        (Format::FileSdJson, "[{\"target\": []}]", "}", "this is not JSON: missing field `targets`"),
        (Format::Csv, "names,port\na,1", "names,port", "the header has no column `name`"),
        (Format::Csv, "name,port\na,1\nb,x\n", "x", "port: `x` is not a port (1 to 65535)"),
        (Format::Csv, "name,port\na,1,2\n", "", "the header has 2 columns, and this row 3"),
        (Format::Csv, "name,port\n,1\n", ",1", "a host without a name"),
        (
            Format::Csv,
            "name,port\ndev[1-2],1\n",
            "dev[1-2]",
            "`dev[1-2]` would be a range, which cannot be the name of one host",
        ),
        (
            Format::Csv,
            "name\n10.0.0.0/30\n",
            "10.0.0.0/30",
            "`10.0.0.0/30` would be a network, which cannot be the name of one host",
        ),
        (Format::Ndjson, "{\"name\": \"a\"}\n  {\"nam\": 1}", "{\"nam\": 1}", "a host without a `name`"),
        (Format::Ndjson, "{\"name\": \"a\"}\n{\"name\": }", "}", "this is not JSON: expected value"),
        (Format::Lines, "a\nb[1-x] # c", "1-x", "`x` is not a number"),
        (Format::Lines, "a\n@b", "@b", "`@b` would be a group; the name of a host does not begin with `@`"),
    ] {
        let (m, e) = wrong(format, text);
        assert_eq!((m.as_str(), e.as_str()), (marked, message), "{text}");
    }
}

#[test]
fn what_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let error = Inventory::read(&[folder.path()]).unwrap_err();
    assert_eq!(error.error.message, "this is a directory");
    assert!(error.error.help.unwrap().contains("-i"));

    let missing = Inventory::read(&[folder.path().join("missing.toml")]).unwrap_err();
    assert!(missing.to_string().ends_with("missing.toml: no such file or directory"), "{missing}");

    let latin = folder.path().join("latin.txt");
    std::fs::write(&latin, b"b\xFCro").unwrap();
    assert_eq!(Inventory::read(&[latin]).unwrap_err().error.message, "this is not UTF-8 text (byte 1)");
}
