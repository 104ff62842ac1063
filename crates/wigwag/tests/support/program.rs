//! A program, watched from the outside: one under test, or its counterpart.

#[path = "schema.rs"]
mod schema;

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use schema::faults_of_event;

/// A test that waits longer than this for anything hangs.
pub(crate) const HUNG: Duration = Duration::from_secs(30);

/// `wigwag` with these arguments.
pub(crate) fn wigwag(arguments: &[&str]) -> Program {
    Program::new(env!("CARGO_BIN_EXE_wigwag")).arguments(arguments)
}

/// `wigwag-agent` with these arguments. Another package builds it, into the same folder.
pub(crate) fn agent(arguments: &[&str]) -> Program {
    Program::new(agent_path()).arguments(arguments)
}

/// Where `wigwag-agent` lies.
pub(crate) fn agent_path() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_wigwag")).with_file_name("wigwag-agent");
    assert!(program.is_file(), "{} is missing: cargo build --workspace --bins", program.display());
    program
}

/// A program that is to be started.
pub(crate) struct Program {
    command: Command,
    stdin: Stdin,
}

enum Stdin {
    Nothing,
    Says(Vec<u8>),
    /// Open for as long as the program is watched.
    Held,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        for name in ["COLUMNS", "NO_COLOR", "CLICOLOR_FORCE", "SSL_CERT_FILE", "SSL_CERT_DIR", "RUST_BACKTRACE"] {
            command.env_remove(name);
        }
        // Protocol files of whoever runs the tests are none of theirs.
        command.env("XDG_CONFIG_HOME", "/nonexistent");
        // Nor is their journal.
        command.env("XDG_STATE_HOME", "/nonexistent");
        Self { command, stdin: Stdin::Nothing }
    }

    pub(crate) fn arguments<S: AsRef<OsStr>>(mut self, arguments: &[S]) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Standard input says this and ends.
    pub(crate) fn stdin(mut self, bytes: &[u8]) -> Self {
        self.stdin = Stdin::Says(bytes.to_vec());
        self
    }

    /// Standard input stays open and says nothing.
    pub(crate) fn stdin_held(mut self) -> Self {
        self.stdin = Stdin::Held;
        self
    }

    /// Standard output goes there instead of to the test.
    pub(crate) fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.command.stdout(to);
        self
    }

    pub(crate) fn start(mut self) -> Running {
        let piped = !matches!(self.stdin, Stdin::Nothing);
        self.command.stdin(if piped { Stdio::piped() } else { Stdio::null() });
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        let (heard, hears) = channel();
        if let Some(stdout) = child.stdout.take() {
            pass_on(stdout, Stream::Stdout, heard.clone());
        }
        if let Some(stderr) = child.stderr.take() {
            pass_on(stderr, Stream::Stderr, heard);
        }
        if let Stdin::Says(bytes) = self.stdin
            && let Some(mut stdin) = child.stdin.take()
        {
            // A program that does not read all of it is free to.
            thread::spawn(move || stdin.write_all(&bytes));
        }
        let name = format!("{:?}", self.command);
        Running { child, name, heard: hears, stdout: Vec::new(), stderr: Vec::new(), taken: 0 }
    }

    /// Starts it and waits for its end.
    pub(crate) fn run(self) -> Ended {
        self.start().end()
    }
}

#[derive(Clone, Copy)]
enum Stream {
    Stdout,
    Stderr,
}

fn pass_on(mut from: impl Read + Send + 'static, stream: Stream, to: Sender<(Stream, Vec<u8>)>) {
    thread::spawn(move || {
        let mut buffer = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let _ = to.send((stream, buffer[..count].to_vec()));
        }
    });
}

/// A program that runs. It is killed when the test lets go of it.
pub(crate) struct Running {
    child: Child,
    name: String,
    heard: Receiver<(Stream, Vec<u8>)>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
    /// How much of standard output has been taken as lines.
    taken: usize,
}

impl Running {
    /// Waits until standard error holds this text; everything it has said so far.
    pub(crate) fn stderr_with(&mut self, text: &str) -> String {
        self.until(|running| contains(&running.stderr, text.as_bytes()), text);
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Waits until standard output holds this text; everything it has said so far.
    pub(crate) fn stdout_with(&mut self, text: &str) -> String {
        self.until(|running| contains(&running.stdout, text.as_bytes()), text);
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The next line of standard output.
    pub(crate) fn line(&mut self) -> String {
        self.next_line().unwrap_or_else(|| panic!("{} ended before one more line\n{}", self.name, self.so_far()))
    }

    /// The same; nothing where it has ended.
    pub(crate) fn next_line(&mut self) -> Option<String> {
        let line_end = |running: &Self| running.stdout[running.taken..].iter().position(|byte| *byte == b'\n');
        while line_end(self).is_none() {
            if !self.hear() {
                return None;
            }
        }
        let (start, size) = (self.taken, line_end(self).unwrap_or_default());
        self.taken += size + 1;
        Some(String::from_utf8_lossy(&self.stdout[start..start + size]).into_owned())
    }

    fn until(&mut self, done: impl Fn(&Self) -> bool, what: &str) {
        while !done(self) {
            assert!(self.hear(), "{} ended before {what:?}\n{}", self.name, self.so_far());
        }
    }

    /// Waits until SIGINT would be caught: the kernel knows.
    pub(crate) fn wait_until_signals_are_caught(&self) {
        const SIGINT: u64 = 1 << 1;
        let began = Instant::now();
        let catches = || {
            let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap_or_default();
            let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim();
            u64::from_str_radix(caught, 16).is_ok_and(|caught| caught & SIGINT != 0)
        };
        while !catches() {
            assert!(began.elapsed() < HUNG, "{} catches no signals", self.name);
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Its number.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by its name: INT, TERM, KILL.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status().unwrap();
        assert!(sent.success(), "kill -{name}");
    }

    pub(crate) fn is_alive(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it ends, by itself or by a signal.
    pub(crate) fn end(mut self) -> Ended {
        while self.hear() {}
        let status = self.child.wait().unwrap();
        let code = status.code().or_else(|| status.signal().map(|signal| -signal)).unwrap_or_default();
        let stderr = String::from_utf8(std::mem::take(&mut self.stderr)).expect("standard error is text");
        Ended { code, stdout: std::mem::take(&mut self.stdout), stderr }
    }

    /// Waits for the next piece of output; false when both streams have ended.
    fn hear(&mut self) -> bool {
        match self.heard.recv_timeout(HUNG) {
            Ok((Stream::Stdout, bytes)) => self.stdout.extend(bytes),
            Ok((Stream::Stderr, bytes)) => self.stderr.extend(bytes),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => panic!("{} hangs\n{}", self.name, self.so_far()),
        }
        true
    }

    fn so_far(&self) -> String {
        let show = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!("standard output: {}\nstandard error: {}", show(&self.stdout), show(&self.stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            self.show_last_words();
        }
    }
}

impl Running {
    /// What a program said that stood beside the one that failed may be what explains it.
    #[expect(clippy::print_stderr, reason = "a test that fails shows it")]
    fn show_last_words(&mut self) {
        // What it has started itself may hold on to its output.
        const AT_MOST: Duration = Duration::from_secs(1);
        while let Ok((stream, bytes)) = self.heard.recv_timeout(AT_MOST) {
            match stream {
                Stream::Stdout => self.stdout.extend(bytes),
                Stream::Stderr => self.stderr.extend(bytes),
            }
        }
        eprintln!("{}\n{}", self.name, self.so_far());
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// How a program ended and all that it said.
pub(crate) struct Ended {
    /// The exit code; where a signal ended it, that signal's number below zero.
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    /// Exit code, standard output and standard error, to compare with what was expected.
    pub(crate) fn told(&self) -> (i32, &str, &str) {
        (self.code, std::str::from_utf8(&self.stdout).expect("standard output is text"), &self.stderr)
    }

    /// Standard output, which must be one JSON object on one line.
    pub(crate) fn json(&self) -> serde_json::Value {
        let text = self.told().1;
        assert_eq!(text.lines().count(), 1, "{self:?}");
        json_of(text)
    }
}

/// One JSON object; events have to be as the schema says.
pub(crate) fn json_of(text: &str) -> serde_json::Value {
    let object: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    if ["outcome", "run-started", "run-finished", "check"].iter().any(|event| object["event"] == *event) {
        assert_eq!(faults_of_event(&object), [""; 0], "{text}");
    }
    object
}

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stdout = String::from_utf8_lossy(&self.stdout);
        write!(f, "exit code {}\nstandard output: {stdout}\nstandard error: {}", self.code, self.stderr)
    }
}
