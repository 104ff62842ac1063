//! A run without sockets: the test says what comes of each start, and moves the clock.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::outcome::{Unconfirmed, Unreachable};
use wigwag_protocol::protocol::{Protocol, Refusal};

use super::ends::SHORTAGES;
use super::*;
use crate::event::Next;
use crate::pace::{Pause, Retries};
use crate::target::{Invalid, Order, Task};

const REFUSED: Outcome = Outcome::Unreachable(Unreachable::Refused);
const NO_REPLY: Outcome = Outcome::Unconfirmed(Unconfirmed::NoReply);
const SHORT: Outcome = Outcome::Unreachable(Unreachable::Local);

/// A task that says `body`.
fn task(effect: Effect, body: &str) -> Arc<Task> {
    let protocol = Arc::new(Protocol::named("line").unwrap().unwrap());
    let call = protocol.call_body(Some(body.as_bytes().to_vec()), Fields::new()).unwrap().with_effect(effect);
    Arc::new(Task::new(protocol, Arc::new(call), Arc::new(Dialer::default()), Arc::default(), None, 0))
}

fn target(number: u32, place: &str, task: &Arc<Task>) -> Target {
    let endpoint = Endpoint::parse(place, Some(9100)).unwrap();
    Target { number, name: place.into(), tried: 0, order: Ok(Order { endpoint, task: task.clone() }) }
}

/// A run on a table.
struct Play {
    schedule: Schedule,
    now: Moment,
    /// Targets that have not been taken in.
    left: VecDeque<Target>,
    /// Intents that were asked for, in all.
    asked: u64,
    /// Whether intents are granted at once.
    gate_is_open: bool,
    in_flight: Vec<u32>,
    events: Vec<Event>,
}

impl Play {
    fn new(pace: Pace, targets: Vec<Target>) -> Self {
        let schedule = Schedule::new(pace, 0, 7, SystemTime::UNIX_EPOCH, Moment::ORIGIN);
        let mut play = Self {
            schedule,
            now: Moment::ORIGIN,
            left: targets.into(),
            asked: 0,
            gate_is_open: true,
            in_flight: Vec::new(),
            events: Vec::new(),
        };
        play.turn();
        play
    }

    /// So many devices, each told the same.
    fn of(pace: Pace, count: u32, effect: Effect) -> Self {
        let task = task(effect, "STATUS");
        Self::new(pace, (0..count).map(|number| target(number, &format!("10.0.0.{}", number + 1), &task)).collect())
    }

    /// One turn of the runner's loop.
    fn turn(&mut self) {
        self.schedule.advance(self.now);
        loop {
            let Room { targets, below } = self.schedule.room();
            match self.left.pop_front_if(|target| target.number < below) {
                _ if targets == 0 => break,
                Some(target) => self.schedule.add(target, self.now),
                None if self.left.is_empty() => self.schedule.handle_end_of_targets(),
                None => self.schedule.handle_none_below(),
            }
        }
        self.schedule.advance(self.now);
        for duplicate in self.schedule.poll_duplicates() {
            self.schedule.handle_duplicate(duplicate, None, self.now);
        }
        self.asked += self.schedule.poll_intents().len() as u64;
        if self.gate_is_open {
            self.schedule.handle_granted(self.asked);
        }
        let mut starts = Vec::new();
        self.schedule.poll_starts(&mut starts);
        self.in_flight.extend(starts.iter().map(|job| job.id as u32));
        self.schedule.poll_events(&mut self.events);
    }

    fn ends_with(&mut self, number: u32, outcome: Outcome, evidence: Evidence) {
        self.in_flight.retain(|flying| *flying != number);
        self.schedule.handle_ended(number, End { outcome, evidence: evidence.into(), link: None }, self.now);
        self.schedule.judge(self.now);
        self.turn();
    }

    fn ends(&mut self, number: u32, outcome: Outcome) {
        self.ends_with(number, outcome, Evidence::default());
    }

    fn passes(&mut self, milliseconds: u64) {
        self.now = self.now + Duration::from_millis(milliseconds);
        self.turn();
    }

    /// How it ended for each target, as `word (reason)`, with the number of attempts.
    fn outcomes(&self) -> HashMap<u32, (String, u16)> {
        let mut outcomes = HashMap::new();
        for event in &self.events {
            let Event::Ended(ended) = event else { continue };
            let reason = ended.outcome.reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let told = (format!("{}{reason}", ended.outcome.word()), ended.attempt);
            assert_eq!(outcomes.insert(ended.target.number, told), None, "one outcome for each target");
        }
        outcomes
    }

    fn outcome(&self, number: u32) -> Option<String> {
        self.outcomes().remove(&number).map(|(outcome, _)| outcome)
    }
}

fn pace() -> Pace {
    Pace { fanout: 2, ..Pace::default() }
}

fn retrying(connect: u16, response: u16) -> Pace {
    let backoff = "100ms..1s".parse().unwrap();
    Pace { retries: Retries { connect, response, backoff }, ..pace() }
}

#[test]
fn so_many_in_flight_and_in_order() {
    let mut play = Play::of(pace(), 4, Effect::Once);
    assert_eq!(play.in_flight, [0, 1]);
    play.ends(1, Outcome::Ok);
    assert_eq!(play.in_flight, [0, 2]);
    for number in [0, 2, 3] {
        play.ends(number, Outcome::Ok);
    }
    assert!(play.schedule.is_over());
    assert_eq!(play.outcomes().len(), 4);
}

#[test]
fn a_run_for_nobody_is_over() {
    assert!(Play::of(pace(), 0, Effect::Once).schedule.is_over());
}

#[test]
fn nothing_starts_before_it_is_granted_and_reads_need_no_grant() {
    let mut play = Play::new(pace(), Vec::new());
    play.gate_is_open = false;
    play.left =
        (0..3).map(|number| target(number, &format!("10.0.0.{}", number + 1), &task(Effect::Once, "X"))).collect();
    play.schedule.source_has_ended = false;
    play.turn();
    assert_eq!((play.asked, play.in_flight.len()), (3, 0));
    play.schedule.handle_granted(1);
    play.turn();
    assert_eq!(play.in_flight, [0]);

    assert_eq!(Play::of(pace(), 3, Effect::Read).asked, 0);
}

#[test]
fn intents_do_not_run_far_ahead_and_are_asked_for_many_at_once() {
    let task = task(Effect::Once, "X");
    let far = (0..1000).map(|number| target(number, &format!("10.0.{}.{}", number / 250, number % 250 + 1), &task));
    let mut play = Play::new(pace(), far.collect());
    assert_eq!((play.in_flight.len() as u64, play.asked), (2, LEAST_INTENTS as u64), "the fanout, and so many ahead");

    let mut asked_after = Vec::new();
    for number in 0..100 {
        let asked = play.asked;
        play.ends(number, Outcome::Ok);
        if play.asked > asked {
            asked_after.push((number, play.asked - asked));
        }
    }
    let half = LEAST_INTENTS as u64 / 2;
    let each = asked_after.windows(2).map(|pair| pair[1].0 - pair[0].0);
    assert!(asked_after.iter().all(|(_, asked)| (half..=half + 2).contains(asked)), "{asked_after:?}");
    assert!(asked_after.len() >= 3 && each.min() >= Some(LEAST_INTENTS as u32 / 2), "{asked_after:?}");
    assert_eq!(play.in_flight.len(), 2, "and nothing waits for that");
}

#[test]
fn what_was_not_sent_is_tried_again_after_a_while() {
    let mut play = Play::of(retrying(1, 0), 1, Effect::Once);
    play.ends(0, REFUSED);
    assert!(play.in_flight.is_empty() && !play.schedule.is_over());
    let due = play.schedule.deadline().unwrap();
    assert!((50..=100).contains(&due.since_origin().as_millis()), "{due:?}");
    play.passes(100);
    assert_eq!((play.in_flight.as_slice(), play.asked), ([0].as_slice(), 2), "each attempt asks for itself");
    play.ends(0, REFUSED);
    assert_eq!(play.outcomes()[&0], ("unreachable (refused)".to_owned(), 2));
}

#[test]
fn what_may_have_acted_is_tried_again_only_where_that_does_no_harm() {
    for (effect, attempts) in [(Effect::Once, 1), (Effect::Idempotent, 2), (Effect::Read, 2)] {
        let mut play = Play::of(retrying(0, 1), 1, effect);
        play.ends(0, NO_REPLY);
        play.passes(100);
        if attempts == 2 {
            play.ends(0, NO_REPLY);
        }
        assert_eq!(play.outcomes()[&0], ("unconfirmed (no-reply)".to_owned(), attempts), "{effect:?}");
    }
}

#[test]
fn a_later_attempt_that_sent_nothing_takes_nothing_back() {
    let mut play = Play::of(retrying(0, 1), 1, Effect::Idempotent);
    play.ends(0, NO_REPLY);
    play.passes(100);
    play.ends(0, REFUSED);
    assert_eq!(play.outcome(0).as_deref(), Some("unconfirmed (no-reply)"));

    let mut play = Play::of(retrying(0, 1), 1, Effect::Idempotent);
    play.ends(0, NO_REPLY);
    play.schedule.handle_stops(1, play.now);
    play.turn();
    assert_eq!(play.outcome(0).as_deref(), Some("unconfirmed (no-reply)"), "not cancelled: it was sent");
}

#[test]
fn a_busy_device_is_asked_again() {
    let refusal = Some(Refusal { code: None, text: None, busy: true });
    let busy = Evidence { refusal, ..Evidence::default() };
    let mut play = Play::of(retrying(0, 1), 1, Effect::Once);
    play.ends_with(0, Outcome::Rejected, busy);
    play.passes(100);
    play.ends(0, Outcome::Ok);
    assert_eq!(play.outcomes()[&0], ("ok".to_owned(), 2));
}

#[test]
fn one_device_is_told_once() {
    let (same, other) = (task(Effect::Once, "STATUS"), task(Effect::Once, "REBOOT"));
    let mut play = Play::new(
        Pace { fanout: 9, ..Pace::default() },
        vec![target(0, "10.0.0.1", &same), target(1, "10.0.0.1:9100", &same), target(2, "10.0.0.1", &other)],
    );
    assert_eq!(play.in_flight, [0], "something else waits for its turn");
    assert_eq!(play.outcomes()[&1], ("skipped (duplicate)".to_owned(), 0));
    play.ends(0, Outcome::Ok);
    assert_eq!(play.in_flight, [2]);
    play.ends(2, Outcome::Ok);
    assert!(play.schedule.is_over());
}

#[test]
fn a_resumed_run_counts_what_was_sent_before() {
    let task = task(Effect::Once, "STATUS");
    let mut play = Play::new(pace(), Vec::new());
    play.schedule.claim("10.0.0.1:9100", task.fingerprint(), 5);
    play.schedule.source_has_ended = false;
    play.left = vec![target(9, "10.0.0.1", &task), target(10, "10.0.0.2", &task)].into();
    play.turn();
    assert_eq!(play.outcome(9).as_deref(), Some("skipped (duplicate)"));
    assert_eq!(play.in_flight, [10]);
}

#[test]
fn a_target_that_does_not_fit_is_skipped() {
    let invalid = Invalid { reason: Skipped::Invalid, message: "no variable `site`".to_owned() };
    let play = Play::new(pace(), vec![Target { number: 0, name: "a".into(), tried: 0, order: Err(invalid) }]);
    assert_eq!(play.outcomes()[&0], ("skipped (invalid)".to_owned(), 0));
    assert!(play.schedule.is_over());
}

#[test]
fn starts_keep_to_the_rate() {
    let mut play =
        Play::of(Pace { rate: Some("10/s".parse().unwrap()), fanout: 9, ..Pace::default() }, 3, Effect::Once);
    assert_eq!(play.in_flight, [0]);
    assert_eq!(play.schedule.deadline(), Some(Moment::after_origin(Duration::from_millis(100))));
    play.passes(99);
    assert_eq!(play.in_flight, [0]);
    play.passes(1);
    assert_eq!(play.in_flight, [0, 1]);
}

#[test]
fn not_too_many_in_a_network() {
    let pace = Pace { fanout: 9, per_subnet: vec!["24:1".parse().unwrap()], ..Pace::default() };
    let task = task(Effect::Once, "X");
    let mut play =
        Play::new(pace, vec![target(0, "10.0.0.1", &task), target(1, "10.0.0.2", &task), target(2, "10.0.1.1", &task)]);
    assert_eq!(play.in_flight, [0, 2]);
    play.ends(0, Outcome::Ok);
    assert_eq!(play.in_flight, [2, 1]);
}

#[test]
fn a_wave_waits_for_all_of_the_one_before() {
    let pause = Pause::For(Duration::from_secs(60));
    let mut play = Play::of(Pace { fanout: 9, waves: vec![2, 4], pause, ..Pace::default() }, 4, Effect::Once);
    assert_eq!(play.in_flight, [0, 1]);
    play.ends(0, Outcome::Ok);
    assert_eq!(play.in_flight, [1]);
    play.ends(1, Outcome::Ok);
    play.turn();
    assert!(play.in_flight.is_empty());
    let ended =
        play.events.iter().find_map(|event| if let Event::WaveEnded(ended) = event { Some(*ended) } else { None });
    assert_eq!(
        ended.map(|ended| (ended.wave, ended.targets, ended.next)),
        Some((0, 2, Next::After(Duration::from_secs(60))))
    );
    play.passes(59_999);
    assert!(play.in_flight.is_empty());
    play.passes(1);
    assert_eq!(play.in_flight, [2, 3]);
}

#[test]
fn a_wave_waits_for_somebody_to_agree() {
    let mut play = Play::of(Pace { waves: vec![1, 2, 3], pause: Pause::Ask, ..pace() }, 3, Effect::Once);
    play.ends(0, Outcome::Ok);
    play.passes(1_000_000);
    assert!(play.in_flight.is_empty());
    play.schedule.handle_agreed(1);
    play.turn();
    assert_eq!(play.in_flight, [1]);
    play.ends(1, Outcome::Ok);
    play.turn();
    assert!(play.in_flight.is_empty(), "once is for one wave");
}

#[test]
fn a_rule_halts_soon() {
    let mut play = Play::of(Pace { halts: vec!["soon,rejected=1".parse().unwrap()], ..pace() }, 5, Effect::Once);
    play.ends(0, Outcome::Rejected);
    assert_eq!(play.in_flight, [1], "what is in flight is waited for");
    assert_eq!(play.schedule.poll_cut(), None);
    play.ends(1, Outcome::Ok);
    assert!(play.schedule.is_over());
    let halted = |number| play.outcome(number).as_deref() == Some("skipped (halted)");
    assert!(halted(2) && halted(3) && halted(4));
    assert!(play.events.iter().any(|event| matches!(event, Event::Stopped(Stop::Halt(_)))));
}

#[test]
fn a_rule_halts_now() {
    let mut play = Play::of(Pace { halts: vec!["now,failed=1".parse().unwrap()], ..pace() }, 3, Effect::Once);
    play.ends(0, NO_REPLY);
    assert_eq!(play.schedule.poll_cut(), Some(Cut::All));
    play.ends(1, Outcome::Cancelled);
    assert_eq!(play.outcome(1).as_deref(), Some("skipped (halted)"), "no person has cancelled it");
}

#[test]
fn a_canary_has_rules_of_its_own() {
    let halts = vec!["soon,unconfirmed=1".parse().unwrap()];
    let pace = Pace { waves: vec![1, 3], canary_halts: halts, ..pace() };
    let mut play = Play::of(pace.clone(), 3, Effect::Once);
    play.ends(0, NO_REPLY);
    assert_eq!(play.outcome(2).as_deref(), Some("skipped (halted)"));

    let mut play = Play::of(pace, 3, Effect::Once);
    play.ends(0, Outcome::Ok);
    play.turn();
    play.ends(1, NO_REPLY);
    play.ends(2, NO_REPLY);
    assert!(play.schedule.stopped().is_none() && play.schedule.is_over());
}

#[test]
fn a_person_stops_twice() {
    let mut play = Play::of(pace(), 4, Effect::Once);
    play.schedule.handle_stops(1, play.now);
    assert_eq!(play.schedule.poll_cut(), Some(Cut::Uncommitted));
    play.turn();
    assert_eq!((play.outcome(2).as_deref(), play.outcome(3).as_deref()), (Some("cancelled"), Some("cancelled")));
    play.ends(0, Outcome::Cancelled);
    assert_eq!(play.outcome(0).as_deref(), Some("cancelled"));
    play.schedule.handle_stops(2, play.now);
    assert_eq!(play.schedule.poll_cut(), Some(Cut::All));
    play.ends(1, Outcome::Unconfirmed(Unconfirmed::Interrupted));
    assert!(play.schedule.is_over());
}

#[test]
fn an_attempt_that_was_not_made_is_not_counted() {
    let mut play = Play::of(retrying(1, 0), 4, Effect::Once);
    play.ends(0, Outcome::Unreachable(Unreachable::Refused));
    play.schedule.handle_stops(1, play.now);
    play.turn();
    let told = |outcome: &str, attempts| (outcome.to_owned(), attempts);
    assert_eq!(play.outcomes()[&0], told("unreachable (refused)", 1), "it was going to be tried again");
    assert_eq!(play.outcomes()[&3], told("cancelled", 0));
    play.ends(1, Outcome::Cancelled);
    assert_eq!(play.outcomes()[&1], told("cancelled", 1), "it was on its way");
}

#[test]
fn the_deadline_of_a_run() {
    let mut play = Play::of(Pace { deadline: Some(Duration::from_secs(1)), ..pace() }, 3, Effect::Once);
    assert_eq!(play.schedule.deadline(), Some(Moment::after_origin(Duration::from_secs(1))));
    play.passes(1000);
    assert_eq!(play.schedule.poll_cut(), Some(Cut::Uncommitted));
    assert_eq!(play.outcome(2).as_deref(), Some("expired"));
    play.ends(0, Outcome::Cancelled);
    assert_eq!(play.outcome(0).as_deref(), Some("expired"));
    play.ends(1, Outcome::Ok);
    assert!(play.schedule.is_over());
}

#[test]
fn a_gate_that_refuses_stops_starts_and_lets_the_rest_end() {
    let mut play = Play::of(pace(), 4, Effect::Once);
    play.gate_is_open = false;
    play.schedule.handle_refused("the disk is full", play.now);
    play.turn();
    assert_eq!(play.schedule.poll_cut(), None);
    assert_eq!(play.outcome(3).as_deref(), Some("skipped (halted)"));
    play.ends(0, Outcome::Ok);
    play.ends(1, Outcome::Ok);
    assert!(play.schedule.is_over());
}

#[test]
fn a_shortage_of_this_machine_is_nobodys_fault() {
    let mut play = Play::of(pace(), 3, Effect::Once);
    play.ends(0, SHORT);
    play.ends(1, Outcome::Ok);
    assert!(play.in_flight.is_empty(), "all starts wait");
    play.passes(50);
    assert_eq!(play.in_flight.len(), 2);
    play.ends(0, Outcome::Ok);
    assert_eq!(play.outcomes()[&0], ("ok".to_owned(), 2));

    let mut play = Play::of(pace(), 1, Effect::Once);
    for _ in 0..=SHORTAGES {
        play.passes(60_000);
        play.ends(0, SHORT);
    }
    assert_eq!(play.outcome(0).as_deref(), Some("unreachable (local)"), "what does not pass is told");
}

#[test]
fn nothing_begins_while_the_reader_is_behind() {
    let mut play = Play::of(pace(), 3, Effect::Once);
    play.schedule.hold(true);
    play.ends(0, Outcome::Ok);
    assert_eq!(play.schedule.room().targets, 0);
    play.schedule.hold(false);
    play.turn();
    play.ends(1, Outcome::Ok);
    assert_eq!(play.in_flight, [2]);
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    proptest::sample::select(vec![Outcome::Ok, Outcome::Rejected, REFUSED, NO_REPLY, SHORT, Outcome::Cancelled])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever comes of whichever start: each target has one outcome, no device is spoken to twice at once, no more than
    /// the fanout are in flight, and nothing that may have acted once is sent again.
    #[test]
    fn whatever_happens(
        places in proptest::collection::vec(0_u8..12, 0..30),
        ends in proptest::collection::vec((any_outcome(), any::<prop::sample::Index>()), 0..200),
        fanout in 1_usize..5,
        waves in proptest::option::of(1_u32..20),
        halt in proptest::option::of(1_u32..5),
        stop_at in proptest::option::of(0_usize..40),
    ) {
        let tasks = [task(Effect::Once, "A"), task(Effect::Once, "B")];
        let targets: Vec<Target> = places.iter().enumerate().map(|(number, place)| {
            target(number as u32, &format!("10.0.0.{}", place / 2 + 1), &tasks[usize::from(place % 2)])
        }).collect();
        let halts = halt.map(|count| format!("soon,failed={count}").parse().unwrap()).into_iter().collect();
        let waves = waves.map(|first| vec![first, u32::MAX]).unwrap_or_default();
        let retries = Retries { connect: 1, response: 1, backoff: "1ms..2ms".parse().unwrap() };
        let mut play = Play::new(Pace { fanout, waves, halts, retries, ..Pace::default() }, targets.clone());
        let mut may_have_acted = HashSet::new();

        let mut ends = ends.into_iter();
        for step in 0.. {
            if play.schedule.is_over() {
                break;
            }
            prop_assert!(step < 2000, "it comes to an end");
            if stop_at == Some(step) {
                play.schedule.handle_stops(1, play.now);
            }
            prop_assert!(play.in_flight.len() <= fanout);
            let devices: HashSet<u8> = play.in_flight.iter().map(|number| places[*number as usize] / 2).collect();
            prop_assert_eq!(devices.len(), play.in_flight.len(), "one at a time to each device");
            prop_assert!(play.in_flight.iter().all(|number| !may_have_acted.contains(number)), "never twice");
            if play.in_flight.is_empty() {
                play.passes(60_000);
                continue;
            }
            let (outcome, index) = ends.next().map_or((Outcome::Ok, 0), |(outcome, index)| (outcome, index.index(play.in_flight.len())));
            let number = play.in_flight[index];
            let outcome = if outcome == Outcome::Cancelled && play.schedule.stopped().is_none() { Outcome::Ok } else { outcome };
            if !outcome.proves_not_sent() && outcome != Outcome::Rejected {
                may_have_acted.insert(number);
            }
            play.ends(number, outcome);
            play.passes(1);
        }
        prop_assert_eq!(play.outcomes().len(), targets.len());
    }
}
