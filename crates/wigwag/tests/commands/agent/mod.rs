//! `wigwag-agent`, and `wigwag agent`, which is the same.

mod memory;
mod reload;
mod sandbox;
mod service_manager;
mod tls;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Instant;

use tempfile::NamedTempFile;

use crate::support::{HOSTILE, HOSTILE_SHOWN, HUNG, Running, STATUS, Unvisited, agent, is_inert, nc_to, wigwag};

/// An agent that runs, on a port from the system.
struct Serving {
    process: Running,
    port: u16,
    /// Its configuration.
    file: NamedTempFile,
}

impl Serving {
    /// An agent with `listen` and this behind it.
    fn start(config: &str) -> Self {
        let file = config_file(&format!("listen = [\"127.0.0.1:0\"]\n{config}"));
        let process = agent(&[file.path().to_str().unwrap()]).start();
        Self::of(process, file)
    }

    fn of(mut process: Running, file: NamedTempFile) -> Self {
        let said = process.stderr_with(", protocol ");
        let (_, rest) = said.split_once("info: listening on 127.0.0.1:").unwrap();
        let (port, _) = rest.split_once(',').unwrap();
        Self { process, port: port.parse().unwrap(), file }
    }

    /// The configuration becomes this, and the agent is told to read it.
    fn reload(&self, config: &str) {
        std::fs::write(self.file.path(), format!("listen = [\"127.0.0.1:0\"]\n{config}")).unwrap();
        self.process.signal("HUP");
    }

    fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).unwrap();
        stream.set_read_timeout(Some(HUNG)).unwrap();
        stream
    }

    /// All that comes back for this, the client's end included.
    fn ask(&self, request: &[u8]) -> Vec<u8> {
        let mut client = self.connect();
        client.write_all(request).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        rest(client)
    }
}

/// Everything up to the end of the connection.
fn rest(mut client: TcpStream) -> Vec<u8> {
    let mut all = Vec::new();
    match client.read_to_end(&mut all) {
        Ok(_) => all,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => all,
        Err(error) => panic!("{error}"),
    }
}

fn config_file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

const READY: &str = "protocol = \"esc-cr\"\n[on.STATUS]\nreply = \"READY\"\n[on.\"PRINT 2\"]\nreply = \"printed 2\"\n";

#[test]
fn replies_to_wigwag_and_to_nc() {
    let serving = Serving::start(READY);
    let device = format!("127.0.0.1:{}", serving.port);

    for (command, reply) in [("STATUS", "READY\n"), ("PRINT 2", "printed 2\n")] {
        assert_eq!(wigwag(&["send", &device, command]).run().told(), (0, reply, ""));
    }
    assert_eq!(nc_to(serving.port, &["-N"], STATUS), b"READY\0", "half-closed, and still answered");
    assert_eq!(nc_to(serving.port, &["-q", "1"], STATUS), b"READY\0");
}

#[test]
fn wigwag_agent_is_the_same() {
    let file = config_file(&format!("listen = [\"127.0.0.1:0\"]\n{READY}"));
    let process = wigwag(&["agent", file.path().to_str().unwrap()]).start();
    let serving = Serving::of(process, file);

    assert_eq!(serving.ask(STATUS), b"READY\0");

    serving.process.signal("INT");
    assert_eq!(serving.process.end().code, 0);
}

#[test]
fn pipelined_commands_are_answered_in_order() {
    let serving = Serving::start(READY);

    assert_eq!(serving.ask(&[STATUS, b"\x1bPRINT 2\r", STATUS].concat()), b"READY\0printed 2\0READY\0");
}

#[test]
fn a_command_may_come_byte_by_byte() {
    let serving = Serving::start(READY);
    let mut client = serving.connect();
    client.set_nodelay(true).unwrap();

    for byte in STATUS {
        client.write_all(&[*byte]).unwrap();
    }

    let mut answer = [0; 6];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"READY\0");
}

#[test]
fn an_unknown_command() {
    for (otherwise, answer) in [
        ("", &b"READY\0"[..]),
        ("[on.\"*\"]\nreply = \"what?\"", b"what?\0READY\0"),
        ("[on.\"*\"]\nerror = \"no such command\"", b"ERR no such command\0READY\0"),
    ] {
        let says_no = if otherwise.contains("error") { "error = \"'ERR ' text\"\n" } else { "" };
        let mut serving = Serving::start(&format!("{says_no}{READY}{otherwise}"));

        assert_eq!(serving.ask(&[b"\x1bREBOOT\r", STATUS].concat()), answer, "{otherwise}");

        serving.process.stderr_with(": unknown command REBOOT\n");
    }
}

#[test]
fn what_is_unknown_is_refused_in_the_protocols_own_form() {
    let serving = Serving::start(&format!("error = \"'ERR ' text\"\n{READY}"));
    let device = format!("127.0.0.1:{}", serving.port);

    let sent = wigwag(&["send", &device, "REBOOT", "--error", "'ERR ' text"]).run();

    let expected = format!("error: {device}: the device refused: unknown command\n");
    assert_eq!(sent.told(), (3, "", expected.as_str()));
}

#[test]
fn layouts_of_ones_own_with_copied_parts_and_a_checksum() {
    let mut serving = Serving::start(
        "request = \"<0xAA> id:u8 len:u8=len(body) body sum:u8=sum8(id..)\"\n\
         response = \"<0xBB> id:u8 len:u8=len(body) body sum:u8=sum8(id..)\"\n\
         [on.GO]\nreply = \"ok\"\n",
    );

    let wrong_checksum = b"\xaa\x01\x02GO\x00";
    let right = b"\xaa\x07\x02GO\x9f";
    assert_eq!(serving.ask(&[&wrong_checksum[..], right].concat()), b"\xbb\x07\x02ok\xe3");
    serving.process.stderr_with("not a request: ");
}

#[test]
fn garbage_before_a_request() {
    let mut serving = Serving::start(READY);

    assert_eq!(serving.ask(&[HOSTILE.split_at(1).0, b"GET / HTTP/1.1\n\n", STATUS].concat()), b"READY\0");

    let log = serving.process.stderr_with("GET / HTTP/1.1<LF><LF>\n");
    assert_eq!(log.matches("not a request").count(), 1, "one line for the run: {log}");
}

#[test]
fn what_a_client_says_cannot_act_on_the_terminal_of_a_log() {
    let mut serving = Serving::start("protocol = \"line\"\nrequest = \"body <LF>\"\n");

    serving.ask(&[HOSTILE, b"\n"].concat());

    let log = serving.process.stderr_with(&format!("unknown command {HOSTILE_SHOWN}\n"));
    assert!(is_inert(log.as_bytes()), "{log}");
}

#[test]
fn a_full_house_makes_room() {
    let serving = Serving::start(&format!("limits.connections = 2\n{READY}"));
    let (mut first, mut second) = (serving.connect(), serving.connect());
    let answered = |client: &mut TcpStream| client.write_all(STATUS).is_ok() && client.read_exact(&mut [0; 6]).is_ok();
    assert!(answered(&mut first) && answered(&mut second) && answered(&mut first));

    assert_eq!(serving.ask(STATUS), b"READY\0", "the third is served");

    assert!(answered(&mut first), "who asked last stays");
    assert!(!answered(&mut second), "who has been longest without a request has gone");
    serving.process.signal("TERM");
    let log = serving.process.end().stderr;
    assert!(log.contains("info: stopped after 3 connections, 1 cut to make room for others\n"), "{log}");
}

#[test]
fn only_who_is_allowed_is_served() {
    let serving = Serving::start(&format!("allow = [\"10.0.0.0/8\"]\n{READY}"));

    assert_eq!(rest(serving.connect()), b"");

    serving.process.signal("TERM");
    let log = serving.process.end().stderr;
    assert!(log.contains("info: stopped after 1 connections, 1 not allowed\n"), "{log}");
    assert!(!log.contains("everybody may connect"), "{log}");
}

#[test]
fn no_longer_requests_than_allowed() {
    let mut serving = Serving::start(&format!("limits.request = \"32\"\n{READY}"));

    assert_eq!(serving.ask(&[b"\x1b", &[b'x'; 64][..], b"\r", STATUS].concat()), b"");
    serving.process.stderr_with("not a request");
    assert_eq!(serving.ask(STATUS), b"READY\0", "others are served on");
}

#[test]
fn idle_clients_are_closed() {
    let mut serving = Serving::start(&format!("limits.idle = \"100ms\"\n{READY}"));
    let mut slow = serving.connect();
    slow.write_all(b"\x1bSTAT").unwrap();

    assert_eq!(rest(slow), b"");

    serving.process.stderr_with("closed, idle for too long\n");
    assert_eq!(serving.ask(STATUS), b"READY\0");
}

#[test]
fn a_stop_lets_what_is_in_flight_finish() {
    const COMMANDS: usize = 100;
    // More than the buffers of a connection hold, so that the last answers still wait when the stop comes.
    let reply = "r".repeat(60_000);
    // Whoever looks below whether it still listens takes nobody's place.
    let config = format!("protocol = \"esc-cr\"\nlimits.per_address = 256\n[on.STATUS]\nreply = \"{reply}\"\n");
    let mut serving = Serving::start(&config);
    let mut client = serving.connect();
    client.write_all(&STATUS.repeat(COMMANDS)).unwrap();
    let mut first = vec![0; reply.len() + 1];
    client.read_exact(&mut first).unwrap();

    serving.process.signal("TERM");

    let began = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, serving.port)).is_ok() {
        assert!(began.elapsed() < HUNG, "it still takes connections");
    }
    assert_eq!(rest(client).len(), (COMMANDS - 1) * first.len(), "every whole request is answered");
    serving.process.stderr_with("info: stopped after ");
    assert_eq!(serving.process.end().code, 0);
}

#[test]
fn a_stop_does_not_wait_for_clients_that_ask_for_nothing() {
    let serving = Serving::start(READY);
    let mut half = serving.connect();
    half.write_all(&[STATUS, b"\x1bSTA"].concat()).unwrap();
    half.read_exact(&mut [0; 6]).unwrap();

    serving.process.signal("TERM");

    assert_eq!(rest(half), b"");
    assert_eq!(serving.process.end().code, 0);
}

#[test]
fn an_address_in_use() {
    let taken = Unvisited::new();
    let address = taken.address();
    let file = config_file(&format!("protocol = \"esc-cr\"\nlisten = [\"{address}\"]\n"));

    let serving = agent(&[file.path().to_str().unwrap()]).run();

    let expected = format!("error: cannot listen on {address}: address already in use\n");
    assert_eq!(serving.told(), (2, "", expected.as_str()));
}

/// What is said of a configuration that cannot be served, with `FILE` for its name.
fn complaint(config: &str) -> String {
    let file = config_file(config);
    let name = file.path().to_str().unwrap();
    let serving = agent(&[name]).run();
    assert_eq!((serving.code, serving.stdout.len()), (2, 0), "{config}\n{serving:?}");
    serving.stderr.replace(name, "FILE")
}

#[test]
fn a_configuration_is_checked_without_being_served() {
    let odd = config_file(
        "protocol = \"line\"\nlisten = [\"127.0.0.1:1\"]\n\
         [on.A]\nrun = [\"/bin/sh\"]\n[on.B]\nrun = [\"/nonexistent/b\"]\n[on.C]\nrun = [\"/etc/passwd\", \"{body}\"]\n\
         [on.D]\nrun = [\"/usr/bin/passwd\"]\n[on.E]\nwrite = \"/nonexistent/notes/e\"\n",
    );
    let path = odd.path().to_str().unwrap();
    let expected = format!(
        "{path}: speaks line on 127.0.0.1:1\n\
         warn: everybody may connect: `allow` says who may\n\
         warn: /etc/passwd: there is no such program that may be run\n\
         warn: /nonexistent/b: there is no such program that may be run\n\
         warn: /usr/bin/passwd: gains no privileges here, although it is made to (set-user-id)\n\
         warn: /nonexistent/notes/: nothing is there that could be written to\n"
    );
    assert_eq!(agent(&["--check", path]).run().told(), (0, expected.as_str(), ""));
    assert_eq!(wigwag(&["agent", "--check", path]).run().told(), (0, expected.as_str(), ""));

    let wrong = config_file("protocol = \"lines\"\n");
    assert_eq!(agent(&["--check", wrong.path().to_str().unwrap()]).run().code, 2);
}

#[test]
fn configurations_that_cannot_be_served() {
    let listen = "listen = [\"127.0.0.1:0\"]\n";
    let line = format!("protocol = \"line\"\n{listen}");
    for (name, config) in [
        ("unknown key", format!("{line}lisen = []\n")),
        ("no listen", "protocol = \"line\"\n".to_owned()),
        ("empty listen", "protocol = \"line\"\nlisten = []\n".to_owned()),
        ("bad address", "protocol = \"line\"\nlisten = [\"press-7\"]\n".to_owned()),
        ("no protocol", listen.to_owned()),
        ("unknown protocol", format!("protocol = \"lines\"\n{listen}")),
        ("bad layout", format!("request = \"body <CR\"\nresponse = \"body <CR>\"\n{listen}")),
        ("bad error layout", format!("error = \"'ERR ' txet:u9\"\n{line}")),
        ("reply and error", format!("{line}error = \"'ERR ' text\"\n[on.X]\nreply = \"a\"\nerror = \"b\"\n")),
        ("neither", format!("{line}[on.X]\n")),
        ("no way to say no", format!("{line}[on.X]\nerror = \"b\"\n")),
        ("reply with its own end", format!("{line}[on.X]\nreply = \"a\\nb\"\n")),
        ("no connections", format!("{line}[limits]\nconnections = 0\n")),
        ("bad duration", format!("{line}[limits]\nidle = \"30\"\n")),
        ("bad size", format!("{line}[limits]\nrequest = \"1GB\"\n")),
        ("not toml", "protocol =\n".to_owned()),
    ] {
        insta::assert_snapshot!(name.replace(' ', "-"), complaint(&config), &config);
    }
}

#[test]
fn a_file_that_is_missing() {
    let expected = "error: /nowhere/agent.toml: no such file or directory\n";
    assert_eq!(agent(&["/nowhere/agent.toml"]).run().told(), (2, "", expected));
}
