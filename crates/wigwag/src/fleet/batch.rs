//! A batch of targets that ends where a wave does.

use wigwag_fleet::{Pulled, Target};

/// Targets from one place to another, with the first one of the next wave held back.
#[derive(Debug, Default)]
pub(super) struct Batches {
    ahead: Option<Target>,
}

impl Batches {
    /// At most `most` of what `next` gives, with numbers below `below`; nothing at the end.
    pub(super) fn pull(&mut self, most: usize, below: u32, mut next: impl FnMut() -> Option<Target>) -> Option<Pulled> {
        let mut targets = Vec::new();
        while targets.len() < most {
            match self.ahead.take().or_else(&mut next) {
                Some(target) if target.number < below => targets.push(target),
                Some(target) => {
                    self.ahead = Some(target);
                    break;
                }
                None if targets.is_empty() => return None,
                None => break,
            }
        }
        Some(if targets.is_empty() { Pulled::NoneBelow } else { Pulled::Targets(targets) })
    }
}
