//! Ids that are remembered: what is done once is not done twice, also when the agent is killed over it.

use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Serving, rest};
use crate::support::HUNG;

/// Moves something when it is told to, and takes its time.
fn config(folder: &TempDir, seconds: &str) -> String {
    let path = folder.path().display();
    format!(
        "request = \"<0xAA> id:u16 len:u8=len(body) body\"\n\
         response = \"<0xBB> id:u16 len:u8=len(body) body\"\n\
         error = \"'ERR ' text\"\n\
         remember = {{ part = \"id\", folder = \"{path}\" }}\n\
         sandbox.write = [\"{path}\"]\n\
         [on.MOVE]\n\
         run = [\"/bin/sh\", \"-c\", \"echo moved >>{path}/moves; sleep {seconds}; wc -l <{path}/moves\"]\n\
         [on.WHERE]\nreply = \"here\"\n"
    )
}

fn moves(folder: &TempDir) -> usize {
    fs::read_to_string(folder.path().join("moves")).unwrap_or_default().lines().count()
}

const MOVE_7: &[u8] = b"\xaa\x00\x07\x04MOVE";
const MOVE_8: &[u8] = b"\xaa\x00\x08\x04MOVE";

#[test]
fn a_repeat_is_answered_and_not_done() {
    let folder = TempDir::new().unwrap();
    let mut serving = Serving::start(&config(&folder, "0"));

    assert_eq!(serving.ask(MOVE_7), b"\xbb\x00\x07\x011");
    assert_eq!(serving.ask(MOVE_7), b"\xbb\x00\x07\x011");
    serving.process.stderr_with("a repeat: answered as before, and not done again\n");
    assert_eq!(serving.ask(MOVE_8), b"\xbb\x00\x08\x012", "another id is another move");
    assert_eq!(serving.ask(b"\xaa\x00\x07\x05WHERE"), b"\xbb\x00\x07\x04here", "with another body, too");

    serving.process.signal("KILL");
    serving.process.end();
    let serving = Serving::start(&config(&folder, "0"));
    assert_eq!(serving.ask(MOVE_7), b"\xbb\x00\x07\x011", "also after a crash");
    assert_eq!(moves(&folder), 2);
}

#[test]
fn a_repeat_while_it_runs_waits_for_it() {
    let folder = TempDir::new().unwrap();
    let serving = Serving::start(&config(&folder, "0.3"));

    let asked: Vec<_> = (0..5).map(|_| serving.connect()).collect();
    for mut client in &asked {
        client.write_all(MOVE_7).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
    }
    for client in asked {
        assert_eq!(rest(client), b"\xbb\x00\x07\x011");
    }

    assert_eq!(moves(&folder), 1);
}

#[test]
fn what_a_crash_has_cut_is_never_done_again() {
    let folder = TempDir::new().unwrap();
    let serving = Serving::start(&config(&folder, "60"));
    let mut client = serving.connect();
    client.write_all(MOVE_7).unwrap();
    let began = Instant::now();
    while moves(&folder) == 0 {
        assert!(began.elapsed() < HUNG);
        std::thread::sleep(Duration::from_millis(5));
    }

    serving.process.signal("KILL");
    serving.process.end();

    let mut serving = Serving::start(&config(&folder, "0"));
    assert_eq!(serving.ask(MOVE_7), b"\xbb\x00\x07\x0dERR not known");
    serving.process.stderr_with("a repeat of what was cut short");
    assert_eq!(moves(&folder), 1);
    assert_eq!(serving.ask(MOVE_8), b"\xbb\x00\x08\x012", "others are");
}

#[test]
fn what_cannot_be_remembered_in() {
    let folder = TempDir::new().unwrap();
    let serving = Serving::start(&config(&folder, "0"));
    let start = "protocol = \"modbus-tcp\"\nlisten = [\"127.0.0.1:0\"]\n";
    for (remember, said) in [
        (format!("{{ part = \"tid\", folder = \"{}\" }}", folder.path().display()), "another agent does"),
        ("{ part = \"tid\", folder = \"/nonexistent/ids\" }".to_owned(), "no such file or directory"),
        ("{ part = \"tid\", folder = \"ids\" }".to_owned(), "the whole path is needed"),
        ("{ part = \"tdi\", folder = \"/tmp\" }".to_owned(), "has no part `tdi`"),
        ("{ part = \"tid\", count = 0 }".to_owned(), "must be at least 1"),
    ] {
        let complaint = super::complaint(&format!("{start}remember = {remember}\n"));
        assert!(complaint.contains(said), "{complaint}");
    }
    drop(serving);
}

/// Asks for 7 until it is answered like this.
fn until(serving: &Serving, is_so: impl Fn(&[u8]) -> bool) {
    let began = Instant::now();
    while !is_so(&serving.ask(MOVE_7)) {
        assert!(began.elapsed() < HUNG);
    }
}

#[test]
fn a_reload_forgets_nothing() {
    const FIRST: &[u8] = b"\xbb\x00\x07\x011";
    let folder = TempDir::new().unwrap();
    let remembering = config(&folder, "0");
    let forgetful = remembering.replace("remember = ", "# ");
    let mut serving = Serving::start(&remembering);
    let mut open = serving.connect();
    open.write_all(MOVE_7).unwrap();
    open.read_exact(&mut [0; 5]).unwrap();

    serving.reload(&forgetful);
    until(&serving, |answer| answer != FIRST);
    serving.reload(&format!("{remembering}nonsense = 1\n"));
    serving.process.stderr_with("unknown key `nonsense`");
    serving.reload(&remembering);
    until(&serving, |answer| answer == FIRST);

    let before = moves(&folder);
    let mut again = [0; 5];
    open.write_all(MOVE_7).unwrap();
    open.read_exact(&mut again).unwrap();
    assert_eq!((&again[..], moves(&folder)), (FIRST, before), "who was connected all the time");
}
