//! Our inventories as Ansible's.

use serde_json::Value as Json;

use crate::support::{Core, Fleet, bodies, on_each_core};

on_each_core!(hosts_groups_and_settings_arrive, what_is_wrong_is_named_with_its_place);

fn hosts_groups_and_settings_arrive(core: &Core) {
    let fleet = Fleet::of(3, "extron-sis", &[]);
    let (network, port) = (&fleet.network, fleet.port);
    fleet.file(
        "plant.toml",
        &format!(
            "[defaults]\nport = {port}\nprotocol = \"extron-sis\"\n\
             [group.presses]\nhosts = [\"press-[1-2]\"]\nchildren = [\"spares\"]\nvars = {{ site = \"berlin\" }}\n\
             [group.spares]\nhosts = [\"press-3\"]\n\
             [host.press-1]\naddress = \"{network}.0.1\"\nvars = {{ note = \"{{{{ 1 + 1 }}}}\" }}\n\
             [host.press-2]\naddress = \"{network}.0.2\"\n[host.press-3]\naddress = \"{network}.0.3\"\n"
        ),
    );
    let configuration = fleet.file(
        "plant.wigwag.yml",
        "plugin: wigwag.wigwag.inventory\nsources: [plant.toml]\nstrict: true\n\
         compose: {ansible_host: wigwag_address}\nkeyed_groups: [{key: site, prefix: site}]\n",
    );

    let listed = core.program("ansible-inventory", &["-i", &configuration, "--list"]).run();

    assert_eq!(listed.code, 0, "{listed:?}");
    let listed: Json = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["presses"]["hosts"], serde_json::json!(["press-1", "press-2"]));
    assert_eq!(listed["presses"]["children"], serde_json::json!(["spares"]));
    assert_eq!(listed["site_berlin"]["hosts"], serde_json::json!(["press-1", "press-2", "press-3"]));
    let press = &listed["_meta"]["hostvars"]["press-1"];
    assert_eq!(press["wigwag_port"], port);
    assert_eq!(text(&press["wigwag_protocol"]), "extron-sis");
    assert_eq!(text(&press["ansible_host"]), format!("{network}.0.1"));

    let words = ["-i", &configuration, "presses", "-m", "wigwag.wigwag.send", "-a", "command=part_number"];
    let sent = core.program("ansible", &words).run();
    assert_eq!(sent.code, 0, "{sent:?}");
    assert_eq!(bodies(&fleet.received_by_now()).iter().filter(|body| *body == "part_number").count(), 3);

    let words = ["-i", &configuration, "press-1", "-m", "debug", "-a", "msg='it says {{ note }}'"];
    let shown = core.program("ansible", &words).run();
    assert!(shown.told().1.contains("it says {{ 1 + 1 }}"), "a value is never a template: {shown:?}");
}

/// A text, which newer cores mark as one that is no template.
fn text(value: &Json) -> &str {
    value.as_str().or(value["__ansible_unsafe"].as_str()).unwrap()
}

fn what_is_wrong_is_named_with_its_place(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let configure = |sources: &str| {
        let text = format!("plugin: wigwag.wigwag.inventory\nsources: [{sources}]\n");
        fleet.file("plant.wigwag.yml", &text)
    };
    fleet.file("broken.toml", "[group.presses]\nhosts = [\"press-[1-\"]\n");

    for (sources, says) in [("nowhere.toml", "nowhere.toml"), ("broken.toml", "broken.toml:2:17")] {
        let words = ["-i", &configure(sources), "--list"];
        let listed = core.program("ansible-inventory", &words).env("ANSIBLE_INVENTORY_UNPARSED_FAILED", "1").run();
        assert_ne!(listed.code, 0, "{listed:?}");
        assert!(listed.stderr.contains(says), "{listed:?}");
    }

    let named_otherwise = fleet.file("plant.yml", "plugin: wigwag.wigwag.inventory\nsources: [fleet.toml]\n");
    let words = ["-i", &named_otherwise, "--list"];
    let listed = core.program("ansible-inventory", &words).env("ANSIBLE_INVENTORY_UNPARSED_FAILED", "1").run();
    assert_ne!(listed.code, 0, "{listed:?}");
}
