//! Of several words the nearer and the later counts.

use std::fs;
use std::sync::Arc;

use wigwag_fleet::inventory::{Inventory, SecretSource, Selector};
use wigwag_net::Endpoint;

use crate::toml;

fn endpoint(inventory: &Inventory, name: &str) -> String {
    inventory
        .host(name)
        .endpoint(Some(1))
        .map_or_else(|error| error.to_string(), |endpoint: Endpoint| endpoint.to_string())
}

#[test]
fn defaults_then_groups_then_the_host() {
    let plant = toml(
        r#"
        [defaults]
        port = 1
        protocol = "a"
        vars = { v = "defaults", d = true }
        [group.inner]
        hosts = ["x", "y", "z"]
        vars = { v = "inner" }
        [group.outer]
        children = ["inner"]
        port = 2
        protocol = "b"
        vars = { v = "outer", o = 1 }
        [group.outer2]
        children = ["sibling"]
        [group.sibling]
        hosts = ["y"]
        port = 3
        vars = { v = "sibling" }
        [host.z]
        port = 4
        vars = { v = "host" }
        "#,
    );
    for (name, port, v) in [("x", 2, "inner"), ("y", 3, "sibling"), ("z", 4, "host"), ("10.0.0.1", 1, "defaults")] {
        let host = plant.host(name);
        assert_eq!((host.port(), host.var("v").unwrap().to_string()), (Some(port), v.to_owned()), "{name}");
        assert_eq!(host.var("d").unwrap().to_string(), "true");
    }
    assert_eq!(plant.host("x").settings().protocol.as_deref(), Some("b"));
    assert_eq!(plant.host("x").groups().collect::<Vec<_>>(), ["outer", "inner"]);
    let origins: Vec<String> = plant
        .host("x")
        .explained_vars()
        .iter()
        .map(|var| format!("{} {} ({})", var.key, var.value, var.origin))
        .collect();
    assert_eq!(
        origins,
        ["d true (defaults, hosts.toml)", "o 1 (group outer, hosts.toml)", "v inner (group inner, hosts.toml)",]
    );
}

#[test]
fn where_a_host_is() {
    let plant = toml(
        r#"
        [defaults]
        port = 9100
        [group.g]
        hosts = ["a", "b:1", "10.0.0.[1-2]:2", "c", "[::1]:3"]
        "#,
    );
    let own = toml(
        "[defaults]\nport = 9100\n[host.c]\naddress = '10.4.0.7'\n[host.'d:5']\nport = 6\n[host.e]\naddress = 'fe80::1'",
    );
    for (inventory, name, expected) in [
        (&plant, "a", "a:9100"),
        (&plant, "b:1", "b:1"),
        (&plant, "10.0.0.2:2", "10.0.0.2:2"),
        (&plant, "[::1]:3", "[::1]:3"),
        (&own, "c", "10.4.0.7:9100"),
        (&own, "d:5", "d:6"),
        (&own, "e", "[fe80::1]:9100"),
        (&own, "unknown:7", "unknown:7"),
    ] {
        assert_eq!(endpoint(inventory, name), expected, "{name}");
    }
    assert_eq!(endpoint(&Inventory::default(), "x"), "x:1");
    assert!(Inventory::default().host("x").endpoint(None).is_err());
}

#[test]
fn equal_settings_are_one() {
    let plant = toml(
        r#"
        [group.a]
        hosts = ["a[1-3]"]
        protocol = "zpl"
        tls_ca = "ca.pem"
        [group.b]
        hosts = ["b"]
        protocol = "zpl"
        tls_ca = "ca.pem"
        [group.c]
        hosts = ["c"]
        protocol = "zpl"
        [host.a2]
        address = "10.0.0.2"
        port = 5
        [host.a3]
        idle_timeout = "2s"
        [host.c]
        tls_ca = "ca.pem"
        "#,
    );
    let settings = |name: &str| Arc::clone(plant.host(name).settings());
    for name in ["a2", "b", "c"] {
        assert!(Arc::ptr_eq(&settings("a1"), &settings(name)), "{name}");
    }
    assert!(!Arc::ptr_eq(&settings("a1"), &settings("a3")));
    assert!(settings("a1").tls_options().is_some());
}

#[test]
fn of_several_files_the_later_wins_key_by_key() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    };
    let first = write(
        "one/hosts.toml",
        "[defaults]\nport = 1\n[group.g]\nhosts = ['a', 'b']\nvars = { x = 1, y = 1 }\ntls_ca = 'ca.pem'\n\
         [host.a]\nport = 2\nsecret.pin = 'file:pin'\nsecret.word = 'env:WORD'",
    );
    let second = write(
        "two/hosts.toml",
        "[group.g]\nhosts = ['c']\nvars = { y = 2 }\n[host.a]\nvars = { z = 3 }\nsecret.word = 'ask'",
    );

    let both = Inventory::read(&[&first, &second]).unwrap();

    let a = both.host("a");
    let vars: Vec<String> = a.vars().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!((a.port(), vars.join(" ").as_str()), (Some(2), "x=1 y=2 z=3"));
    let settings = a.settings();
    assert_eq!(
        settings.tls_ca.as_deref(),
        Some(folder.path().join("one/ca.pem").as_path()),
        "relative to its own file"
    );
    let secrets: Vec<&SecretSource> = settings.secrets.values().collect();
    assert_eq!(secrets, [&SecretSource::File(folder.path().join("one/pin")), &SecretSource::Ask]);
    let selection = both.select(&Selector { targets: Some("@g".to_owned()), ..Selector::default() }).unwrap();
    assert_eq!(selection.hosts().map(|host| host.name().to_owned()).collect::<Vec<_>>(), ["a", "b", "c"]);
}
