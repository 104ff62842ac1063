//! `wigwag check`: what can be typed.

use std::time::Duration;

use clap::{Args, ValueEnum, value_parser};

use super::connect::duration;
use super::{ConnectArgs, HostsArgs};

#[derive(Debug, Args)]
#[command(after_help = CHECK_EXAMPLES)]
pub(crate) struct CheckArgs {
    #[arg(
        value_name = "TARGETS",
        help = "The devices: HOST, HOST:PORT, [IPv6]:PORT, dev[001-500], 10.0.0.0/24, @group, press*; joined by , (and) ! (but not) & (both); all hosts of the inventories unless said. Port 9100 where nothing says another"
    )]
    pub(crate) targets: Option<String>,
    #[command(flatten)]
    pub(crate) hosts: HostsArgs,
    /// The most devices that are checked at once; 256 unless said
    #[arg(long, value_name = "COUNT", value_parser = value_parser!(u32).range(1..), help_heading = "Pace")]
    pub(crate) fanout: Option<u32>,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// How long to wait whether the device speaks first
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "300ms", help_heading = "Times")]
    pub(crate) banner_wait: Duration,
    /// How the result is printed
    #[arg(long, value_name = "FORM", value_enum, default_value_t = CheckOutput::Text, help_heading = "Output")]
    pub(crate) output: CheckOutput,
}

/// How a check is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckOutput {
    /// A line for each phase; of several devices a line for each of them
    Text,
    /// One event in JSON; of several devices an array
    Json,
    /// An event a line
    Ndjson,
}

const CHECK_EXAMPLES: &str = "\
Examples:
  wigwag check 10.0.0.7
        each phase with its time, TLS, and what the device says by itself; nothing is sent
  wigwag check dev-7:4001 --tls --tls-ca plant-ca.pem
  wigwag check @presses -i plant.toml
        a line for each, as the inventory says where it is and how it is connected to
  wigwag check 10.0.0.0/24 --output ndjson

Exit codes: 0 all reachable · 2 usage · 4 some unreachable · 130 interrupted; of several the worst: 2 4 130 0";
