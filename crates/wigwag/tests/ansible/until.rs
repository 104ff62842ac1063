//! What `until` may send again.

use std::collections::BTreeMap;

use crate::support::{Core, Fleet, bodies, hosts, on_each_core};

on_each_core!(what_may_have_acted_is_not_sent_again, only_those_who_cannot_have_acted_are_sent_to_again);

fn what_may_have_acted_is_not_sent_again(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &["--fault", "silent"]);
    let inventory = hosts(&fleet, 1, "", &[]);

    let played = core.play(&inventory, "until.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let expected =
        ["ONCE 1", "ONCE 2", "UNREGISTERED", "TWICE", "TWICE", "TWICE", "RAW", "RAWTWICE", "RAWTWICE", "RAWTWICE"];
    assert_eq!(bodies(&fleet.received().commands), expected);
}

fn only_those_who_cannot_have_acted_are_sent_to_again(core: &Core) {
    let fleet = Fleet::with_scenario(4, "esc-cr", &[], "[device.3]\nfault = [\"silent\"]\n");
    let inventory = hosts(&fleet, 5, "", &[(5, "wigwag_port=1")]);

    let played = core.play(&inventory, "until_fleet.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let network = fleet.network.clone();
    let mut times: BTreeMap<(String, String), usize> = BTreeMap::new();
    let received = fleet.received();
    for (command, body) in received.commands.iter().zip(bodies(&received.commands)) {
        *times.entry((command.device.clone(), body)).or_default() += 1;
    }
    for (device, body, expected) in [
        (1, "ONCE", 1),
        (2, "ONCE", 1),
        (3, "ONCE", 1),
        (4, "ONCE", 1),
        (1, "TWICE", 1),
        (2, "TWICE", 1),
        (3, "TWICE", 3),
        (4, "TWICE", 1),
    ] {
        let key = (format!("{network}.0.{device}"), body.to_owned());
        assert_eq!(times.remove(&key), Some(expected), "{key:?}");
    }
    assert!(times.is_empty(), "{times:?}");
}
