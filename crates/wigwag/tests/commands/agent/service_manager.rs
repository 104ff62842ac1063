//! What the agent and a service manager such as systemd say to each other.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixDatagram;

use tempfile::TempDir;

use super::{READY, Serving, config_file};
use crate::support::{HUNG, Program, STATUS, agent, agent_path};

/// Where a service manager listens.
struct Manager {
    socket: UnixDatagram,
    folder: TempDir,
}

impl Manager {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(HUNG)).unwrap();
        Self { socket, folder }
    }

    fn path(&self) -> String {
        self.folder.path().join("notify").to_str().unwrap().to_owned()
    }

    /// Waits until it is told this.
    fn hears(&self, word: &str) {
        let mut buffer = [0; 1024];
        loop {
            let length = self.socket.recv(&mut buffer).unwrap();
            if String::from_utf8_lossy(&buffer[..length]).lines().any(|line| line == word) {
                return;
            }
        }
    }
}

#[test]
fn it_is_told_of_everything() {
    let manager = Manager::new();
    let file = config_file(&format!("listen = [\"127.0.0.1:0\"]\n{READY}"));
    let process = agent(&[file.path().to_str().unwrap()])
        .env("NOTIFY_SOCKET", manager.path())
        .env("WATCHDOG_USEC", "100000")
        .start();

    manager.hears("READY=1");
    let serving = Serving::of(process, file);
    manager.hears("WATCHDOG=1");
    manager.hears("WATCHDOG=1");
    serving.process.signal("HUP");
    manager.hears("RELOADING=1");
    manager.hears("READY=1");
    serving.process.signal("TERM");
    manager.hears("STOPPING=1");
    assert_eq!(serving.process.end().code, 0);
}

/// `systemd-socket-activate` is what systemd is in miniature: it listens, and starts the program when somebody comes.
#[test]
fn sockets_are_handed_over() {
    let file = config_file(&format!("listen = [\"127.0.0.1:1\"]\n{READY}"));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let program = agent_path();
    let (program, config) = (program.to_str().unwrap(), file.path().to_str().unwrap());
    let mut process = Program::new("systemd-socket-activate").arguments(&["-l", &free, program, config]).start();
    process.stderr_with("Listening on ");

    let mut client = TcpStream::connect(&free).unwrap();
    client.write_all(STATUS).unwrap();
    let mut answer = [0; 6];
    client.read_exact(&mut answer).unwrap();

    assert_eq!(&answer, b"READY\0");
    process.stderr_with(&format!("listening on {free}, protocol esc-cr\n"));
    process.signal("HUP");
    process.stderr_with(&format!("reloaded: listening on {free}, protocol esc-cr\n"));
    process.signal("TERM");
    assert_eq!(process.end().code, 0);
}

#[test]
fn a_log_of_json() {
    let file = config_file(&format!("listen = [\"127.0.0.1:0\"]\n{READY}"));
    let mut process = agent(&["--log", "json", file.path().to_str().unwrap()]).start();
    let said = process.stderr_with(", protocol ");
    let port: u16 = said.split("listening on 127.0.0.1:").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    client.write_all(b"\x1bREBOOT \x1b[31m\"now\"\xff\r").unwrap();
    process.stderr_with("unknown command");
    process.signal("TERM");

    let log = process.end().stderr;
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[0]["level"], "info");
    assert!(lines.iter().all(|line| line["time"].as_str().is_some_and(|time| time.ends_with('Z'))));
    let unknown = lines.iter().find(|line| line["client"].is_string()).unwrap();
    assert_eq!(unknown["level"], "warn");
    assert!(unknown["client"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(unknown["message"], "unknown command REBOOT <ESC>[31m\"now\"<0xFF>");

    let wrong = agent(&["--log", "json", "/nowhere/agent.toml"]).run();
    let line: serde_json::Value = serde_json::from_str(&wrong.stderr).unwrap();
    assert_eq!((wrong.code, &line["message"]), (2, &"/nowhere/agent.toml: no such file or directory".into()));
}

#[test]
fn wrong_usage() {
    for (arguments, said) in [
        (&[][..], "usage: wigwag-agent"),
        (&["--log", "xml", "a.toml"], "--log: a log is text or json, not `xml`\nusage: "),
        (&["--chekc", "a.toml"], "there is no option --chekc\nusage: "),
        (&["a.toml", "b.toml"], "one configuration, not several\nusage: "),
    ] {
        let ended = agent(arguments).run();
        assert_eq!((ended.code, ended.stdout.len()), (2, 0));
        assert!(ended.stderr.starts_with(said), "{ended:?}");
    }
}
