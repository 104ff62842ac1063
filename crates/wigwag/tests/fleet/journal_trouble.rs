//! A journal that cannot be written: what would be sent stays unsent, what was sent is told, and later the rest is done.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{Ended, Fleet, Program, Report, Running};

const DEVICES: usize = 400;
const SLOW: [&str; 2] = ["--fault", "slow:50ms"];
const STEP: [&str; 4] = ["@simulated", "STEP", "--fanout", "20"];

/// Locks a journal as another program may, until it is let go.
fn lock(journal: &str) -> Running {
    const LOCK: &str = "import sqlite3, sys\n\
                        journal = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)\n\
                        journal.execute('BEGIN EXCLUSIVE')\n\
                        print('locked', flush=True)\n\
                        sys.stdin.read()\n";
    let mut locking = Program::new("python3").arguments(&["-c", LOCK, journal]).stdin_held().start();
    assert_eq!(locking.line(), "locked");
    locking
}

/// Everything has an outcome, and what was received is known to have been sent.
fn nothing_is_lost(fleet: &Fleet, sent: &Ended) -> Report {
    let report = Report::read(&sent.stdout);
    assert_eq!(sent.code, 1, "{sent:?}");
    assert_eq!(report.outcomes.len(), DEVICES);
    let (ok, halted) = (report.count("ok"), report.count("skipped halted"));
    assert_eq!((ok + halted, halted > 0), (DEVICES, true), "{:?}", report.kinds());
    let received = fleet.received_so_far();
    for command in &received {
        assert_eq!(report.kind(&command.device), "ok", "{command:?}");
    }
    report
}

#[test]
fn a_lock_of_another_process_stops_what_would_be_sent() {
    let fleet = Fleet::of(DEVICES, "esc-cr", &SLOW);
    let mut sending = fleet.send(&STEP).start();
    fleet.wait_until_received(40);
    let locked = lock(&fleet.journal());
    let why = format!("the journal {}: another process has locked it", fleet.journal());
    sending.stderr_with(&format!(
        "warning: {why}; nothing is started, and what has been answered waits to be written down\n"
    ));

    drop(locked);

    let sent = sending.end();
    assert!(sent.stderr.contains(&format!("error: nothing more is started: {why}\n")), "{sent:?}");
    let report = nothing_is_lost(&fleet, &sent);
    let shown = fleet.shown();
    assert_eq!((shown.kinds(), shown.number("exit")), (report.kinds(), 1));
    assert_eq!(fleet.state(), "journal-failed");
    let resumed = fleet.resume(&[]).run();
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(Report::read(&resumed.stdout).count("ok"), DEVICES - report.count("ok"));
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

#[test]
fn what_a_locked_journal_does_not_take_is_in_the_report() {
    let fleet = Fleet::of(DEVICES, "esc-cr", &SLOW);
    let sending = fleet.send(&STEP).start();
    fleet.wait_until_received(40);
    let locked = lock(&fleet.journal());

    let sent = sending.end();

    let told =
        " outcomes could not be journaled; they are in the report above, and a resume would take them for lost\n";
    assert!(sent.stderr.contains(told), "{sent:?}");
    let report = nothing_is_lost(&fleet, &sent);
    drop(locked);
    let resumed = fleet.resume(&[]).run();
    assert!([0, 5].contains(&resumed.code), "{resumed:?}");
    let shown = fleet.shown();
    let received = fleet.received();
    received.nobody_twice();
    let times = received.times();
    for device in shown.outcomes.keys() {
        let is_told = times.contains_key(device.as_str());
        match shown.kind(device).as_str() {
            "ok" => assert!(is_told, "{device}"),
            // Nobody knew better than that it was about to be sent.
            "unconfirmed lost" => {}
            other => panic!("{device}: {other}, which was {}", report.kind(device)),
        }
    }
}

#[test]
fn where_a_lock_stays_nothing_is_begun() {
    let fleet = Fleet::of(DEVICES, "esc-cr", &SLOW);
    let mut sending = fleet.send(&STEP).start();
    fleet.wait_until_received(10);
    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    let before = Report::read(&sending.end().stdout).count("ok");
    let locked = lock(&fleet.journal());

    let begun = fleet.send(&STEP).start();
    let resumed = fleet.resume(&[]).start();

    let (begun, resumed) = (begun.end(), resumed.end());
    assert_eq!((begun.code, begun.told().1), (2, ""), "{begun:?}");
    assert!(begun.stderr.contains("another process has locked it\n"), "{begun:?}");
    assert!([1, 2].contains(&resumed.code), "{resumed:?}");
    assert!(resumed.stderr.contains("another process has locked it\n"), "{resumed:?}");
    assert_eq!(fleet.received_so_far().len(), before);
    drop(locked);
    assert_eq!(fleet.resume(&[]).run().code, 0);
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

/// How a file system may be mounted that nobody else sees, if it may.
fn may_mount() -> Option<&'static str> {
    let folder = tempfile::tempdir().unwrap();
    let mounts = |how: &&str| {
        let script = "mount -t tmpfs tmpfs \"$0\"";
        let tried = Command::new("unshare").args([how, "sh", "-c", script]).arg(folder.path()).output();
        tried.is_ok_and(|tried| tried.status.success())
    };
    ["-m", "-rm"].into_iter().find(mounts)
}

/// What a command said and how it ended, from the files that a script left.
fn left(fleet: &Fleet, name: &str) -> Ended {
    let read = |ending: &str| std::fs::read(fleet.path(&format!("{name}.{ending}"))).unwrap();
    let text = |ending: &str| String::from_utf8(read(ending)).unwrap();
    Ended { code: text("code").trim().parse().unwrap(), stdout: read("out"), stderr: text("err") }
}

#[test]
fn a_full_disk_stops_what_would_be_sent_and_the_rest_is_done_when_there_is_room() {
    let fleet = Fleet::of(DEVICES, "esc-cr", &SLOW);
    let Some(how) = may_mount() else { return limited(&fleet) };
    std::fs::create_dir(fleet.path("disk")).unwrap();
    let wigwag = env!("CARGO_BIN_EXE_wigwag");
    let (disk, here) = (fleet.path("disk"), fleet.path(""));
    // Beside the reserve there is room for the list, and for some outcomes.
    let script = format!(
        "mount -t tmpfs -o size=12m tmpfs '{disk}' && head -c 3800k /dev/zero > '{disk}/filler' && cd '{here}' || exit\n\
         j='--journal {disk}/journal.db --output ndjson'\n\
         {wigwag} send @simulated STEP --fanout 20 --yes -i fleet.toml $j > sent.out 2> sent.err; echo $? > sent.code\n\
         {wigwag} runs show last $j > full.out 2> full.err; echo $? > full.code\n\
         rm '{disk}/filler'\n\
         {wigwag} resume last --yes $j > resumed.out 2> resumed.err; echo $? > resumed.code\n\
         {wigwag} runs show last $j > shown.out 2> shown.err; echo $? > shown.code\n"
    );
    let ran = Program::new("unshare").arguments(&[how, "sh", "-c", &script]).run();
    assert_eq!(ran.told(), (0, "", ""));

    let (sent, resumed) = (left(&fleet, "sent"), left(&fleet, "resumed"));
    let error = format!("error: nothing more is started: the journal {disk}/journal.db: the disk is full\n");
    assert!(sent.stderr.contains(&error), "{sent:?}");
    let report = Report::read(&sent.stdout);
    assert_eq!((sent.code, report.outcomes.len()), (1, DEVICES), "{sent:?}");
    assert!(report.count("skipped halted") > 0);
    assert_eq!(
        Report::read(&left(&fleet, "full").stdout).kinds(),
        report.kinds(),
        "the reserve had room for the outcomes"
    );
    assert_eq!(resumed.code, 0, "{resumed:?}");
    assert_eq!(Report::read(&left(&fleet, "shown").stdout).count("ok"), DEVICES);
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

#[test]
fn on_a_disk_that_is_full_nothing_is_begun() {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    // Where nothing may be mounted: not even the first page may be written.
    const LIMITED: &str = "trap '' XFSZ; ulimit -f 0; exec \"$@\"";
    const MOUNTED: &str = "mount -t tmpfs -o size=64k tmpfs \"$0\" && exec \"$@\"";
    let folder = fleet.path("disk");
    std::fs::create_dir(&folder).unwrap();
    let program = match may_mount() {
        Some(how) => Program::new("unshare").arguments(&[how, "sh", "-c", MOUNTED, &folder]),
        None => Program::new("sh").arguments(&["-c", LIMITED, "sh"]),
    };
    let (journal, inventory) = (format!("{folder}/journal.db"), fleet.path("fleet.toml"));

    let refused = program
        .arguments(&[env!("CARGO_BIN_EXE_wigwag"), "send", "@simulated", "STEP", "--yes", "-i", &inventory])
        .arguments(&["--journal", &journal])
        .run();

    assert_eq!((refused.code, refused.told().1), (2, ""), "{refused:?}");
    assert!(refused.stderr.starts_with(&format!("error: the journal {journal}: the disk ")), "{refused:?}");
    assert_eq!(fleet.received().count(), 0);
}

#[test]
fn a_journal_that_may_not_grow_is_like_a_full_disk() {
    limited(&Fleet::of(DEVICES, "esc-cr", &SLOW));
}

/// Where files may not grow beyond a size; there is no reserve then.
fn limited(fleet: &Fleet) {
    const SCRIPT: &str = "trap '' XFSZ; ulimit -f 400; exec \"$0\" \"$@\"";
    let (journal, inventory) = (fleet.journal(), fleet.path("fleet.toml"));
    let words = ["send", "-i", &inventory, "--yes", "--journal", &journal, "--output", "ndjson"];
    let limited = Program::new("sh").arguments(&["-c", SCRIPT, env!("CARGO_BIN_EXE_wigwag")]);

    let sent = limited.arguments(&words).arguments(&STEP).env("XDG_STATE_HOME", "/nonexistent").run();

    let report = nothing_is_lost(fleet, &sent);
    assert!(sent.stderr.contains("error: nothing more is started: the journal "), "{sent:?}");
    let resumed = fleet.resume(&[]).run();
    assert!([0, 5].contains(&resumed.code), "{resumed:?}");
    let shown = fleet.shown();
    assert_eq!(shown.count("ok") + shown.count("unconfirmed lost"), DEVICES, "{:?}", shown.kinds());
    for device in shown.devices("unconfirmed lost") {
        assert!(["ok", "skipped halted"].contains(&report.kind(device).as_str()), "{device}: {}", report.kind(device));
    }
    let mut times = std::collections::BTreeMap::<String, usize>::new();
    for command in fleet.received_so_far() {
        *times.entry(command.device).or_default() += 1;
    }
    assert!(times.values().all(|times| *times == 1), "{times:?}");
}

#[test]
fn where_no_journal_can_be_nothing_is_sent() {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let (inventory, folder) = (fleet.path("fleet.toml"), fleet.path("read-only"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o500)).unwrap();
    let send = |journal: &str| {
        let words = ["send", "@simulated", "STEP", "--yes", "-i", &inventory, "--journal", journal];
        [&[env!("CARGO_BIN_EXE_wigwag")], &words[..]].concat().into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let mut refused =
        vec![("/proc/wigwag/journal.db", Program::new("env").arguments(&send("/proc/wigwag/journal.db")))];
    let journal = format!("{folder}/journal.db");
    let mounted = "mount -t tmpfs -o ro tmpfs \"$0\" && exec \"$@\"";
    match may_mount() {
        Some(how) => refused.push((
            &journal,
            Program::new("unshare").arguments(&[how, "sh", "-c", mounted, &folder]).arguments(&send(&journal)),
        )),
        // Whoever may do everything is not stopped by a folder's mode.
        None if std::fs::write(Path::new(&folder).join("probe"), "").is_ok() => {}
        None => refused.push((&journal, Program::new("env").arguments(&send(&journal)))),
    }
    for (journal, program) in refused {
        let refused = program.run();
        assert_eq!((refused.code, refused.told().1), (2, ""), "{journal}: {refused:?}");
        assert!(refused.stderr.starts_with(&format!("error: {journal}: ")), "{refused:?}");
    }
    assert_eq!(fleet.received().count(), 0);
}
