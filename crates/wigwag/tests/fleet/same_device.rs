//! One device under several names, and several devices behind one address.

use crate::support::{Fleet, Report};

fn named(fleet: &Fleet, protocol: &str, hosts: &[(&str, usize, &str)]) -> String {
    let mut text = format!("[defaults]\nprotocol = \"{protocol}\"\nport = {}\n", fleet.port);
    for (name, device, more) in hosts {
        text += &format!("[host.{name}]\naddress = \"{}\"\n{more}\n", fleet.device(*device));
    }
    fleet.file("names.toml", &text)
}

#[test]
fn under_two_names_it_is_told_once() {
    let fleet = Fleet::of(2, "esc-cr", &["--fault", "slow:20ms"]);
    let inventory = named(&fleet, "esc-cr", &[("a", 1, ""), ("b", 1, ""), ("c", 2, ""), ("d", 1, "")]);

    let sent = fleet.send_with(&inventory, &["a,b,c,d", "STEP"]).run();

    let report = Report::read(&sent.stdout);
    assert_eq!(
        (sent.code, report.devices("ok"), report.devices("skipped duplicate")),
        (7, vec!["a", "c"], vec!["b", "d"])
    );
    let place = format!("{}:{}", fleet.device(1), fleet.port);
    let error = format!("not sent: the same command goes to {place} already, as a");
    assert_eq!(report.outcomes["b"]["error"], error.as_str());
    assert_eq!(fleet.received().count(), 2);
}

#[test]
fn units_behind_a_gateway_are_told_one_after_the_other() {
    const SLOW: i64 = 60_000;
    let fleet = Fleet::of(2, "modbus-tcp", &["--fault", "slow:60ms"]);
    let units = ["vars = { unit = 1 }", "vars = { unit = 2 }", "vars = { unit = 3 }", "vars = { unit = 2 }"];
    let hosts: Vec<_> = ["a", "b", "c", "d"].into_iter().zip(units).map(|(name, unit)| (name, 1, unit)).collect();
    let inventory = named(&fleet, "modbus-tcp", &hosts);

    let words = ["a,b,c,d", "write_register", "unit={unit}", "address=1", "value=2"];
    let sent = fleet.send_with(&inventory, &words).run();

    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.count("ok"), report.devices("skipped duplicate")), (7, 3, vec!["d"]), "{sent:?}");
    let received = fleet.received();
    let mut units: Vec<_> = received.commands.iter().map(|command| command.params["unit"].as_u64().unwrap()).collect();
    units.sort_unstable();
    assert_eq!(units, [1, 2, 3]);
    for pair in received.commands.windows(2) {
        assert!(pair[1].time >= pair[0].time + SLOW, "both at once: {pair:?}");
    }
}
