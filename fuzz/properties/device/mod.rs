//! What must hold of `wigwag-device`, whatever its files say.

pub mod agent;
pub mod scenarios;
