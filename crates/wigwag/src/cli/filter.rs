//! Which of the hosts that are named.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use wigwag_fleet::inventory::Sample;

#[derive(Debug, Clone, Args)]
pub(crate) struct FilterArgs {
    /// The hosts whose variables fulfil this: 'site=="berlin" && fw<"2.3"'. With send it stands in place of TARGETS
    #[arg(short = 'w', long = "where", value_name = "CONDITION", help_heading = "Targets")]
    pub(crate) condition: Option<String>,
    /// Hosts that are left out, whatever else names them: one expression a line
    #[arg(long, value_name = "FILE", help_heading = "Targets")]
    pub(crate) exclude_file: Option<PathBuf>,
    /// Only so many of them, or such a share: 10 or 1%. The same ones each time
    #[arg(long, value_name = "COUNT", value_parser = Sample::from_str, help_heading = "Targets")]
    pub(crate) sample: Option<Sample>,
    /// Take names that no inventory knows, too
    #[arg(long, help_heading = "Targets")]
    pub(crate) any_target: bool,
}

impl FilterArgs {
    /// Whether anything was said.
    pub(crate) fn is_given(&self) -> bool {
        let Self { condition, exclude_file, sample, any_target } = self;
        condition.is_some() || exclude_file.is_some() || sample.is_some() || *any_target
    }
}
