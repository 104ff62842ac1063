//! `wigwag inventory`: what can be typed.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{FilterArgs, Form, StandardInput};

#[derive(Debug, Args)]
#[command(after_help = INVENTORY_EXAMPLES)]
pub(crate) struct InventoryArgs {
    #[command(flatten)]
    files: FilesArgs,
    /// All groups, hosts and variables in the JSON that Ansible takes from an inventory program
    #[arg(long, conflicts_with = "host")]
    pub(crate) list: bool,
    /// The variables of one host in the same JSON
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Option<InventoryCommand>,
}

/// Which inventories. They can stand before the command and behind it; those behind it are the later ones.
#[derive(Debug, Args)]
pub(crate) struct FilesArgs {
    /// An inventory: TOML, Ansible's INI or YAML, JSON, CSV, plain lines, or a program that prints one; - for standard
    /// input. May be repeated; of two the later wins
    #[arg(short = 'i', long, value_name = "FILE")]
    inventory: Vec<PathBuf>,
}

impl InventoryArgs {
    /// All inventories, in their order.
    pub(crate) fn files(&self) -> Vec<&PathBuf> {
        let behind = match &self.command {
            None => None,
            Some(
                InventoryCommand::List { files, .. }
                | InventoryCommand::Show { files, .. }
                | InventoryCommand::Graph { files, .. }
                | InventoryCommand::Fold { files, .. }
                | InventoryCommand::Expand { files, .. }
                | InventoryCommand::Check { files, .. },
            ) => Some(files),
        };
        self.files.inventory.iter().chain(behind.into_iter().flat_map(|files| &files.inventory)).collect()
    }

    /// Who would read standard input.
    pub(crate) fn standard_input(&self) -> StandardInput {
        let takes_names = match &self.command {
            Some(InventoryCommand::Fold { words, .. } | InventoryCommand::Expand { words, .. }) => words.is_empty(),
            None
            | Some(
                InventoryCommand::List { .. }
                | InventoryCommand::Show { .. }
                | InventoryCommand::Graph { .. }
                | InventoryCommand::Check { .. },
            ) => false,
        };
        StandardInput::default().inventories(&self.files()).reader("names that are not typed", takes_names)
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// The names of hosts
    #[command(after_help = "Examples:\n  wigwag inventory list -i plant.toml\n  \
                            wigwag inventory list -i plant.toml '@presses!press-7' --fold\n  \
                            wigwag inventory list -i hosts.ini -w 'site==\"berlin\" && fw<\"2.3\"'")]
    List {
        #[command(flatten)]
        files: FilesArgs,
        #[command(flatten)]
        which: WhichArgs,
        /// In one line, as ranges
        #[arg(long, conflicts_with = "output")]
        fold: bool,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
    /// All that is known of hosts, and who says so
    #[command(after_help = "Example:\n  wigwag inventory show -i plant.toml press-7")]
    Show {
        #[command(flatten)]
        files: FilesArgs,
        #[command(flatten)]
        which: WhichArgs,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
    /// The groups with their hosts, as a tree
    #[command(after_help = "Example:\n  wigwag inventory graph -i plant.toml presses")]
    Graph {
        #[command(flatten)]
        files: FilesArgs,
        /// Only this group and what is in it
        #[arg(value_name = "GROUP")]
        group: Option<String>,
    },
    /// Names as ranges: press-1,press-2 is press-[1-2]
    #[command(
        after_help = "Examples:\n  wigwag inventory fold press-1 press-2 press-4\n  cut -d, -f1 devices.csv | wigwag inventory fold"
    )]
    Fold {
        #[command(flatten)]
        files: FilesArgs,
        /// Names or expressions; from standard input where there are none
        #[arg(value_name = "TARGETS")]
        words: Vec<String>,
    },
    /// Ranges as names, one a line
    #[command(after_help = "Examples:\n  wigwag inventory expand 'rack[1-4]-u[01-42]!rack2-u07'\n  \
                            wigwag inventory expand -i plant.toml @presses")]
    Expand {
        #[command(flatten)]
        files: FilesArgs,
        /// Expressions; from standard input where there are none
        #[arg(value_name = "TARGETS")]
        words: Vec<String>,
    },
    /// What is odd: two names of one device, names without an address, empty groups, unknown protocols
    #[command(
        after_help = "Example:\n  wigwag inventory check -i plant.toml\n\nExit codes: 0 nothing is odd · 2 something is, or no inventory"
    )]
    Check {
        #[command(flatten)]
        files: FilesArgs,
        #[command(flatten)]
        which: WhichArgs,
        /// Ask no resolver
        #[arg(long)]
        no_resolve: bool,
        /// How it is printed
        #[arg(long, value_name = "FORM", value_enum, default_value_t = Form::Text)]
        output: Form,
    },
}

/// Which hosts.
#[derive(Debug, Args)]
pub(crate) struct WhichArgs {
    /// Names, ranges, networks, @groups, wildcards, joined by , (and) ! (but not) & (both); all hosts unless said
    #[arg(value_name = "TARGETS")]
    pub(crate) targets: Option<String>,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

const INVENTORY_EXAMPLES: &str = "\
Examples:
  wigwag inventory list -i plant.toml '@presses' --fold
  wigwag inventory show -i hosts.ini press-7
  wigwag inventory check -i plant.toml
  wigwag inventory expand '10.0.0.0/29'
  wigwag inventory -i plant.toml --list";
