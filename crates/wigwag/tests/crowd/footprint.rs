//! What a process takes, as the kernel says.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::agent::HUNG;

/// Of one moment.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Footprint {
    /// Resident memory, now and at its most.
    pub(crate) resident_kib: u64,
    pub(crate) most_resident_kib: u64,
    pub(crate) holds: Holds,
}

/// What can be counted, and has to be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Holds {
    pub(crate) descriptors: usize,
    pub(crate) threads: usize,
    /// Those that have ended, and that nobody has looked at yet, too.
    pub(crate) children: usize,
}

impl Footprint {
    pub(crate) fn of(pid: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let size = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim().trim_end_matches(" kB").parse().unwrap()
        };
        Self { resident_kib: size("VmRSS:"), most_resident_kib: size("VmHWM:"), holds: Holds::of(pid) }
    }
}

impl Holds {
    pub(crate) fn of(pid: u32) -> Self {
        let entries = |what: &str| fs::read_dir(format!("/proc/{pid}/{what}")).unwrap();
        // A thread may end while they are counted.
        let children = |thread: fs::DirEntry| fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        let of_threads = entries("task").map(|thread| children(thread.unwrap()).split_whitespace().count());
        Self { descriptors: entries("fd").count(), threads: entries("task").count(), children: of_threads.sum() }
    }

    /// The most of each.
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            descriptors: self.descriptors.max(other.descriptors),
            threads: self.threads.max(other.threads),
            children: self.children.max(other.children),
        }
    }

    /// Waits until it holds what is right.
    pub(crate) fn wait(pid: u32, what: &str, right: impl Fn(Self) -> bool) -> Self {
        let began = Instant::now();
        loop {
            let holds = Self::of(pid);
            if right(holds) {
                return holds;
            }
            assert!(began.elapsed() < HUNG, "{what}: {holds:?}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}
