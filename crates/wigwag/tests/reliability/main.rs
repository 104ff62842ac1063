//! Both ends against a wire that fails at every byte, and `wigwag send` against every fault of the simulator: what is said
//! is what is true, and nothing is sent twice. `docs/reliability.md` has what is found here.
//!
//! | file | |
//! |---|---|
//! | `exchange` | the exchanges that are played: what the client is told, what the agent is, the bytes between them |
//! | `fault` | what can be wrong with a wire, and where |
//! | `due` | what must come of it |
//! | `proxied` | each fault at each place of each exchange |
//! | `simulated` | each fault of the simulator |
//! | `found` | what came of one command, and what must hold of it whatever was wrong |
//! | `table` | rows of what was found: what came to the same is one of them |
//! | `page` | the tables of `docs/reliability.md` |
//!
//! To add an exchange: a value in `exchange`, a test in `proxied`. Where its answers or requests can end in more than
//! one way, `due` has to know.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod due;
mod exchange;
mod fault;
mod found;
mod page;
mod proxied;
mod simulated;
mod support;
mod table;
