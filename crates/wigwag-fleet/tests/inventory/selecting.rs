//! Which hosts are meant.

use wigwag_fleet::inventory::{Inventory, SelectError, Selector};

use crate::{names, selected, toml};

const PLANT: &str = r#"
[defaults]
port = 9100
[group.presses]
hosts = ["press-[1-4]", "10.4.7.0/30"]
children = ["spares"]
vars = { site = "berlin" }
[group.spares]
hosts = ["press-3", "spare-[1-2]"]
[group.mills]
hosts = ["mill-1", "spare-2"]
vars = { site = "bern" }
[group.empty]
[host.press-2]
address = "10.4.0.2"
port = 9102
[host.gate]
address = "10.4.0.9"
"#;

#[test]
fn words_mean_hosts() {
    let plant = toml(PLANT);
    for (targets, expected) in [
        ("press-1", "press-1"),
        ("press-[2-4]", "press-2 press-3 press-4"),
        ("@mills", "mill-1 spare-2"),
        ("@spares", "press-3 spare-1 spare-2"),
        ("@presses", "press-1 press-2 press-3 press-4 10.4.7.1 10.4.7.2 spare-1 spare-2"),
        ("@mill*", "mill-1 spare-2"),
        ("press*", "press-1 press-2 press-3 press-4"),
        ("*-2", "press-2 spare-2"),
        ("@*", "press-1 press-2 press-3 press-4 10.4.7.1 10.4.7.2 spare-1 spare-2 mill-1 gate"),
        ("@all", "press-1 press-2 press-3 press-4 10.4.7.1 10.4.7.2 spare-1 spare-2 mill-1 gate"),
        ("@presses!@spares", "press-1 press-2 press-4 10.4.7.1 10.4.7.2"),
        ("@presses&@mills", "spare-2"),
        ("@presses&press-[1-2],gate", "press-1 press-2 gate"),
        ("gate,@mills!spare*", "gate mill-1"),
        // What no inventory names stands for itself if that is clear.
        ("10.9.0.1,press-1,[::1]:9100", "10.9.0.1 press-1 [::1]:9100"),
        ("10.9.0.0/30", "10.9.0.1 10.9.0.2"),
        ("other:9100", "other:9100"),
        ("10.9.0.[8-9]", "10.9.0.8 10.9.0.9"),
        // Who takes out an address takes out the host there.
        ("@presses!10.4.0.2", "press-1 press-3 press-4 10.4.7.1 10.4.7.2 spare-1 spare-2"),
        ("@presses!10.4.0.0/24!@spares", "press-1 press-4 10.4.7.1 10.4.7.2"),
        ("@presses!10.4.0.2:9102&press*", "press-1 press-3 press-4"),
        ("@presses!10.4.0.2:9103&press*", "press-1 press-2 press-3 press-4"),
    ] {
        assert_eq!(names(&plant, targets), expected, "{targets}");
    }
}

#[test]
fn what_is_not_known_is_an_error_with_its_place() {
    let plant = toml(PLANT);
    for (targets, at, message, help) in [
        ("gate,pres-1", 5..11, "no inventory has a host `pres-1`", "did you mean `press-1`? "),
        ("press-[3-5]", 0..11, "no inventory has a host `press-5`", "did you mean `press-"),
        ("@presses!press-9", 9..16, "no inventory has a host `press-9`", "did you mean `press-"),
        ("@press", 0..6, "no inventory has a group `press`", "did you mean `@presses`?"),
        ("@gate", 0..5, "no inventory has a group `gate`", "there is a host of this name: `gate` without the `@`"),
        ("mills", 0..5, "no inventory has a host `mills`", "did you mean `@mills`? "),
        ("x*", 0..2, "no host is called like `x*`", ""),
        ("@x*", 0..3, "no group is called like `x*`", ""),
        ("10.9.0.256", 0..10, "no inventory has a host `10.9.0.256`", ""),
    ] {
        let selector = Selector { targets: Some(targets.to_owned()), ..Selector::default() };
        let Err(SelectError::Targets(error)) = plant.select(&selector) else { panic!("{targets}") };
        if targets == "10.9.0.256" {
            assert!(error.message.contains("10.9.0.256"), "{}", error.message);
            continue;
        }
        assert_eq!((error.at, error.message.as_str()), (at, message), "{targets}");
        assert!(error.help.unwrap_or_default().starts_with(help), "{targets}");
    }
}

#[test]
fn any_target_is_taken_if_that_is_wished() {
    let selector =
        |targets: &str| Selector { targets: Some(targets.to_owned()), any_target: true, ..Selector::default() };
    let plant = toml(PLANT);

    assert_eq!(selected(&plant, &selector("press-[4-6]")), "press-4 press-5 press-6");
    assert_eq!(selected(&plant, &selector("two words")), "error: a blank is no part of a name");
    assert_eq!(selected(&plant, &selector("p/q")), "error: `/` cannot be part of a host name");
}

#[test]
fn without_an_inventory_names_are_for_the_resolver() {
    let nothing = Inventory::default();
    for (targets, expected) in [
        ("press-7", "press-7"),
        ("press-[7-8]:9100!press-8:9100", "press-7:9100"),
        ("10.0.0.0/30", "10.0.0.1 10.0.0.2"),
        ("@presses", "error: what is in a group only an inventory knows, and none is loaded"),
        ("press*", "error: which hosts fit this only an inventory knows, and none is loaded"),
        ("10.4.7", "error: `10.4.7` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name"),
        (
            "10.0.0.[1-300]",
            "error: `10.0.0.300` is not an IPv4 address (four numbers from 0 to 255) and cannot be a name",
        ),
        ("a!a", "error: no host is meant"),
    ] {
        assert_eq!(names(&nothing, targets), expected, "{targets}");
    }
    assert_eq!(selected(&nothing, &Selector::default()), "error: no targets given");
}

#[test]
fn conditions_choose_among_what_is_meant() {
    let plant = toml(PLANT);
    let selector = |targets: Option<&str>, condition: &str| Selector {
        targets: targets.map(str::to_owned),
        condition: Some(condition.to_owned()),
        ..Selector::default()
    };

    assert_eq!(selected(&plant, &selector(None, "site=='bern'")), "spare-2 mill-1");
    assert_eq!(selected(&plant, &selector(Some("@spares"), "site=='berlin'")), "press-3 spare-1");
    assert_eq!(selected(&plant, &selector(Some("gate"), "site=='bern'")), "error: the condition holds for no host");
    assert_eq!(selected(&plant, &selector(None, "sight=='bern'")), "error: no host has a variable `sight`");
}

#[test]
fn what_is_excluded_is_never_meant() {
    let plant = toml(PLANT);
    let selector = |exclude: &str| Selector {
        targets: Some("press-[1-4],gate".to_owned()),
        exclude: Some(exclude.to_owned()),
        ..Selector::default()
    };
    for (exclude, expected) in [
        ("press-1\n\n# comment\r\npress-3 # why\r\nnever-heard-of\n", "press-2 press-4 gate"),
        ("10.4.0.2\n", "press-1 press-3 press-4 gate"),
        ("10.4.0.0/24", "press-1 press-3 press-4"),
        ("@spares\npress-[1-2]!press-1", "press-1 press-4 gate"),
        ("x,10.4.0.9", "press-1 press-2 press-3 press-4"),
        ("*", "error: all hosts are excluded"),
        ("@spare", "error: no inventory has a group `spare`"),
    ] {
        assert_eq!(selected(&plant, &selector(exclude)), expected, "{exclude}");
    }
    let Err(SelectError::Exclude(error)) = plant.select(&selector("press-1\n  press-[x]\n")) else { panic!() };
    assert_eq!(error.at, 17..18);
}

#[test]
fn a_sample_is_the_same_every_time() {
    let fleet = toml("[group.all-of-them]\nhosts = ['dev[001-500]']");
    let sample = |sample: &str| {
        let selector = Selector { sample: Some(sample.parse().unwrap()), ..Selector::default() };
        selected(&fleet, &selector)
    };

    assert_eq!(sample("3"), sample("3"));
    assert_eq!(sample("1%").split(' ').count(), 5);
    assert_eq!(sample("0.1%").split(' ').count(), 1);
    assert_eq!(sample("1000").split(' ').count(), 500);
    let ten = sample("10");
    assert!(sample("3").split(' ').all(|name| ten.contains(name)), "a larger sample holds a smaller one");
}

#[test]
fn a_million_hosts_are_never_listed() {
    let fleet = toml("[group.a]\nhosts = ['10.0.0.0/12']\n[group.b]\nhosts = ['x[0-99]-[0-99]']");
    let selector = Selector { targets: Some("@b!x1-5,@a&@a".to_owned()), ..Selector::default() };

    let selection = fleet.select(&selector).unwrap();

    assert_eq!(
        selection.hosts().take(3).map(|host| host.name().to_owned()).collect::<Vec<_>>(),
        ["10.0.0.1", "10.0.0.2", "10.0.0.3"]
    );
    assert!(selection.contains("10.15.255.254") && !selection.contains("x1-4"));
}
