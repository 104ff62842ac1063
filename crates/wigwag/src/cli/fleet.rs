//! Many devices: which, how fast, what stops it, and where it is written down.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use wigwag_fleet::pace::{Backoff, HaltRule, Pause, Rate, SubnetCap, Waves};

use super::FilterArgs;
use super::connect::duration;
use crate::journal;
use crate::problem::Problem;

/// Which hosts: with an expression, these are the devices.
#[derive(Debug, Args)]
pub(crate) struct HostsArgs {
    /// An inventory: TOML, Ansible's INI or YAML, JSON, CSV, plain lines, or a program that prints one; - for standard
    /// input. May be repeated; of two the later wins
    #[arg(short = 'i', long, value_name = "FILE", help_heading = "Targets")]
    pub(crate) inventory: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
    /// Refuse more targets than this
    #[arg(long, value_name = "COUNT", help_heading = "Targets")]
    pub(crate) max_targets: Option<u64>,
}

impl HostsArgs {
    /// Whether anything was said.
    pub(crate) fn is_given(&self) -> bool {
        let Self { inventory, filter, max_targets } = self;
        !inventory.is_empty() || filter.is_given() || max_targets.is_some()
    }
}

/// Which devices.
#[derive(Debug, Args)]
pub(crate) struct SelectArgs {
    #[command(flatten)]
    pub(crate) hosts: HostsArgs,
    /// Targets from a file, one a line, taken as they come; - for standard input. In place of TARGETS
    #[arg(long, value_name = "FILE", conflicts_with_all = ["sample", "max_targets", "failed_in", "outcome_in"], help_heading = "Targets")]
    pub(crate) targets_from: Option<PathBuf>,
    /// Only those that failed in this run: rejected, unreachable, unconfirmed or garbled
    #[arg(long, value_name = "RUN", help_heading = "Targets")]
    pub(crate) failed_in: Vec<String>,
    /// Only those that had this outcome in this run
    #[arg(long, value_name = "RUN=OUTCOME", help_heading = "Targets")]
    pub(crate) outcome_in: Vec<String>,
}

/// How fast, and what stops it.
#[derive(Debug, Clone, Args)]
pub(crate) struct PaceArgs {
    /// The most devices in flight at once; 256 unless said
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Pace")]
    pub(crate) fanout: Option<u32>,
    /// The most starts in a time: 100/s, 30/m
    #[arg(long, value_name = "RATE", value_parser = checked::<Rate>, help_heading = "Pace")]
    pub(crate) rate: Option<String>,
    /// The most in flight in each network: 24:20 is 20 in each /24; /64:20 for IPv6
    #[arg(long, value_name = "PREFIX:COUNT", value_parser = checked::<SubnetCap>, help_heading = "Pace")]
    pub(crate) per_subnet: Vec<String>,
    /// How many before the others, cumulative: 1,10%,100%
    #[arg(long, value_name = "COUNTS", value_parser = checked::<Waves>, conflicts_with = "canary", help_heading = "Pace")]
    pub(crate) waves: Option<String>,
    /// So many first; the others only if none of them fails
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..), help_heading = "Pace")]
    pub(crate) canary: Option<u32>,
    /// What comes between two waves: a time, or ask
    #[arg(long, value_name = "TIME|ask", value_parser = checked::<Pause>, help_heading = "Pace")]
    pub(crate) pause: Option<String>,
    /// After this time nothing more is started
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Pace")]
    pub(crate) deadline: Option<Duration>,
    /// What is too much: soon,failed=3% stops starting, now,unconfirmed=1 cuts what is in flight too. May be repeated
    #[arg(long, value_name = "RULE", value_parser = checked::<HaltRule>, help_heading = "Pace")]
    pub(crate) halt: Vec<String>,
    /// How often to try again what was proven not sent
    #[arg(long, value_name = "COUNT", default_value_t = 0, help_heading = "Pace")]
    pub(crate) retry_connect: u16,
    /// How often to ask a busy device again, and to send a command again that may be sent twice
    #[arg(long, value_name = "COUNT", default_value_t = 0, help_heading = "Pace")]
    pub(crate) retry_response: u16,
    /// How long to wait before trying again: twice as long each time
    #[arg(long, value_name = "FIRST..LONGEST", value_parser = checked::<Backoff>, default_value = "500ms..30s", help_heading = "Pace")]
    pub(crate) backoff: String,
}

impl PaceArgs {
    /// The most in flight unless something else is said.
    pub(crate) const FANOUT: u32 = 256;
}

/// Where it is written down.
#[derive(Debug, Clone, Args)]
pub(crate) struct JournalArgs {
    /// Write every command down before it is sent, and what came of it: auto (runs over more than one target), on, off, or
    /// the path of a journal
    #[arg(long, value_name = "auto|on|off|PATH", default_value = "auto", help_heading = "Journal")]
    pub(crate) journal: JournalChoice,
}

/// Whether a run is journaled, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JournalChoice {
    Auto,
    On,
    Off,
    Path(PathBuf),
}

impl FromStr for JournalChoice {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "auto" => Self::Auto,
            "on" => Self::On,
            "off" => Self::Off,
            path => Self::Path(path.into()),
        })
    }
}

/// Which journal.
#[derive(Debug, Clone, Args)]
pub(crate) struct JournalFile {
    /// Another journal than $XDG_STATE_HOME/wigwag/journal.db
    #[arg(long, value_name = "PATH")]
    journal: Option<PathBuf>,
}

impl JournalFile {
    /// Where it is.
    pub(crate) fn path(&self) -> Result<PathBuf, Problem> {
        match &self.journal {
            Some(path) => Ok(path.clone()),
            None => journal::default_path().map_err(|error| error.problem()),
        }
    }
}

/// A text that is kept as it was typed, once it can be read.
fn checked<T: FromStr<Err = String>>(text: &str) -> Result<String, String> {
    text.parse::<T>().map(|_| text.to_owned())
}
