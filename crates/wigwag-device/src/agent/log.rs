//! The agent's log: a line for each thing that happened.

use std::io::{self, Stderr, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;
use wigwag_protocol::bytes::display::escape_str;

/// What a line looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogForm {
    /// For people, level first; who collects it adds the time.
    #[default]
    Text,
    /// An object of JSON a line: `time`, `level`, `client` where it is about one, `message`.
    Json,
}

impl std::str::FromStr for LogForm {
    type Err = String;

    /// By its name on the command line.
    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("a log is text or json, not `{other}`")),
        }
    }
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    Info,
    Warn,
    Error,
}

impl Level {
    const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The number of syslog(3).
    const fn priority(self) -> u8 {
        match self {
            Self::Info => 6,
            Self::Warn => 4,
            Self::Error => 3,
        }
    }
}

/// A shared log.
pub(super) struct Log<W = Stderr> {
    out: Arc<Mutex<W>>,
    form: LogForm,
    /// It goes to the journal of systemd, which is told how much each line matters.
    is_journal: bool,
}

impl<W> Clone for Log<W> {
    fn clone(&self) -> Self {
        Self { out: self.out.clone(), form: self.form, is_journal: self.is_journal }
    }
}

#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<SocketAddr>,
    message: &'a str,
}

impl Log {
    pub(super) fn stderr(form: LogForm) -> Self {
        let is_journal = form == LogForm::Text && stderr_is_journal();
        Self { out: Arc::new(Mutex::new(io::stderr())), form, is_journal }
    }
}

impl<W: Write> Log<W> {
    pub(super) fn info(&self, text: &str) {
        self.say(Level::Info, None, text);
    }

    pub(super) fn warn(&self, text: &str) {
        self.say(Level::Warn, None, text);
    }

    pub(super) fn error(&self, text: &str) {
        self.say(Level::Error, None, text);
    }

    /// Something about a client, or about none.
    pub(super) fn say(&self, level: Level, client: Option<SocketAddr>, text: &str) {
        let said = match self.form {
            LogForm::Text if self.is_journal => with_priority(level, &as_text(level, client, text)),
            LogForm::Text => as_text(level, client, text),
            LogForm::Json => as_json(level, client, text),
        };
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // In one write, so that lines of several processes never mix. A log that cannot be written must not stop a device.
        let _ = out.write_all(said.as_bytes());
    }
}

/// Further lines of the text are indented below the first; every other control character is shown.
fn as_text(level: Level, client: Option<SocketAddr>, text: &str) -> String {
    let about = client.map(|client| format!("{client}: ")).unwrap_or_default();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let mut said = format!("{}: {about}{}\n", level.word(), escape_str(first));
    for line in lines {
        said.push_str(&format!("  {}\n", escape_str(line)));
    }
    said
}

/// As sd-daemon(3) has it: the number of syslog(3) in front of each line.
fn with_priority(level: Level, text: &str) -> String {
    text.lines().map(|line| format!("<{}>{line}\n", level.priority())).collect()
}

/// Whether standard error is the stream that systemd has told of: it may have been turned elsewhere since.
fn stderr_is_journal() -> bool {
    let Ok(stream) = std::env::var("JOURNAL_STREAM") else { return false };
    rustix::fs::fstat(io::stderr()).is_ok_and(|known| stream == format!("{}:{}", known.st_dev, known.st_ino))
}

fn as_json(level: Level, client: Option<SocketAddr>, text: &str) -> String {
    let time = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    // Nothing in it can fail to be written.
    let line = serde_json::to_string(&Line { time, level, client, message: text }).unwrap_or_default();
    format!("{line}\n")
}
