//! One command to very many devices.
//!
//! - [`targets`]: sets of names as people write them: `dev[001-500]`, `10.0.0.0/24`, `@presses!press-7`.
//! - [`inventory`]: what is known of hosts: groups, settings, variables; read from what people have already.
//! - [`target`]: what is to be sent, and to whom.
//! - [`pace`]: how fast, and what stops it.
//! - [`schedule`]: who is started when.
//! - [`runner`]: the loop in which all parts meet.
//! - [`gate`]: what has to be certain before a command leaves.
//! - [`event`]: what a run tells, once, for all who read it.
//! - [`control`]: what a person does to it while it goes on.
#![warn(missing_docs)]

pub mod control;
mod counts;
pub mod event;
pub mod gate;
pub mod inventory;
pub mod pace;
pub mod runner;
pub mod schedule;
pub mod target;
pub mod targets;

pub use control::Control;
pub use counts::Counts;
pub use event::{Batch, Ended, Event, Sink, Stop};
pub use gate::{Gate, Intent};
pub use pace::Pace;
pub use runner::{Claim, Finished, Run};
pub use schedule::Schedule;
pub use target::{Invalid, Order, Pulled, Source, Target, Task};
