//! A run from its begin to its end, and what is read of it later.

use std::time::SystemTime;

use wigwag_fleet::event::{Next, WaveEnded};
use wigwag_fleet::pace::HaltRule;
use wigwag_fleet::{Event, Gate, Stop};
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::outcome::{Outcome, Skipped};

use super::scene::{NO_REPLY, REFUSED, Running, Scene, intent, listed, name, new_run, place, rows, time};
use crate::journal::outcome::KEPT;
use crate::journal::{Holder, How, Journal, JournalError, Names, Run, State, Verdict, Verification};

fn states(scene: &Scene, run: &Run) -> Vec<State> {
    let standings = scene.journal.standings(run).unwrap();
    (0..standings.len()).map(|number| standings.state(number)).collect()
}

fn ended(outcome: Outcome, attempt: u16) -> State {
    State::Ended { outcome, attempt, is_final: true }
}

#[test]
fn what_is_granted_is_on_the_disk() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(3));

    running.ask(vec![intent(0, 1), intent(1, 1)]);
    running.granted(2);

    let lost = State::Lost { attempt: 1 };
    assert_eq!(states(&scene, &scene.last()), [lost, lost, State::NeverStarted]);
    assert_eq!(running.started.gate.granted(), 2);
}

#[test]
fn the_report_hears_of_what_is_on_the_disk() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(2));
    running.ask(vec![intent(0, 1)]);

    running.tell(vec![scene.ended(0, 1, Outcome::Ok)]);

    assert_eq!(running.reported(), [(0, Outcome::Ok)]);
    assert_eq!(states(&scene, &scene.last()), [ended(Outcome::Ok, 1), State::NeverStarted]);
}

#[test]
fn a_finished_run_is_read_back_with_counts_that_sum_to_its_targets() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(4));
    running.ask((0..3).map(|number| intent(number, 1)).collect());
    running.tell(vec![scene.ended(0, 1, Outcome::Ok), scene.ended(1, 1, REFUSED)]);
    let excluded = Outcome::Skipped(Skipped::Excluded);
    running.tell(vec![scene.ended(2, 1, NO_REPLY), scene.ended(3, 0, excluded)]);

    let (end, reported) = running.finish();

    assert!(end.finished && end.unjournaled == 0);
    assert_eq!(reported, [(0, Outcome::Ok), (1, REFUSED), (2, NO_REPLY), (3, excluded)]);
    let summary = scene.journal.summary(&scene.last()).unwrap();
    assert_eq!((summary.targets, summary.list_complete), (4, true));
    assert_eq!((summary.counts.total(), summary.open, summary.never_started), (4, 0, 0));
    assert_eq!(summary.holder, Holder::Nobody);
    assert_eq!(summary.run.how.as_deref(), Some(How::Done.word()));
    assert_eq!(summary.run.command.as_deref(), Some("STATUS"));
    // The counts that were kept are those that are counted anew.
    let standings = scene.journal.standings(&scene.last()).unwrap();
    let again: Vec<Outcome> = (0..4).filter_map(|number| standings.outcome(number)).collect();
    assert_eq!(again, [Outcome::Ok, REFUSED, NO_REPLY, excluded]);
}

#[test]
fn an_outcome_is_read_back_as_it_was() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(1));
    running.tell(vec![scene.ended(0, 2, Outcome::Ok)]);
    running.finish();

    let outcomes: Vec<_> = scene.journal.outcomes(&scene.last(), 0).map(|outcome| outcome.unwrap().1).collect();

    let [outcome] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert_eq!((outcome.number, outcome.attempt, outcome.is_final), (0, 2, true));
    assert_eq!((outcome.outcome, outcome.time), (Outcome::Ok, time()));
    assert_eq!(outcome.address.map(|address| address.to_string()), Some(place(0)));
    assert_eq!(outcome.request.wire.as_deref(), Some(&b"\x1bSTATUS\r"[..]));
    assert_eq!(outcome.request.text(), b"STATUS");
    assert_eq!(outcome.response.wire.as_deref(), Some(&b"READY 0\0"[..]));
    assert_eq!((outcome.response.text(), outcome.response.length), (&b"READY 0"[..], 8));
    assert_eq!(outcome.fields.as_deref(), Some(r#"{"body":"READY 0"}"#));
    assert_eq!(outcome.ended_by.as_deref(), Some("terminator"));
    assert_eq!(outcome.timing.total.as_micros(), 1600);
    assert_eq!((outcome.timing.resolve, outcome.bytes_written), (None, 8));
    assert!(outcome.fingerprint.is_some() && outcome.rare.is_none());
}

#[test]
fn a_long_answer_is_cut_and_its_length_is_kept() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(1));
    let mut end = scene.end(0, 1, Outcome::Ok);
    let long = vec![b'x'; 3 * KEPT];
    *end.evidence = Evidence { response: long.clone(), stale: long.clone(), ..*end.evidence };
    running.tell(vec![Event::Ended(end)]);
    running.finish();

    let (_, outcome) = scene.journal.outcomes(&scene.last(), 0).next().unwrap().unwrap();

    assert_eq!(outcome.response.length, 3 * KEPT as u64);
    assert_eq!(outcome.response.wire.as_deref().map(<[u8]>::len), Some(KEPT));
    assert!(outcome.response.is_cut() && !outcome.request.is_cut());
    assert_eq!(outcome.rare.unwrap().stale.length, 3 * KEPT as u64);
}

#[test]
fn an_attempt_that_did_not_send_releases_its_intent() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(4));
    // Tried again, and answered: the second attempt counts as sent, the first does not.
    running.ask(vec![intent(0, 1)]);
    running.tell(vec![scene.tried(0, 1, REFUSED)]);
    running.ask(vec![intent(0, 2)]);
    running.tell(vec![scene.ended(0, 2, Outcome::Ok)]);
    // Asked for, then halted before it could start.
    running.ask(vec![intent(1, 1)]);
    running.tell(vec![scene.ended(1, 0, Outcome::Skipped(Skipped::Halted))]);
    // The question for the second attempt overtakes the end of the first.
    running.ask(vec![intent(2, 1)]);
    running.ask(vec![intent(2, 2)]);
    running.tell(vec![scene.tried(2, 1, REFUSED)]);
    // Between two attempts.
    running.ask(vec![intent(3, 1)]);
    running.tell(vec![scene.tried(3, 1, REFUSED)]);
    running.die();

    let run = scene.last();
    assert_eq!(
        states(&scene, &run),
        [
            ended(Outcome::Ok, 2),
            ended(Outcome::Skipped(Skipped::Halted), 0),
            State::Lost { attempt: 2 },
            State::Ended { outcome: REFUSED, attempt: 1, is_final: false },
        ]
    );
    let standings = scene.journal.standings(&run).unwrap();
    let sends: Vec<_> = scene.journal.sends(&run, &standings).map(Result::unwrap).collect();
    assert_eq!(
        sends.iter().map(|send| (send.number, send.place.clone())).collect::<Vec<_>>(),
        [(0, place(0)), (2, place(2))]
    );
    assert_eq!(sends[0].fingerprint, intent(0, 1).fingerprint);
    assert_eq!((standings.tried(2), standings.tried(3)), (2, 1));
}

#[test]
fn what_only_reads_has_no_intents_and_its_sends_are_known_by_its_ends() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(2));
    running.tell(vec![scene.ended(0, 1, Outcome::Ok), scene.ended(1, 1, REFUSED)]);
    running.finish();

    let run = scene.last();
    let standings = scene.journal.standings(&run).unwrap();
    let sends: Vec<_> = scene.journal.sends(&run, &standings).map(|send| send.unwrap().place).collect();
    assert_eq!(sends, [place(0)]);
}

#[test]
fn lists_that_come_while_the_run_goes_on_are_there_before_intents() {
    let scene = Scene::new();
    let handle = scene.journal.begin(&new_run()).unwrap();
    let mut running = Running::start(handle);
    let targets: Vec<_> = (0..2500).map(listed).collect();

    assert!(running.started.lister.offer(&mut rows(&targets[..1700])));
    assert!(running.started.lister.offer(&mut rows(&targets[1700..])));
    running.ask(vec![intent(2499, 1)]);
    running.granted(1);

    let run = scene.last();
    assert_eq!((scene.journal.listed(&run).unwrap(), run.targets), (2500, None));
    assert_eq!(scene.journal.summary(&run).unwrap().never_started, 2499);
    running.started.lister.complete();
    running.finish();
    assert_eq!(scene.last().targets, Some(2500));
    let read: Vec<_> = scene.journal.targets(&run).unwrap().map(Result::unwrap).collect();
    assert_eq!(read, targets);
    let mut names = Names::new(&scene.journal, &run);
    for number in [0, 2499, 999, 1000, 1699, 1700] {
        assert_eq!(names.name(number).unwrap(), name(number));
    }
    assert_eq!(names.name(2500).unwrap(), "#2500");
}

#[test]
fn a_run_that_goes_on_tells_the_latest_of_each_target() {
    let scene = Scene::new();
    let halted = Outcome::Skipped(Skipped::Halted);
    let mut running = Running::start(scene.begin(3));
    running.ask(vec![intent(0, 1)]);
    running.tell(vec![scene.ended(0, 1, Outcome::Ok), scene.ended(1, 0, halted), scene.ended(2, 0, halted)]);
    assert!(running.finish().0.finished);
    let run = scene.last();

    let mut again = Running::start(scene.journal.take(&run, false).unwrap());
    again.ask(vec![intent(1, 1)]);
    again.granted(1);
    let summary = scene.journal.summary(&run).unwrap();
    assert_eq!((summary.counts.total(), summary.open, summary.run.finished), (2, 1, None));
    assert_eq!(summary.holder, Holder::Process(Some(std::process::id())));
    again.tell(vec![scene.ended(1, 1, Outcome::Ok), scene.ended(2, 1, REFUSED)]);
    assert!(again.finish().0.finished);

    let summary = scene.journal.summary(&run).unwrap();
    assert_eq!(summary.counts.iter().collect::<Vec<_>>(), [(Outcome::Ok, 2), (REFUSED, 1)]);
    let standings = scene.journal.standings(&run).unwrap();
    let latest = scene.journal.outcomes(&run, 0).map(Result::unwrap);
    let latest: Vec<_> = latest.filter(|(order, end)| standings.is_latest(end.number, *order)).collect();
    assert_eq!(
        latest.iter().map(|(_, end)| (end.number, end.outcome)).collect::<Vec<_>>(),
        [(0, Outcome::Ok), (1, Outcome::Ok), (2, REFUSED)]
    );
}

#[test]
fn only_one_process_has_a_run() {
    let scene = Scene::new();
    let handle = scene.begin(1);
    let run = scene.last();
    let other = Journal::open(&scene.path()).unwrap();

    let refused = other.take(&run, false).unwrap_err();

    assert!(matches!(refused, JournalError::Held { pid: Some(pid), .. } if pid == std::process::id()), "{refused}");
    assert!(matches!(Journal::open(&scene.path()).unwrap().remove(&run), Err(JournalError::Held { .. })));
    drop(handle);
    drop(other.take(&run, false).unwrap());
}

#[test]
fn a_run_is_found_by_a_start_or_an_end_that_no_other_has() {
    let scene = Scene::new();
    assert!(matches!(scene.journal.find("last"), Err(JournalError::NoRuns)));
    let first = scene.begin(0);
    let second = scene.begin(0);
    let (first, second) = (first.id().to_string(), second.id().to_string());

    let find = |asked: &str| scene.journal.find(asked).map(|run| run.id.to_string());
    assert_eq!(find("last").unwrap(), second);
    assert_eq!(find(&first).unwrap(), first);
    assert_eq!(find(&first[first.len() - 4..]).unwrap(), first);
    assert!(matches!(find(&first[..4]), Err(JournalError::Ambiguous { count: 2, .. })));
    assert!(matches!(find("nothing"), Err(JournalError::NoSuchRun { .. })));
    assert!(matches!(find(""), Err(JournalError::NoSuchRun { .. })));
    // What has a meaning in patterns of SQL has none here.
    assert!(matches!(find("%"), Err(JournalError::NoSuchRun { .. })));
    assert_eq!(scene.journal.runs().unwrap().len(), 2);
}

#[test]
fn what_was_given_with_a_run_is_given_back() {
    let scene = Scene::new();
    scene.begin(1).finish(How::Done).unwrap();

    let run = scene.last();

    assert_eq!(run.settings, new_run().settings);
    assert_eq!(run.effect, new_run().effect);
    assert_eq!(scene.journal.profiles(&run).unwrap(), new_run().profiles);
    assert!(run.started <= SystemTime::now() && run.finished.is_some());
}

#[test]
fn waves_stops_and_shortages_are_noted() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(1));
    let rule: HaltRule = "soon,failed=3%".parse().unwrap();
    running.tell(vec![
        Event::WaveStarted { wave: 0 },
        Event::WaveEnded(WaveEnded { wave: 0, targets: 1, next: Next::Asked }),
        Event::WaveStarted { wave: 1 },
        Event::Stopped(Stop::Halt(rule)),
        Event::SourceFailed("broken pipe".to_owned()),
    ]);
    running.finish();

    let run = scene.last();
    assert_eq!(scene.journal.last_wave(&run).unwrap(), Some(1));
    let notes = scene.journal.notes(&run).unwrap();
    assert_eq!(
        notes.iter().map(|note| note.kind.as_str()).collect::<Vec<_>>(),
        ["wave-started", "wave-ended", "wave-started", "stopped", "source-failed"]
    );
    assert!(notes[3].text.as_deref().unwrap().starts_with("halted: soon,failed=3%"), "{notes:?}");
}

#[test]
fn what_is_found_later_stands_beside_the_outcome() {
    let scene = Scene::new();
    scene.begin(1).finish(How::Done).unwrap();
    let run = scene.last();
    let found =
        Verification { number: 0, time: time(), verdict: Verdict::InEffect, detail: Some("power=1".to_owned()) };

    let mut handle = scene.journal.take(&run, false).unwrap();
    handle.verified(std::slice::from_ref(&found)).unwrap();
    drop(handle);
    let mut handle = scene.journal.take(&run, false).unwrap();
    handle.verified(std::slice::from_ref(&found)).unwrap();

    assert_eq!(scene.journal.verifications(&run).unwrap(), [found.clone(), found]);
}

#[test]
fn a_run_that_is_removed_leaves_nothing() {
    let mut scene = Scene::new();
    let mut running = Running::start(scene.begin(2000));
    running.tell((0..2000).map(|number| scene.ended(number, 1, Outcome::Ok)).collect());
    running.finish();
    let (removed, kept) = (scene.last(), scene.begin(1));
    let before = crate::journal::size(&scene.path());

    scene.journal.remove(&removed).unwrap();

    assert_eq!(scene.journal.runs().unwrap().len(), 1);
    assert_eq!(&scene.last().id, kept.id());
    assert_eq!(scene.journal.outcomes(&removed, 0).count(), 0);
    assert!(crate::journal::size(&scene.path()) < before / 2, "the room is given back");
}
