//! `wigwag protocol list`

use super::{Home, SCALE, hostile_file};
use crate::support::is_inert;

#[test]
fn the_built_in_protocols_are_listed() {
    let listed = Home::new(&[]).told(&["list"]);
    for name in ["esc-cr", "extron-sis", "modbus-tcp", "line"] {
        let line = listed.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        assert!(line.ends_with("  built in"), "{line}");
    }
    let names: Vec<&str> = listed.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert!(names.is_sorted(), "{names:?}");
}

#[test]
fn the_users_own_stand_among_them_and_broken_ones_say_why() {
    let files: [(&str, &[u8]); 5] = [
        ("scale.toml", SCALE.as_bytes()),
        (
            "line.toml",
            b"name = 'line'\ntitle = 'Our lines'\n[request]\nlayout = 'body <LF>'\n[response]\nlayout = 'body <LF>'\n",
        ),
        ("broken.toml", b"name = 'broken'\n[respnse]\nlayout = 'body <CR>'\n"),
        ("binary.toml", b"\xff\xfe"),
        ("notes.txt", b"not a protocol"),
    ];
    let listed = Home::new(&files).told(&["list"]);
    let own: Vec<&str> = listed.lines().filter(|line| line.contains("HOME")).collect();
    insta::assert_snapshot!(own.join("\n"));
}

#[test]
fn as_json() {
    let files: [(&str, &[u8]); 2] = [
        ("scale.toml", SCALE.as_bytes()),
        ("broken.toml", b"name = 'broken'\nport = 0\n[response]\nlayout = 'body <CR>'\n"),
    ];
    let listed = Home::new(&files).protocol(&["list", "--output", "json"]).json();
    assert_eq!(listed["v"], 1);
    let named = |name: &str| {
        let protocols = listed["protocols"].as_array().unwrap();
        protocols.iter().find(|protocol| protocol["name"] == name).unwrap_or_else(|| panic!("{name}"))
    };
    let (scale, broken, built_in) = (named("scale"), named("broken"), named("esc-cr"));
    assert_eq!((&scale["title"], &scale["port"], &scale["commands"]), (&"Shop scale".into(), &4001.into(), &5.into()));
    assert!(scale["path"].as_str().unwrap().ends_with("/wigwag/protocols/scale.toml"));
    assert!(scale["error"].is_null() && broken["commands"].is_null() && broken["title"].is_null());
    assert_eq!(broken["error"], "line 2: a port is from 1 to 65535");
    assert!(built_in["path"].is_null());
}

#[test]
fn a_hostile_file_cannot_act_on_the_terminal() {
    let home = Home::new(&[("hostile.toml", &hostile_file()), ("worse.toml", b"name = '\x1b[2J'\n")]);
    for form in ["text", "json"] {
        let listed = home.protocol(&["list", "--output", form]);
        assert_eq!((listed.code, listed.stderr.as_str()), (0, ""));
        assert!(is_inert(&listed.stdout), "{listed:?}");
    }
}
