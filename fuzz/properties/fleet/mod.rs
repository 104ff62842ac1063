//! What must hold of `wigwag-fleet`, whatever people and their tools write.

pub mod conditions;
pub mod inventories;
pub mod targets;
