//! All hosts of a play in one task.

use std::collections::BTreeSet;
use std::fs;

use crate::support::{Core, Fleet, Recap, bodies, hosts, on_each_core};

on_each_core!(
    a_thousand_in_one_task,
    those_that_failed_are_failed_hosts,
    whom_what_and_how_far,
    nobody_is_sent_to_who_is_not_meant,
    what_stops_a_run_is_told_and_written_down,
);

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

fn nobody_is_sent_to_who_is_not_meant(core: &Core) {
    let fleet = Fleet::of(4, "esc-cr", &[]);
    let inventory = hosts(&fleet, 4, "slot=a", &[]);
    let second_name = format!("[empty]\n[presses]\npress-2b ansible_host={}\n", fleet.device(2));
    fleet.file("hosts.ini", &(fs::read_to_string(&inventory).unwrap() + &second_name));

    let played = core.play(&inventory, "fleet_hosts.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let mut told = bodies(&fleet.received().commands);
    told.sort();
    let batches = ["BATCH"; 4];
    let others =
        ["COMMAS", "COMMAS", "DELEGATED", "DELEGATED", "ITEM idempotent", "ITEM read", "TWONAMES", "UNWRITTEN"];
    assert_eq!(told, [&batches[..], &others].concat());
    let runs = journaled(core);
    assert!(!runs.contains("UNWRITTEN"), "{runs}");
    assert_eq!(runs.matches("BATCH").count(), 2, "{runs}");
}

fn what_stops_a_run_is_told_and_written_down(core: &Core) {
    let fleet = Fleet::of(4, "esc-cr", &[]);
    let inventory = hosts(&fleet, 4, "", &[]);

    let played = core.play(&inventory, "fleet_halts.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    for warned in ["A canary: 4 hosts: 1 rejected, 3 skipped", "A rule: 4 hosts: 2 rejected, 2 skipped"] {
        assert!(played.in_one_line().contains(warned), "{played:?}");
    }
    let said = played.in_one_line();
    let run = said.split_once("the run is ").and_then(|(_, rest)| rest.split(' ').next()).unwrap();
    let shown = core.wigwag(&["runs", "show", run]).run();
    assert_eq!(shown.code, 0, "{shown:?}");
    assert!(shown.told().1.contains("RULE"), "{shown:?}");
    assert_eq!(bodies(&fleet.received().commands), ["CANARY", "RULE", "RULE"]);
}

/// What the journal of this core's plays lists.
fn journaled(core: &Core) -> String {
    let listed = core.wigwag(&["runs"]).run();
    listed.told().1.to_owned()
}
