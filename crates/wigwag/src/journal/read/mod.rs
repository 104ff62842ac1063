//! What is read back. Memory is bounded by a few bytes a target, whatever the devices said.
//!
//! | file | what it is about |
//! |---|---|
//! | `run` | runs, and how one is found by a part of its name |
//! | `summary` | what is known of a run in a line |
//! | `standings` | how each target stands |
//! | `targets` | the list of targets, in order or by number |
//! | `outcomes` | how attempts ended, in the order in which that was written down |
//! | `notes` | what else happened |
//! | `sends` | what may have reached a device |
//! | `counts` | how many there are of each outcome |

mod counts;
mod notes;
mod outcomes;
mod run;
mod sends;
mod standings;
mod summary;
mod targets;

pub(in crate::journal) use counts::to_json as counts_to_json;
pub(crate) use run::Run;
pub(crate) use standings::{Standings, State};
pub(crate) use summary::Summary;
pub(crate) use targets::{Names, Targets};
