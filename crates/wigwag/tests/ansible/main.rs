//! The Ansible collection, run by the real Ansible: its oldest core that it is for, and the newest.
//!
//! The playbooks lie with the collection, in `ansible/tests/integration`, and hold most of what has to be so. What they cannot
//! see is here: what devices really received, exit codes, what is printed, and what is left on the disk.
#![expect(clippy::unwrap_used, reason = "what fails in a test's helper fails the test")]

mod agent_role;
mod check_mode;
mod connection;
mod docs;
mod fleet;
mod hostile;
mod inventory;
mod lookups;
mod lost;
mod outcomes;
mod package;
mod program;
mod secrets;
mod send;
mod support;
mod until;
mod variables;
