//! Scenarios: what is wrong with which device, and when.
//!
//! ```toml
//! seed = 7
//! devices = 100
//! fault = ["slow=5%:2s", "reset=1%"]      # of every command to every device
//!
//! [device.3]                              # or "3-7", or by address: "127.1.0.3"
//! fault = ["silent"]                      # in place of those above, whatever the steps say
//! state = { n = 1, on = "on" }            # what it remembers at the start; several things as a list
//!
//! [[step]]
//! after = 3                               # from a device's fourth command on
//! fault = ["busy"]
//!
//! [[step]]
//! at = "10s"                              # from this time on; of the steps that have come the last one counts
//! fault = []
//! ```

mod file;

use std::net::IpAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use wigwag_protocol::layout::Fields;

use super::faults::Fault;

/// What is wrong with which device, and when.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scenario {
    /// What all draws follow from.
    pub seed: Option<u64>,
    /// How many devices there are.
    pub devices: Option<u32>,
    /// What is wrong with all devices from the start.
    pub faults: Vec<Fault>,
    /// Devices that are not like the others.
    pub exceptions: Vec<Exception>,
    /// What becomes wrong later.
    pub steps: Vec<Step>,
}

/// Devices that are not like the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// Which.
    pub devices: Which,
    /// What is wrong with them, if that is said.
    pub faults: Option<Vec<Fault>>,
    /// What they remember at the start.
    pub state: Vec<Fields>,
}

/// Some of the devices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// By their numbers; the first is 1.
    Numbers(RangeInclusive<u32>),
    /// The one with this address.
    Address(IpAddr),
}

/// What becomes wrong later, with all devices that have no faults of their own.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When.
    pub from: From,
    /// What.
    pub faults: Vec<Fault>,
}

/// When something begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// For each device, when it has had so many commands.
    Commands(u64),
    /// For all devices, so long after the start.
    Time(Duration),
}
