//! A run as a person and a script see it.

use std::io::{self, ErrorKind, Write};
use std::time::Duration;

use indicatif::{InMemoryTerm, TermLike};
use wigwag_fleet::event::{Next, WaveEnded};
use wigwag_fleet::pace::{Counted, HaltRule};
use wigwag_fleet::{Event, Stop};
use wigwag_protocol::outcome::Skipped;

use super::*;
use crate::report::samples::{answered, begun, events, mixed, refused, skipped, status};
use crate::report::{Form, Look};

/// What was printed on both sides, and the exit code.
fn run(look: Look, batches: &[Vec<Event>]) -> (String, String, u8) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut readers = Readers::new(look, Progress::none(), &mut stdout, &mut stderr);
    readers.begin(&begun(3)).unwrap();
    for batch in batches {
        assert_eq!(readers.events(batch).unwrap(), Audience::Here);
    }
    let exit = readers.finish().unwrap().number();
    (String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap(), exit)
}

fn several(form: Form) -> Look {
    Look { is_for_several: true, ..Look::of_one(form) }
}

fn halted() -> Vec<Vec<Event>> {
    let task = status();
    let wave = WaveEnded { wave: 0, targets: 1, next: Next::After(Duration::from_secs(60)) };
    let shortage = Event::Short { cause: "too many open files".to_owned(), pause: Duration::from_secs(1) };
    vec![
        vec![Event::WaveStarted { wave: 0 }],
        events([answered(&task, 1, b"OK")]),
        vec![Event::WaveEnded(wave), Event::WaveStarted { wave: 1 }, shortage],
        events([refused(&task, 2)]),
        vec![Event::Stopped(Stop::Halt(HaltRule::at_the_first(Counted::Unreachable)))],
        events([skipped(&task, 3, Skipped::Halted)]),
    ]
}

#[test]
fn a_run_that_was_halted() {
    let (stdout, stderr, exit) = run(several(Form::Table), &halted());
    assert_eq!((stdout.lines().count(), exit), (3, 6));
    let lines: Vec<&str> = stderr.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "note: wave 1 is done, 1 target so far; the next begins in 60 s",
            "note: wave 2 begins",
            "warning: too many open files; nothing is started for 1 s",
            "error: halted by the rule soon,unreachable=1: nothing more is started",
            "3 targets: 1 ok, 1 unreachable (refused), 1 skipped (halted)",
        ]
    );
    assert_eq!(lines.last(), Some(&"next: wigwag resume last"));
}

#[test]
fn quiet_leaves_errors_and_warnings() {
    let (stdout, stderr, exit) = run(Look { is_quiet: true, ..several(Form::Table) }, &halted());
    assert_eq!((stdout.lines().count(), exit), (3, 6));
    let lines: Vec<&str> = stderr.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["warning", "error"]);
}

#[test]
fn machines_get_no_summary() {
    for form in [Form::Ndjson, Form::Json, Form::Csv] {
        let (_, stderr, _) = run(several(form), &[events(mixed())]);
        assert_eq!(stderr, "", "{form:?}");
    }
}

#[test]
fn text_of_several_leaves_errors_to_standard_error() {
    let (stdout, stderr, exit) = run(several(Form::Text), &[events(mixed())]);
    assert!(stdout.starts_with("press-001: OK\n"), "{stdout}");
    assert!(stderr.starts_with("error: press-004:9100: could not connect: connection refused\n"), "{stderr}");
    assert_eq!(exit, 5);
}

#[test]
fn a_person_who_stops_it_and_a_list_that_breaks_off() {
    let ok = || events([answered(&status(), 1, b"OK")]);
    let (_, stderr, exit) = run(several(Form::Table), &[ok(), vec![Event::Stopped(Stop::Person)]]);
    assert_eq!(exit, 130);
    assert!(stderr.starts_with("note: nothing more is started; waiting"), "{stderr}");
    let (_, stderr, exit) = run(several(Form::Csv), &[ok(), vec![Event::SourceFailed("line 7: \x1b[2J".to_owned())]]);
    assert_eq!(exit, 7);
    assert_eq!(stderr, "error: the list of targets broke off: line 7: <ESC>[2J; what came before counts\n");
    let (_, _, exit) = run(several(Form::Csv), &[ok(), vec![Event::Stopped(Stop::Refused("disk full".to_owned()))]]);
    assert_eq!(exit, 1);
}

/// Both outputs on one terminal.
struct Screen(InMemoryTerm);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // As the kernel does for a terminal.
        self.0.write_str(&std::str::from_utf8(bytes).unwrap().replace('\n', "\r\n"))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_and_a_bar_on_one_terminal() {
    let terminal = InMemoryTerm::new(20, 80);
    let look = Look { width: Some(80), ..several(Form::Table) };
    let (stdout, stderr) = (Screen(terminal.clone()), Screen(terminal.clone()));
    let mut readers = Readers::new(look, Progress::on(&terminal), stdout, stderr);
    readers.begin(&begun(3)).unwrap();
    for batch in halted() {
        readers.events(&batch).unwrap();
        readers.tick();
    }
    let during = terminal.contents();
    assert!(during.lines().last().unwrap().starts_with("==================== 3/3  1 ok, 1 unreachable"), "{during}");
    readers.finish().unwrap();
    let after = terminal.contents();
    // Neither half a bar nor half a line is left.
    let starts: Vec<&str> = after.lines().map(|line| line.split(' ').next().unwrap()).collect();
    let expected = ["press-001", "note:", "note:", "warning:", "press-002", "error:", "press-003", "3", "in", "next:"];
    assert_eq!(starts, expected, "{after}");
}

/// Takes the first line, then fails.
struct Head {
    lines: usize,
    then: ErrorKind,
}

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.lines == 0 {
            return Err(self.then.into());
        }
        self.lines -= 1;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_is_told_of_and_everything_is_still_counted() {
    let stdout = Head { lines: 1, then: ErrorKind::BrokenPipe };
    let mut readers = Readers::new(several(Form::Csv), Progress::none(), stdout, io::sink());
    assert_eq!(readers.begin(&begun(3)).unwrap(), Audience::Here);
    for batch in [events(mixed()), events(mixed())] {
        assert_eq!(readers.events(&batch).unwrap(), Audience::Gone);
    }
    assert_eq!(readers.counts.total(), 2 * mixed().len() as u64);
    assert_eq!(readers.finish().unwrap().number(), 5);
}

#[test]
fn a_full_disk_is_a_fault() {
    let stdout = Head { lines: 0, then: ErrorKind::StorageFull };
    let mut readers = Readers::new(several(Form::Csv), Progress::none(), stdout, io::sink());
    assert!(matches!(readers.begin(&begun(3)), Err(crate::problem::Problem::Fault(_))));
}
