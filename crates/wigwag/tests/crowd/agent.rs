//! The program under attack.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process, setrlimit};
use tempfile::NamedTempFile;

/// Who waits longer than this for anything waits in vain.
pub(crate) const HUNG: Duration = Duration::from_secs(30);

/// The most bytes that are kept of a request.
pub(crate) const REQUEST: usize = 16 * 1024;

/// A reply of this size is asked for by those who never read it.
const PAGE: usize = 4096;

/// How much of a line of its log is read.
const LINE: u64 = 4096;

/// An agent that serves.
pub(crate) struct Agent {
    process: Child,
    pub(crate) door: SocketAddr,
    log: Option<JoinHandle<Log>>,
    /// Read at the start; kept so that its name stays ours.
    _config: NamedTempFile,
}

/// What it said: too much in all to be kept.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// How many lines begin with each level.
    pub(crate) lines: BTreeMap<String, u64>,
    /// The last, and what it said of faults of its own.
    pub(crate) last: String,
    pub(crate) errors: Vec<String>,
}

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) log: Log,
}

impl Ended {
    /// How many connections it says it had, how many of them gave way to others, and how many found no room.
    pub(crate) fn connections(&self) -> [u64; 3] {
        let number = |behind: &str, after: &str| {
            let said = self.log.last.split(", ").find_map(|part| part.strip_prefix(behind)?.strip_suffix(after));
            said.map(|number| number.parse().unwrap())
        };
        let accepted = number("info: stopped after ", " connections");
        let accepted = accepted.unwrap_or_else(|| panic!("it had no last words, but {}", self.log.last));
        let gave_way = number("", " cut to make room for others").unwrap_or_default();
        [accepted, gave_way, number("", " closed because there was no room").unwrap_or_default()]
    }
}

impl Agent {
    /// With room for so many connections.
    pub(crate) fn start(connections: usize) -> Self {
        raise_the_limit_of_descriptors();
        let mut config = NamedTempFile::new().unwrap();
        config.write_all(configuration(connections).as_bytes()).unwrap();
        let mut command = Command::new(program());
        command.arg(config.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (listens, listening) = channel();
        let said = process.stderr.take().unwrap();
        let log = Some(thread::spawn(move || read_log(said, &listens)));
        let Ok(port) = listening.recv_timeout(HUNG) else { panic!("{command:?} does not listen") };
        Self { process, door: (Ipv4Addr::LOCALHOST, port).into(), log, _config: config }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Ended {
        kill_process(Pid::from_child(&self.process), Signal::TERM).unwrap();
        let log = self.log.take().unwrap().join().unwrap();
        Ended { code: self.process.wait().unwrap().code(), log }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// `WIGWAG_AGENT`, or the one that another package has built into the same folder.
fn program() -> PathBuf {
    let built = || PathBuf::from(env!("CARGO_BIN_EXE_wigwag")).with_file_name("wigwag-agent");
    let program = std::env::var_os("WIGWAG_AGENT").map_or_else(built, PathBuf::from);
    assert!(program.is_file(), "{} is missing: cargo build --workspace --bins", program.display());
    program
}

/// As far as the system allows; the agent inherits it.
fn raise_the_limit_of_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

fn configuration(connections: usize) -> String {
    let echo = ["/bin/echo", "/usr/bin/echo"].into_iter().find(|path| fs::exists(path).unwrap()).unwrap();
    let page = "p".repeat(PAGE);
    format!(
        "protocol = \"esc-cr\"\n\
         listen = [\"127.0.0.1:0\"]\n\
         error = \"'ERR ' text\"\n\
         [limits]\nconnections = {connections}\nrequest = {REQUEST}\nidle = \"20s\"\n\
         [on.STATUS]\nreply = \"READY\"\n\
         [on.PAGE]\nreply = \"{page}\"\n\
         [on.echo]\nbody = \"'ECHO ' words:text\"\nrun = [\"{echo}\", \"{{words}}\"]\n"
    )
}

fn read_log(said: ChildStderr, listens: &Sender<u16>) -> Log {
    let (mut said, mut log) = (BufReader::new(said), Log::default());
    let mut line = Vec::new();
    while said.by_ref().take(LINE).read_until(b'\n', &mut line).unwrap() > 0 {
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if let Some(port) = port(&text) {
            let _ = listens.send(port);
        }
        let level = text.split(':').next().unwrap_or_default();
        *log.lines.entry(level.to_owned()).or_default() += 1;
        if level == "error" {
            log.errors.push(text.clone());
        }
        log.last = text;
        line.clear();
    }
    log
}

/// Where the line says that it listens.
fn port(line: &str) -> Option<u16> {
    let (_, address) = line.split_once("info: listening on 127.0.0.1:")?;
    address.split(',').next()?.parse().ok()
}
