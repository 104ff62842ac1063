//! All hosts of a play in one task.

use std::collections::BTreeSet;

use crate::support::{Core, Fleet, Program, Recap, bodies, hosts, on_each_core};

on_each_core!(a_thousand_in_one_task, those_that_failed_are_failed_hosts, whom_what_and_how_far);

fn a_thousand_in_one_task(core: &Core) {
    const MANY: usize = 1000;
    let fleet = Fleet::of(MANY, "esc-cr", &[]);
    let inventory = hosts(&fleet, MANY, "", &[]);

    let played = core.play(&inventory, "fleet.yml", &[]).run();

    assert_eq!(played.code, 0, "{:?}", played.stderr);
    let runs = journaled(core);
    assert_eq!(runs.matches("STATUS").count(), 1, "{runs}");
    assert!(runs.contains("1000 ok"), "{runs}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), MANY);
}

fn those_that_failed_are_failed_hosts(core: &Core) {
    let fleet = Fleet::with_scenario(5, "esc-cr", &[], "[device.2]\nfault = [\"silent\"]\n");
    let inventory = hosts(&fleet, 5, "", &[(4, "wigwag_port=1")]);

    let played = core.play(&inventory, "fleet_faults.yml", &[]).run();

    assert_eq!(played.code, 2, "{played:?}");
    let failed: BTreeSet<usize> = (1..=5).filter(|n| Recap::of(&played, &format!("press-{n}")).failed == 1).collect();
    assert_eq!(failed, BTreeSet::from([2, 4]), "{played:?}");
    assert!(played.in_one_line().contains("failed: press-2, press-4"), "{played:?}");
    fleet.received().nobody_twice();
}

fn whom_what_and_how_far(core: &Core) {
    let fleet = Fleet::with_scenario(6, "esc-cr", &[], "[device.1]\nfault = [\"silent\"]\n");
    let inventory = hosts(&fleet, 6, "hall=hall-7", &[(2, "slot=a"), (3, "slot=b")]);

    let played = core.play(&inventory, "fleet_choices.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let mut told = bodies(&fleet.received().commands);
    told.sort();
    assert_eq!(told, ["CANARY", "LABEL a of hall-7", "LABEL b of hall-7", "SOME", "SOME"]);
}

/// What the journal of this core's plays lists.
fn journaled(core: &Core) -> String {
    let listed =
        Program::new(env!("CARGO_BIN_EXE_wigwag")).arguments(&["runs"]).env("XDG_STATE_HOME", core.state()).run();
    listed.told().1.to_owned()
}
