//! Simulated devices in a network of their own, a journal, and commands to them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::program::{HUNG, Program, Running, wigwag};
use super::received::{Command, Received};
use super::report::Report;

/// The second number of the network that comes next.
static NETWORKS: AtomicU8 = AtomicU8::new(20);

/// Simulated devices, and what belongs to a test with them.
pub(crate) struct Fleet {
    /// `127.20`: the first two numbers of all addresses.
    pub(crate) network: String,
    pub(crate) port: u16,
    folder: TempDir,
    simulated: Running,
    log: PathBuf,
    marks: AtomicU8,
}

impl Fleet {
    /// So many devices that speak this, from `127.N.0.1` on; the words are for `wigwag simulate`.
    pub(crate) fn of(count: usize, protocol: &str, words: &[&str]) -> Self {
        Self::with_scenario(count, protocol, words, "")
    }

    /// The same, with a scenario.
    pub(crate) fn with_scenario(count: usize, protocol: &str, words: &[&str], scenario: &str) -> Self {
        let number = NETWORKS.fetch_add(1, Ordering::Relaxed);
        let (network, folder) = (format!("127.{number}"), tempfile::tempdir().unwrap());
        let at = |name: &str| folder.path().join(name);
        let (log, inventory) = (at("received.ndjson"), at("fleet.toml"));
        // A second device takes care that they are told apart by their addresses.
        let (devices, listen) = (count.max(2).to_string(), format!("{network}.0.1:0"));
        let mut program = wigwag(&["simulate", protocol, "--devices", &devices, "--listen", &listen])
            .arguments(&["--log", log.to_str().unwrap()])
            .arguments(words)
            .stdout(File::create(&inventory).unwrap());
        if !scenario.is_empty() {
            fs::write(at("scenario.toml"), scenario).unwrap();
            program = program.arguments(&["--scenario", at("scenario.toml").to_str().unwrap()]);
        }
        let mut simulated = program.start();
        simulated.stderr_with("ready\n");
        let said = fs::read_to_string(&inventory).unwrap();
        let port = said.lines().find_map(|line| line.strip_prefix("port = ")).unwrap().parse().unwrap();
        Self { network, port, folder, simulated, log, marks: AtomicU8::new(0) }
    }

    /// The address of a device, counted from 1 up to 255.
    pub(crate) fn device(&self, number: usize) -> String {
        format!("{}.0.{number}", self.network)
    }

    /// Where something of this test lies.
    pub(crate) fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Writes a file; where it lies.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    pub(crate) fn journal(&self) -> String {
        self.path("state/journal.db")
    }

    /// `wigwag send` of these words to hosts of the simulator's inventory, journaled, as ndjson.
    pub(crate) fn send(&self, words: &[&str]) -> Program {
        self.send_with(&self.path("fleet.toml"), words)
    }

    /// The same with another inventory.
    pub(crate) fn send_with(&self, inventory: &str, words: &[&str]) -> Program {
        self.go(&["send", "-i", inventory, "--yes"]).arguments(words)
    }

    /// `wigwag resume last`
    pub(crate) fn resume(&self, words: &[&str]) -> Program {
        self.go(&["resume", "last", "--yes"]).arguments(words)
    }

    /// A command that says how it went as ndjson.
    fn go(&self, words: &[&str]) -> Program {
        self.wigwag(words).arguments(&["--output", "ndjson"])
    }

    /// Any command that knows of the journal.
    pub(crate) fn wigwag(&self, words: &[&str]) -> Program {
        wigwag(words).arguments(&["--journal", &self.journal()])
    }

    /// What the journal says of the last run.
    pub(crate) fn shown(&self) -> Report {
        let shown = self.wigwag(&["runs", "show", "last", "--output", "ndjson"]).run();
        assert_eq!(shown.code, 0, "{shown:?}");
        Report::read(&shown.stdout)
    }

    /// What the journal says of how the last run ended.
    pub(crate) fn state(&self) -> String {
        let listed = self.wigwag(&["runs", "list", "--output", "json"]).run().json();
        listed["runs"][0]["state"].as_str().unwrap_or_default().to_owned()
    }

    /// What the devices have received so far; the last of it may be missing.
    pub(crate) fn received_so_far(&self) -> Vec<Command> {
        Received::read(&self.log)
    }

    /// What the devices have received until now: all of it, since the log is in order and ends with a command of ours.
    pub(crate) fn received_by_now(&self) -> Vec<Command> {
        let mark = self.marks.fetch_add(1, Ordering::Relaxed);
        let device = format!("{}:{}", self.device(1), self.port);
        let (mark, words) = (format!("MARK{mark}"), ["send", &device, "--protocol", "raw", "--after-send", "fin"]);
        // What comes of it does not matter.
        wigwag(&words).arguments(&[&format!("\u{1b}{mark}\r")]).run();
        let in_hex: String = mark.bytes().map(|byte| format!("{byte:02x}")).collect();
        let is_mark = |command: &Command| command.wire.as_ref().is_some_and(|wire| wire.contains(&in_hex));
        wait("the mark in the log", || self.received_so_far().iter().any(is_mark));
        self.received_so_far()
    }

    /// Waits until the devices have received so many commands.
    pub(crate) fn wait_until_received(&self, count: usize) {
        wait(&format!("{count} commands received"), || self.received_so_far().len() >= count);
    }

    /// Ends the devices; all that they received.
    pub(crate) fn received(self) -> Received {
        let Self { folder: _folder, simulated, log, .. } = self;
        simulated.signal("TERM");
        let ended = simulated.end();
        assert_eq!(ended.code, 0, "{ended:?}");
        let summary = ended.stderr.lines().last().unwrap_or_default().to_owned();
        Received { commands: Received::read(&log), summary }
    }

    /// How many attempts were followed by another, as the journal says; none where it is not there yet.
    pub(crate) fn tries(&self) -> usize {
        self.counted("SELECT count(*) FROM ends, json_each(ends.ends) AS each WHERE each.value ->> 'f' = 0")
    }

    /// How many targets have been asked for and have no end behind that, in a journal of one run.
    pub(crate) fn open_intents(&self) -> usize {
        self.counted(
            "WITH asked AS (SELECT intents.key + each.key AS key, each.value ->> 0 AS target \
                            FROM intents, json_each(intents.intents) AS each), \
                  ended AS (SELECT each.value ->> 't' AS target, max(ends.key + each.key) AS key \
                            FROM ends, json_each(ends.ends) AS each GROUP BY target) \
             SELECT count(DISTINCT asked.target) FROM asked LEFT JOIN ended USING (target) \
             WHERE ended.key IS NULL OR ended.key < asked.key",
        )
    }

    fn counted(&self, sql: &str) -> usize {
        let count = |journal: rusqlite::Connection| journal.query_row(sql, [], |row| row.get::<_, i64>(0));
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        rusqlite::Connection::open_with_flags(self.journal(), flags).and_then(count).unwrap_or_default() as usize
    }

    /// All bytes of the journal's files.
    pub(crate) fn journal_bytes(&self) -> Vec<u8> {
        let folder = Path::new(&self.journal()).parent().unwrap().to_owned();
        let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
        files.flat_map(|path| fs::read(path).unwrap()).collect()
    }
}

/// Waits until something is so that nobody tells of.
pub(crate) fn wait(what: &str, mut is_so: impl FnMut() -> bool) {
    const LOOK: Duration = Duration::from_millis(5);
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < HUNG, "{what}: not so for too long");
        thread::sleep(LOOK);
    }
}
