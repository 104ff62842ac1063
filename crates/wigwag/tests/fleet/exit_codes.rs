//! The exit code of every mixture of outcomes: the worst decides, in the order 2, 1, 5, 6, 3, 4, 130, 7, 0.

use std::fs::OpenOptions;

use crate::support::{Fleet, Report};

/// 1, 5, 6: well; 2: busy; 3: refuses; 4: resets; 7: garbles.
const SCENARIO: &str = "
    [device.2]
    fault = ['busy']
    [device.3]
    fault = ['refuse']
    [device.4]
    fault = ['reset']
    [device.7]
    fault = ['garble']
";

#[test]
fn the_worst_outcome_decides() {
    let fleet = Fleet::with_scenario(8, "modbus-tcp", &[], SCENARIO);
    let halt = |rule: &'static str| ["--fanout", "1", "--halt", rule];
    let cases: &[(&[usize], &[&str], i32)] = &[
        (&[1, 5], &[], 0),
        (&[1, 3], &[], 4),
        (&[1, 2], &[], 3),
        (&[1, 2, 3], &[], 3),
        (&[1, 4], &[], 5),
        (&[1, 7], &[], 5),
        (&[1, 2, 3, 4, 7], &[], 5),
        (&[2, 5, 6], &halt("soon,rejected=1"), 6),
        (&[3, 5, 6], &halt("soon,unreachable=1"), 6),
        (&[2, 3, 5, 6], &halt("soon,failed=2"), 6),
        (&[4, 5, 6], &halt("soon,unconfirmed=1"), 5),
        (&[7, 5, 6], &halt("soon,failed=1"), 5),
        // The first is sent to at once, and there is no time for the others.
        (&[1, 5, 6], &["--rate", "1/h", "--deadline", "300ms"], 7),
        (&[3, 5, 6], &["--rate", "1/h", "--deadline", "300ms"], 4),
        (&[2, 5, 6], &["--rate", "1/h", "--deadline", "300ms"], 3),
    ];
    for (devices, words, code) in cases {
        let targets = devices.iter().map(|device| fleet.device(*device)).collect::<Vec<_>>().join(",");
        let write = [&targets, "write_register", "address=7", "value=5", "--first-timeout", "5s"];
        let sent = fleet.send(&[&write[..], words].concat()).run();
        let report = Report::read(&sent.stdout);
        assert_eq!(sent.code, *code, "{devices:?} {words:?}: {:?}\n{}", report.kinds(), sent.stderr);
        assert_eq!(report.number("exit"), *code as u64);
        assert_eq!(report.outcomes.len(), devices.len());
    }
}

#[test]
fn one_that_is_not_sent_to_counts_only_where_nothing_is_worse() {
    let fleet = Fleet::with_scenario(8, "modbus-tcp", &[], SCENARIO);
    let (port, well, busy, refuses) = (fleet.port, fleet.device(1), fleet.device(2), fleet.device(3));
    let inventory = fleet.file(
        "names.toml",
        &format!(
            "[defaults]\nprotocol = \"modbus-tcp\"\nport = {port}\n[host.one]\naddress = \"{well}\"\n\
             [host.twin]\naddress = \"{well}\"\n[host.busy]\naddress = \"{busy}\"\n\
             [host.closed]\naddress = \"{refuses}\"\nport = 1\n"
        ),
    );
    for (targets, code) in
        [("one", 0), ("one,twin", 7), ("one,twin,closed", 4), ("one,twin,busy", 3), ("one,twin,closed,busy", 3)]
    {
        let sent = fleet.send_with(&inventory, &[targets, "write_register", "address=7", "value=5"]).run();
        assert_eq!(sent.code, code, "{targets}: {sent:?}");
    }
}

#[test]
fn who_interrupts_hears_of_what_is_worse() {
    // The first device ends before the interrupt; another one, which is slow, is waited for.
    for (fault, code) in [("[]", 130), ("['busy']", 3), ("['refuse']", 4), ("['reset']", 5)] {
        let scenario = format!("fault = ['slow:300ms']\n[device.1]\nfault = {fault}\n");
        let fleet = Fleet::with_scenario(100, "modbus-tcp", &[], &scenario);
        let words = ["@simulated", "write_register", "address=7", "value=5", "--fanout", "1"];
        let mut sending = fleet.send(&words).start();
        assert!(sending.line().contains("run-started"));
        sending.line();

        sending.signal("INT");

        let sent = sending.end();
        assert_eq!(sent.code, code, "{fault}: {sent:?}");
        assert!(Report::read(&sent.stdout).count("cancelled") > 90);
    }
}

#[test]
fn where_nothing_can_be_meant_nothing_is_sent() {
    let fleet = Fleet::of(8, "modbus-tcp", &[]);
    let write: &[&str] = &["write_register", "address=7", "value=5"];
    let one = fleet.device(1);
    let cases: &[&[&str]] = &[
        &["@nobody"],
        &["nobody"],
        &["@simulated!@simulated"],
        &["@simulated", "--halt", "soon"],
        &["@simulated", "--fanout", "0"],
        &["@simulated", "--waves", "10,5"],
        &["@simulated", "--pause", "1s"],
        &["@simulated", "--waves", "1,100%", "--pause", "ask"],
        &["@simulated", "--rate", "fast"],
        &["@simulated", "--per-subnet", "64:20"],
        &["@simulated", "--max-targets", "7"],
        &["@simulated", "--output", "raw"],
        &["@simulated", "--trace"],
        &["@simulated", "--failed-in", "last"],
        &[&one, "--exclude-file", "/nonexistent"],
    ];
    for words in cases {
        let (targets, more) = words.split_first().unwrap();
        let refused = fleet.send(&[&[*targets][..], write, more].concat()).run();
        assert_eq!((refused.code, refused.told().1), (2, ""), "{words:?}: {refused:?}");
        assert!(refused.stderr.starts_with("error: "), "{words:?}: {refused:?}");
    }
    for words in [
        &["write_registr", "address=7"][..],
        &["write_register", "address=7"],
        &["write_register", "address=-1", "value=5"],
    ] {
        let refused = fleet.send(&[&["@simulated"], words].concat()).run();
        assert_eq!((refused.code, refused.told().1), (2, ""), "{words:?}: {refused:?}");
    }
    // What acts, or is dangerous, needs a yes.
    let inventory = fleet.path("fleet.toml");
    let unasked = fleet.wigwag(&[&["send", "@simulated"], write, &["-i", &inventory]].concat()).run();
    assert_eq!((unasked.code, unasked.told().1), (2, ""), "{unasked:?}");
    assert_eq!(fleet.received().count(), 0);
}

#[test]
fn a_report_that_cannot_be_written_is_a_fault_and_the_journal_knows_all() {
    const DEVICES: usize = 300;
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow=90%:50ms", "--fault", "reset=10%"]);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();

    let sent = fleet.send(&["@simulated", "STEP", "--fanout", "20"]).stdout(full).run();

    assert_eq!(sent.code, 1, "{sent:?}");
    assert!(sent.stderr.contains("error: could not write the result: no space left on device\n"), "{sent:?}");
    if std::path::Path::new(&fleet.journal()).exists() {
        let resumed = fleet.resume(&[]).run();
        assert!([0, 5].contains(&resumed.code), "{resumed:?}");
        assert_eq!(fleet.shown().outcomes.len(), DEVICES);
    }
    fleet.received().nobody_twice();
}
