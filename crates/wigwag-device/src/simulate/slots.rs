//! What there is of each device: nothing until somebody speaks to it.

use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::memory::Memory;

/// A place for each device.
#[derive(Debug)]
pub(super) struct Slots(Box<[Mutex<Option<Box<Slot>>>]>);

/// A device that was spoken to.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) connections: u64,
    pub(super) commands: u64,
    pub(super) memory: Memory,
    /// The clients whose half-close ends their connection.
    pub(super) dropped_at_fin: Vec<SocketAddr>,
}

impl Slots {
    pub(super) fn new(devices: u32) -> Self {
        Self((0..devices).map(|_| Mutex::new(None)).collect())
    }

    /// A device, for the time being nobody else's; `fresh` is what it is when it is spoken to for the first time.
    pub(super) fn with<T>(
        &self,
        device: u32,
        fresh: impl FnOnce() -> Slot,
        then: impl FnOnce(&mut Slot) -> T,
    ) -> Option<T> {
        let mut slot = self.lock(device)?;
        Some(then(slot.get_or_insert_with(|| Box::new(fresh()))))
    }

    /// The same, if it was spoken to.
    pub(super) fn with_known<T>(&self, device: u32, then: impl FnOnce(&mut Slot) -> T) -> Option<T> {
        self.lock(device)?.as_deref_mut().map(then)
    }

    fn lock(&self, device: u32) -> Option<MutexGuard<'_, Option<Box<Slot>>>> {
        let slot = self.0.get(device as usize)?;
        Some(slot.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
