//! What is odd in an inventory.

use std::net::IpAddr;
use std::path::Path;

use wigwag_fleet::inventory::{Finding, Format, Inventory, Selector, World};

use crate::toml;

/// A world with two names and one protocol.
struct Small;

impl World for Small {
    fn protocol(&self, name: &str) -> Result<Option<u16>, String> {
        match name {
            "zpl" => Ok(Some(9100)),
            _ => Err(format!("there is no protocol `{name}`")),
        }
    }

    fn addresses(&self, name: &str) -> Result<Vec<IpAddr>, String> {
        match name {
            "gate" | "door" => Ok(vec![IpAddr::from([10, 0, 0, 9])]),
            _ if name.starts_with("mill") => Ok(Vec::new()),
            _ => Err("no such host".to_owned()),
        }
    }
}

fn found(inventory: &Inventory) -> Vec<Finding> {
    let selection = inventory.select(&Selector::default()).unwrap();
    inventory.check(&selection, &Small)
}

#[test]
fn a_plant_in_order() {
    let plant = toml("[defaults]\nprotocol = 'zpl'\n[group.mills]\nhosts = ['mill-[1-3]', '10.0.0.[1-2]', 'gate']");

    assert_eq!(found(&plant), []);
    let selection = plant.select(&Selector::default()).unwrap();
    assert_eq!(plant.names_to_resolve(&selection), ["gate", "mill-1", "mill-2", "mill-3"]);
}

#[test]
fn everything_odd_is_found() {
    let plant = toml(
        r#"
        [group.presses]
        hosts = ["press-[1-3]", "10.0.0.9", "gate", "door"]
        children = ["spares", "preses"]
        protocol = "zpl"
        [group.spares]
        [group.outer]
        children = ["spares"]
        [group.others]
        hosts = ["mill-[1-2]"]
        [host.press-1]
        address = "10.0.0.1"
        [host.press-2]
        address = "10.0.0.1"
        protocol = "zpk"
        port = 9100
        "#,
    );

    let text = |text: &str| text.to_owned();
    assert_eq!(
        found(&plant),
        [
            Finding::EmptyGroup { group: text("spares") },
            Finding::UnknownChild {
                child: text("preses"),
                parents: vec![text("presses")],
                near: Some(text("presses"))
            },
            Finding::EmptyGroup { group: text("outer") },
            Finding::SameDevice { address: text("10.0.0.1:9100"), hosts: text("press-[1-2]") },
            Finding::SameDevice { address: text("10.0.0.9:9100"), hosts: text("10.0.0.9,door,gate") },
            Finding::Unresolved { hosts: text("press-3"), reason: text("no such host") },
            Finding::UnknownProtocol {
                protocol: text("zpk"),
                hosts: text("press-2"),
                reason: text("there is no protocol `zpk`")
            },
            Finding::NoProtocol { hosts: text("mill-[1-2]") },
        ]
    );
}

#[test]
fn what_only_ansible_means() {
    let ini = "[mills]\nmill-[1:3] ansible_port=22\nmill-4 ansible_port=22 wigwag_port=9100\nmill-5 ansible_host='{{ lan }}'\n\
               [doors]\ndoor ansible_port=22\n[doors:vars]\nwigwag_port=9100";
    let plant = Inventory::parse(ini, Format::AnsibleIni, Path::new("hosts.ini")).unwrap();

    assert_eq!(
        found(&plant),
        [
            Finding::Template { whose: "mill-5".to_owned(), variable: "ansible_host".to_owned() },
            Finding::AnsiblePort { port: 22, hosts: "mill-[1-3]".to_owned() },
        ]
    );
}

#[test]
fn groups_and_their_own_hosts() {
    let plant = toml(
        "[group.a]\nhosts = ['x[1-2]']\nchildren = ['b']\n[group.b]\nhosts = ['y']\n[host.x1]\nport = 1\n[host.z]\nport = 1",
    );

    let groups: Vec<(&str, Vec<String>, bool)> =
        plant.groups().map(|group| (group.name(), group.own_hosts(), group.is_outermost())).collect();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(groups, [("a", names(&["x1", "x2"]), true), ("b", names(&["y"]), false)]);
    assert_eq!(plant.ungrouped(), ["z"]);
}
