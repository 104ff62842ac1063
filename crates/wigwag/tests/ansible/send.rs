//! One command to the device that a host is.

use crate::support::{Core, Fleet, Recap, bodies, hosts, on_each_core};

on_each_core!(what_comes_back, what_cannot_be_meant_is_not_sent, a_device_that_is_not_there_is_unreachable);

fn what_comes_back(core: &Core) {
    let fleet = Fleet::of(2, "extron-sis", &[]);
    let inventory = hosts(&fleet, 2, "wigwag_protocol=extron-sis", &[]);

    let played = core.play(&inventory, "send.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let recap = Recap::of(&played, "press-1");
    assert_eq!((recap.changed, recap.failed, recap.unreachable), (2, 0, 0), "{played:?}");
    let times = fleet.received().times().into_values().collect::<Vec<_>>();
    assert_eq!(times, [7, 7]);
}

fn what_cannot_be_meant_is_not_sent(core: &Core) {
    let fleet = Fleet::of(2, "extron-sis", &[]);
    let inventory = hosts(&fleet, 1, "wigwag_protocol=extron-sis", &[]);

    let played = core.play(&inventory, "refused.yml", &[]).run();

    assert_eq!(played.code, 0, "{played:?}");
    assert_eq!(bodies(&fleet.received().commands), [""; 0]);
}

fn a_device_that_is_not_there_is_unreachable(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 2, "", &[(2, "wigwag_port=1")]);

    let sent = core
        .program("ansible", &["-i", &inventory, "presses", "-m", "wigwag.wigwag.send", "-a", "command=STATUS"])
        .run();

    let (code, said, _) = sent.told();
    assert_eq!(code, 4, "{sent:?}");
    assert!(said.contains("press-1 | CHANGED"), "{sent:?}");
    assert!(said.contains("press-2 | UNREACHABLE!"), "{sent:?}");
    assert!(said.contains("\"msg\": \"could not connect: connection refused\""), "{sent:?}");
    assert_eq!(bodies(&fleet.received().commands), ["STATUS"]);
}
