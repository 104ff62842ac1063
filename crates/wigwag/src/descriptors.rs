//! How many files and sockets this process may have open.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::problem::Problem;

/// Descriptors that are not for devices: the journal, the terminal, the event loop, name servers.
const OTHERS: u64 = 64;

/// Raises the limit as far as the system allows. Refuses a fanout for which there are too few then.
pub(crate) fn make_room(fanout: u32) -> Result<(), Problem> {
    match raise_limit() {
        Some(limit) if u64::from(fanout) + OTHERS > limit => {
            let most = limit.saturating_sub(OTHERS);
            Err(Problem::usage(format!("--fanout {fanout}: this process may have {limit} open files"))
                .with_help(format!("--fanout {most}, or a higher limit (ulimit -n)")))
        }
        Some(_) | None => Ok(()),
    }
}

/// Raises the limit as far as the system allows. How many there may be then; none where nothing limits them.
pub(crate) fn raise_limit() -> Option<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that is not allowed the old limit holds, and what is beyond it waits.
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current
}
