//! A person who stops a run, gently and not, and readers that have gone.

use std::io::{BufRead, BufReader, pipe};

use crate::support::{Fleet, Report};

const GENTLY: &str = "note: nothing more is started; waiting for the answers that are due, again to cut\n";

#[test]
fn the_first_time_what_is_due_is_waited_for_and_the_rest_is_for_later() {
    for signal in ["INT", "TERM", "HUP"] {
        const DEVICES: usize = 300;
        let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow:100ms"]);
        let mut sending = fleet.send(&["@simulated", "STEP", "--fanout", "20"]).start();
        fleet.wait_until_received(25);

        sending.signal(signal);

        sending.stderr_with(GENTLY);
        let sent = sending.end();
        let report = Report::read(&sent.stdout);
        assert_eq!(sent.code, 130, "{signal}: {}", sent.stderr);
        assert_eq!(report.outcomes.len(), DEVICES);
        assert_eq!(report.finished.as_ref().unwrap()["interrupted"], true);
        let ok = report.count("ok");
        assert_eq!(report.count("cancelled"), DEVICES - ok, "{:?}", report.kinds());
        for event in report.outcomes.values().filter(|event| event["attempt"] == 0) {
            assert!(event["outcome"] == "cancelled" && event["phase"].is_null(), "{event}");
        }
        let shown = fleet.shown();
        assert_eq!((shown.kinds(), shown.number("exit")), (report.kinds(), 130));
        assert_eq!(fleet.state(), "interrupted");

        let resumed = fleet.resume(&[]).run();
        assert_eq!(resumed.code, 0, "{signal}: {resumed:?}");
        let resumed = Report::read(&resumed.stdout);
        assert_eq!(resumed.count("ok"), DEVICES - ok, "only those that were cancelled");
        assert_eq!((fleet.shown().count("ok"), fleet.state().as_str()), (DEVICES, "done"));
        let received = fleet.received();
        received.nobody_twice();
        assert_eq!(received.count(), DEVICES, "{signal}");
    }
}

#[test]
fn the_second_time_it_is_cut() {
    const FANOUT: usize = 16;
    let fleet = Fleet::with_scenario(200, "esc-cr", &[], "[device.\"1-16\"]\nfault = ['silent']\n");
    let words = ["@simulated", "STEP", "--fanout", "16", "--first-timeout", "1h", "--total-timeout", "1h"];
    let mut sending = fleet.send(&words).start();
    fleet.wait_until_received(FANOUT);

    sending.signal("INT");
    sending.stderr_with(GENTLY);
    sending.signal("INT");

    let sent = sending.end();
    let report = Report::read(&sent.stdout);
    assert_eq!(sent.code, 5, "{}", sent.stderr);
    assert_eq!(report.count("unconfirmed interrupted"), FANOUT, "{:?}", report.kinds());
    assert_eq!(report.count("cancelled"), 200 - FANOUT);
    assert_eq!(fleet.shown().kinds(), report.kinds());
    for command in fleet.received_so_far() {
        assert_eq!(report.kind(&command.device), "unconfirmed interrupted", "{command:?}");
    }
    // What is not known stays so; the others are sent to.
    let resumed = fleet.resume(&[]).run();
    assert_eq!((resumed.code, Report::read(&resumed.stdout).count("ok")), (5, 200 - FANOUT), "{resumed:?}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), 200);
}

#[test]
fn a_reader_that_has_gone_stops_it_gently() {
    const DEVICES: usize = 300;
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow:50ms"]);
    let (reader, writer) = pipe().unwrap();
    let sending = fleet.send(&["@simulated", "STEP", "--fanout", "10"]).stdout(writer).start();
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    // `head -2`
    for _ in 0..2 {
        reader.read_line(&mut line).unwrap();
    }
    drop(reader);

    let sent = sending.end();

    assert_eq!(sent.code, 130, "{}", sent.stderr);
    assert!(sent.stderr.contains(GENTLY), "{}", sent.stderr);
    let shown = fleet.shown();
    let (ok, cancelled) = (shown.count("ok"), shown.count("cancelled"));
    assert_eq!((ok + cancelled, cancelled > 0), (DEVICES, true), "{:?}", shown.kinds());
    assert_eq!(fleet.resume(&[]).run().code, 0);
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

#[test]
fn a_resumed_run_can_be_stopped_and_resumed_again() {
    const DEVICES: usize = 300;
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow:50ms"]);
    let mut running = fleet.send(&["@simulated", "STEP", "--fanout", "10"]).start();
    for stop in 1..=3 {
        fleet.wait_until_received(stop * 30);
        running.signal("INT");
        let ended = running.end();
        assert_eq!(ended.code, 130, "{ended:?}");
        running = fleet.resume(&[]).start();
    }
    assert_eq!(running.end().code, 0);
    assert_eq!(fleet.shown().count("ok"), DEVICES);
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}
