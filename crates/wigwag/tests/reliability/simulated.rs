//! Each fault of the simulator, between `wigwag send` and `wigwag simulate`, whose log tells what came.

use std::fs;
use std::sync::LazyLock;

use serde_json::Value as Json;

use crate::found::Found;
use crate::support::{Patience, Tries, beside, send, wigwag};
use crate::table::{Cells, Row, joined, same_of_places};

/// A fault of the simulator, and what must come of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    protocol: &'static str,
    words: &'static [&'static str],
    /// As `--fault` takes it.
    fault: &'static str,
    patience: Patience,
    outcome: &'static str,
}

/// What came of a case.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    case: Case,
    found: Found,
    /// How often the device got the command and said that it was busy.
    refused: usize,
}

const fn case(fault: &'static str, spoken: Spoken, outcome: &'static str) -> Case {
    Case { protocol: spoken.0, words: spoken.1, fault, patience: Patience::Long, outcome }
}

/// Where the client waits for the first byte in vain.
const fn silent(fault: &'static str, spoken: Spoken, outcome: &'static str) -> Case {
    Case { patience: Patience::ShortFirst, ..case(fault, spoken, outcome) }
}

/// A protocol and a command.
type Spoken = (&'static str, &'static [&'static str]);

// None of them may be sent twice: a body has no declared effect, and `volume_up` is `once`.
const ESC_CR: Spoken = ("esc-cr", &["STEP"]);
const LINE: Spoken = ("line", &["--protocol", "line", "STEP"]);
const MODBUS: Spoken = ("modbus-tcp", &["--protocol", "modbus-tcp", "--hex", "00070005", "unit=17", "fc=6", "--yes"]);
const SAMSUNG: Spoken = ("samsung-mdc", &["--protocol", "samsung-mdc", "--hex", "01", "cmd=0x11", "id=1"]);
const EXTRON: Spoken = ("extron-sis", &["--protocol", "extron-sis", "volume_up"]);

const CASES: &[Case] = &[
    case("slow:150ms", ESC_CR, "ok"),
    case("slow:150ms", LINE, "ok"),
    case("slow:150ms", MODBUS, "ok"),
    case("slow:150ms", EXTRON, "ok"),
    silent("late:3s", ESC_CR, "unconfirmed (no-reply)"),
    silent("late:3s", LINE, "unconfirmed (no-reply)"),
    silent("late:3s", MODBUS, "unconfirmed (no-reply)"),
    silent("silent", ESC_CR, "unconfirmed (no-reply)"),
    silent("silent", LINE, "unconfirmed (no-reply)"),
    silent("silent", MODBUS, "unconfirmed (no-reply)"),
    silent("silent", SAMSUNG, "unconfirmed (no-reply)"),
    case("reset", ESC_CR, "unconfirmed (reset)"),
    case("reset", LINE, "unconfirmed (reset)"),
    case("reset", MODBUS, "unconfirmed (reset)"),
    case("reset", EXTRON, "unconfirmed (reset)"),
    // The end of the connection would end the frame; a reset does not.
    case("close-mid-frame", ESC_CR, "unconfirmed (reset)"),
    case("close-mid-frame", LINE, "unconfirmed (closed)"),
    case("close-mid-frame", MODBUS, "unconfirmed (closed)"),
    case("close-mid-frame", EXTRON, "unconfirmed (closed)"),
    case("split", ESC_CR, "ok"),
    case("split", LINE, "ok"),
    case("split", MODBUS, "ok"),
    case("split", EXTRON, "ok"),
    // Any bytes are an answer if the connection ends behind them.
    case("garble", ESC_CR, "unconfirmed (reset)"),
    // Nothing but its end could give a line away.
    Case { patience: Patience::ShortIdle, ..case("garble", LINE, "unconfirmed (stalled)") },
    case("garble", SAMSUNG, "garbled (checksum)"),
    silent("wrong-id", MODBUS, "unconfirmed (no-reply)"),
    silent("wrong-id", SAMSUNG, "unconfirmed (no-reply)"),
    case("busy", MODBUS, "rejected"),
    case("busy", EXTRON, "rejected"),
    case("no-half-close", ESC_CR, "unconfirmed (closed-after-fin)"),
    case("no-half-close", LINE, "ok"),
    case("banner:Port already in use", EXTRON, "unreachable (greeting)"),
    case("refuse", ESC_CR, "unreachable (refused)"),
    case("refuse", MODBUS, "unreachable (refused)"),
];

pub(crate) static ALL: LazyLock<Vec<Played>> = LazyLock::new(|| {
    let cases: Vec<(Case, Tries)> = CASES.iter().flat_map(|case| [(*case, Tries::One), (*case, Tries::More)]).collect();
    beside(&cases, |_, (case, tries)| play(*case, *tries))
});

#[test]
fn every_fault_of_the_simulator_is_told_truthfully() {
    let mut wrong = String::new();
    for Played { case, found, refused } in &*ALL {
        let (outcome, acts, attempts, refusals) = case.due(found.tries);
        let mut faults = found.faults(&vec![(outcome, acts)]);
        if (found.told.attempts, *refused) != (attempts, refusals) {
            faults.push(format!("{attempts} attempts and {refusals} refusals were due"));
        }
        for problem in faults {
            wrong += &format!("{case:?}, {:?}: {problem}: {refused} refused, {found:?}\n", found.tries);
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn no_fault_of_the_simulator_is_missing() {
    for name in wigwag_device::simulate::Kind::NAMES {
        assert!(CASES.iter().any(|case| case.name() == name), "{name}");
    }
}

/// What is said of it on the page.
pub(crate) fn rows(played: &[Played]) -> Vec<Row> {
    let of = |tries| played.iter().filter(move |played| played.found.tries == tries);
    let rows = of(Tries::One).zip(of(Tries::More)).map(|(one, more)| Row {
        faults: vec![one.case.name()],
        places: vec![one.case.protocol],
        offsets: None,
        cells: Cells::of(&one.found, &more.found),
    });
    joined(rows, same_of_places)
}

impl Case {
    fn name(&self) -> &'static str {
        self.fault.split(':').next().unwrap_or_default()
    }

    /// The outcome, how often the device has acted, how many attempts there were, and how often it said that it was busy.
    fn due(&self, tries: Tries) -> (&'static str, usize, u64, usize) {
        match (self.name(), tries) {
            // Each attempt fares alike.
            ("refuse" | "banner", Tries::One) => (self.outcome, 0, 1, 0),
            ("refuse" | "banner", Tries::More) => (self.outcome, 0, 3, 0),
            ("busy", Tries::One) => (self.outcome, 0, 1, 1),
            // What was refused is asked again, and is done then.
            ("busy", Tries::More) => ("ok", 1, 2, 1),
            (_, Tries::One | Tries::More) => (self.outcome, 1, 1, 0),
        }
    }

    /// The first command has the fault; if there were another one, nothing would be wrong with it.
    fn scenario(&self) -> String {
        format!("fault = ['{}']\n[[step]]\nafter = 1\nfault = []\n", self.fault)
    }
}

fn play(case: Case, tries: Tries) -> Played {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(at("scenario.toml"), case.scenario()).unwrap();
    let listening = ["simulate", case.protocol, "--listen", "127.0.0.1:0", "--seed", "1"];
    let played = ["--scenario", &at("scenario.toml"), "--log", &at("log.ndjson")];
    let mut device = wigwag(&listening).arguments(&played).start();
    let said = device.stderr_with("ready\n");
    let address = said.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()).expect(&said);

    let words: Vec<String> = case.words.iter().map(|word| (*word).to_owned()).collect();
    let told = send(address, &words, case.patience, tries, folder.path());

    device.signal("TERM");
    let ended = device.end();
    assert_eq!(ended.code, 0, "{ended:?}");
    let (refused, taken): (Vec<Json>, Vec<Json>) =
        received(&at("log.ndjson")).into_iter().partition(|command| command["fault"] == "busy");
    let is_played = |command: &Json| command["fault"] == case.name();
    assert!(refused.iter().chain(&taken).next().is_none_or(is_played), "{case:?}: another fault was played");
    // Whatever it took it has done; what it refused it has not.
    Played { case, found: Found { told, tries, acts: taken.len(), sends: taken.len() }, refused: refused.len() }
}

/// What a log holds.
fn received(log: &str) -> Vec<Json> {
    fs::read_to_string(log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
