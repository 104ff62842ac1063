//! A few MiB beside the journal that are given back when the disk is full, so that the outcomes of what is in flight can
//! still be written.

use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};

use crate::journal::place;

/// Room for the outcomes of some ten thousand devices in flight.
const SIZE: u64 = 8 << 20;

/// Sees to it that there is a reserve. Where it cannot be had, a full disk costs the journal the last outcomes; the run
/// says so then.
pub(in crate::journal) fn prepare(journal: &Path) {
    let path = place::beside(journal, ".reserve");
    if std::fs::metadata(&path).is_ok_and(|reserve| reserve.len() >= SIZE) {
        return;
    }
    let allocated = place::private_file(&path).map_err(drop).and_then(|file| {
        // Blocks of the disk, not a hole: a hole gives nothing back.
        fallocate(&file, FallocateFlags::empty(), 0, SIZE).map_err(drop)
    });
    if allocated.is_err() {
        release(journal);
    }
}

/// Gives it back.
pub(super) fn release(journal: &Path) {
    // Where there is none, none is given back.
    let _ = std::fs::remove_file(place::beside(journal, ".reserve"));
}
