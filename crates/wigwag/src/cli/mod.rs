//! What can be typed. What it means is decided where each command runs.

mod connect;
mod message;
mod protocol;
mod protocol_command;
mod secret;
mod send_help;
mod simulate;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use wigwag_protocol::protocol::Effect;

pub(crate) use connect::{ConnectArgs, endpoint};
pub(crate) use message::MessageArgs;
pub(crate) use protocol::{Otherwise, ProtocolArgs, RequestArgs};
pub(crate) use protocol_command::{ExplainArgs, Form, ProtocolCommand};
pub(crate) use secret::SecretArgs;
pub(crate) use send_help::SendHelp;
pub(crate) use simulate::{SimulateArgs, SpreadWord};

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
  1    a fault of wigwag's own
  2    wrong usage or configuration; nothing was sent
  3    the device answered no
  4    unreachable: proven not sent
  5    unconfirmed or garbled: it is not known what the device did
  130  interrupted before anything was sent

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
    /// Can a device be reached? Resolve, connect, TLS and banner, with times
    Check(CheckArgs),
    /// Take connections, show what arrives, and answer if asked to
    Listen(ListenArgs),
    /// Protocols: what there is, what they say, what bytes mean in them
    #[command(subcommand, arg_required_else_help = true, disable_help_subcommand = true, after_help = PROTOCOL_EXAMPLES)]
    Protocol(ProtocolCommand),
    /// Be a device, as a configuration file says
    #[command(after_help = AGENT_EXAMPLE)]
    Agent {
        /// The configuration file
        config: PathBuf,
    },
    /// Be one device or ten thousand, from a protocol file alone, with faults if asked to
    Simulate(Box<SimulateArgs>),
    /// Six simulated devices, and what comes of a command to each; needs nothing
    #[command(after_help = "Example:\n  wigwag demo --keep     and try the commands it shows in another terminal")]
    Demo {
        /// Leave the devices running until Ctrl-C, to try the commands yourself
        #[arg(long)]
        keep: bool,
    },
}

/// Send a command to a device and print its response
#[derive(Debug, Args)]
#[command(after_help = SEND_EXAMPLES)]
pub(crate) struct SendArgs {
    #[arg(value_name = "HOST", help = "The device: HOST, HOST:PORT, [IPv6]:PORT")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) message: MessageArgs,
    #[command(flatten)]
    pub(crate) protocol: ProtocolArgs,
    #[command(flatten)]
    pub(crate) secrets: SecretArgs,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// What sending the command again would do, where no command of the protocol says so; once unless said
    #[arg(long, value_name = "EFFECT", value_enum, help_heading = "Command")]
    pub(crate) effect: Option<EffectWord>,
    /// Send a command with a hazard without asking
    #[arg(long, help_heading = "Command")]
    pub(crate) yes: bool,
    /// The longest wait for the first byte of the response; 5s unless the protocol says otherwise
    #[arg(long, value_name = "TIME", value_parser = connect::duration, help_heading = "Times")]
    pub(crate) first_timeout: Option<std::time::Duration>,
    /// The longest wait between bytes of the response; 1s unless the protocol says otherwise
    #[arg(long, value_name = "TIME", value_parser = connect::duration, help_heading = "Times")]
    pub(crate) idle_timeout: Option<std::time::Duration>,
    /// The longest that all of it may take; 30s unless the protocol says otherwise
    #[arg(long, value_name = "TIME", value_parser = connect::duration, help_heading = "Times")]
    pub(crate) total_timeout: Option<std::time::Duration>,
    /// How the result is printed
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Output::Text)]
    pub(crate) output: Output,
    /// Show every byte on standard error: its direction, its time and its part of the layout
    #[arg(long)]
    pub(crate) trace: bool,
}

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

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// The response's text, its control characters shown
    Text,
    /// One JSON object: the outcome with all its evidence
    Json,
    /// The response's bytes exactly as they came
    Raw,
    /// The response's bytes in hex
    Hex,
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
  wigwag send 10.0.0.7 --hex '10 04 01' --request body --response 'status:u8' --output json
        raw bytes there, one status byte back, as fields.status
  wigwag send 10.0.0.7:502 --hex '00 6B 00 03' --after-send open \\
        --request  'tid:u16=1 pid:u16=0 len:u16=len(unit..) unit:u8=17 fc:u8=3 body' \\
        --response 'tid:u16 pid:u16=0 len:u16=len(unit..) unit:u8 fc:u8 n:u8=len(body) body'

Exit codes: 0 answered · 2 usage, nothing sent · 3 the device said no · 4 proven not sent ·
            5 sent, but unconfirmed or garbled · 130 interrupted before anything was sent";

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wigwag check 10.0.0.7\n  wigwag check dev-7:4001 --tls --tls-ca plant-ca.pem\n\n\
                        Exit codes: 0 reachable · 2 usage · 4 unreachable")]
pub(crate) struct CheckArgs {
    #[arg(value_name = "HOST", help = "The device: HOST, HOST:PORT, [IPv6]:PORT; port 9100 unless said")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) connect: ConnectArgs,
    /// How long to wait whether the device speaks first
    #[arg(long, value_name = "TIME", value_parser = connect::duration, default_value = "300ms", help_heading = "Times")]
    pub(crate) banner_wait: std::time::Duration,
    /// How the result is printed
    #[arg(long, value_name = "FORM", value_enum, default_value_t = CheckOutput::Text)]
    pub(crate) output: CheckOutput,
}

/// How a check is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckOutput {
    /// A line for each phase
    Text,
    /// One JSON object
    Json,
}

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
Example:
  wigwag agent device.toml

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
