//! What devices received.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value as Json;

/// A command that a device received.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The device's address, without the port.
    pub(crate) device: String,
    /// Its bytes in hex; nothing where a secret is in them.
    pub(crate) wire: Option<String>,
    /// Nothing where it is a body.
    pub(crate) command: Option<String>,
    pub(crate) params: Json,
    /// The fault that was played.
    pub(crate) fault: Option<String>,
    /// When it came, in microseconds since 1970.
    pub(crate) time: i64,
}

/// Everything that the devices of a simulation received, in order.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) commands: Vec<Command>,
    /// What the simulator said last: how many connections there were, and which faults it played.
    pub(crate) summary: String,
}

impl Received {
    /// What a log holds so far. A line that is still being written does not count.
    pub(crate) fn read(log: &Path) -> Vec<Command> {
        let text = std::fs::read_to_string(log).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(command).collect()
    }

    /// How often each device received a command, whichever.
    pub(crate) fn times(&self) -> BTreeMap<&str, usize> {
        let mut times = BTreeMap::new();
        for command in &self.commands {
            *times.entry(command.device.as_str()).or_default() += 1;
        }
        times
    }

    pub(crate) fn count(&self) -> usize {
        self.commands.len()
    }

    /// The devices, in the order in which they received something.
    pub(crate) fn devices(&self) -> Vec<&str> {
        self.commands.iter().map(|command| command.device.as_str()).collect()
    }

    /// The most important promise there is.
    pub(crate) fn nobody_twice(&self) {
        let twice: Vec<_> = self.times().into_iter().filter(|(_, times)| *times > 1).collect();
        assert!(twice.is_empty(), "received twice: {twice:?}");
    }

    /// How often a fault was played, as the simulator counts.
    pub(crate) fn played(&self, fault: &str) -> usize {
        let counts = self.summary.split_once("faults: ").map_or("", |(_, counts)| counts.trim());
        let mut counts = counts.split(", ").filter_map(|count| count.split_once(' '));
        counts.find(|(name, _)| *name == fault).map_or(0, |(_, count)| count.parse().unwrap())
    }
}

fn command(line: &str) -> Command {
    let line: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let text = |key: &str| line[key].as_str().map(str::to_owned);
    let address = text("address").unwrap();
    Command {
        device: address.rsplit_once(':').unwrap().0.to_owned(),
        wire: text("wire"),
        command: text("command"),
        params: line["params"].clone(),
        fault: text("fault"),
        time: text("time").unwrap().parse::<jiff::Timestamp>().unwrap().as_microsecond(),
    }
}
