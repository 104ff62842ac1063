//! Our own form.

use std::path::Path;

use wigwag_fleet::inventory::{Format, Inventory, InventoryError};

/// What is wrong with a file: the marked text, the message and the help.
fn wrong(text: &str) -> (String, String, String) {
    let InventoryError { text, error, .. } = Inventory::parse(text, Format::Toml, Path::new("hosts.toml")).unwrap_err();
    let marked = error.at.map(|at| text[at].to_owned()).unwrap_or_default();
    (marked, error.message, error.help.unwrap_or_default())
}

#[test]
fn every_error_has_its_place_and_the_nearest_word() {
    for (text, marked, message, help) in [
        ("[default]\nport = 1", "default", "unknown key `default`", "did you mean `defaults`?"),
        ("[defaults]\nprotcol = 'zpl'", "protcol", "there is no setting `protcol`", "did you mean `protocol`?"),
        ("[group.a]\nhost = ['x']", "host", "there is no setting `host`", "did you mean `hosts`?"),
        ("[host.a]\nserial = 1", "serial", "there is no setting `serial`", "a variable of your own: vars.serial = ..."),
        ("[host.a]\nport = 99999", "99999", "port: `99999` is not a port (1 to 65535)", ""),
        ("[host.a]\nidle_timeout = '5'", "'5'", "idle_timeout: `5` has no unit: 5ms or 5s?", ""),
        ("[group.a]\nhosts = ['b', 'dev[5-1]']", "5-1", "the range ends before it begins: 5 comes after 1", ""),
        (
            "[group.a]\nhosts = ['b,c']",
            "'b,c'",
            "`,` cannot be part of the name of a host: it could not be written as a target",
            "",
        ),
        (
            "[group.a]\nhosts = ['10.0.0.0/8']",
            "10.0.0.0/8",
            "this stands for more than 1048576 targets",
            "if that is meant, write it as several words with commas between them",
        ),
        ("[group.a]\nhosts = 'b'", "'b'", "expected a list, not string \"b\"", ""),
        (
            "[group.a]\nchildren = ['b']\n[group.b]\nchildren = ['a']",
            "'a'",
            "the groups `b` and `a` would be in one another",
            "",
        ),
        ("[group.a]\nchildren = ['a']", "'a'", "the group `a` would be in itself", ""),
        ("[host.a]\nhosts = ['b']", "hosts", "a host has no hosts; `hosts` and `children` belong to groups", ""),
        (
            "[host.'dev[1-2]']\nport = 1",
            "'dev[1-2]'",
            "one host has one name",
            "ranges belong into the `hosts` of a group",
        ),
        (
            "[host.a]\nsecret.pin = '1234'",
            "'1234'",
            "secret.pin: a secret comes from file:PATH, env:VARIABLE or ask; it never stands in the inventory",
            "",
        ),
    ] {
        let (m, e, h) = wrong(text);
        assert_eq!((m.as_str(), e.as_str(), h.as_str()), (marked, message, help), "{text}");
    }
}
