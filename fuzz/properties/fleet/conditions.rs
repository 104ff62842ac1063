//! Conditions over hosts (`-w`).

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use wigwag_fleet::inventory::{Format, Inventory, SelectError, Selector};

static HOSTS: LazyLock<Inventory> = LazyLock::new(|| {
    let text = r#"
        [group.presses]
        hosts = ["press-[1-4]"]
        protocol = "zpl"
        vars = { site = "berlin", limit = 4, fw = "2.10", tags = { rack = "b7" }, retired = false, spare = [] }
        [group.old]
        hosts = ["press-4", "10.0.0.0/30"]
        port = 9100
        vars = { fw = "2.9", retired = true, weight = 1.5, note = "ünïcode 'quoted' \"twice\"" }
        [host.gate]
        address = "10.4.0.7"
        vars = { empty = "", zero = 0 }
    "#;
    Inventory::parse(text, Format::Toml, Path::new("hosts.toml")).expect("a good inventory")
});

/// The fuzz target `condition`: a condition.
///
/// What is refused is refused at a place in the text, in one line. What is taken holds or does not: of each host exactly
/// one of it and its opposite, and of none both.
pub fn condition(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(holds) = selected(text) else { return };
    let all = selected("port == port || !(port == port)").expect("all hosts");
    // Brackets and `!` are levels more.
    let Some(fails) = selected(&format!("!({text})")) else { return };
    assert_eq!(holds.intersection(&fails).next(), None, "{text:?} and its opposite");
    assert_eq!(&holds | &fails, all, "{text:?} or its opposite");
    if let Some(both) = selected(&format!("({text}) && ({text})")) {
        assert_eq!(both, holds, "{text:?} twice");
    }
    if let Some(either) = selected(&format!("({text}) || !({text})")) {
        assert_eq!(either, all, "{text:?} or its opposite");
    }
}

/// The hosts of which it holds; nothing if it is no condition.
fn selected(text: &str) -> Option<BTreeSet<String>> {
    let selector = Selector { condition: Some(text.to_owned()), ..Selector::default() };
    match HOSTS.select(&selector) {
        Ok(selection) => Some(selection.hosts().map(|host| host.name().to_owned()).collect()),
        Err(SelectError::Nothing { .. }) => Some(BTreeSet::new()),
        Err(SelectError::Condition(error)) => {
            assert!(text.get(error.at.clone()).is_some(), "{:?} is no place in {text:?}", error.at);
            assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error:?}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}
