//! A program that does not live to tell, or does not tell all.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Core, Fleet, bodies, hosts, kill_wigwag_of, on_each_core, wait};

on_each_core!(killed_while_it_waits, it_tells_nothing_or_not_all, a_fleet_whose_ansible_has_gone_stops);

fn killed_while_it_waits(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &["--fault", "silent"]);
    let inventory = hosts(&fleet, 1, "", &[]);

    let playing = core.play(&inventory, "killed.yml", &[]).start();
    for commands in 1..=3 {
        fleet.wait_until_received(commands);
        kill_wigwag_of(playing.pid());
    }
    let played = playing.end();

    assert_eq!(played.code, 0, "{played:?}");
    let last = core.wigwag(&["runs", "show", "last"]).run();
    assert!(last.told().1.contains("lost"), "the journal knows as much: {last:?}");
    assert_eq!(bodies(&fleet.received().commands), ["ONE", "RAW", "ALL"]);
}

fn it_tells_nothing_or_not_all(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &["--fault", "silent"]);
    let inventory = hosts(&fleet, 1, "wigwag_first_timeout=100ms", &[]);
    program(&fleet, "mute", r#"wigwag "$@" > /dev/null; exit 1"#);
    program(&fleet, "cut", r#"wigwag "$@" | head -c 20"#);
    let folder = format!("folder={}", fleet.path(""));

    let played = core.play(&inventory, "told_nothing.yml", &["-e", &folder]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let expected = ["ONE mute", "ONE cut", "ALL mute", "ALL cut", "TIMEOUT"];
    assert_eq!(bodies(&fleet.received().commands), expected);
}

fn a_fleet_whose_ansible_has_gone_stops(core: &Core) {
    const MANY: usize = 200;
    let fleet = Fleet::of(MANY, "esc-cr", &[]);
    let inventory = hosts(&fleet, MANY, "", &[]);
    let task = "command=PRINT confirmed=true rate=20/s";
    let playing =
        core.program("ansible", &["-i", &inventory, "presses", "-m", "wigwag.wigwag.fleet", "-a", task]).start();
    fleet.wait_until_received(2);

    playing.signal("KILL");

    wait("the run has stopped", || {
        let listed = core.wigwag(&["runs", "list", "--output", "json"]).run().json();
        listed["runs"][0]["state"] == "interrupted"
    });
    let received = fleet.received();
    received.nobody_twice();
    assert!(received.count() < MANY, "{}", received.count());
}

/// A program of this name that says its version as `wigwag` does, and does else what this line of a shell does.
fn program(fleet: &Fleet, name: &str, does: &str) {
    let wigwag = env!("CARGO_BIN_EXE_wigwag");
    let text = format!(
        "#!/bin/sh\nwigwag() {{ '{wigwag}' \"$@\"; }}\ncase $1 in --version) wigwag --version ;; *) {does} ;; esac\n"
    );
    fs::set_permissions(fleet.file(name, &text), fs::Permissions::from_mode(0o755)).unwrap();
}
