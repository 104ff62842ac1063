//! `wigwag runs`: what can be typed.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Form;

/// The journal: which runs there were, and what came of them
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true, after_help = RUNS_EXAMPLES)]
pub(crate) struct RunsArgs {
    /// The journal's file; $XDG_STATE_HOME/wigwag/journal.db unless said
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) journal: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Option<RunsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// All runs, the newest first; what `wigwag runs` alone does
    #[command(after_help = "Example:\n  wigwag runs list")]
    List {
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
    /// One run: its outcomes, who answered what, how long it took
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[arg(value_name = "RUN", default_value = "last", help = RUN)]
        run: String,
        /// Leave this part out when answers are compared. May be repeated
        #[arg(long, value_name = "PART")]
        ignore: Vec<String>,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = RunForm::Text)]
        output: RunForm,
    },
    /// Which devices answered differently from most of a run, or from another run
    #[command(after_help = DIFF_EXAMPLES)]
    Diff {
        #[arg(value_name = "RUN", help = RUN)]
        run: String,
        /// A later run, to be compared with it device by device
        #[arg(value_name = "RUN")]
        with: Option<String>,
        /// Leave this part out when answers are compared. May be repeated
        #[arg(long, value_name = "PART")]
        ignore: Vec<String>,
    },
    /// The outcomes of a run that goes on elsewhere, as they come, until it ends
    #[command(after_help = "Examples:\n  wigwag runs follow\n  wigwag runs follow k3x9 --output ndjson")]
    Follow {
        #[arg(value_name = "RUN", default_value = "last", help = RUN)]
        run: String,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = RunForm::Text)]
        output: RunForm,
    },
    /// Forget runs, with all that is known of them
    #[command(after_help = "Example:\n  wigwag runs remove 20261122-154201-k3x9 --yes")]
    Remove {
        #[arg(value_name = "RUN", required = true, help = RUN)]
        runs: Vec<String>,
        /// Remove them without asking
        #[arg(long)]
        yes: bool,
    },
}

/// How the outcomes of a run are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunForm {
    /// For a person
    Text,
    /// A line for each device, for spreadsheets
    Csv,
    /// The run and each outcome as an object on a line of its own
    Ndjson,
}

const RUN: &str = "The run: its id, a start or an end of it that no other has, or `last`";

const RUNS_EXAMPLES: &str = "\
Examples:
  wigwag runs
  wigwag runs show last
  wigwag runs show k3x9 --output csv > outcomes.csv
  wigwag runs diff last
  wigwag runs follow

Exit codes: 0 shown · 2 usage, no such run, or the run is held by another process";

const SHOW_EXAMPLES: &str = "\
Examples:
  wigwag runs show last
  wigwag runs show k3x9 --ignore uptime
        the part `uptime` is another one for each device, and is not compared
  wigwag runs show 20261122-154201-k3x9 --output ndjson";

const DIFF_EXAMPLES: &str = "\
Examples:
  wigwag runs diff last
        who answered something else than most
  wigwag runs diff k3x9 last
        who answers something else than then";
