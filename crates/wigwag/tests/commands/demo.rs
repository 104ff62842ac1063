//! `wigwag demo`.

use crate::support::{Program, wigwag};

/// Name, outcome and what the device said, in the order in which they are shown.
const SHOWN: [(&str, &str, &str); 6] = [
    ("printer", "ok", "READY"),
    ("switcher", "ok", "INPUT 3"),
    ("receipt-printer", "ok", "status=22"),
    ("instrument", "rejected", "out of range"),
    ("tank-gauge", "unconfirmed (no-reply)", ""),
    ("small-board", "unconfirmed (closed-after-fin)", ""),
];

/// The command lines that it shows.
fn command_lines(stdout: &str) -> Vec<&str> {
    stdout.lines().filter_map(|line| line.trim_start().strip_prefix("$ ")).collect()
}

/// Does what it shows, through a shell as a person would.
fn typed(line: &str, more: &str) -> Program {
    let line = line.replacen("wigwag", env!("CARGO_BIN_EXE_wigwag"), 1);
    Program::new("sh").arguments(&["-c", &format!("exec {line} {more}")])
}

#[test]
fn six_devices_and_what_came_of_a_command_to_each() {
    let demo = wigwag(&["demo"]).run();

    let (code, stdout, stderr) = demo.told();
    assert_eq!((code, stderr), (0, ""));
    for (name, outcome, said) in SHOWN {
        let row = stdout.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {stdout}"));
        let (known, time_and_said) = row.split_at(47);
        assert_eq!(known.strip_prefix(name).unwrap().trim(), outcome);
        let (time, shown) = time_and_said.split_once(" ms").unwrap();
        assert!(time.trim().parse::<f64>().is_ok(), "{row}");
        assert_eq!(shown.trim(), said);
    }
    assert_eq!(command_lines(stdout).len(), SHOWN.len());
    assert!(stdout.lines().all(|line| line.chars().count() <= 120), "one screen");
    assert!(stdout.lines().all(|line| line == line.trim_end()), "no blanks at the ends of lines");
}

#[test]
fn what_it_shows_can_be_typed_while_the_devices_stay() {
    let mut demo = wigwag(&["demo", "--keep"]).start();
    let stdout = demo.stdout_with("until Ctrl-C");
    let lines = command_lines(&stdout);

    for (line, (name, outcome, _)) in lines.iter().zip(SHOWN) {
        let sent = typed(&line.replace(" --output json", ""), "--output json").run();
        let told = sent.json();
        let shown = match told.get("reason") {
            Some(reason) => format!("{} ({})", told["outcome"].as_str().unwrap(), reason.as_str().unwrap()),
            None => told["outcome"].as_str().unwrap().to_owned(),
        };
        assert_eq!(shown, outcome, "{name}: {line}");
    }
    let small_board = typed(lines[5], "--after-send open").run();
    assert_eq!(small_board.told(), (0, "READY\n", ""), "as the hint says");

    demo.signal("INT");
    assert_eq!(demo.end().code, 0);
}

#[test]
fn a_reader_that_has_gone_is_no_fault() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);

    assert_eq!(wigwag(&["demo"]).stdout(writer).run().told(), (0, "", ""));
}
