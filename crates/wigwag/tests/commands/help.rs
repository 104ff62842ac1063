//! `--help` of every command. A change of it is a change of these files.

use crate::support::{agent, wigwag};

/// The help of a command.
fn help(command: &[&str]) -> String {
    let asked = wigwag(&[command, &["--help"]].concat()).run();
    let (code, help, stderr) = asked.told();
    assert_eq!((code, stderr), (0, ""), "{command:?}");
    help.to_owned()
}

#[test]
fn every_command() {
    insta::assert_snapshot!("wigwag", help(&[]));
    for command in
        ["send", "resume", "verify", "check", "listen", "runs", "protocol", "inventory", "agent", "simulate", "demo"]
    {
        let help = help(&[command]);
        let (_, examples) = help.split_once("Example").unwrap_or_else(|| panic!("{command} shows no example"));
        assert!(examples.contains(&format!("\n  wigwag {command} ")), "{command} is not shown in use");
        insta::assert_snapshot!(command, help);
    }
}

#[test]
fn the_list_names_each_command_that_exists_and_no_other() {
    let help = help(&[]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let named: Vec<&str> = list.lines().map_while(|line| line.strip_prefix("  ")?.split(' ').next()).collect();

    assert_eq!(
        named,
        ["send", "resume", "verify", "check", "listen", "runs", "protocol", "inventory", "agent", "simulate", "demo"]
    );
}

#[test]
fn the_small_binary() {
    let asked = agent(&["--help"]).run();

    assert_eq!((asked.code, asked.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("wigwag-agent", asked.told().1);
}

#[test]
fn versions() {
    let version = env!("CARGO_PKG_VERSION");

    assert_eq!(wigwag(&["--version"]).run().told(), (0, format!("wigwag {version}\n").as_str(), ""));
    assert_eq!(agent(&["--version"]).run().told(), (0, format!("wigwag-agent {version}\n").as_str(), ""));
}

#[test]
fn what_is_unknown_is_wrong_usage() {
    for arguments in [&["sned"][..], &["send"], &["send", "127.0.0.1", "X", "--no-such-option"], &["listen", "--every"]]
    {
        let asked = wigwag(arguments).run();
        assert_eq!((asked.code, asked.stdout.len()), (2, 0), "{arguments:?}");
        assert!(asked.stderr.starts_with("error: "), "{}", asked.stderr);
    }
    let usage = "usage: wigwag-agent [--check] [--log text|json] CONFIG (see wigwag-agent --help)\n";
    assert_eq!(agent(&[]).run().told(), (2, "", usage));
    let unknown = format!("there is no option --serve\n{usage}");
    assert_eq!(agent(&["--serve", "x"]).run().told(), (2, "", unknown.as_str()));
}
