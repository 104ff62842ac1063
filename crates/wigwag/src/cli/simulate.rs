//! Devices to be simulated.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::SecretArgs;
use crate::problem::Problem;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SimulateArgs {
    /// The protocol that the devices speak: a name, or the path of a protocol file
    #[arg(value_name = "PROTOCOL")]
    pub(crate) protocol: String,
    /// Where to listen: ADDRESS:PORT, ADDRESS or PORT; the first of many. Loopback and the protocol's port unless said (a
    /// port of the system's choice where that one needs permission, or for 0)
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,
    /// How many devices
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) devices: Option<u32>,
    /// How many devices are told apart: by addresses from 127.1.0.1 on, or by ports
    #[arg(long, value_name = "HOW", value_enum, default_value_t = SpreadWord::Addresses)]
    pub(crate) spread: SpreadWord,
    #[arg(long, value_name = "FAULT", help = FAULT, long_help = FAULTS)]
    pub(crate) fault: Vec<String>,
    /// What is wrong with which device, and when (TOML); what is said here wins over it
    #[arg(long, value_name = "FILE")]
    pub(crate) scenario: Option<PathBuf>,
    /// What chance follows from: the same seed is the same bad day; printed where it matters
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Record every command that a device received, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
}

/// How devices are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SpreadWord {
    /// Each has an address of its own behind one port
    Addresses,
    /// Each has a port of its own
    Ports,
}

const FAULT: &str = "What is wrong with them: NAME, NAME=5%, NAME:ARGUMENT. May be repeated; --help lists all";

const FAULTS: &str = "\
What is wrong with them: NAME[=PROBABILITY%][:ARGUMENT]; always, unless a probability is said. May be repeated: of all \
of a kind at most one happens.

To answers:
  slow:2s            comes after this time
  silent             never comes
  late               comes a second after a client has given up, or after the time said
  split              comes byte by byte
  garble             one byte is wrong, so that no client can take it for an answer
  wrong-id           is the answer to another command, where the protocol has `match`
  busy               says \"try again later\", where the protocol can
  close-mid-frame    ends half-way
  reset              is a reset
To connections:
  no-half-close      ends when the client closes its sending side
  banner:TEXT        says TEXT (Port already in use) and closes
To devices:
  refuse             refuses connections
";

const EXAMPLES: &str = "\
Examples:
  wigwag simulate extron-sis
        one device; its address is printed
  wigwag simulate modbus-tcp --listen 127.0.0.1:5020 --fault slow=5%:2s --fault reset=1%
        one that is not always well
  wigwag simulate esc-cr --devices 1000 --log received.ndjson > inventory.toml
        a thousand, told apart by address behind one port; their inventory, and what each was really sent

A device remembers what it is told and answers with it; what nobody told it, it takes from the protocol's examples.
Ends on Ctrl-C or SIGTERM, with a summary. Needs no device and no network but loopback.";

/// Where to listen, as far as was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Listen {
    pub(crate) address: Option<IpAddr>,
    pub(crate) port: Option<u16>,
}

impl SimulateArgs {
    pub(crate) fn listen(&self) -> Result<Listen, Problem> {
        let Some(text) = &self.listen else { return Ok(Listen::default()) };
        if let Ok(port) = text.strip_prefix(':').unwrap_or(text).parse() {
            return Ok(Listen { address: None, port: Some(port) });
        }
        if let Ok(address) = text.parse() {
            return Ok(Listen { address: Some(address), port: None });
        }
        match text.parse::<SocketAddr>() {
            Ok(at) => Ok(Listen { address: Some(at.ip()), port: Some(at.port()) }),
            Err(_) => Err(Problem::usage(format!("--listen: `{text}` is not an address to listen on"))
                .with_help("an address of this machine, a port, or both: 127.0.0.1:9100, 9100, [::1]:9100")),
        }
    }
}
