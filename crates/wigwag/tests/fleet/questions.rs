//! What a person is asked on a terminal, and what comes of the answer.

use crate::support::{Ended, Fleet, Program};

/// Plays a person on a terminal who answers each time to what is asked.
const PERSON: &str = "
import os, pty, sys
question, answer, words = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
process, terminal = pty.fork()
if process == 0:
    os.execv(words[0], words)
said, answered = b'', 0
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    said += piece
    os.write(1, piece)
    while said.count(question) > answered:
        answered += 1
        os.write(terminal, answer + b'\\n')
sys.exit(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]))
";

fn answer(fleet: &Fleet, question: &str, answer: &str, words: &[&str]) -> Ended {
    let journal = fleet.journal();
    Program::new("python3")
        .arguments(&["-c", PERSON, question, answer, env!("CARGO_BIN_EXE_wigwag")])
        .arguments(words)
        .arguments(&["--journal", &journal])
        .env("TERM", "xterm")
        .run()
}

#[test]
fn what_acts_on_several_needs_a_yes() {
    for (typed, code, told) in [("yes", 0, 5), ("y", 2, 0), ("", 2, 0)] {
        let fleet = Fleet::of(5, "esc-cr", &[]);
        let words = ["send", "@simulated", "STEP", "-i", &fleet.path("fleet.toml")];
        let sent = answer(&fleet, "Type yes to go on: ", typed, &words);
        assert_eq!((sent.code, fleet.received().count()), (code, told), "{typed}: {sent:?}");
    }
}

#[test]
fn a_wave_needs_a_yes_if_that_was_said() {
    const QUESTION: &str = "Type yes to go on with the next wave: ";
    for (typed, code, told) in [("yes", 0, 9), ("no", 130, 2)] {
        let fleet = Fleet::of(9, "esc-cr", &[]);
        let inventory = fleet.path("fleet.toml");
        let words = ["send", "@simulated", "STEP", "--yes", "-i", &inventory, "--waves", "2,5,100%", "--pause", "ask"];
        let sent = answer(&fleet, QUESTION, typed, &words);
        assert_eq!(sent.code, code, "{typed}: {sent:?}");
        let shown = fleet.shown();
        assert_eq!((shown.count("ok"), shown.count("cancelled")), (told, 9 - told), "{typed}: {sent:?}");
        assert_eq!(fleet.received().count(), told);
    }
}

#[test]
fn a_resume_asks_too() {
    let fleet = Fleet::of(100, "esc-cr", &["--fault", "slow:30ms"]);
    let mut sending = fleet.send(&["@simulated", "STEP", "--fanout", "4"]).start();
    fleet.wait_until_received(5);
    sending.signal("INT");
    sending.stderr_with("again to cut\n");
    assert_eq!(sending.end().code, 130);

    let unasked = fleet.wigwag(&["resume", "last"]).run();
    assert_eq!((unasked.code, unasked.told().1), (2, ""), "{unasked:?}");
    assert!(unasked.stderr.contains("add --yes if that is meant"), "{unasked:?}");
    let before = fleet.shown().count("ok");
    let refused = answer(&fleet, "Type yes to go on: ", "no", &["resume", "last"]);
    assert_eq!((refused.code, fleet.shown().count("ok")), (2, before), "{refused:?}");
    let meant = answer(&fleet, "Type yes to go on: ", "yes", &["resume", "last"]);
    assert_eq!((meant.code, fleet.shown().count("ok")), (0, 100), "{meant:?}");

    let received = fleet.received();
    received.nobody_twice();
    assert_eq!(received.count(), 100);
}
