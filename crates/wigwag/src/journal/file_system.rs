//! Which file system the journal is on. On one that reaches over the network, locks and syncs are promises of another
//! machine, and SQLite's log cannot be shared at all.

use std::path::Path;

use super::error::JournalError;

/// The file systems of other machines, by what statfs(2) says (linux/magic.h, and for those outside of it their own
/// sources).
const NETWORK: [(u32, &str); 14] = [
    (0x0000_6969, "NFS"),
    (0x0000_517B, "SMB"),
    (0xFE53_4D42, "SMB"),
    (0xFF53_4D42, "CIFS"),
    (0x0102_1997, "9p"),
    (0x5346_414F, "AFS"),
    (0x6B41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x00C3_6400, "Ceph"),
    (0x0BD0_0BD0, "Lustre"),
    (0x4750_4653, "GPFS"),
    (0xAAD7_AAEA, "PanFS"),
    (0x786F_4256, "vboxsf"),
    (0xBACB_ACBC, "vmhgfs"),
];

/// A program serves these; which one only the list of mounts knows.
const FUSE: u32 = 0x6573_5546;

/// Those served by a program that are on this machine for sure.
const LOCAL_FUSE: [&str; 4] = ["fuseblk", "fuse.fuse-overlayfs", "fuse.gocryptfs", "fuse.encfs"];

/// Refuses a place on a file system of another machine. The folder exists.
pub(super) fn refuse_network(journal: &Path) -> Result<(), JournalError> {
    let folder = match journal.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    match network_kind(folder) {
        Some(kind) => Err(JournalError::Network { path: journal.to_owned(), kind }),
        None => Ok(()),
    }
}

#[cfg(target_os = "linux")]
fn network_kind(folder: &Path) -> Option<&'static str> {
    let found = rustix::fs::statfs(folder).ok()?;
    // The type is a word of the machine, its value always one of 32 bits.
    kind(found.f_type as u32, || mounted_as(folder))
}

#[cfg(not(target_os = "linux"))]
fn network_kind(_folder: &Path) -> Option<&'static str> {
    None
}

/// What kind of network file system has this number.
fn kind(number: u32, mounted_as: impl FnOnce() -> Option<String>) -> Option<&'static str> {
    if number == FUSE {
        let is_local = mounted_as().is_some_and(|kind| LOCAL_FUSE.contains(&kind.as_str()));
        return (!is_local).then_some("FUSE");
    }
    NETWORK.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// The type of the mount that a folder is on.
fn mounted_as(folder: &Path) -> Option<String> {
    let folder = folder.canonicalize().ok()?;
    mount_of(&folder, &std::fs::read_to_string("/proc/self/mountinfo").ok()?)
}

/// Its line in proc(5)'s mountinfo: the mount point is the fifth field, the type the first one behind ` - `.
fn mount_of(folder: &Path, mounts: &str) -> Option<String> {
    let mount = |line: &str| {
        let (place, kind) = line.split_once(" - ")?;
        // Blanks are written as octal escapes.
        let point = place.split(' ').nth(4)?.replace("\\040", " ");
        folder.starts_with(&point).then(|| (point.len(), kind.split(' ').next().map(str::to_owned)))
    };
    // The longest one, and of two on one another the upper, which comes later.
    mounts.lines().filter_map(mount).max_by_key(|(length, _)| *length).and_then(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
22 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 22 0:35 / /home/a/far rw,nosuid - fuse.sshfs a@b: rw
41 22 8:1 / /media/my\\040disk rw - fuseblk /dev/sda1 rw
";

    fn kind_at(number: u32, folder: &str) -> Option<&'static str> {
        kind(number, || mount_of(Path::new(folder), MOUNTS))
    }

    #[test]
    fn file_systems_of_other_machines_are_known_by_their_numbers() {
        assert_eq!(kind_at(0x6969, "/"), Some("NFS"));
        assert_eq!(kind_at(0xFF53_4D42, "/"), Some("CIFS"));
        assert_eq!(kind_at(0xFE53_4D42, "/"), Some("SMB"));
        assert_eq!(kind_at(0x0102_1997, "/"), Some("9p"));
    }

    #[test]
    fn those_of_this_machine_are_taken() {
        // ext4, tmpfs, btrfs, xfs, overlayfs, zfs
        for number in [0xEF53, 0x0102_1994, 0x9123_683E, 0x5846_5342, 0x794C_7630, 0x2FC1_2FC1] {
            assert_eq!(kind_at(number, "/"), None, "{number:#x}");
        }
    }

    #[test]
    fn one_that_a_program_serves_is_refused_unless_it_is_local() {
        assert_eq!(kind_at(FUSE, "/home/a/far/away"), Some("FUSE"));
        assert_eq!(kind_at(FUSE, "/media/my disk/x"), None);
        assert_eq!(kind(FUSE, || None), Some("FUSE"));
    }

    #[test]
    fn this_machines_disk_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        refuse_network(&folder.path().join("journal.db")).unwrap();
    }
}
