//! Very many: a short form of what is claimed of a million.

use crate::support::{Fleet, Report};

#[test]
fn twenty_thousand_in_one_run_take_little_memory() {
    const DEVICES: usize = 20_000;
    /// In KiB.
    const MOST: u64 = 100 * 1024;
    let fleet = Fleet::of(DEVICES, "esc-cr", &[]);
    let mut sending = fleet.send(&["@simulated", "STEP", "--fanout", "256"]).start();
    let mut most = 0;
    for line in 0..DEVICES {
        sending.line();
        if line % 2000 == 0 || line == DEVICES - 1 {
            most = most.max(peak(sending.pid()));
        }
    }

    let sent = sending.end();

    assert!(most < MOST, "{most} KiB");
    let report = Report::read(&sent.stdout);
    assert_eq!(
        (sent.code, report.count("ok"), report.number("targets")),
        (0, DEVICES, DEVICES as u64),
        "{}",
        sent.stderr
    );
    let shown = fleet.shown();
    assert_eq!((shown.count("ok"), shown.outcomes.len()), (DEVICES, DEVICES));
    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), DEVICES);
}

/// The most memory that a process has had so far, in KiB; 0 when it is gone.
fn peak(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}
