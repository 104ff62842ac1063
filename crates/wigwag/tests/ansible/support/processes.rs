//! What a program has started.

use std::fs;
use std::process::Command;

use super::fleet::wait;

/// Kills the `wigwag` that somebody below this process has started, and waits until it is gone.
pub(crate) fn kill_wigwag_of(ancestor: u32) {
    let found = below(ancestor).into_iter().find(|pid| is_wigwag(*pid)).expect("a wigwag runs");
    let killed = Command::new("kill").args(["-KILL", &found.to_string()]).status().unwrap();
    assert!(killed.success(), "kill {found}");
    wait("the killed wigwag is gone", || !is_wigwag(found));
}

/// The processes below this one.
fn below(ancestor: u32) -> Vec<u32> {
    let (mut found, mut next) = (Vec::new(), vec![ancestor]);
    while let Some(parent) = next.pop() {
        let children = processes().filter(|pid| parent_of(*pid) == Some(parent));
        let before = found.len();
        found.extend(children);
        next.extend(&found[before..]);
    }
    found
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn parent_of(pid: u32) -> Option<u32> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("PPid:"))?.trim().parse().ok()
}

/// Whether it is the program under test; of one that has died nothing can be read.
fn is_wigwag(pid: u32) -> bool {
    fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|program| program == *env!("CARGO_BIN_EXE_wigwag"))
}
