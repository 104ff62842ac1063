//! Where secrets come from.

use clap::Args;

use crate::profile::Secret;

#[derive(Debug, Args)]
pub(crate) struct SecretArgs {
    /// A secret that the protocol or a parameter names: NAME=file:PATH, NAME=env:VARIABLE or NAME=ask. May be repeated
    #[arg(long, value_name = "NAME=FROM", help_heading = "Protocol")]
    pub(crate) secret: Vec<Secret>,
}
