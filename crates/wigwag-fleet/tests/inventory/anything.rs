//! What holds for any inventory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use wigwag_fleet::inventory::{Format, Inventory, Selector};
use wigwag_fleet::targets::{Names, unfold};

use crate::{names, toml};

const FORMATS: [Format; 9] = [
    Format::Toml,
    Format::AnsibleIni,
    Format::AnsibleYaml,
    Format::List,
    Format::FileSdJson,
    Format::FileSdYaml,
    Format::Csv,
    Format::Ndjson,
    Format::Lines,
];

/// Texts that are nearly inventories.
fn nearly() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[",
        "]",
        "{",
        "}",
        "\"",
        "'",
        ":",
        ",",
        "\n",
        "\n  ",
        "\n    ",
        "=",
        "#",
        "- ",
        "[a]",
        "[group.a]",
        "[host.b]",
        "[a:vars]",
        "[a:children]",
        "all:",
        "hosts",
        "hosts:",
        "children",
        "children:",
        "vars",
        "vars:",
        "name",
        "port",
        "name,port",
        "targets",
        "labels",
        "_meta",
        "hostvars",
        "wigwag_port",
        "ansible_port",
        "ansible_host",
        "9100",
        "0",
        "x",
        "y",
        "a[1-3]",
        "a[01:03]",
        "b[a:c]",
        "10.0.0.0/30",
        "::1",
        "[::1]:1",
        "\u{e9}",
        "\\",
        "\u{0}",
        "&a",
        "*a",
        "!vault",
        "|",
        "{\"name\": \"x\"}",
    ]);
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn is_read_or_refused(format: Format, text: &str) {
    match Inventory::parse(text, format, Path::new("x")) {
        Err(error) => {
            if let Some(at) = error.error.at {
                assert!(text.get(at.clone()).is_some(), "{format:?} {at:?} {text:?}");
            }
        }
        Ok(inventory) => {
            for group in inventory.groups() {
                names(&inventory, &format!("@{}", group.name()));
            }
            let Ok(selection) = inventory.select(&Selector::default()) else { return };
            for host in selection.hosts().take(100) {
                host.explained_settings();
                host.explained_vars();
                let again =
                    inventory.select(&Selector { targets: Some(host.name().to_owned()), ..Selector::default() });
                assert!(again.is_ok(), "{format:?}: {:?} cannot be written as a target", host.name());
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in nearly()) {
        for format in FORMATS {
            is_read_or_refused(format, &text);
        }
    }

    #[test]
    fn groups_hold_what_their_words_stand_for(
        groups in vec((vec("(a\\[[1-3]-[4-6]\\]|a[1-6]|b\\[01-03\\]|10\\.0\\.0\\.0/30|10\\.0\\.0\\.[1-3])", 0..4), vec(0_usize..5, 0..2)), 1..5),
        own in vec("(a[1-7]|b0[1-4])", 0..3),
    ) {
        // Children come later than their parents, so that no group is in itself.
        let children = |place: usize| groups[place].1.iter().map(move |more| place + 1 + more).filter(|child| *child < groups.len());
        let mut text = String::new();
        for (place, (words, _)) in groups.iter().enumerate() {
            let children: Vec<String> = children(place).map(|child| format!("g{child}")).collect();
            text += &format!("[group.g{place}]\nhosts = {words:?}\nchildren = {children:?}\n");
        }
        for host in own.iter().collect::<BTreeSet<_>>() {
            text += &format!("[host.{host:?}]\nport = 1\n");
        }
        let inventory = toml(&text);

        let mut all: BTreeSet<String> = own.iter().cloned().collect();
        let mut expected: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for place in (0..groups.len()).rev() {
            let words = groups[place].0.iter().flat_map(|word| unfold(word).unwrap().iter().collect::<Vec<_>>());
            let mut hosts: BTreeSet<String> = words.collect();
            children(place).for_each(|child| hosts.extend(expected[&child].iter().cloned()));
            all.extend(hosts.iter().cloned());
            expected.insert(place, hosts);
        }
        let split = |listed: String| -> Vec<String> {
            if listed.starts_with("error: no host is meant") { Vec::new() } else { listed.split(' ').map(str::to_owned).collect() }
        };
        for (place, hosts) in &expected {
            let listed = split(names(&inventory, &format!("@g{place}")));
            prop_assert_eq!(listed.len(), hosts.len(), "each once: {:?} {}", &listed, &text);
            prop_assert_eq!(&listed.into_iter().collect::<BTreeSet<_>>(), hosts);
        }
        let listed = split(names(&inventory, "@*"));
        prop_assert_eq!(listed.len(), all.len(), "each once");
        prop_assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), all);
    }

    #[test]
    fn any_condition_is_read_or_refused(text in "[a-c0-2 '\"()!&|=<>~.\\[-]{0,20}") {
        let inventory = toml("[host.x]\nvars = { a = 1, b = 'x' }");
        let selector = Selector { condition: Some(text.clone()), ..Selector::default() };
        if let Err(wigwag_fleet::inventory::SelectError::Condition(error)) = inventory.select(&selector) {
            prop_assert!(text.get(error.at).is_some());
        }
    }
}
