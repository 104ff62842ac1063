//! A device that means harm to whoever reads its answers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::support::{Core, Fleet, hosts, on_each_core};

on_each_core!(an_answer_does_nothing_but_be_shown, nor_does_a_banner);

fn an_answer_does_nothing_but_be_shown(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let trap = fleet.path("sprung");
    let answer = format!("\u{1b}[2J\u{9b}31m{{{{ lookup('pipe', 'touch {trap}') }}}}\u{202e}");
    let mut answer = answer.into_bytes();
    answer.extend(b"\xff\xfe\0");
    let port = always_answers(answer);
    let inventory = hosts(&fleet, 1, &format!("wigwag_address=127.0.0.1\nwigwag_port={port}"), &[]);

    let played = core.play(&inventory, "hostile.yml", &["-v"]).run();

    assert_eq!(played.code, 0, "{played:?}");
    let said = String::from_utf8(played.stdout.clone()).unwrap();
    assert!(said.contains("<0x1B>[2J<U+009B>31m"), "{said}");
    let harmful = |character: char| matches!(character, '\u{1b}' | '\u{9b}' | '\u{202e}');
    assert!(!said.contains(harmful), "{said:?}");
    assert!(!std::path::Path::new(&trap).exists(), "a template of the device's was carried out");
}

fn nor_does_a_banner(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &["--fault", "banner:\u{1b}[2J\u{202e}"]);
    let inventory = hosts(&fleet, 1, "", &[]);

    let words = ["-i", &inventory, "presses", "-m", "wigwag.wigwag.check"];
    let checked = core.program("ansible", &words).run();

    assert_eq!(checked.code, 4, "it closes behind its words: {checked:?}");
    let (_, said, _) = checked.told();
    assert!(said.contains("<ESC>[2J<U+202E>"), "{said}");
    assert!(!said.contains(['\u{1b}', '\u{202e}']), "{said:?}");
}

/// A device that gives the same answer to everything, for as long as the test lives.
fn always_answers(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.unwrap();
            let mut asked = Vec::new();
            // It speaks when it has been asked.
            let _ = client.read_to_end(&mut asked);
            let _ = client.write_all(&answer);
        }
    });
    port
}
