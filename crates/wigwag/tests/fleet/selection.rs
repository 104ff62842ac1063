//! Who is meant: conditions, exclusions, samples, lists that are still being read, earlier runs.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::process::Command;

use serde_json::Value as Json;

use crate::support::{Fleet, Program, Report};

fn told(fleet: &Fleet, words: &[&str]) -> BTreeSet<String> {
    let sent = fleet.send(words).run();
    assert_eq!(sent.code, 0, "{words:?}: {sent:?}");
    Report::read(&sent.stdout).outcomes.into_keys().collect()
}

#[test]
fn a_sample_is_the_same_each_time() {
    let fleet = Fleet::of(500, "esc-cr", &[]);
    let dry = |share: &str| told(&fleet, &["@simulated", "STEP", "--sample", share, "--dry-run"]);
    let (ten, twenty, percent) = (dry("10"), dry("20"), dry("4%"));
    assert_eq!((ten.len(), twenty.len(), &percent), (10, 20, &twenty));
    assert!(twenty.is_superset(&ten));
    assert_eq!(told(&fleet, &["@simulated", "STEP", "--sample", "10"]), ten);
    let received = fleet.received();
    assert_eq!(received.times().into_keys().map(str::to_owned).collect::<BTreeSet<_>>(), ten);
}

#[test]
fn what_is_excluded_is_never_sent_to() {
    let fleet = Fleet::of(30, "esc-cr", &[]);
    let network = &fleet.network;
    let excluded =
        fleet.file("not.txt", &format!("# they are being moved\n{network}.0.[1-9]\n\n{network}.0.20  # and this\n"));

    let told = told(&fleet, &["@simulated", "STEP", "--exclude-file", &excluded, "--max-targets", "20"]);

    assert_eq!(told, (10..=30).filter(|n| *n != 20).map(|n| fleet.device(n)).collect());
    let received = fleet.received();
    assert_eq!(received.times().into_keys().map(str::to_owned).collect::<BTreeSet<_>>(), told);
}

#[test]
fn variables_choose() {
    let fleet = Fleet::of(4, "esc-cr", &[]);
    let hosts: String = [(1, "berlin", "2.2"), (2, "berlin", "2.10"), (3, "ulm", "2.2"), (4, "berlin", "1.9")]
        .map(|(n, site, fw)| {
            format!(
                "[host.dev-{n}]\naddress = \"{}\"\nvars = {{ site = \"{site}\", fw = \"{fw}\" }}\n",
                fleet.device(n)
            )
        })
        .concat();
    let inventory =
        fleet.file("vars.toml", &format!("[defaults]\nprotocol = \"esc-cr\"\nport = {}\n{hosts}", fleet.port));

    let sent = fleet.send_with(&inventory, &["-w", "site==\"berlin\" && fw<\"2.3\"", "STEP"]).run();

    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.devices("ok")), (0, vec!["dev-1", "dev-4"]), "{sent:?}");
    assert_eq!(fleet.received().count(), 2);
}

#[test]
fn those_that_failed_are_told_again_if_asked() {
    // Each third device has a bad first day.
    let sick: String = (1..=4).map(|n| format!("[device.{}]\nfault = ['busy']\n", n * 3)).collect();
    let scenario = format!("[device.1]\nfault = ['reset']\n{sick}");
    let fleet = Fleet::with_scenario(12, "extron-sis", &[], &scenario);
    assert_eq!(fleet.send(&["@simulated", "volume_up"]).run().code, 5);

    let dry = |words: &[&str]| told(&fleet, &[words, &["volume_up", "--dry-run"]].concat());
    let busy: BTreeSet<String> = [3, 6, 9, 12].map(|n| fleet.device(n)).into();
    let failed: BTreeSet<String> = [1, 3, 6, 9, 12].map(|n| fleet.device(n)).into();
    assert_eq!(dry(&["@simulated", "--failed-in", "last"]), failed);
    assert_eq!(dry(&["@simulated", "--outcome-in", "last=rejected"]), busy);
    assert_eq!(
        dry(&[&format!("{}.0.[1-5]", fleet.network), "--failed-in", "last"]),
        [1, 3].map(|n| fleet.device(n)).into()
    );

    let again = fleet.send(&["@simulated", "volume_up", "--outcome-in", "last=rejected"]).run();
    assert_eq!((again.code, Report::read(&again.stdout).count("rejected")), (3, 4), "{again:?}");
    let nobody = fleet.send(&["@simulated", "volume_up", "--outcome-in", "last=unreachable"]).run();
    assert_eq!((nobody.code, nobody.told().1), (2, ""), "{nobody:?}");
    assert_eq!(fleet.received().count(), 12 + 4);
}

#[test]
fn a_run_over_an_inventory_from_standard_input_is_resumed_without_it() {
    const DEVICES: usize = 20;
    let fleet = Fleet::with_scenario(DEVICES, "modbus-tcp", &[], "[device.1]\nfault = ['busy']\n");
    let words = ["@simulated", "write_register", "address=1", "value=2", "--fanout", "1", "--halt", "soon,rejected=1"];
    let inventory = fs::read(fleet.path("fleet.toml")).unwrap();

    let sent = fleet.send_with("-", &words).stdin(&inventory).run();
    let halted = Report::read(&sent.stdout).count("skipped halted");
    let resumed = fleet.resume(&[]).run();

    assert_eq!((sent.code, halted), (6, DEVICES - 1), "{sent:?}");
    assert_eq!(Report::read(&resumed.stdout).count("ok"), halted, "{resumed:?}");
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

/// `wigwag send --targets-from - WORDS`, and where its standard input is written to.
fn streaming(fleet: &Fleet, words: &[&str]) -> (Program, String) {
    let pipe = fleet.path("targets");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let (inventory, journal) = (fleet.path("fleet.toml"), fleet.journal());
    let program = Program::new("sh")
        .arguments(&["-c", "exec \"$0\" \"$@\" < \"$TARGETS\"", env!("CARGO_BIN_EXE_wigwag"), "send"])
        .arguments(&["--targets-from", "-", "-i", &inventory, "--journal", &journal, "--output", "ndjson", "--yes"])
        .arguments(words)
        .env("TARGETS", &pipe);
    (program, pipe)
}

#[test]
fn of_a_list_that_is_still_read_each_line_is_sent_when_it_is_there() {
    let fleet = Fleet::of(20, "esc-cr", &[]);
    let (program, pipe) = streaming(&fleet, &["STEP"]);
    let mut sending = program.start();
    let mut targets = File::create(&pipe).unwrap();
    assert!(sending.line().contains("run-started"));

    for device in 1..=5 {
        writeln!(targets, "{}", fleet.device(device)).unwrap();
        let outcome = sending.line();
        assert!(outcome.contains(&format!("\"device\":\"{}\"", fleet.device(device))), "{outcome}");
    }
    let again = format!("{}:{}", fleet.device(1), fleet.port);
    write!(targets, "\n# a remark\n{}\nno-such-host\n  {again}  \n", fleet.device(6)).unwrap();
    drop(targets);

    let sent = sending.end();
    let report = Report::read(&sent.stdout);
    assert_eq!(
        (sent.code, report.count("ok"), report.devices("skipped invalid")),
        (7, 6, vec!["no-such-host"]),
        "{sent:?}"
    );
    assert_eq!(report.kind(&again), "skipped duplicate");
    let error = report.outcomes[&again]["error"].as_str().unwrap();
    assert!(error.ends_with(&format!("as {}", fleet.device(1))), "the first one is named: {error}");
    for untried in [&again, "no-such-host"] {
        let event = &report.outcomes[untried];
        assert_eq!((&event["attempt"], &event["phase"], &event["timing_us"]), (&0.into(), &Json::Null, &Json::Null));
    }
    assert_eq!(fleet.received().count(), 6, "one that is named twice is told once");
}

#[test]
fn a_list_of_nobody_is_wrong_usage() {
    let fleet = Fleet::of(1, "esc-cr", &[]);
    let sent = fleet.send(&["--targets-from", "-", "STEP"]).stdin(b"# nobody yet\n\n").run();
    assert_eq!((sent.code, sent.stderr.contains("the list names no target; nothing was sent")), (2, true), "{sent:?}");
}

#[test]
fn of_a_list_that_breaks_off_what_came_before_counts() {
    let fleet = Fleet::of(20, "esc-cr", &[]);
    let line = |device| format!("{}\n", fleet.device(device));
    let list = format!("{}{}{}\n{}", line(1), line(2), "x".repeat(5000), line(3));
    let words = ["--targets-from", "-", "STEP"];

    let sent = fleet.send(&words).stdin(list.as_bytes()).run();

    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.devices("ok")), (7, vec![&*fleet.device(1), &*fleet.device(2)]), "{sent:?}");
    let error = "error: the list of targets broke off: a line is longer than 4096 bytes; what came before counts\n";
    assert!(sent.stderr.contains(error), "{sent:?}");
    assert_eq!(fleet.received().count(), 2);
}

#[test]
fn of_a_list_that_was_not_read_to_its_end_those_are_finished_that_are_known() {
    for (signal, code) in [("INT", 130), ("KILL", -9)] {
        let fleet = Fleet::of(100, "esc-cr", &["--fault", "slow:50ms"]);
        let (program, pipe) = streaming(&fleet, &["STEP", "--fanout", "1"]);
        let mut sending = program.start();
        let mut targets = File::create(&pipe).unwrap();
        let all: String = (1..=100).map(|device| format!("{}\n", fleet.device(device))).collect();
        targets.write_all(all.as_bytes()).unwrap();
        for _ in 0..3 {
            sending.line();
        }
        sending.signal(signal);
        let sent = sending.end();
        assert_eq!(sent.code, code, "{sent:?}");
        drop(targets);

        let resumed = fleet.resume(&["--fanout", "20"]).run();

        let warning = "warning: the list of targets was not read to its end; 100 of them are known\n";
        assert!(resumed.stderr.contains(warning), "{resumed:?}");
        let shown = fleet.shown();
        let (ok, lost) = (shown.count("ok"), shown.count("unconfirmed lost"));
        assert_eq!((ok + lost, resumed.code), (100, if lost > 0 { 5 } else { 7 }), "{resumed:?}");
        let received = fleet.received();
        received.nobody_twice();
        assert!((ok..=ok + lost).contains(&received.count()), "{}", received.count());
    }
}
