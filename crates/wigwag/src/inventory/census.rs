//! How many hosts are meant, counted before anything is done to one.

use wigwag_fleet::inventory::Host;
use wigwag_protocol::bytes::display::escape_str;

use crate::problem::Problem;

/// How many hosts there are, and how they are called.
#[derive(Debug, Default)]
pub(crate) struct Census {
    pub(crate) targets: u32,
    /// In columns.
    pub(crate) longest_name: usize,
    /// One of them, for messages.
    pub(crate) first: String,
}

impl Census {
    /// One more; refused where it is more than `most`.
    pub(crate) fn count(&mut self, host: &Host, most: Option<u64>) -> Result<(), Problem> {
        if self.targets == 0 {
            host.name().clone_into(&mut self.first);
        }
        self.targets = self.targets.checked_add(1).ok_or_else(|| Problem::usage("more targets than a run can have"))?;
        if most.is_some_and(|most| u64::from(self.targets) > most) {
            let most = most.unwrap_or_default();
            return Err(Problem::usage(format!("more than {most} targets are meant; nothing was sent"))
                .with_help("--max-targets says how many are expected; `wigwag inventory list` shows who they are"));
        }
        self.longest_name = self.longest_name.max(escape_str(host.name()).to_string().len());
        Ok(())
    }
}
