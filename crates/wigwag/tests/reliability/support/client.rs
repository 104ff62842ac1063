//! One command of `wigwag send`, and what it says came of it.

use std::path::Path;

use serde_json::Value as Json;

use super::program::{Ended, json_of, wigwag};

/// Longer than anything takes that comes at all.
const LONG: &str = "20s";

/// How long what is not going to come is waited for.
const SHORT: &str = "300ms";

/// The same where the greeting, which does come, must come within that time.
const SHORT_BEHIND_GREETING: &str = "1500ms";

/// For what the client waits in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Patience {
    /// For nothing: it waits as long as it takes.
    Long,
    /// For the first byte of the answer, or of the greeting.
    ShortFirst,
    /// For the first byte of the answer, where a greeting comes before it.
    ShortFirstBehindGreeting,
    /// For the byte after the first.
    ShortIdle,
}

impl Patience {
    fn words(self) -> [&'static str; 6] {
        let (first, idle) = match self {
            Self::Long => (LONG, LONG),
            Self::ShortFirst => (SHORT, LONG),
            Self::ShortFirstBehindGreeting => (SHORT_BEHIND_GREETING, LONG),
            Self::ShortIdle => (LONG, SHORT),
        };
        ["--first-timeout", first, "--idle-timeout", idle, "--connect-timeout", LONG]
    }
}

/// Whether it may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tries {
    /// One attempt.
    One,
    /// As many as `--retry-connect 2 --retry-response 2` allow, and `wigwag resume`.
    More,
}

/// What is said of it.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    /// `ok`, `unconfirmed (reset)`
    pub(crate) outcome: String,
    pub(crate) bytes_written: u64,
    pub(crate) attempts: u64,
    /// All of it, for whoever has to find out why.
    #[expect(dead_code, reason = "shown when a test fails")]
    event: Json,
}

/// Sends a command to an address. Where it may be sent again it is written down in this folder, and resumed if
/// it has come to no good end.
pub(crate) fn send(address: &str, words: &[String], patience: Patience, tries: Tries, folder: &Path) -> Told {
    let sending = wigwag(&["send", address]).arguments(words).arguments(&patience.words());
    match tries {
        Tries::One => Told::of(&sending.arguments(&["--output", "json"]).run()),
        Tries::More => {
            let journal = folder.join(format!("{}.db", address.replace([':', '.'], "-")));
            let journal = ["--journal", journal.to_str().unwrap()];
            let sent = Told::of(&sending.arguments(&AGAIN).arguments(&journal).run());
            if sent.word() != "ok" {
                // What may have acted is not sent by that; what was proven not sent fares as before.
                let resumed = wigwag(&["resume", "last", "--yes"]).arguments(&journal).run();
                assert_eq!(resumed.code, sent.exit_code(), "{resumed:?}");
            }
            sent
        }
    }
}

const AGAIN: [&str; 8] =
    ["--retry-connect", "2", "--retry-response", "2", "--backoff", "1ms..2ms", "--output", "ndjson"];

impl Told {
    fn of(ended: &Ended) -> Self {
        let line = ended.told().1.lines().find(|line| line.contains("\"event\":\"outcome\""));
        let event = json_of(line.unwrap_or_else(|| panic!("no outcome: {ended:?}")));
        let word = event["outcome"].as_str().unwrap();
        let outcome = event["reason"].as_str().map_or(word.to_owned(), |reason| format!("{word} ({reason})"));
        let number = |key: &str| event[key].as_u64().unwrap();
        let (bytes_written, attempts) = (number("bytes_written"), number("attempt"));
        let told = Self { outcome, bytes_written, attempts, event };
        assert_eq!(ended.code, told.exit_code(), "{ended:?}");
        told
    }

    /// The exit code of an outcome, as the page on outcomes has it.
    fn exit_code(&self) -> i32 {
        match self.word() {
            "ok" => 0,
            "rejected" => 3,
            "unreachable" => 4,
            "unconfirmed" | "garbled" => 5,
            unknown => panic!("{unknown}"),
        }
    }

    /// Without its reason.
    pub(crate) fn word(&self) -> &str {
        self.outcome.split(' ').next().unwrap_or_default()
    }
}
