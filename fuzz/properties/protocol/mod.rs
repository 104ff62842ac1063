//! What must hold of `wigwag-protocol`, whatever comes.

pub mod layouts;
