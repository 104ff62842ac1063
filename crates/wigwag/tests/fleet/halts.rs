//! What stops a run by itself: rules and deadlines.

use crate::support::{Fleet, Report};

#[test]
fn soon_waits_for_what_is_in_flight() {
    const DEVICES: usize = 60;
    let scenario = "fault = ['slow:100ms']\n[device.1]\nfault = ['busy']\n";
    let fleet = Fleet::with_scenario(DEVICES, "modbus-tcp", &[], scenario);
    let words = ["@simulated", "write_register", "address=1", "value=2", "--fanout", "4", "--halt", "soon,rejected=1"];

    let sent = fleet.send(&words).run();

    let report = Report::read(&sent.stdout);
    assert_eq!(sent.code, 6, "{sent:?}");
    assert!(sent.stderr.contains("error: halted by the rule soon,rejected=1: nothing more is started\n"), "{sent:?}");
    let (ok, halted) = (report.count("ok"), report.count("skipped halted"));
    assert_eq!((report.count("rejected"), 1 + ok + halted, halted > 0), (1, DEVICES, true), "{:?}", report.kinds());
    assert_eq!(report.finished.as_ref().unwrap()["halted"], true);
    let shown = fleet.shown();
    assert_eq!((shown.kinds(), shown.number("exit"), fleet.state()), (report.kinds(), 6, "halted".to_owned()));

    let resumed = fleet.resume(&[]).run();
    assert_eq!(resumed.code, 3, "the rules count anew, and the no of one is not asked for again: {resumed:?}");
    assert_eq!(Report::read(&resumed.stdout).count("ok"), halted);
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

#[test]
fn now_cuts_what_is_in_flight() {
    const DEVICES: usize = 60;
    let scenario = "fault = ['silent']\n[device.1]\nfault = ['busy']\n";
    let fleet = Fleet::with_scenario(DEVICES, "modbus-tcp", &[], scenario);
    let words = ["@simulated", "write_register", "address=1", "value=2", "--fanout", "4", "--halt", "now,rejected=1"];
    let words = [&words[..], &["--first-timeout", "1h", "--total-timeout", "1h"]].concat();

    let sent = fleet.send(&words).run();

    let report = Report::read(&sent.stdout);
    let (cut, halted) = (report.count("unconfirmed interrupted"), report.count("skipped halted"));
    assert_eq!((report.count("rejected"), 1 + cut + halted), (1, DEVICES), "{:?}", report.kinds());
    assert_eq!(sent.code, if cut > 0 { 5 } else { 6 }, "{sent:?}");
    let received = fleet.received();
    assert!(received.count() <= 4, "{:?}", received.devices());
    for device in received.devices() {
        assert!(["rejected", "unconfirmed interrupted"].contains(&report.kind(device).as_str()), "{device}");
    }
}

#[test]
fn a_share_is_judged_once_there_are_enough() {
    let fleet = Fleet::of(40, "modbus-tcp", &["--fault", "busy"]);
    let words = ["@simulated", "write_register", "address=1", "value=2", "--fanout", "1"];

    let sent = fleet.send(&[&words[..], &["--halt", "soon,rejected=50%,min=4"]].concat()).run();

    assert_eq!((sent.code, Report::read(&sent.stdout).count("rejected")), (6, 4), "{sent:?}");
    assert_eq!(fleet.received().count(), 4);
}

#[test]
fn after_its_deadline_nothing_is_started_and_nothing_is_resumed() {
    let fleet = Fleet::of(5, "esc-cr", &[]);

    let sent = fleet.send(&["@simulated", "STEP", "--rate", "1/h", "--deadline", "300ms"]).run();

    assert!(sent.stderr.contains("error: the run's deadline has passed: nothing more is started\n"), "{sent:?}");
    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.count("ok"), report.count("expired")), (7, 1, 4), "{sent:?}");
    let resumed = fleet.resume(&[]).run();
    assert_eq!((resumed.code, resumed.told().1), (7, ""), "{resumed:?}");
    assert_eq!(fleet.received().count(), 1);
}

#[test]
fn what_is_in_flight_at_the_deadline_is_waited_for() {
    let fleet = Fleet::of(30, "esc-cr", &["--fault", "slow:600ms"]);

    let sent = fleet.send(&["@simulated", "STEP", "--fanout", "5", "--deadline", "300ms"]).run();

    let report = Report::read(&sent.stdout);
    let received = fleet.received();
    assert_eq!((sent.code, report.count("ok")), (7, received.count()), "{:?}", report.kinds());
    assert_eq!(report.count("expired"), 30 - received.count());
}
