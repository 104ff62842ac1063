//! One device, once: who was the first to tell a device something.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::{fast, quality};
use smallvec::SmallVec;

use super::places::Place;

/// What was told to whom, under 40 bytes for each.
///
/// Only a hash of place and command is kept. Two that differ and share it would be taken for one device; among a million
/// targets the chance of that is one in 37 million, and the second would be reported as skipped, not left out in silence.
#[derive(Debug)]
pub(super) struct Claims {
    hasher: quality::RandomState,
    /// The first target by the hash, in many small maps: a single one would for a moment take three times its size when
    /// it grows.
    first: Box<[First; SHARDS]>,
}

type First = HashMap<Hash, u32, fast::RandomState>;

const SHARDS: usize = 256;

/// A hash of 64 bits in two halves: with them an entry takes 12 bytes, not 16.
type Hash = [u32; 2];

impl Default for Claims {
    fn default() -> Self {
        Self { hasher: quality::RandomState::default(), first: Box::new(std::array::from_fn(|_| First::default())) }
    }
}

impl Claims {
    /// Notes that a target tells this to all of these places, which are one device.
    ///
    /// # Errors
    ///
    /// The target that told one of them the same before.
    pub(super) fn claim(&mut self, places: &[Place], fingerprint: u64, target: u32) -> Result<(), u32> {
        let hashes: SmallVec<[Hash; 1]> = places.iter().map(|place| self.hash(place, fingerprint)).collect();
        let firsts = hashes.iter().filter_map(|hash| self.first[shard(*hash)].get(hash));
        if let Some(first) = firsts.filter(|first| **first != target).min() {
            return Err(*first);
        }
        for hash in hashes {
            self.first[shard(hash)].entry(hash).or_insert(target);
        }
        Ok(())
    }

    fn hash(&self, place: &Place, fingerprint: u64) -> Hash {
        let hash = self.hasher.hash_one((place, fingerprint));
        [(hash >> 32) as u32, hash as u32]
    }
}

/// Which of the maps a hash is in.
const fn shard(hash: Hash) -> usize {
    hash[0] as usize % SHARDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Place {
        Place::read(text)
    }

    #[test]
    fn the_first_one_is_named() {
        let mut claims = Claims::default();
        let (a, b) = (place("10.4.0.7:9100"), place("10.4.0.8:9100"));
        assert_eq!(claims.claim(std::slice::from_ref(&a), 1, 0), Ok(()));
        assert_eq!(claims.claim(std::slice::from_ref(&a), 2, 1), Ok(()), "told something else");
        assert_eq!(claims.claim(&[b.clone(), a.clone()], 1, 2), Err(0), "one of its addresses is enough");
        assert_eq!(claims.claim(&[b], 1, 3), Ok(()), "what was refused claims nothing");
        assert_eq!(claims.claim(&[a], 1, 0), Ok(()), "the same target again, as a retry is");
    }
}
