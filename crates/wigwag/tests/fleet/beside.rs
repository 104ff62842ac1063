//! Runs beside each other, in one journal; those who look on; copies.

use crate::support::{Fleet, Report, wigwag};

#[test]
fn several_runs_share_a_journal() {
    const DEVICES: usize = 500;
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow=50%:20ms"]);
    let runs = ["STEP1", "STEP2", "STEP3"].map(|step| fleet.send(&["@simulated", step, "--fanout", "32"]).start());

    for sent in runs.map(|run| run.end()) {
        assert_eq!((sent.code, Report::read(&sent.stdout).count("ok")), (0, DEVICES), "{}", sent.stderr);
    }

    let listed = fleet.wigwag(&["runs", "list", "--output", "json"]).run().json();
    let runs = listed["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["counts"]["ok"].as_u64().unwrap()).collect::<Vec<_>>(), [500; 3], "{listed}");
    assert_eq!(fleet.received().times().into_values().collect::<Vec<_>>(), [3; DEVICES]);
}

#[test]
fn who_looks_on_sees_all_of_it() {
    const DEVICES: usize = 300;
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow=90%:20ms", "--fault", "reset=10%"]);
    let mut sending = fleet.send(&["@simulated", "STEP", "--fanout", "10"]).start();
    sending.line();
    let following = fleet.wigwag(&["runs", "follow", "last", "--output", "ndjson"]).start();

    let (sent, followed) = (sending.end(), following.end());

    assert_eq!((sent.code, followed.code), (5, 0), "{followed:?}");
    let (sent, followed) = (Report::read(&sent.stdout), Report::read(&followed.stdout));
    assert_eq!((followed.outcomes.len(), followed.kinds()), (DEVICES, sent.kinds()));
}

#[test]
fn a_copy_of_a_journal_is_only_gone_on_with_if_that_is_meant() {
    const DEVICES: usize = 100;
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow:20ms"]);
    let mut sending = fleet.send(&["@simulated", "STEP", "--fanout", "4"]).start();
    fleet.wait_until_received(10);
    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    assert_eq!(sending.end().code, 130);
    std::fs::create_dir(fleet.path("copy")).unwrap();
    let copy = fleet.path("copy/journal.db");
    std::fs::copy(fleet.journal(), &copy).unwrap();
    let before = fleet.received_by_now().len();

    let resume = ["resume", "last", "--yes", "--journal", &copy];
    let refused = wigwag(&resume).run();

    assert_eq!((refused.code, refused.told().1), (2, ""), "{refused:?}");
    assert!(
        refused.stderr.contains("devices would be told twice") && refused.stderr.contains("--moved"),
        "{refused:?}"
    );
    let shown = wigwag(&["runs", "show", "last", "--journal", &copy, "--output", "ndjson"]).run();
    assert_eq!(Report::read(&shown.stdout).outcomes.len(), DEVICES, "it may be read");
    assert_eq!(fleet.received_by_now().len(), before + 1);
    let meant = wigwag(&resume).arguments(&["--moved"]).run();
    assert_eq!(meant.code, 0, "{meant:?}");
    assert_eq!(fleet.received().count(), DEVICES + 2, "with two marks");
}

#[test]
fn unless_something_else_is_said_what_goes_to_several_is_written_down() {
    let fleet = Fleet::of(3, "esc-cr", &[]);
    let (inventory, state) = (fleet.path("fleet.toml"), fleet.path("home"));
    let send = |words: &[&str]| {
        let sent = wigwag(&["send", "-i", &inventory, "--yes"]).arguments(words).env("XDG_STATE_HOME", &state).run();
        assert_eq!(sent.code, 0, "{sent:?}");
        std::path::Path::new(&state).exists()
    };
    assert!(!send(&[&fleet.device(1), "STEP"]), "one");
    assert!(!send(&["@simulated", "STEP", "--journal", "off"]), "off");
    assert!(send(&["@simulated", "STEP"]), "several");
    assert_eq!(wigwag(&["resume", "last"]).env("XDG_STATE_HOME", &state).run().code, 0);
}

#[test]
fn the_summary_is_of_all_targets_and_names_what_to_type_next() {
    let scenario = "[device.1]\nfault = ['reset']\n[device.2]\nfault = ['busy']\n[device.3]\nfault = ['refuse']\n";
    let fleet = Fleet::with_scenario(10, "extron-sis", &[], scenario);
    let inventory = fleet.path("fleet.toml");
    let words = ["send", "@simulated", "volume", "volume=3", "-i", &inventory, "--output", "grouped"];

    let sent = fleet.wigwag(&words).run();

    let network = &fleet.network;
    assert_eq!(sent.code, 5);
    let lines: Vec<&str> = sent.stderr.lines().collect();
    assert_eq!(lines[0], "10 targets: 7 ok, 1 rejected, 1 unreachable (refused), 1 unconfirmed (reset)", "{sent:?}");
    assert!(lines.contains(&format!("not known whether they acted: {network}.0.1").as_str()), "{sent:?}");
    assert_eq!(lines.last(), Some(&"next: wigwag verify last"));
    assert!(sent.told().1.starts_with(&format!("{network}.0.[4-10] (7): volume=3\n")), "{sent:?}");
}
