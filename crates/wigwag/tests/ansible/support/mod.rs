//! Real Ansible, simulated devices.
//!
//! | file | what it gives |
//! |---|---|
//! | `core` | the oldest and the newest ansible-core, and what they write |
//! | `recap` | the numbers of a host at the end of a play |
//! | `hosts` | inventories of simulated devices |
//! | `processes` | what a program has started, and how it dies |
//! | others | those of the tests of fleets |

mod core;
#[path = "../../fleet/support/fleet.rs"]
#[expect(dead_code, reason = "the tests of fleets need more of it")]
mod fleet;
mod hosts;
mod processes;
#[path = "../../support/program.rs"]
#[expect(dead_code, reason = "the tests of the commands need more of it")]
mod program;
mod recap;
#[path = "../../fleet/support/received.rs"]
#[expect(dead_code, reason = "the tests of fleets need more of it")]
mod received;
#[path = "../../fleet/support/report.rs"]
#[expect(dead_code, reason = "the tests of fleets need more of it")]
mod report;

pub(crate) use self::core::{Core, on_each_core};
pub(crate) use fleet::{Fleet, wait};
pub(crate) use hosts::{bodies, hosts};
pub(crate) use processes::kill_wigwag_of;
pub(crate) use program::{Ended, Program};
pub(crate) use recap::Recap;
