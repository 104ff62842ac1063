//! The program is missing, or is not the one.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::support::{Core, Fleet, bodies, hosts, on_each_core};

on_each_core!(whoever_has_no_program_is_told_what_to_do);

/// A file of this name with this in it, that may be executed or not.
fn file(fleet: &Fleet, name: &str, text: &str, mode: u32) -> String {
    let path = fleet.file(name, text);
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

fn whoever_has_no_program_is_told_what_to_do(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 1, "", &[]);
    let configuration = fleet.file("plant.wigwag.yml", "plugin: wigwag.wigwag.inventory\nsources: [fleet.toml]\n");
    let missing = fleet.path("nowhere/wigwag");
    let locked = file(&fleet, "locked", "#!/bin/sh\nexit 0\n", 0o644);
    let other = file(&fleet, "other", "#!/bin/sh\necho wigwag 9.9.9\n", 0o755);
    let foreign = file(&fleet, "foreign", "\u{7f}ELF of another machine", 0o755);

    let programs = [
        (&missing, format!("there is no program {missing} on the control node: install wigwag 0.1.x there")),
        (&locked, format!("{locked} is not executable: `chmod +x {locked}`")),
        (&other, format!("{other} is not the wigwag that this collection works with, which is 0.1.x")),
        (&foreign, format!("{foreign} cannot be started (")),
    ];

    let told: Vec<_> = programs.iter().map(|(path, says)| json!({"path": path, "says": says})).collect();
    let told = json!({"programs": told}).to_string();
    let played = core.play(&inventory, "no_program.yml", &["-e", &told]).run();
    assert_eq!(played.code, 0, "{played:?}");
    for (program, says) in &programs {
        let listed = core.program("ansible-inventory", &["-i", &configuration, "--graph"]);
        let listed = listed.env("WIGWAG_EXECUTABLE", program).run();
        assert!(listed.in_one_line().contains(says), "{says}\n{listed:?}");
        assert!(!listed.stderr.contains("Traceback"), "{listed:?}");
    }

    assert_eq!(bodies(&fleet.received().commands), [""; 0]);
}
