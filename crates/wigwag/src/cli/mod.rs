//! What can be typed. What it means is decided where each command runs.

mod check;
mod connect;
mod filter;
mod fleet;
mod inventory;
mod message;
mod protocol;
mod protocol_command;
mod runs;
mod secret;
mod send_help;
mod simulate;
mod standard_input;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use wigwag_device::agent::LogForm;
use wigwag_net::Endpoint;
use wigwag_protocol::protocol::Effect;

use crate::report::Form as OutputForm;

pub(crate) use check::{CheckArgs, CheckOutput};
pub(crate) use connect::{ConnectArgs, endpoint};
pub(crate) use filter::FilterArgs;
pub(crate) use fleet::{HostsArgs, JournalArgs, JournalChoice, JournalFile, PaceArgs, SelectArgs};
pub(crate) use inventory::{InventoryArgs, InventoryCommand, WhichArgs};
pub(crate) use message::MessageArgs;
pub(crate) use protocol::{Otherwise, ProtocolArgs, RequestArgs};
pub(crate) use protocol_command::{ExplainArgs, Form, ProtocolCommand};
pub(crate) use runs::{RunForm, RunsArgs, RunsCommand};
pub(crate) use secret::SecretArgs;
pub(crate) use send_help::SendHelp;
pub(crate) use simulate::{SimulateArgs, SpreadWord};
pub(crate) use standard_input::StandardInput;

/// Send commands to devices over raw TCP, and know what happened
#[derive(Debug, Parser)]
#[command(name = "wigwag", version, max_term_width = 100, after_help = EXIT_CODES)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    done: answered, or sent where no answer is due
  1    a fault of wigwag's own, or of this machine
  2    wrong usage or configuration; nothing was sent
  3    a device answered no
  4    unreachable: proven not sent
  5    unconfirmed or garbled: it is not known what a device did
  6    a rule halted the run
  7    some targets were cancelled, skipped or too late
  130  interrupted
Of several the worst wins: 2, 1, 5, 6, 3, 4, 130, 7, 0.

Start with `wigwag demo`, which needs no device.";

impl Cli {
    /// Reads the command line. Building all of it, with the help of every command, takes longer than an exchange; so
    /// `send`, which scripts call by the thousand, is built alone.
    pub(crate) fn read() -> Self {
        let words: Vec<OsString> = std::env::args_os().collect();
        match words.get(1) {
            Some(word) if word == "send" => {
                let asked = SendHelp::asked(words.get(2..).unwrap_or_default(), send_alone);
                if let Some(asked) = asked {
                    return Self { command: Command::SendHelp(asked) };
                }
                let SendAlone { arguments } = SendAlone::parse_from(words.get(1..).unwrap_or_default());
                Self { command: Command::Send(Box::new(arguments)) }
            }
            _ => Self::parse_from(words),
        }
    }
}

#[derive(Debug, Parser)]
#[command(name = "send", bin_name = "wigwag send", max_term_width = 100)]
struct SendAlone {
    #[command(flatten)]
    arguments: SendArgs,
}

fn send_alone() -> clap::Command {
    SendAlone::command()
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Send(Box<SendArgs>),
    /// Help on `send` that a protocol gives
    #[command(skip)]
    SendHelp(SendHelp),
    /// Finish a run that was broken off, and send nothing twice
    Resume(Box<ResumeArgs>),
    /// Ask the devices of a run of which it is not known whether the command took effect
    Verify(Box<VerifyArgs>),
    /// Can devices be reached? Resolve, connect, TLS and banner, with times
    Check(Box<CheckArgs>),
    /// Take connections, show what arrives, and answer if asked to
    Listen(ListenArgs),
    Runs(RunsArgs),
    /// Protocols: what there is, what they say, what bytes mean in them
    #[command(subcommand, arg_required_else_help = true, disable_help_subcommand = true, after_help = PROTOCOL_EXAMPLES)]
    Protocol(ProtocolCommand),
    /// Inventories: which hosts there are, what is known of them, what is odd
    #[command(arg_required_else_help = true, disable_help_subcommand = true)]
    Inventory(InventoryArgs),
    /// Be a device, as a configuration file says
    #[command(after_help = AGENT_EXAMPLE)]
    Agent {
        /// Say what is wrong or odd with the configuration, and serve nothing
        #[arg(long)]
        check: bool,
        /// What the log looks like: text, or json, an object a line
        #[arg(long, value_name = "FORM", default_value = "text")]
        log: LogForm,
        /// The configuration file
        config: PathBuf,
    },
    /// Be one device or ten thousand, from a protocol file alone, with faults if asked to
    Simulate(Box<SimulateArgs>),
    /// Write the manual pages into a folder, for packages
    #[command(hide = true)]
    Manual {
        /// It must be there
        folder: PathBuf,
    },
    /// Six simulated devices, and what comes of a command to each; needs nothing
    #[command(after_help = "Example:\n  wigwag demo --keep     and try the commands it shows in another terminal")]
    Demo {
        /// Leave the devices running until Ctrl-C, to try the commands yourself
        #[arg(long)]
        keep: bool,
    },
}

/// Send a command to devices and print their responses
#[derive(Debug, Args)]
#[command(after_help = SEND_EXAMPLES)]
pub(crate) struct SendArgs {
    #[arg(
        value_name = "TARGETS",
        help = "The devices: HOST, HOST:PORT, [IPv6]:PORT, dev[001-500], 10.0.0.0/24, @group, press*; joined by , (and) ! (but not) & (both)"
    )]
    target: Option<OsString>,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
    #[command(flatten)]
    pub(crate) select: SelectArgs,
    #[command(flatten)]
    pub(crate) pace: PaceArgs,
    #[command(flatten)]
    pub(crate) protocol: ProtocolArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// What sending the command again would do, where no command of the protocol says so; once unless said
    #[arg(long, value_name = "EFFECT", value_enum, help_heading = "Command")]
    pub(crate) effect: Option<EffectWord>,
    /// Send without asking a command that has a hazard, or that acts each time and goes to several devices
    #[arg(long, help_heading = "Command")]
    pub(crate) yes: bool,
    /// Print what would be sent, to whom and for how long, and send nothing
    #[arg(long, help_heading = "Command")]
    pub(crate) dry_run: bool,
    /// The longest wait for the first byte of the response; 5s unless the protocol says otherwise
    #[arg(long, value_name = "TIME", value_parser = connect::duration, help_heading = "Times")]
    pub(crate) first_timeout: Option<std::time::Duration>,
    /// The longest wait between bytes of the response; 1s unless the protocol says otherwise
    #[arg(long, value_name = "TIME", value_parser = connect::duration, help_heading = "Times")]
    pub(crate) idle_timeout: Option<std::time::Duration>,
    /// The longest that one attempt may take; 30s unless the protocol says otherwise
    #[arg(long, value_name = "TIME", value_parser = connect::duration, help_heading = "Times")]
    pub(crate) total_timeout: Option<std::time::Duration>,
    #[command(flatten)]
    pub(crate) journal: JournalArgs,
    /// How the result is printed: text for one device; for several a table, or ndjson where it is not for a terminal
    #[arg(long, value_name = "FORM", value_enum, help_heading = "Output")]
    pub(crate) output: Option<OutputForm>,
    /// With --output grouped: what differs from the answer of most
    #[arg(long, help_heading = "Output")]
    pub(crate) diff: bool,
    /// With --output grouped: a part of the answer that does not count. May be repeated
    #[arg(long, value_name = "PART", help_heading = "Output")]
    pub(crate) ignore: Vec<String>,
    /// No progress, no notes, no summary
    #[arg(short, long, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Show every byte on standard error: its direction, its time and its part of the layout. For one device
    #[arg(long, help_heading = "Output")]
    pub(crate) trace: bool,
}

impl SendArgs {
    /// Whether the targets are named elsewhere, so that the first word is the command.
    fn has_no_targets_word(&self) -> bool {
        self.select.targets_from.is_some() || self.select.hosts.filter.condition.is_some()
    }

    /// The word that names the targets.
    pub(crate) fn targets_word(&self) -> Option<&str> {
        self.target.as_deref().filter(|_| !self.has_no_targets_word()).and_then(OsStr::to_str)
    }

    /// The word before those of the message that belongs to them.
    pub(crate) fn first_word(&self) -> Option<&OsString> {
        self.target.as_ref().filter(|_| self.has_no_targets_word())
    }

    /// Who would read standard input.
    pub(crate) fn standard_input(&self) -> StandardInput {
        let streams = self.select.targets_from.as_deref().is_some_and(standard_input::is_dash);
        StandardInput::default()
            .inventories(&self.select.hosts.inventory)
            .reader("--targets-from -", streams)
            .reader("--file -", self.message.reads_standard_input())
    }

    /// Whether it takes a run: several devices may be meant, or what only runs have was asked for.
    pub(crate) fn is_a_run(&self) -> bool {
        let Self { select, pace, journal, dry_run, .. } = self;
        let chooses = select.hosts.is_given()
            || !select.failed_in.is_empty()
            || !select.outcome_in.is_empty()
            || self.has_no_targets_word();
        let paces = pace.waves.is_some()
            || pace.canary.is_some()
            || pace.deadline.is_some()
            || pace.retry_connect > 0
            || pace.retry_response > 0;
        let is_journaled = !matches!(journal.journal, JournalChoice::Auto | JournalChoice::Off);
        let is_one = self.targets_word().is_some_and(|word| Endpoint::parse(word, Some(1)).is_ok());
        chooses || paces || is_journaled || *dry_run || !is_one
    }
}

/// Go on with a run from the journal
#[derive(Debug, Args)]
#[command(after_help = RESUME_EXAMPLES)]
pub(crate) struct ResumeArgs {
    /// The run: its id, a unique start or end of it, or last
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// The most devices in flight at once, in place of what was said
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) fanout: Option<u32>,
    /// The most starts in a time, in place of what was said
    #[arg(long, value_name = "RATE")]
    pub(crate) rate: Option<String>,
    /// What is too much, in place of what was said
    #[arg(long, value_name = "RULE")]
    pub(crate) halt: Vec<String>,
    /// After this time nothing more is started
    #[arg(long, value_name = "TIME", value_parser = connect::duration)]
    pub(crate) deadline: Option<std::time::Duration>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    /// Send without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// How the result is printed
    #[arg(long, value_name = "FORM", value_enum)]
    pub(crate) output: Option<OutputForm>,
    /// No progress, no notes, no summary
    #[arg(short, long)]
    pub(crate) quiet: bool,
    #[command(flatten)]
    pub(crate) journal: JournalFile,
    /// Go on although the journal was copied or moved: what the run did since, elsewhere, is not in it, and would be done
    /// twice
    #[arg(long)]
    pub(crate) moved: bool,
}

/// Settle what is unconfirmed
#[derive(Debug, Args)]
#[command(after_help = VERIFY_EXAMPLES)]
pub(crate) struct VerifyArgs {
    /// The run: its id, a unique start or end of it, or last
    #[arg(value_name = "RUN")]
    pub(crate) run: String,
    /// The most devices that are asked at once; 256 unless said
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) fanout: Option<u32>,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) journal: JournalFile,
    /// The journal was copied or moved, and that is meant
    #[arg(long)]
    pub(crate) moved: bool,
}

const RESUME_EXAMPLES: &str = "\
Examples:
  wigwag resume last
  wigwag resume k3x9 --fanout 16 --yes

Sends only to targets that were never started, were cancelled or halted, or are proven not to have been sent to. What was
about to be sent when the run broke off is unconfirmed (lost) and is not sent again: `wigwag verify RUN` asks about it.

Exit codes: those of the whole run, as `wigwag send` has them";

const VERIFY_EXAMPLES: &str = "\
Examples:
  wigwag verify last

Asks each device that is unconfirmed or garbled with the command that the protocol names for that, and says whether what
was wanted is in effect: how things are now, not who made them so. It changes no outcome and sends nothing again.

Exit codes: those of the whole run, as `wigwag send` has them";

/// What sending a command again would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EffectWord {
    /// It changes nothing
    Read,
    /// Twice is as good as once
    Idempotent,
    /// It acts each time
    Once,
}

impl From<EffectWord> for Effect {
    fn from(word: EffectWord) -> Self {
        match word {
            EffectWord::Read => Self::Read,
            EffectWord::Idempotent => Self::Idempotent,
            EffectWord::Once => Self::Once,
        }
    }
}

const SEND_EXAMPLES: &str = "\
Examples:
  wigwag send 10.0.0.7 STATUS
        ESC STATUS CR to port 9100, then half-close; prints the response up to the first NUL
  wigwag send 10.0.0.7:4001 --protocol line 'VOL 12'
        one line there, one line back
  wigwag send 10.0.0.9 --protocol extron-sis receptacle n=1 on=on
        a command of a protocol with its parameters; it cuts mains power, so it asks first
  wigwag send 10.0.0.9 --protocol extron-sis --help
        the commands of that protocol
  wigwag send '10.0.0.0/24!10.0.0.9' STATUS --effect read --output grouped
        many devices: who answers what; see also --inventory, --canary, --halt, --dry-run
  wigwag send @presses receptacle n=1 on=off -i plant.toml --canary 3 --yes
        a group of an inventory; all others only if none of three fails
  wigwag send 10.0.0.7 --hex '10 04 01' --request body --response 'status:u8' --output json
        raw bytes there, one status byte back, as fields.status
  wigwag send 10.0.0.7:502 --hex '00 6B 00 03' --after-send open \\
        --request  'tid:u16=1 pid:u16=0 len:u16=len(unit..) unit:u8=17 fc:u8=3 body' \\
        --response 'tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 n:u8=len(body) body'

Exit codes: 0 answered · 2 usage, nothing sent · 3 a device said no · 4 proven not sent ·
            5 sent, but unconfirmed or garbled · 6 halted by a rule · 7 cancelled, skipped or too late ·
            1 a fault here · 130 interrupted; of several the worst: 2 1 5 6 3 4 130 7 0";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wigwag listen 9100\n        show whatever arrives on port 9100\n  \
                        wigwag listen 127.0.0.1:9100 --protocol esc-cr --reply \"'READY' <NUL>\"\n        \
                        be a device that is always ready\n  \
                        wigwag listen 4001 --protocol line --echo")]
pub(crate) struct ListenArgs {
    /// Where to listen: PORT, or ADDRESS:PORT with an address of this machine; port 0 lets the system choose
    #[arg(value_name = "ADDRESS", default_value = "0.0.0.0:9100")]
    pub(crate) address: String,
    #[command(flatten)]
    pub(crate) protocol: RequestArgs,
    /// Answer each request with this layout; parts named as in the request are copied from it
    #[arg(long, value_name = "LAYOUT", conflicts_with = "echo")]
    pub(crate) reply: Option<String>,
    /// Answer each request with its own bytes
    #[arg(long)]
    pub(crate) echo: bool,
    /// End after the first connection
    #[arg(long)]
    pub(crate) once: bool,
}

const PROTOCOL_EXAMPLES: &str = "\
Examples:
  wigwag protocol list
  wigwag protocol show extron-sis
  wigwag protocol explain extron-sis '43 70 6e 30 31 20 50 70 63 31 0d 0a'";

const AGENT_EXAMPLE: &str = "\
Examples:
  wigwag agent device.toml
  wigwag agent --check device.toml

where device.toml says:
  protocol = \"esc-cr\"
  listen   = [\"0.0.0.0:9100\"]

  [on.STATUS]
  reply = \"READY\"

  [on.\"*\"]
  reply = \"ERR unknown command\"

Stops on SIGTERM or Ctrl-C once what is in flight has been answered. The small binary wigwag-agent is the same.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
        SendAlone::command().debug_assert();
    }

    #[test]
    fn send_alone_is_the_same_as_send_among_the_others() {
        let mut cli = Cli::command();
        cli.build();
        let among = cli.find_subcommand_mut("send").unwrap().render_long_help().to_string();
        assert_eq!(SendAlone::command().render_long_help().to_string(), among);
    }
}
