//! `wigwag protocol`: what can be typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum ProtocolCommand {
    /// All protocols that have a name: the built-in ones and your own
    #[command(after_help = "Example:\n  wigwag protocol list")]
    List {
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
    /// A protocol as a manual page: its frames, its commands, what they do
    #[command(after_help = "Examples:\n  wigwag protocol show extron-sis\n  \
                            wigwag protocol show extron-sis receptacle\n        \
                            one command, its examples byte for byte")]
    Show {
        /// The protocol, by name or by the path of its file
        #[arg(value_name = "NAME|FILE")]
        protocol: String,
        /// Only this command
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
    /// Captured bytes, part by part: what each byte is, and where they are wrong
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// A commented start of a protocol file; from captured frames, with a framing proposed for them
    #[command(after_help = NEW_EXAMPLES)]
    New {
        /// A file of captured frames, one a line in hex, with `>` before requests and `<` before responses; - reads them
        /// from standard input
        #[arg(long, value_name = "FILE")]
        from_hex: Option<PathBuf>,
    },
    /// Does a protocol file say what it means to say? Its examples are played every way a network could deliver them
    #[command(after_help = "Examples:\n  wigwag protocol check extron-sis\n  wigwag protocol check ./scale.toml\n\n\
                            Exit codes: 0 no fault · 2 faults, or no protocol file")]
    Check {
        /// The protocol, by name or by the path of its file
        #[arg(value_name = "NAME|FILE")]
        protocol: String,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
    /// The JSON Schema of protocol files, for editors
    #[command(after_help = "Example:\n  wigwag protocol schema > schema.json\n\n\
                            A file that begins with `#:schema ./schema.json` is completed and checked against it by\n\
                            editors that know TOML.")]
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The protocol, by name or by the path of its file (not with --layout), then the bytes as they are pasted: '1B 40',
    /// 0x1B,0x40, a whole dump; - reads them from standard input
    #[arg(value_name = "NAME|FILE HEX", required = true)]
    pub(crate) words: Vec<String>,
    /// The bytes were sent to the device; unless said, they came from it
    #[arg(long)]
    pub(crate) request: bool,
    /// The command that they answer, or that they should be
    #[arg(long, value_name = "COMMAND")]
    pub(crate) command: Option<String>,
    /// A layout in place of a protocol
    #[arg(long, value_name = "LAYOUT", conflicts_with_all = ["request", "command"])]
    pub(crate) layout: Option<String>,
    /// How it is printed
    #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
    pub(crate) output: Form,
}

/// How something is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// For a person
    Text,
    /// One JSON object on one line
    Json,
}

const NEW_EXAMPLES: &str = "\
Examples:
  wigwag protocol new > scale.toml
  wigwag protocol new --from-hex frames.txt > scale.toml
        where frames.txt says, for example:
          > 02 57 35 37 03
          < 02 2b 31 32 2e 34 38 30 20 6b 67 31 36 03
          > 02 54 30 33 35 37 03
          < 02 54 30 33 35 37 03";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  wigwag protocol explain extron-sis '43 70 6e 30 31 20 50 70 63 31 0d 0a'
  wigwag protocol explain modbus-tcp --request 00 01 00 00 00 06 11 03 00 6b 00 03
  xxd answer.bin | wigwag protocol explain pjlink --command power_state -
  wigwag protocol explain --layout '<STX> body sum:hex2=xor(body) <ETX>' 02 57 35 37 03

Exit codes: 0 all of it is explained · 2 usage · 5 it does not decode; the dump shows how far it came";
