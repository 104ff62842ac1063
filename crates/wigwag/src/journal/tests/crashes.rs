//! The process dies at some moment, and another one reads what it left.

use wigwag_protocol::outcome::Outcome;

use super::scene::{LOST, Running, Scene, intent};
use crate::journal::{Holder, Journal, JournalError, State};

#[test]
fn what_was_about_to_be_sent_is_lost_and_is_settled_once() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(4));
    running.ask((0..3).map(|number| intent(number, 1)).collect());
    running.tell(vec![scene.ended(0, 1, Outcome::Ok)]);
    running.die();

    let journal = Journal::open(&scene.path()).unwrap();
    let run = journal.find("last").unwrap();
    let summary = journal.summary(&run).unwrap();
    assert_eq!((summary.counts.total(), summary.open, summary.never_started), (1, 2, 1));
    assert_eq!((summary.holder, summary.run.finished), (Holder::Nobody, None));

    let mut handle = journal.take(&run, false).unwrap();
    let mut standings = journal.standings(&run).unwrap();
    assert_eq!(handle.settle_lost(&mut standings).unwrap(), 2);
    assert_eq!(handle.settle_lost(&mut standings).unwrap(), 0);

    let lost = State::Ended { outcome: LOST, attempt: 1, is_final: true };
    assert_eq!((standings.state(1), standings.state(3)), (lost, State::NeverStarted));
    let read = journal.standings(&run).unwrap();
    assert_eq!(
        (0..4).map(|number| read.state(number)).collect::<Vec<_>>(),
        [State::Ended { outcome: Outcome::Ok, attempt: 1, is_final: true }, lost, lost, State::NeverStarted]
    );
    // They may have been sent, and stay so.
    assert_eq!(journal.sends(&run, &read).count(), 3);

    let mut running = Running::start(handle);
    running.ask(vec![intent(3, 1)]);
    running.tell(vec![scene.ended(3, 1, Outcome::Ok)]);
    running.finish();
    let summary = journal.summary(&run).unwrap();
    assert_eq!(summary.counts.iter().collect::<Vec<_>>(), [(Outcome::Ok, 2), (LOST, 2)]);
}

#[test]
fn the_end_of_a_process_frees_its_run() {
    let scene = Scene::new();
    let running = Running::start(scene.begin(1));
    let run = scene.last();
    assert!(matches!(scene.journal.holder(&run), Holder::Process(_)));

    running.die();

    assert_eq!(scene.journal.holder(&run), Holder::Nobody);
}

#[test]
fn a_copy_may_be_read_but_goes_on_only_if_that_is_meant() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(2));
    running.ask(vec![intent(0, 1)]);
    running.die();
    scene.journal.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let there = scene.folder.path().join("copy.db");
    std::fs::copy(scene.path(), &there).unwrap();

    let copy = Journal::open(&there).unwrap();
    let run = copy.find("last").unwrap();
    assert_eq!(copy.summary(&run).unwrap().open, 1);
    let refused = copy.take(&run, false).unwrap_err();
    assert!(matches!(refused, JournalError::Moved { .. }), "{refused}");

    drop(copy.take(&run, true).unwrap());
    // Now it is at home here.
    drop(copy.take(&copy.find("last").unwrap(), false).unwrap());
}
