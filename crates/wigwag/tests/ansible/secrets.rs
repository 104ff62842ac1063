//! What must be seen nowhere.

use crate::support::{Core, Ended, Fleet, hosts, on_each_core};

on_each_core!(a_secret_is_seen_nowhere, no_log_leaves_nothing);

const PASSWORD: &str = "Sw0rdf1sh-and-more";

/// Nowhere in what was said, and nowhere on the disk.
fn is_nowhere(core: &Core, played: &Ended, text: &str) {
    let mut all = core.everything_written();
    all.extend(&played.stdout);
    all.extend(played.stderr.bytes());
    let found = all.windows(text.len()).position(|window| window == text.as_bytes());
    assert!(found.is_none(), "{}", String::from_utf8_lossy(&all[found.unwrap().saturating_sub(300)..][..600]));
}

fn a_secret_is_seen_nowhere(core: &Core) {
    let secret = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(secret.path(), PASSWORD).unwrap();
    let from = format!("password=file:{}", secret.path().display());
    let fleet = Fleet::of(2, "extron-sis", &["--secret", &from]);
    let inventory = hosts(&fleet, 2, "wigwag_protocol=extron-sis", &[]);

    let played = core.play(&inventory, "secrets.yml", &["-vvvv"]).env("TEST_PASSWORD", PASSWORD).run();

    assert_eq!(played.code, 0, "{played:?}");
    assert!(played.told().1.contains("--secret=password=env:"), "the command line is shown");
    is_nowhere(core, &played, PASSWORD);
    let log = std::fs::read_to_string(fleet.path("received.ndjson")).unwrap();
    assert!(!log.contains(PASSWORD), "{log}");
    let runs = core.wigwag(&["runs"]).run();
    assert!(runs.told().1.contains("part_number"), "there is a journal: {runs:?}");
}

fn no_log_leaves_nothing(core: &Core) {
    const COMMAND: &str = "OPEN-SESAME-4711";
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let inventory = hosts(&fleet, 2, "", &[]);

    let played = core.play(&inventory, "no_log.yml", &["-vvvv"]).env("TEST_COMMAND", COMMAND).run();

    assert_eq!(played.code, 0, "{played:?}");
    is_nowhere(core, &played, COMMAND);
    assert_eq!(fleet.received().count(), 6);
}
