//! How many descriptors a process may have.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as that is allowed: each connection is a descriptor, and the usual limit is for programs that
/// have few.
pub(super) fn raise_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it fails there are as many as before; that they have run out is said when it happens.
    let _ = setrlimit(Resource::Nofile, limit);
}
