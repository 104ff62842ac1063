//! What is known of a device, in all its kinds, and parameters in all of theirs.

use crate::support::{Core, Fleet, Recap, bodies, hosts, on_each_core};

on_each_core!(every_outcome_has_its_words, parameters_of_all_kinds);

fn every_outcome_has_its_words(core: &Core) {
    let fault = |number: usize, fault: &str| format!("[device.{number}]\nfault = [\"{fault}\"]\n");
    let faults = ["silent", "garble", "reset", "close-mid-frame", "busy", "wrong-id"];
    let scenario: String = faults.iter().zip(2..).map(|(name, number)| fault(number, name)).collect();
    let fleet = Fleet::with_scenario(9, "modbus-tcp", &["--seed", "7"], &scenario);
    let is = |outcome: &str, reason: &str, rc: u8| format!("outcome={outcome} reason={reason} rc={rc}");
    let own = [
        is("ok", "''", 0),
        is("unconfirmed", "no-reply", 5),
        is("garbled", "mismatch", 5),
        is("unconfirmed", "reset", 5),
        is("unconfirmed", "closed", 5),
        is("rejected", "''", 3),
        is("unconfirmed", "no-reply", 5),
        is("unreachable", "refused", 4) + " wigwag_port=1",
        is("unreachable", "dns", 4) + " ansible_host=no-such-device.invalid",
    ];
    let own: Vec<_> = own.iter().enumerate().map(|(index, own)| (index + 1, own.as_str())).collect();
    let inventory = hosts(&fleet, 9, "wigwag_protocol=modbus-tcp", &own);

    let played = core.play(&inventory, "outcomes.yml", &[]).run();

    assert_eq!(played.code, 4, "{played:?}");
    for number in 1..=9 {
        let recap = Recap::of(&played, &format!("press-{number}"));
        assert_eq!((recap.failed, recap.unreachable), (0, u32::from(number > 7)), "press-{number}: {played:?}");
    }
    fleet.received().nobody_twice();
}

fn parameters_of_all_kinds(core: &Core) {
    let fleet = Fleet::of(2, "modbus-tcp", &[]);
    let inventory = hosts(&fleet, 2, "wigwag_protocol=modbus-tcp", &[]);

    let played = core.play(&inventory, "parameters.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let mut told = bodies(&fleet.received().commands);
    told.sort();
    assert_eq!(told, ["read_registers", "read_registers", "write_registers", "write_registers"]);
}
