//! Runs as a runner would tell them, on a disk that does what a test wants.

mod crashes;
mod full_disk;
mod many;
mod places;
mod refusals;
mod runs;
pub(crate) mod scene;
mod secrets;
