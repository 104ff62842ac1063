//! A large fleet, read back piece by piece.

use wigwag_protocol::outcome::Outcome;

use super::scene::{REFUSED, Running, Scene, intent, name};
use crate::journal::{Names, State};

/// As many as tell of what grows with them; a hundred times as many would take as long as all other tests together.
const MANY: u32 = 8_000;

#[test]
fn all_of_it_is_there() {
    let scene = Scene::new();
    let mut running = Running::start(scene.begin(MANY));
    let outcome = |number: u32| if number.is_multiple_of(7) { REFUSED } else { Outcome::Ok };
    let reader = std::thread::spawn({
        let report = std::mem::replace(&mut running.report, std::sync::mpsc::sync_channel(0).1);
        move || report.iter().map(|events| events.len()).sum::<usize>()
    });
    for first in (0..MANY).step_by(250) {
        running.ask((first..first + 250).map(|number| intent(number, 1)).collect());
        running.granted(u64::from(first) + 250);
        // They end in another order than they began.
        running.tell((first..first + 250).rev().map(|number| scene.ended(number, 1, outcome(number))).collect());
    }
    assert!(running.finish().0.finished);
    assert_eq!(reader.join().unwrap(), MANY as usize);

    let run = scene.last();
    let summary = scene.journal.summary(&run).unwrap();
    assert_eq!((summary.counts.total(), summary.never_started), (u64::from(MANY), 0));
    let standings = scene.journal.standings(&run).unwrap();
    let mut count = 0;
    for (target, number) in scene.journal.targets(&run).unwrap().zip(0..) {
        assert_eq!(target.unwrap().name, name(number));
        let state = State::Ended { outcome: outcome(number), attempt: 1, is_final: true };
        assert_eq!(standings.state(number), state);
        count += 1;
    }
    assert_eq!(count, MANY);
    let mut names = Names::new(&scene.journal, &run);
    let mut outcomes = 0;
    for end in scene.journal.outcomes(&run, 0) {
        let (_, end) = end.unwrap();
        assert_eq!(names.name(end.number).unwrap(), name(end.number));
        outcomes += 1;
    }
    assert_eq!(outcomes, MANY);
    let sent = (0..MANY).filter(|number| outcome(*number) == Outcome::Ok).count();
    assert_eq!(scene.journal.sends(&run, &standings).count(), sent);
}
