//! What cannot be written stops what would be sent, and loses nothing.

use std::time::Duration;

use rusqlite::Connection;
use wigwag_fleet::{Batch, Gate, Sink};
use wigwag_protocol::outcome::Outcome;

use super::scene::{Running, Scene, intent};
use crate::journal::{Holder, State};

#[test]
fn a_journal_that_is_full_grants_nothing_more_and_tells_of_what_it_lost() {
    /// More than what pages have room for that are there already.
    const MANY: u16 = 4000;
    let scene = Scene::new();
    let handle = scene.begin(5);
    let pages: i64 = handle.connection.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    handle.connection.pragma_update(None, "max_page_count", pages).unwrap();
    let mut running = Running::start(handle);

    // One fits in.
    running.ask(vec![intent(0, 1)]);
    running.granted(1);
    running.ask((0..MANY).map(|attempt| intent(1, attempt)).collect());

    let refusal = running.refused();
    assert_eq!(refusal, format!("the journal {}: the disk is full", scene.path().display()));
    running.tell((0..MANY).map(|_| scene.ended(0, 1, Outcome::Ok)).collect());
    running.ask(vec![intent(2, 1)]);
    assert_eq!(running.started.gate.granted(), 1);
    let (end, reported) = running.finish();

    // One run of the fleet has one end for each target; here they are many so that they do not fit.
    assert_eq!((end.unjournaled, end.finished), (u64::from(MANY), false));
    assert_eq!(reported.len(), usize::from(MANY));
    let run = scene.last();
    assert_eq!(scene.journal.standings(&run).unwrap().state(0), State::Lost { attempt: 1 });
    assert_eq!(scene.journal.standings(&run).unwrap().state(1), State::NeverStarted);
    assert_eq!(scene.journal.summary(&run).unwrap().holder, Holder::Nobody);
}

#[test]
fn what_could_not_be_written_is_written_as_soon_as_it_can_be() {
    let scene = Scene::new();
    let handle = scene.begin(3);
    handle.connection.busy_timeout(Duration::from_millis(10)).unwrap();
    let mut running = Running::start(handle);
    running.ask(vec![intent(0, 1), intent(1, 1)]);
    running.granted(2);
    let other = Connection::open(scene.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();

    running.ask(vec![intent(2, 1)]);
    let refusal = running.refused();
    assert_eq!(refusal, format!("the journal {}: another process has locked it", scene.path().display()));
    running.tell(vec![scene.ended(0, 1, Outcome::Ok)]);
    assert!(running.report.recv_timeout(Duration::from_millis(50)).is_err(), "it is not on the disk yet");

    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(running.reported(), [(0, Outcome::Ok)]);
    running.tell(vec![scene.ended(1, 1, Outcome::Ok)]);
    assert!(running.started.gate.refusal().is_some(), "nothing more is started all the same");
    let (end, reported) = running.finish();

    assert_eq!((end.unjournaled, end.finished), (0, true));
    assert_eq!(reported, [(1, Outcome::Ok)]);
    let standings = scene.journal.standings(&scene.last()).unwrap();
    assert_eq!(standings.state(2), State::NeverStarted);
}

#[test]
fn a_journal_that_became_read_only_refuses() {
    let scene = Scene::new();
    let handle = scene.begin(1);
    handle.connection.pragma_update(None, "query_only", true).unwrap();
    let mut running = Running::start(handle);

    running.ask(vec![intent(0, 1)]);

    assert_eq!(running.refused(), format!("the journal {}: it is read-only", scene.path().display()));
    running.tell(vec![scene.ended(0, 0, Outcome::Cancelled)]);
    let (end, reported) = running.finish();
    assert_eq!((end.unjournaled, reported.len()), (1, 1));
}

#[test]
fn a_report_that_does_not_read_stops_the_run_and_not_the_journal() {
    let scene = Scene::new();
    let mut running = Running::with_report(scene.begin(1), 1);
    let batch = |number: u32| {
        let events = (number..number + 500).map(|number| scene.ended(number, 1, Outcome::Ok));
        Batch::new(events.collect())
    };
    let mut taken = 0;
    // Until it has no room for one.
    while running.started.sink.offer(&batch(taken)) {
        taken += 500;
    }

    let run = scene.last();
    running.ask(vec![intent(taken, 1)]);
    running.granted(1);
    assert_eq!(scene.journal.summary(&run).unwrap().counts.total(), u64::from(taken));

    // What is read makes room again.
    let first = running.reported();
    assert_eq!(first.first(), Some(&(0, Outcome::Ok)));
    running.wait(|_| true);
    let reader = std::thread::spawn(move || {
        let mut heard = first.len();
        while let Ok(events) = running.report.recv() {
            heard += events.len();
        }
        heard
    });
    let mut sink = running.started.sink;
    let next = batch(taken);
    while !sink.offer(&next) {
        std::thread::yield_now();
    }
    let end = running.started.writer.finish(crate::journal::How::Done);
    assert!(end.finished);
    assert_eq!(reader.join().unwrap(), taken as usize + 500);
}
