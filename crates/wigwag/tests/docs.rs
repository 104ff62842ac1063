//! Keeps the docs honest: what they show is what the programs do.
//!
//! The first word behind a fence is the language, the others say what holds for the block:
//!
//! | block | what is checked |
//! |---|---|
//! | `layout` | each line compiles as a frame |
//! | `toml agent` | the agent takes it |
//! | `toml agent wrong`, then `text` | the agent refuses it with exactly this text |
//! | `toml protocol` | it is a protocol file, with what it lacks: a name, and frames unless it is `bare` |
//! | `text checksums` | these are all the CRCs there are |
//! | `console` | each line that starts with `$ wigwag` is a command line that the program takes |
//! | `console exit=2` | each command ends with 2 and prints exactly this |
//! | any `file=NAME` | this file lies beside the commands that follow on the page |
//! | `console simulate=PROTOCOL` | as `exit=0`, beside a simulated device of this protocol at 127.0.0.1:4001 |
//! | `console agent=FILE` | the same commands print the same, to an agent with this configuration |
//! | `console device=NAME` | the same with a device of `tests/devices` |
//! | `... times` | as these, but for numbers |
//!
//! Everything is on loopback: `10.0.0.7` in the docs is `127.0.0.7` here, and documented ports are ports from the system.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use wigwag_device::agent::Config;
use wigwag_protocol::layout::checksum::Checksum;
use wigwag_protocol::layout::{Layout, Options};
use wigwag_protocol::protocol::Protocol;

#[test]
fn every_layout_compiles() {
    for block in blocks().iter().filter(|block| block.language == "layout") {
        for layout in &block.lines {
            let compiled = Layout::frame(layout, &Options::default());
            assert!(compiled.is_ok(), "{}: {layout}: {compiled:?}", block.place);
        }
    }
}

#[test]
fn every_crc_is_listed() {
    let blocks = blocks();
    let listed = blocks.iter().find(|block| block.is("checksums")).expect("a list of CRCs");
    let listed: Vec<&str> = listed.lines.iter().flat_map(|line| line.split_whitespace()).collect();
    let known: Vec<&str> = Checksum::names().filter(|name| name.starts_with("crc")).collect();
    assert_eq!(listed, known);
}

#[test]
fn every_agent_configuration_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("agent.toml");
    for block in blocks().iter().filter(|block| block.is("agent") && !block.is("wrong")) {
        fs::write(&file, block.lines.join("\n")).unwrap();
        assert!(Config::read(&file).is_ok(), "{}: {:?}", block.place, Config::read(&file));
    }
    let examples = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    for path in examples.filter(|path| path.to_string_lossy().ends_with("agent.toml")) {
        assert!(Config::read(&path).is_ok(), "{:?}", Config::read(&path));
    }
}

#[test]
fn every_wrong_agent_configuration_is_refused_as_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let blocks = blocks();
    let followed = blocks.iter().zip(blocks.iter().skip(1));
    for (wrong, shown) in followed.filter(|(block, _)| block.is("agent") && block.is("wrong")) {
        fs::write(folder.path().join("agent.toml"), wrong.lines.join("\n")).unwrap();
        let (code, printed) = run("wigwag agent agent.toml", folder.path());
        assert_eq!((code, printed.trim_end()), (2, shown.lines.join("\n").as_str()), "{}", wrong.place);
    }
}

#[test]
fn every_protocol_file_can_be_read() {
    for block in blocks().iter().filter(|block| block.language == "toml" && block.is("protocol")) {
        let mut text = block.lines.join("\n");
        let says = |key: &str| block.lines.iter().any(|line| line.trim_start_matches('[').starts_with(key));
        if !says("name") {
            text.insert_str(0, "name = \"example\"\n");
        }
        for half in ["request", "response"].into_iter().filter(|half| !says(half) && !block.is("bare")) {
            text += &format!("\n[{half}]\nlayout = \"body <CR>\"\n");
        }
        let read = Protocol::parse(&text);
        assert!(read.is_ok(), "{}: {:?}", block.place, read.map(|protocol| protocol.name));
    }
}

#[test]
fn every_transcript_is_what_happens() {
    let mut folder = tempfile::tempdir().unwrap();
    let mut page = PathBuf::new();
    let mut wrong = String::new();
    for block in blocks() {
        if block.page != page {
            (folder, page) = (tempfile::tempdir().unwrap(), block.page.clone());
        }
        if let Some(file) = block.value("file") {
            fs::write(folder.path().join(file), block.lines.join("\n") + "\n").unwrap();
        }
        let Some(peer) = Peer::of(&block, folder.path()) else { continue };
        let mut last = 0;
        for (command, shown) in block.transcript() {
            let script = format!("{}\n(exit {last})\n{}", block.assignments, peer.here(&command));
            let (code, printed) = run(&script, folder.path());
            last = code;
            let printed = peer.documented(printed.trim_end());
            let same = match block.is("times") {
                true => without_numbers(&printed) == without_numbers(&shown),
                false => printed == shown,
            };
            let as_said = block.value("exit").is_none_or(|said| said == code.to_string());
            if !(same && as_said) {
                wrong += &format!("{}\n$ {command}\n{printed}\n(exit code {code})\n\n", block.place);
            }
        }
    }
    assert!(wrong.is_empty(), "the docs show something else than this:\n\n{wrong}");
}

#[test]
fn every_command_line_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let authority = rcgen::generate_simple_self_signed(vec!["plant".to_owned()]).unwrap();
    fs::write(folder.path().join("plant-ca.pem"), authority.cert.pem()).unwrap();
    let console = authority.cert.pem() + &authority.signing_key.serialize_pem();
    fs::write(folder.path().join("console.pem"), console).unwrap();
    let refused = Peer::python("refused");
    let mut wrong = String::new();
    for block in &blocks() {
        if let Some(file) = block.value("file") {
            fs::write(folder.path().join(file), block.lines.join("\n") + "\n").unwrap();
        }
        if block.language != "console" || Peer::kind(block).is_some() {
            continue;
        }
        for (command, _) in block.transcript() {
            // What is behind a pipe is not ours.
            let command = command.split(" | ").next().unwrap_or_default();
            let words: Vec<&str> = command.splitn(3, ' ').collect();
            let taken = match words.as_slice() {
                ["wigwag", "send" | "check", rest] => refused.is_told(words[1], rest, folder.path()),
                ["wigwag", "listen", rest] => listens(rest, folder.path()),
                ["wigwag", "agent", file] => Config::read(&root().join(file)).map(|_| ()).map_err(|e| e.to_string()),
                ["wigwag", ..] => ends_with(0, &format!("{command} --help"), folder.path()),
                _ => Ok(()),
            };
            if let Err(problem) = taken {
                wrong += &format!("{}\n$ {command}\n{problem}\n\n", block.place);
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_link_leads_somewhere() {
    for path in &pages() {
        let text = fs::read_to_string(path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.with_file_name("").join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            let heads = || fs::read_to_string(&target).unwrap().lines().filter_map(anchor_of).collect::<Vec<_>>();
            assert!(anchor.is_empty() || heads().contains(&anchor.to_owned()), "{}: {link}", path.display());
        }
    }
}

/// How a heading is linked to.
fn anchor_of(line: &str) -> Option<String> {
    let title = line.strip_prefix('#')?.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect())
}

// ---- the docs ----

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a user reads. How we work is not for users.
fn pages() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let docs = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut pages: Vec<PathBuf> = docs.filter(|path| !path.ends_with("style.md")).collect();
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

struct Block {
    language: String,
    tags: Vec<String>,
    lines: Vec<String>,
    page: PathBuf,
    /// File and line, for people.
    place: String,
    /// The `$ NAME=...` lines of the page up to here.
    assignments: String,
}

fn blocks() -> Vec<Block> {
    let mut blocks = Vec::new();
    for path in pages() {
        let text = fs::read_to_string(&path).unwrap();
        let mut assignments = String::new();
        let mut open: Option<Block> = None;
        for (index, line) in text.lines().enumerate() {
            match (line.trim_start().strip_prefix("```"), &mut open) {
                (None, None) => {}
                (None, Some(block)) => {
                    if let Some(command) = line.strip_prefix("$ ").filter(|command| is_assignment(command)) {
                        assignments += &format!("{command}\n");
                    }
                    block.lines.push(line.to_owned());
                }
                (Some(_), Some(block)) => {
                    block.assignments = assignments.clone();
                    blocks.extend(open.take());
                }
                (Some(info), None) => {
                    let mut words = info.split_whitespace().map(str::to_owned);
                    let language = words.next().unwrap_or_default();
                    let place = format!("{}:{}", path.display(), index + 1);
                    let tags = words.collect();
                    let page = path.clone();
                    open = Some(Block { language, tags, lines: Vec::new(), page, place, assignments: String::new() });
                }
            }
        }
        assert!(open.is_none(), "{}: a block is not closed", path.display());
    }
    blocks
}

fn is_assignment(command: &str) -> bool {
    command.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase()))
}

impl Block {
    fn is(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known == tag)
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.tags.iter().find_map(|tag| tag.strip_prefix(key)?.strip_prefix('='))
    }

    /// The commands, each with what is shown below it.
    fn transcript(&self) -> Vec<(String, String)> {
        let mut transcript: Vec<(String, Vec<&str>)> = Vec::new();
        let mut continues = false;
        for line in &self.lines {
            match (line.strip_prefix("$ "), transcript.last_mut()) {
                (Some(command), _) => transcript.push((command.to_owned(), Vec::new())),
                (None, Some((command, _))) if continues => {
                    command.truncate(command.len() - 1);
                    command.push_str(line.trim_start());
                }
                (None, Some((_, shown))) => shown.push(line),
                (None, None) => panic!("{}: output without a command", self.place),
            }
            continues = transcript.last().is_some_and(|(command, shown)| shown.is_empty() && command.ends_with('\\'));
        }
        let commands = transcript.into_iter().filter(|(command, _)| !is_assignment(command));
        commands.map(|(command, shown)| (command, shown.join("\n"))).collect()
    }
}

/// A text with each number made 0 and each run of blanks one blank.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_digit() { '0' } else { c };
        if !(matches!(c, '0' | ' ') && plain.ends_with(c)) {
            plain.push(c);
        }
    }
    plain.trim_start().to_owned()
}

// ---- what stands on the other side ----

/// What the commands of a block talk to: at the documented address in the docs, at another port here.
struct Peer {
    child: Option<Child>,
    /// What it says further on; it would mind if nobody were there to hear it.
    _output: Option<Box<dyn Read>>,
    documented: u16,
    port: u16,
}

impl Peer {
    fn kind(block: &Block) -> Option<(&'static str, &str)> {
        ["agent", "device", "simulate", "exit"].into_iter().find_map(|key| Some((key, block.value(key)?)))
    }

    fn of(block: &Block, folder: &Path) -> Option<Self> {
        Some(match Self::kind(block).filter(|_| block.language == "console")? {
            ("agent", file) => Self::agent(&root().join(file)),
            ("device", behaviour) => Self::python(behaviour),
            ("simulate", protocol) => Self::simulated(protocol, folder),
            // Nothing is sent, so nobody is needed.
            _ => Self { child: None, _output: None, documented: 0, port: 0 },
        })
    }

    fn agent(config: &Path) -> Self {
        let documented = Config::read(config).unwrap().listen.first().unwrap().port();
        let text = fs::read_to_string(config).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.toml");
        fs::write(&file, text.replace(&format!("127.0.0.1:{documented}"), "127.0.0.1:0")).unwrap();
        let mut child =
            Command::new(env!("CARGO_BIN_EXE_wigwag")).arg("agent").arg(&file).stderr(Stdio::piped()).spawn().unwrap();
        let (first, output) = first_line(child.stderr.take().unwrap());
        let port = first.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(',').next()?.parse().ok());
        let port = port.unwrap_or_else(|| panic!("{first}"));
        Self { child: Some(child), _output: Some(Box::new(output)), documented, port }
    }

    fn simulated(protocol: &str, folder: &Path) -> Self {
        let arguments = ["simulate", protocol, "--listen", "127.0.0.1:0", "--seed", "1"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_wigwag"));
        let mut child = command.args(arguments).current_dir(folder).stderr(Stdio::piped()).spawn().unwrap();
        let (first, output) = first_line(child.stderr.take().unwrap());
        let port = first.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(',').next()?.trim().parse().ok());
        let port = port.unwrap_or_else(|| panic!("{first}"));
        Self { child: Some(child), _output: Some(Box::new(output)), documented: 4001, port }
    }

    fn python(behaviour: &str) -> Self {
        let mut child = Command::new("python3")
            .arg(root().join("tests/devices/device.py"))
            .arg(behaviour)
            // It serves until this closes.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3");
        let (first, output) = first_line(child.stdout.take().unwrap());
        let port = first.strip_prefix("PORT ").and_then(|port| port.trim().parse().ok());
        let port = port.unwrap_or_else(|| panic!("{first}"));
        Self { child: Some(child), _output: Some(Box::new(output)), documented: 9100, port }
    }

    /// A documented command as it is run here.
    fn here(&self, command: &str) -> String {
        let command = command.replace(" 10.0.0.", " 127.0.0.");
        if self.child.is_none() {
            return command;
        }
        let without_port = command.replace(" 127.0.0.1 ", &format!(" 127.0.0.1:{} ", self.documented));
        without_port.replace(&format!(":{}", self.documented), &format!(":{}", self.port))
    }

    /// What was printed here, as it is documented.
    fn documented(&self, printed: &str) -> String {
        match self.child {
            None => printed.replace("127.0.0.", "10.0.0."),
            Some(_) => printed.replace(&format!(":{}", self.port), &format!(":{}", self.documented)),
        }
    }

    /// Whether this device, which refuses to be connected to, is as far as the command gets.
    fn is_told(&self, command: &str, rest: &str, folder: &Path) -> Result<(), String> {
        let (_target, options) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut words: Vec<String> = options.split(' ').map(str::to_owned).collect();
        if let Some(proxy) = words.iter().position(|word| word == "--proxy") {
            words[proxy + 1] = format!("socks5://127.0.0.1:{}", self.port);
        }
        let options = words.join(" ");
        ends_with(4, &format!("wigwag {command} 127.0.0.1:{} {options}", self.port), folder)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The first line, and what follows it.
fn first_line<R: Read>(from: R) -> (String, BufReader<R>) {
    let (mut line, mut from) = (String::new(), BufReader::new(from));
    from.read_line(&mut line).unwrap();
    (line, from)
}

/// Whether `wigwag listen` starts to listen with these words, at an address of ours.
fn listens(rest: &str, folder: &Path) -> Result<(), String> {
    let options = rest.split_once(' ').map_or("", |(_address, options)| options);
    let mut child = shell(&format!("exec wigwag listen 127.0.0.1:0 {options}"), folder)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (first, _) = first_line(child.stderr.take().unwrap());
    let _ = child.kill();
    let _ = child.wait();
    if first.starts_with("listening on ") { Ok(()) } else { Err(first) }
}

fn ends_with(wanted: i32, command: &str, folder: &Path) -> Result<(), String> {
    match run(command, folder) {
        (code, _) if code == wanted => Ok(()),
        (code, printed) => Err(format!("{printed}\n(exit code {code})")),
    }
}

/// Runs a script in this folder; its exit code, and all that it printed.
fn run(script: &str, folder: &Path) -> (i32, String) {
    let output = shell(&format!("exec 2>&1\n{script}"), folder).stdin(Stdio::null()).output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8(output.stdout).expect("what is printed is text"))
}

fn shell(script: &str, folder: &Path) -> Command {
    let programs = Path::new(env!("CARGO_BIN_EXE_wigwag")).parent().unwrap().to_owned();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(programs).chain(std::env::split_paths(&others))).unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", script]).current_dir(folder).env("PATH", path);
    command
}
