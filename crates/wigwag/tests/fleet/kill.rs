//! `kill -9`, at any moment: nobody is told twice, nobody is forgotten, and what is not known is called so.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use crate::support::{Chance, Ended, Fleet, Report, Running, kind, wait, wigwag};

/// How often runs are killed, unless `WIGWAG_KILLS` says it.
const KILLS: usize = 6;

/// How often one run is, at the most.
const KILLS_OF_ONE: usize = 4;

const DEVICES: usize = 2000;

/// A kill leaves no more than twice this, or twice the fanout, unknown.
const LEAST_INTENTS: usize = 64;

#[test]
fn whenever_a_run_is_killed_nobody_is_told_twice_and_nobody_is_forgotten() {
    let kills = std::env::var("WIGWAG_KILLS").map_or(KILLS, |kills| kills.parse().expect("WIGWAG_KILLS is a number"));
    let mut chance = Chance::new();
    let mut killed = 0;
    while killed < kills {
        killed += kill_and_resume(&mut chance, KILLS_OF_ONE.min(kills - killed));
    }
}

/// A run that is killed again and again, until it may finish. How often it was.
fn kill_and_resume(chance: &mut Chance, kills: usize) -> usize {
    let fanout = [8, 64, 64, 200][chance.below(4)];
    let most_unknown = 2 * fanout.max(LEAST_INTENTS);
    let fleet = Fleet::of(DEVICES, "esc-cr", &["--fault", "slow=97%:20ms", "--fault", "reset=1%"]);
    let fanout = fanout.to_string();
    let mut running = fleet.send(&["@simulated", "STEP", "--fanout", &fanout]).start();
    let (mut told, mut lost, mut killed) = (Report::default(), BTreeSet::new(), 0);
    let last = loop {
        if killed == kills {
            break running.end();
        }
        let left = DEVICES - told.outcomes.len() - lost.len();
        let said = match kill_after(running, chance.below(left), Duration::from_micros(chance.below(20_000) as u64)) {
            Ok(said) => said,
            Err(over) => break over,
        };
        killed += 1;
        let open_intents = fleet.open_intents();
        for (device, event) in Report::read(&said).outcomes {
            assert!(!told.outcomes.contains_key(&device), "told again: {event}");
            told.outcomes.insert(device, event);
        }
        let shown = fleet.shown();
        let now_lost: BTreeSet<String> = shown.devices("unconfirmed lost").into_iter().map(str::to_owned).collect();
        let newly = now_lost.difference(&lost).count();
        assert_eq!(newly, open_intents, "each intent without an outcome, and no other");
        assert!(now_lost.is_superset(&lost), "what was lost stays so");
        assert!(newly <= most_unknown, "{newly} are unknown, with a fanout of {fanout}");
        lost = now_lost;
        for (device, event) in &told.outcomes {
            assert_eq!(shown.kind(device), kind(event), "what was told is in the journal: {device}");
        }
        running = fleet.resume(&[]).start();
    };
    finish(fleet, &last, &lost);
    killed
}

/// Kills it after so many outcomes and a moment, and returns what it said; how it ended, if it was done before.
fn kill_after(mut running: Running, outcomes: usize, moment: Duration) -> Result<Vec<u8>, Ended> {
    for _ in 0..=outcomes {
        // Of a run in which nothing was left to send nothing is said.
        if running.next_line().is_none_or(|line| line.contains("\"run-finished\"")) {
            return Err(running.end());
        }
    }
    // Not to wait for anything: so that it is killed between two outcomes as often as with one of them.
    thread::sleep(moment);
    running.signal("KILL");
    let ended = running.end();
    if ended.code == -9 { Ok(ended.stdout) } else { Err(ended) }
}

/// Compares what is said in the end with what was received.
fn finish(fleet: Fleet, last: &Ended, lost: &BTreeSet<String>) {
    assert!([0, 5].contains(&last.code), "{last:?}");
    let again = fleet.resume(&[]).run();
    assert_eq!((again.code, again.told().1), (last.code, ""), "{again:?}");
    assert!(again.stderr.contains("note: nothing is left to send\n"), "{again:?}");
    let shown = fleet.shown();
    let received = fleet.received();

    assert_eq!((shown.outcomes.len(), shown.number("targets")), (DEVICES, DEVICES as u64));
    let kinds: Vec<String> = shown.kinds().into_keys().collect();
    let known = ["ok", "unconfirmed lost", "unconfirmed reset"];
    assert!(kinds.iter().all(|kind| known.contains(&kind.as_str())), "{kinds:?}");
    assert_eq!(shown.devices("unconfirmed lost"), lost.iter().collect::<Vec<_>>(), "what was lost");
    received.nobody_twice();
    let times = received.times();
    for device in shown.outcomes.keys().filter(|device| !lost.contains(*device)) {
        assert!(times.contains_key(device.as_str()), "{device} is said to have been told, and was not");
    }
}

/// What only reads may be asked again, so nothing of it is lost.
#[test]
fn of_a_run_that_only_reads_a_kill_leaves_nothing_unknown() {
    const DEVICES: usize = 400;
    let fleet = Fleet::of(DEVICES, "extron-sis", &["--fault", "slow:10ms"]);
    let mut running = fleet.send(&["@simulated", "volume_state", "--fanout", "30"]).start();
    for _ in 0..3 {
        running = match kill_after(running, 60, Duration::ZERO) {
            Ok(_) => fleet.resume(&[]).start(),
            Err(over) => panic!("{over:?}"),
        };
    }

    let last = running.end();

    assert_eq!((last.code, fleet.shown().count("ok")), (0, DEVICES), "{last:?}");
    let received = fleet.received();
    assert_eq!(received.times().len(), DEVICES);
}

/// While its targets are written down, and before.
#[test]
fn a_run_that_is_killed_at_its_very_beginning_has_sent_nothing_that_it_does_not_know() {
    const KILLS: usize = 8;
    let mut chance = Chance::new();
    let fleet = Fleet::of(5000, "esc-cr", &[]);
    for kill in 0..KILLS {
        // Each has a journal of its own, so that `last` is this run, and a command that tells it from the others.
        let (journal, step) = (fleet.path(&format!("{kill}/journal.db")), format!("STEP{kill}"));
        let words = ["send", "@simulated", &step, "--yes", "-i", &fleet.path("fleet.toml"), "--journal", &journal];
        let sending = wigwag(&words).start();
        thread::sleep(Duration::from_millis(chance.below(250) as u64));
        sending.signal("KILL");
        let sent = sending.end();
        assert!([-9, 0].contains(&sent.code), "{sent:?}");

        let resumed = wigwag(&["resume", "last", "--yes", "--journal", &journal, "--output", "ndjson"]).run();

        let in_hex: String = format!("\x1b{step}\r").bytes().map(|byte| format!("{byte:02x}")).collect();
        let of_run = fleet.received_by_now().into_iter().filter(|command| command.wire.as_ref() == Some(&in_hex));
        let mut devices: Vec<String> = of_run.map(|command| command.device).collect();
        let received = devices.len();
        devices.sort_unstable();
        devices.dedup();
        assert_eq!(devices.len(), received, "told twice");
        match resumed.code {
            // There was no journal yet, or no run in it.
            2 => assert_eq!(received, 0, "{resumed:?}"),
            // The list was not written to its end, so that nothing had been sent; what is known of it, and that may be
            // all of it, has been now.
            7 => assert_eq!(received, Report::read(&resumed.stdout).outcomes.len(), "{resumed:?}"),
            0 => assert_eq!(received, 5000),
            5 => assert!(received <= 5000),
            _ => panic!("{resumed:?}"),
        }
    }
}

/// Two hundred that say nothing, one in flight at a time.
fn waiting_run() -> (Fleet, Running) {
    let fleet = Fleet::of(200, "esc-cr", &["--fault", "silent"]);
    let sending =
        fleet.send(&["@simulated", "STEP", "--fanout", "1", "--first-timeout", "1h", "--total-timeout", "1h"]);
    let sending = sending.start();
    fleet.wait_until_received(1);
    (fleet, sending)
}

#[test]
fn a_run_that_lives_is_nobody_elses() {
    let (fleet, sending) = waiting_run();
    let held = format!(" is held by process {}\n", sending.pid());

    for words in [&["resume", "last", "--yes"][..], &["verify", "last"], &["runs", "remove", "last", "--yes"]] {
        let refused = fleet.wigwag(words).run();
        assert_eq!((refused.code, refused.told().1), (2, ""), "{words:?}: {refused:?}");
        assert!(refused.stderr.contains(&held), "{words:?}: {refused:?}");
    }

    drop(sending);
    assert_eq!(fleet.received().count(), 1);
}

#[test]
fn of_two_that_resume_at_once_one_goes_on() {
    let (fleet, sending) = waiting_run();
    sending.signal("KILL");
    assert_eq!(sending.end().code, -9);
    let mut sent = 1;

    // As many as have not been about to be sent to.
    for _ in 0..2 {
        let mut pair = [fleet.resume(&["--fanout", "1"]).start(), fleet.resume(&["--fanout", "1"]).start()];
        wait("one of two ends", || pair.iter_mut().any(|resuming| !resuming.is_alive()));
        let [one, other] = pair;
        let (refused, mut winner) = if is_over(&one) { (one, other) } else { (other, one) };
        let held = format!(" is held by process {}\n", winner.pid());
        let refused = refused.end();
        assert_eq!((refused.code, refused.told().1), (2, ""), "{refused:?}");
        assert!(refused.stderr.contains(&held), "{refused:?}");

        assert!(winner.line().contains("run-started"));
        sent += 1;
        fleet.wait_until_received(sent);
        winner.signal("KILL");
        assert_eq!(winner.end().code, -9);
    }

    let received = fleet.received();
    assert_eq!(received.count(), sent);
    received.nobody_twice();
}

/// Whether a process has ended, and nobody has looked at it yet.
fn is_over(running: &Running) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", running.pid())).unwrap_or_default();
    status.is_empty() || status.contains("State:\tZ")
}

/// One that was told before is told nothing again under another name.
#[test]
fn a_second_name_of_a_device_is_known_after_a_kill() {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let (first, port) = (fleet.device(1), fleet.port);
    let inventory = fleet.file(
        "names.toml",
        &format!("[defaults]\nprotocol = \"esc-cr\"\nport = {port}\n[host.one]\naddress = \"{first}\"\n[host.two]\naddress = \"{first}\"\n"),
    );
    let words = ["one,two", "STEP", "--waves", "1,100%", "--pause", "500ms"];
    let mut sending = fleet.send_with(&inventory, &words).start();
    sending.stderr_with("note: wave 1 is done, 1 target so far; the next begins in 500 ms\n");
    sending.signal("KILL");
    assert_eq!(sending.end().code, -9);

    let resumed = fleet.resume(&[]).run();

    assert_eq!(resumed.code, 7, "{resumed:?}");
    let shown = fleet.shown();
    assert_eq!((shown.kind("one"), shown.kind("two")), ("ok".to_owned(), "skipped duplicate".to_owned()));
    assert_eq!(fleet.received().count(), 1);
}
