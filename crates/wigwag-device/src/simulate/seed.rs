//! Draws that can be had again.

use std::hash::{BuildHasher, RandomState};

/// What all draws follow from: each is a function of the seed, of what is drawn for which device, and of how often that
/// was drawn before. Neither time nor the order in which clients come changes any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed(pub u64);

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Draw {
    /// Whether a device refuses connections.
    Device,
    /// What is wrong with a connection.
    Connection,
    /// What is wrong with the answer to a command.
    Command,
    /// Where an answer is garbled.
    Place,
    /// What a device says that nobody told it.
    Word,
}

impl Seed {
    /// One that nobody chose, short enough to be typed again.
    pub fn random() -> Self {
        Self(RandomState::new().hash_one("seed") >> 40)
    }

    /// The draw number `count` of this kind for a device.
    pub(super) fn draw(self, what: Draw, device: u32, count: u64) -> u64 {
        [what as u64, u64::from(device), count].into_iter().fold(mixed(self.0), |drawn, part| mixed(drawn ^ part))
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
fn mixed(state: u64) -> u64 {
    let state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixer_is_the_published_one() {
        // The first outputs of SplitMix64 for the state 0 and for the state after it.
        assert_eq!(mixed(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(mixed(0x9E37_79B9_7F4A_7C15), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn whatever_differs_draws_something_else() {
        let all = [
            Seed(1).draw(Draw::Command, 0, 0),
            Seed(2).draw(Draw::Command, 0, 0),
            Seed(1).draw(Draw::Connection, 0, 0),
            Seed(1).draw(Draw::Command, 1, 0),
            Seed(1).draw(Draw::Command, 0, 1),
        ];
        for (index, drawn) in all.iter().enumerate() {
            assert!(!all[..index].contains(drawn), "{index}");
        }
        assert_eq!(all[0], Seed(1).draw(Draw::Command, 0, 0));
    }
}
