//! The events that a run begins and ends with.

use wigwag_fleet::Counts;

use super::outcome::{microseconds, time};
use super::writer::Object;
use crate::report::run::{Begun, Finished, exit};

/// Writes `run-started` as one object.
pub(crate) fn started(begun: &Begun<'_>, out: &mut Vec<u8>) {
    let mut event = of_run("run-started", begun.run, out);
    time(&mut event, begun.time);
    if let Some(command) = begun.command {
        event.string("command", command);
    }
    if let Some(targets) = begun.targets {
        event.number("targets", targets);
    }
    event.close();
}

/// Writes `run-finished` as one object. The counts in it sum to `targets`.
pub(crate) fn finished(run: Option<&str>, finished: &Finished, counts: &Counts, out: &mut Vec<u8>) {
    let mut event = of_run("run-finished", run, out);
    time(&mut event, finished.time);
    event.number("targets", counts.total());
    words(event.key("counts"), counts);
    reasons(event.key("reasons"), counts);
    event.number("tried_again", finished.tried_again);
    event.number("wall_us", microseconds(finished.wall));
    for (key, is_so) in [("halted", finished.halted), ("interrupted", finished.interrupted)] {
        if is_so {
            event.truth(key, true);
        }
    }
    event.number("exit", exit(counts, finished).number());
    event.close();
}

fn of_run<'o>(name: &str, run: Option<&str>, out: &'o mut Vec<u8>) -> Object<'o> {
    let mut event = Object::open(out);
    event.number("v", 1_u32);
    event.string("event", name);
    if let Some(run) = run {
        event.string("run", run);
    }
    event
}

/// `{"ok":118,"unreachable":2}`
fn words(out: &mut Vec<u8>, counts: &Counts) {
    let mut object = Object::open(out);
    for (word, count) in counts.by_word() {
        object.number(word, count);
    }
    object.close();
}

/// `{"unreachable":{"refused":2}}`
fn reasons(out: &mut Vec<u8>, counts: &Counts) {
    let mut object = Object::open(out);
    for (word, _) in counts.by_word() {
        let reasons: Vec<(&str, u64)> = counts.reasons_of(word).collect();
        if !reasons.is_empty() {
            let mut of_word = Object::open(object.key(word));
            reasons.into_iter().for_each(|(reason, count)| of_word.number(reason, count));
            of_word.close();
        }
    }
    object.close();
}
