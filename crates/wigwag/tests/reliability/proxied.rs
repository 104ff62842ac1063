//! Each fault of a wire, at each byte of each exchange, between `wigwag send` and `wigwag-agent`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::due::{due, patience};
use crate::exchange::{CHECKSUM, Case, ESC_CR, Exchange, GREETING, LENGTH, LINE};
use crate::fault::{Fault, PHASES, Place, Plan};
use crate::found::Found;
use crate::support::{Agent, Passed, Proxy, Told, Tries, acts, beside, send};
use crate::table::{Cells, Row, follow_on, joined, same_of_faults};

/// A fault at a place, and what came of it.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) fault: Fault,
    pub(crate) place: Place,
    pub(crate) found: Found,
}

/// An exchange, and what came of all its cases.
pub(crate) struct Matrix {
    pub(crate) exchange: &'static Exchange,
    pub(crate) played: Vec<Played>,
}

// Played once, for the test of the exchange and for the page.
pub(crate) static ALL: [&LazyLock<Matrix>; 5] = [&OF_ESC_CR, &OF_LINE, &OF_LENGTH, &OF_CHECKSUM, &OF_GREETING];
static OF_ESC_CR: LazyLock<Matrix> = LazyLock::new(|| play(&ESC_CR));
static OF_LINE: LazyLock<Matrix> = LazyLock::new(|| play(&LINE));
static OF_LENGTH: LazyLock<Matrix> = LazyLock::new(|| play(&LENGTH));
static OF_CHECKSUM: LazyLock<Matrix> = LazyLock::new(|| play(&CHECKSUM));
static OF_GREETING: LazyLock<Matrix> = LazyLock::new(|| play(&GREETING));

#[test]
fn a_command_behind_which_the_sending_side_is_closed() {
    is_told_truthfully(&OF_ESC_CR);
}

#[test]
fn a_line() {
    is_told_truthfully(&OF_LINE);
}

#[test]
fn a_frame_that_says_its_length() {
    is_told_truthfully(&OF_LENGTH);
}

#[test]
fn a_frame_with_a_checksum() {
    is_told_truthfully(&OF_CHECKSUM);
}

#[test]
fn a_device_that_speaks_first() {
    is_told_truthfully(&OF_GREETING);
}

fn is_told_truthfully(matrix: &Matrix) {
    let mut wrong = String::new();
    for Played { fault, place, found } in &matrix.played {
        for problem in found.faults(&due(matrix.exchange, *fault, *place, found.tries)) {
            wrong += &format!("{fault:?} at {place:?}, {:?}: {problem}: {found:?}\n", found.tries);
        }
    }
    assert!(wrong.is_empty(), "{}:\n{wrong}", matrix.exchange.name);
    let faults: BTreeSet<Fault> = matrix.played.iter().map(|played| played.fault).collect();
    assert_eq!(faults.len(), Fault::ALL.len());
}

/// If the device acts twice, that is seen: here it may, since the command is declared to do no harm twice.
#[test]
fn what_acts_twice_is_counted_twice() {
    let agent = Agent::start(&LINE);
    let words = |case| [(LINE.words)(case), vec!["--effect".to_owned(), "idempotent".to_owned()]].concat();
    let plan = Plan { fault: Fault::Reset, place: Place::Answer(0), shape: LINE.shape() };
    let (told, passed) = send_through(&agent, plan, &words(Case(1000)), Tries::More);
    assert_eq!((told.outcome.as_str(), told.attempts, passed.len()), ("ok", 2, 2));
    assert_eq!(agent.acts(Case(1000)), 2);
    agent.end();
}

impl Matrix {
    /// What is said of it on the page: place by place, and what came to the same in one row.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let of = |tries| self.played.iter().filter(move |played| played.found.tries == tries);
        let rows = of(Tries::One).zip(of(Tries::More)).map(|(one, more)| self.row(one, more));
        let mut rows = joined(joined(rows, follow_on), same_of_faults);
        rows.sort_by_key(|row| PHASES.iter().position(|phase| row.places == [*phase]));
        rows
    }

    fn row(&self, one: &Played, more: &Played) -> Row {
        let Played { fault, place, .. } = *one;
        let offset = place.offset();
        let due_of = |tries| due(self.exchange, fault, place, tries);
        let found = [&one.found, &more.found];
        let cells = match due_of(Tries::One).len() {
            1 => Cells::of(found[0], found[1]),
            _ => Cells::among(&due_of(Tries::One), &due_of(Tries::More), found),
        };
        Row {
            faults: vec![fault.name()],
            places: vec![place.phase()],
            offsets: offset.map(|offset| (offset, offset)),
            cells,
        }
    }
}

fn play(exchange: &'static Exchange) -> Matrix {
    let agent = Agent::start(exchange);
    let places = Fault::ALL.into_iter().flat_map(|fault| {
        exchange.shape().places(fault).into_iter().map(move |place| Plan { fault, place, shape: exchange.shape() })
    });
    let cases: Vec<(Plan, Tries)> = places.flat_map(|plan| [(plan, Tries::One), (plan, Tries::More)]).collect();
    let mut played = beside(&cases, |index, (plan, tries)| play_one(&agent, exchange, *plan, Case::nth(index), *tries));
    // What it notes is whole when it has ended.
    let folder = agent.end();
    for (index, played) in played.iter_mut().enumerate() {
        played.found.acts = acts(folder.path(), Case::nth(index));
    }
    // One more was there before the first, and one behind the last.
    assert_eq!(acts(folder.path(), Case::GOOD), cases.len() + 2, "good clients");
    Matrix { exchange, played }
}

fn play_one(agent: &Agent, exchange: &'static Exchange, plan: Plan, case: Case, tries: Tries) -> Played {
    let (told, passed) = send_through(agent, plan, &(exchange.words)(case), tries);
    for passed in &passed {
        passed_as_planned(passed, exchange, plan, case);
    }
    agent.serves_a_good_client();
    let sends = passed.iter().filter(|passed| !passed.from_client.is_empty()).count();
    Played { fault: plan.fault, place: plan.place, found: Found { told, tries, acts: 0, sends } }
}

/// The wire made no bytes of its own, and where it had to end it did.
fn passed_as_planned(passed: &Passed, exchange: &Exchange, plan: Plan, case: Case) {
    let (request, greeting) = ((exchange.request)(case), exchange.greeting);
    let comes_back = [greeting, &(exchange.answer)(case)].concat();
    assert!(request.starts_with(&passed.from_client), "another command: {passed:?}");
    assert!(request.starts_with(&passed.to_device), "{passed:?}");
    assert!(comes_back.starts_with(&passed.to_client), "another answer: {passed:?}");
    let (up, down) = match plan.place {
        _ if !passed.ended => return,
        Place::AtOnce => (0, 0),
        Place::Greeting(offset) => (0, offset),
        Place::Request(offset) => (offset, greeting.len()),
        Place::Answer(offset) => (request.len(), greeting.len() + offset),
    };
    assert_eq!((passed.to_device.len(), passed.to_client.len()), (up, down), "{plan:?}: {passed:?}");
}

fn send_through(agent: &Agent, plan: Plan, words: &[String], tries: Tries) -> (Told, Vec<Passed>) {
    let proxy = Proxy::start(agent.address(), plan);
    let folder = agent.folder();
    let words: Vec<String> = words.iter().map(|word| word.replace("FOLDER", folder.to_str().unwrap())).collect();
    let patience = patience(agent.exchange(), plan.fault, plan.place);
    let told = send(&proxy.address(), &words, patience, tries, folder);
    (told, proxy.end())
}
