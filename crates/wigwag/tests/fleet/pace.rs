//! How fast: fanout, rate, networks, waves. Never by the clock of the test: by what the devices received, in which order, and
//! how far apart it must have been.

use std::collections::BTreeMap;

use crate::support::{Fleet, Program, Report};

/// For devices that are silent: until somebody cuts.
const FOR_EVER: [&str; 4] = ["--first-timeout", "1h", "--total-timeout", "1h"];

/// Sends to devices that never answer, and returns who was sent to, once so many were.
fn in_flight(fleet: Fleet, words: &[&str], count: usize) -> Vec<String> {
    let mut sending = fleet.send(&[words, &FOR_EVER].concat()).start();
    fleet.wait_until_received(count);
    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    sending.signal("INT");
    let sent = sending.end();
    assert_eq!(sent.code, 5, "{sent:?}");
    let report = Report::read(&sent.stdout);
    let received = fleet.received();
    assert_eq!(report.count("unconfirmed interrupted"), received.count());
    received.devices().into_iter().map(str::to_owned).collect()
}

#[test]
fn no_more_are_in_flight_than_was_said() {
    for fanout in [1, 7] {
        let fleet = Fleet::of(100, "esc-cr", &["--fault", "silent"]);
        let sent_to = in_flight(fleet, &["@simulated", "STEP", "--fanout", &fanout.to_string()], fanout);
        assert_eq!(sent_to.len(), fanout);
    }
}

#[test]
fn no_more_are_in_flight_in_a_network_than_was_said() {
    let fleet = Fleet::of(1000, "esc-cr", &["--fault", "silent"]);

    let sent_to = in_flight(fleet, &["@simulated", "STEP", "--per-subnet", "24:3"], 4 * 3);

    let mut networks: BTreeMap<&str, usize> = BTreeMap::new();
    for device in &sent_to {
        *networks.entry(device.rsplit_once('.').unwrap().0).or_default() += 1;
    }
    assert_eq!(networks.into_values().collect::<Vec<_>>(), [3; 4]);
}

#[test]
fn a_fanout_for_which_there_are_no_descriptors_is_refused() {
    let fleet = Fleet::of(400, "esc-cr", &["--fault", "slow=20%:20ms"]);
    let limited = |fanout: &str| {
        let (inventory, journal) = (fleet.path("fleet.toml"), fleet.journal());
        Program::new("sh")
            .arguments(&["-c", "ulimit -n 200; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_wigwag"), "send", "@simulated"])
            .arguments(&["STEP", "-i", &inventory, "--journal", &journal, "--output", "ndjson", "--yes"])
            .arguments(&["--fanout", fanout])
            .run()
    };
    let refused = limited("137");
    let error = "error: --fanout 137: this process may have 200 open files\n\
                 hint: --fanout 136, or a higher limit (ulimit -n)\n";
    assert_eq!(refused.told(), (2, "", error));
    assert_eq!(fleet.received_so_far().len(), 0);

    let sent = limited("136");

    assert_eq!((sent.code, Report::read(&sent.stdout).count("ok")), (0, 400), "{sent:?}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), 400);
}

#[test]
fn a_pause_can_be_interrupted_and_the_next_wave_resumed() {
    let fleet = Fleet::of(12, "esc-cr", &[]);
    let mut sending = fleet.send(&["@simulated", "STEP", "--waves", "3,100%", "--pause", "1500ms"]).start();
    sending.stderr_with("the next begins in 1.5 s\n");
    sending.signal("INT");
    let sent = sending.end();
    assert_eq!((sent.code, Report::read(&sent.stdout).count("cancelled")), (130, 9), "{sent:?}");

    let resumed = fleet.resume(&[]).run();

    assert_eq!((resumed.code, fleet.shown().count("ok")), (0, 12), "{resumed:?}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), 12);
}

#[test]
fn networks_are_gone_through_to_the_end() {
    let fleet = Fleet::of(700, "esc-cr", &["--fault", "slow=10%:5ms"]);
    let sent = fleet.send(&["@simulated", "STEP", "--per-subnet", "24:2"]).run();
    assert_eq!(sent.code, 0, "{sent:?}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), 700);
}

#[test]
fn starts_are_spread_over_the_time() {
    const DEVICES: u64 = 40;
    const GAP: u64 = 20_000;
    // What may be made up for after a hold-up.
    const LAG: u64 = 100_000;
    let fleet = Fleet::of(DEVICES as usize, "esc-cr", &[]);

    let sent = fleet.send(&["@simulated", "STEP", "--rate", "50/s"]).run();

    let wall = Report::read(&sent.stdout).number("wall_us");
    assert!(wall >= (DEVICES - 1) * GAP - LAG, "{wall} us");
    assert_eq!((sent.code, fleet.received().count()), (0, DEVICES as usize));
}

#[test]
fn a_wave_begins_when_the_one_before_has_ended_and_the_pause_is_over() {
    const BETWEEN: i64 = 30_000 + 200_000;
    let fleet = Fleet::of(12, "esc-cr", &["--fault", "slow:30ms"]);

    let sent = fleet.send(&["@simulated", "STEP", "--waves", "1,25%,100%", "--pause", "200ms"]).run();

    let notes = "note: wave 1 is done, 1 target so far; the next begins in 200 ms\n\
                 note: wave 2 begins\n\
                 note: wave 2 is done, 3 targets so far; the next begins in 200 ms\n\
                 note: wave 3 begins\n";
    assert_eq!((sent.code, sent.stderr.as_str()), (0, notes));
    let waves = [&[1][..], &[2, 3], &[4, 5, 6, 7, 8, 9, 10, 11, 12]];
    let waves = waves.map(|wave| wave.iter().map(|device| fleet.device(*device)).collect::<Vec<_>>());
    let received = fleet.received();
    let mut commands = received.commands.iter();
    let mut last = None;
    for wave in waves {
        let of_wave: Vec<_> = commands.by_ref().take(wave.len()).collect();
        assert!(of_wave.iter().all(|command| wave.contains(&command.device)), "{of_wave:?}");
        let first = of_wave.iter().map(|command| command.time).min().unwrap();
        assert!(last.is_none_or(|last| first >= last + BETWEEN), "{of_wave:?} after {last:?}");
        last = of_wave.iter().map(|command| command.time).max();
    }
    assert_eq!((received.count(), commands.next().is_none()), (12, true));
}

#[test]
fn the_others_are_only_told_if_the_canary_is_well() {
    let sick = "[device.2]\nfault = ['busy']\n";
    for (scenario, code, told) in [("[device.7]\nfault = ['busy']\n", 3, 8), (sick, 6, 2)] {
        let fleet = Fleet::with_scenario(8, "extron-sis", &[], scenario);
        let sent = fleet.send(&["@simulated", "volume_up", "--canary", "2"]).run();
        assert_eq!((sent.code, fleet.received().count()), (code, told), "{sent:?}");
    }

    let fleet = Fleet::with_scenario(8, "extron-sis", &[], sick);
    let sent = fleet.send(&["@simulated", "volume_up", "--canary", "2"]).run();
    let report = Report::read(&sent.stdout);
    assert_eq!((report.count("rejected"), report.count("ok"), report.count("skipped halted")), (1, 1, 6));
    assert!(sent.stderr.contains("error: halted by the rule soon,failed=1: nothing more is started\n"), "{sent:?}");
    // Whoever goes on has seen it.
    let resumed = fleet.resume(&[]).run();
    assert_eq!((resumed.code, fleet.shown().count("ok")), (3, 7), "{resumed:?}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), 8);
}

#[test]
fn what_may_have_acted_once_too_often_stops_before_all_have_it() {
    let scenario = "[device.1]\nfault = ['reset']\n";
    for (command, told) in [(&["volume_up"][..], 1), (&["volume", "volume=7"], 6)] {
        let fleet = Fleet::with_scenario(6, "extron-sis", &[], scenario);
        let sent = fleet.send(&[&["@simulated"], command, &["--waves", "1,100%"]].concat()).run();
        assert_eq!((sent.code, fleet.received().count()), (5, told), "{command:?}: {sent:?}");
    }
}
