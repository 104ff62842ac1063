//! What can be asked without a command: whether a device is there, what a protocol says, what the documentation says.

use crate::support::{Core, Fleet, Recap, bodies, hosts, on_each_core};

on_each_core!(who_is_there, what_protocols_say, every_plugin_has_its_documentation);

fn who_is_there(core: &Core) {
    let fleet = Fleet::of(3, "extron-sis", &[]);
    let inventory = hosts(&fleet, 2, "", &[(2, "wigwag_port=1")]);

    let played = core.play(&inventory, "reachable.yml", &[]).run();

    assert_eq!(played.code, 4, "{played:?}");
    assert_eq!(Recap::of(&played, "press-1").unreachable, 0, "{played:?}");
    assert_eq!(Recap::of(&played, "press-2").unreachable, 1, "{played:?}");
    assert_eq!(bodies(&fleet.received().commands), [""; 0]);
}

fn what_protocols_say(core: &Core) {
    let played = core.play("localhost,", "protocols.yml", &[]).run();
    assert_eq!(played.code, 0, "{played:?}");
}

fn every_plugin_has_its_documentation(core: &Core) {
    for (kind, name) in [
        ("module", "send"),
        ("module", "fleet"),
        ("module", "check"),
        ("module", "protocol_info"),
        ("connection", "device"),
        ("inventory", "inventory"),
    ] {
        let shown = core.program("ansible-doc", &["-t", kind, &format!("wigwag.wigwag.{name}")]).run();
        assert_eq!(shown.code, 0, "{name}: {shown:?}");
        assert!(shown.told().1.contains("EXAMPLES") || kind == "connection", "{name}: {shown:?}");
    }
}
