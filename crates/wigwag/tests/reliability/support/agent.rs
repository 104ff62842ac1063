//! An agent that notes each time it acts.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::program::{HUNG, Running, agent};
use crate::exchange::{Case, Exchange, GREETS};

/// The real `wigwag-agent`. Each command appends one byte to a file of its own.
pub(crate) struct Agent {
    exchange: &'static Exchange,
    /// Behind a lock only because it is shared by threads.
    process: Mutex<Running>,
    address: SocketAddr,
    folder: TempDir,
    /// How many files and sockets it has open when nobody is connected.
    at_rest: usize,
}

impl Agent {
    pub(crate) fn start(exchange: &'static Exchange) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap().to_owned();
        let (first, rest) = exchange.agent.split_once("[on.").unwrap();
        // What is left open must not be closed for being idle while it is looked for.
        let limits = "listen = ['127.0.0.1:0']\nallow = ['127.0.0.1']\n[limits]\nper_address = 256\nidle = '1h'\n";
        let file = format!("{first}{limits}[on.{}", rest.replace("FOLDER", &at));
        fs::write(folder.path().join("greets.toml"), GREETS).unwrap();
        let path = folder.path().join("agent.toml");
        fs::write(&path, file).unwrap();

        let mut process = agent(&[path.to_str().unwrap()]).start();
        let said = process.stderr_with(", protocol ");
        let address = said.split("listening on ").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
        let mut agent =
            Self { exchange, process: Mutex::new(process), address: address.expect(&said), folder, at_rest: 0 };
        agent.serves_a_good_client();
        agent.at_rest = agent.settled();
        agent
    }

    pub(crate) fn exchange(&self) -> &'static Exchange {
        self.exchange
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A client without any fault gets what it is due, and the end behind it.
    pub(crate) fn serves_a_good_client(&self) {
        let mut client = TcpStream::connect(self.address).unwrap();
        client.set_read_timeout(Some(HUNG)).unwrap();
        client.write_all(&(self.exchange.request)(Case::GOOD)).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        assert_eq!(answer, [self.exchange.greeting, &(self.exchange.answer)(Case::GOOD)].concat());
    }

    /// How often it has acted on this command so far.
    pub(crate) fn acts(&self, case: Case) -> usize {
        acts(self.folder.path(), case)
    }

    /// Waits until nothing is open that was not open at the start, and ends it: what is in flight is done then. The folder
    /// in which it has noted what it did.
    pub(crate) fn end(self) -> TempDir {
        // Behind this one all others have been taken.
        self.serves_a_good_client();
        let began = Instant::now();
        while self.open() > self.at_rest {
            assert!(began.elapsed() < HUNG, "{} open, {} at the start", self.open(), self.at_rest);
            thread::sleep(Duration::from_millis(5));
        }
        let process = self.process.into_inner().unwrap();
        process.signal("TERM");
        let ended = process.end();
        assert_eq!(ended.code, 0, "{ended:?}");
        assert!(ended.stderr.lines().all(|line| line.starts_with("info: ") || line.starts_with("warn: ")), "{ended:?}");
        self.folder
    }

    /// How much is open once its first client has gone.
    fn settled(&self) -> usize {
        const IN_A_ROW: usize = 10;
        let mut open = vec![self.open()];
        while open.len() < IN_A_ROW || open[open.len() - IN_A_ROW..].iter().any(|count| *count != open[open.len() - 1])
        {
            thread::sleep(Duration::from_millis(2));
            open.push(self.open());
        }
        open[open.len() - 1]
    }

    fn open(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.process.lock().unwrap().pid())).unwrap().count()
    }
}

/// How often an agent has acted on a command, as its folder says.
pub(crate) fn acts(folder: &Path, case: Case) -> usize {
    fs::read(folder.join(case.0.to_string())).map_or(0, |noted| noted.len())
}
