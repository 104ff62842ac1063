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
    for (kind, names) in [
        ("module", &["send", "fleet", "check", "protocol_info"][..]),
        ("connection", &["device"]),
        ("inventory", &["inventory"]),
    ] {
        let names: Vec<_> = names.iter().map(|name| format!("wigwag.wigwag.{name}")).collect();
        let shown = core.program("ansible-doc", &["-t", kind, "--json"]).arguments(&names).run();
        assert_eq!(shown.code, 0, "{shown:?}");
        let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
        for name in names {
            assert!(shown[&name]["doc"]["options"].as_object().is_some_and(|options| !options.is_empty()), "{name}");
            assert!(shown[&name]["examples"].is_string() || kind == "connection", "{name}");
        }
    }
}
