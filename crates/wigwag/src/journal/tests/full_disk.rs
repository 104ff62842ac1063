//! A disk that becomes full while a run goes on. A process of its own has it: a small file system that nobody else sees, or
//! where that may not be mounted, a limit on the size of its files.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

use wigwag_fleet::Gate;
use wigwag_protocol::outcome::Outcome;

use super::scene::{Running, Scene, intent};
use crate::journal::State;

const FOLDER: &str = "WIGWAG_TEST_SMALL_DISK";

/// Room for the reserve, and for some thousand targets besides.
const MOUNTED: &str = "mount -t tmpfs -o size=12m tmpfs \"$1\" && exec \"$2\" --exact \"$3\" --nocapture";

/// A file that grows beyond it is an error and not the end. The reserve cannot be had then.
const LIMITED: &str = "trap '' XFSZ; ulimit -f 4096; exec \"$2\" --exact \"$3\" --nocapture";

#[test]
fn a_full_disk_stops_what_would_be_sent_and_loses_nothing() {
    if let Some(folder) = std::env::var_os(FOLDER) {
        return fill(Path::new(&folder), std::env::var_os("WIGWAG_TEST_IS_MOUNTED").is_some());
    }
    let folder = tempfile::tempdir().unwrap();
    let mounted = ["-m", "-rm"].map(|how| in_process(&["unshare", how, "sh", "-c", MOUNTED], folder.path(), true));
    let ran = mounted.into_iter().find(started);
    let ran = ran.unwrap_or_else(|| in_process(&["sh", "-c", LIMITED], folder.path(), false));

    assert!(started(&ran) && ran.status.success(), "{ran:#?}");
}

/// Runs this test on the small disk.
fn in_process(command: &[&str], folder: &Path, is_mounted: bool) -> Output {
    let program = std::env::current_exe().unwrap();
    let test = concat!(module_path!(), "::a_full_disk_stops_what_would_be_sent_and_loses_nothing");
    let test = test.split_once("::").unwrap().1;
    let (first, rest) = command.split_first().unwrap();
    let mut command = Command::new(first);
    command.args(rest).arg("sh").arg(folder).arg(program).arg(test).env(FOLDER, folder);
    if is_mounted {
        command.env("WIGWAG_TEST_IS_MOUNTED", OsStr::new("yes"));
    }
    command.output().unwrap()
}

fn started(ran: &Output) -> bool {
    String::from_utf8_lossy(&ran.stdout).contains("running 1 test")
}

/// Sends until nothing is granted any more, then waits for the answers to what was.
fn fill(disk: &Path, has_reserve: bool) {
    const IN_FLIGHT: u32 = 200;
    let scene = Scene::on(tempfile::tempdir_in(disk).unwrap());
    let mut running = Running::start(scene.begin(100));
    let reserve = scene.folder.path().join("journal.db.reserve");
    assert_eq!(reserve.exists(), has_reserve);
    let reader = std::thread::spawn({
        let report = std::mem::replace(&mut running.report, std::sync::mpsc::sync_channel(0).1);
        move || report.iter().map(|events| events.len() as u64).sum::<u64>()
    });
    let (mut asked, mut told) = (0, 0);
    while running.started.gate.refusal().is_none() {
        running.ask((asked..asked + IN_FLIGHT).map(|number| intent(number, 1)).collect());
        asked += IN_FLIGHT;
        running.wait(|running| {
            running.started.gate.refusal().is_some() || running.started.gate.granted() >= u64::from(asked)
        });
        // Half of what is in flight is answered.
        let granted = running.started.gate.granted() as u32;
        let answered = told..told.max(granted.saturating_sub(IN_FLIGHT / 2));
        told = answered.end;
        running.tell(answered.map(|number| scene.ended(number, 1, Outcome::Ok)).collect());
    }
    let granted = running.started.gate.granted() as u32;
    assert!(granted >= IN_FLIGHT, "{granted}");
    running.tell((told..granted).map(|number| scene.ended(number, 1, Outcome::Ok)).collect());
    let refusal = running.started.gate.refusal().unwrap();

    let (end, _) = running.finish();

    assert_eq!(reader.join().unwrap(), u64::from(granted), "the report hears of all of it");
    let run = scene.last();
    let standings = scene.journal.standings(&run).unwrap();
    let ended = (0..granted).filter(|number| matches!(standings.state(*number), State::Ended { .. })).count();
    assert_eq!(ended as u64 + end.unjournaled, u64::from(granted), "each is in the journal or counted");
    if has_reserve {
        assert!(refusal.ends_with("the disk is full"), "{refusal}");
        assert_eq!((end.unjournaled, end.finished), (0, true), "the reserve has room for what was in flight");
        assert!(!reserve.exists());
    }
}
