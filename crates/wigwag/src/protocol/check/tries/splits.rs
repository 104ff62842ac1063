//! Wherever the network cuts, the same comes of it.

use super::recognise::is_it;
use super::{Result, Try, Whole, called, fault};
use crate::protocol::check::client;
use crate::protocol::check::device::Device;
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told::{Told, outcome};

/// Up to so many bytes are cut at every place; of more, about so many places are chosen, the first and last ones among
/// them.
const MOST_CUTS: usize = 512;

/// Of very long bytes fewer places are chosen: each cut plays all of them again.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const LEAST_CUTS: usize = 32;

/// The answer in two pieces, cut at every place, and byte by byte.
pub(super) fn answer(scene: &Scene<'_>, whole: &Whole) -> Result<()> {
    let recv = scene.example.recv.as_slice();
    if recv.len() < 2 {
        return Ok(None);
    }
    for (pieces, how) in ways(recv) {
        let Ok(sent) = client::sends(scene) else { return Ok(None) };
        let heard = sent.hears(pieces, whole.ending);
        if Told::of(&heard.end) != whole.told || heard.end.evidence.extra != whole.end.evidence.extra {
            let message = format!("`recv` {how} comes to something else: {}", outcome(&heard.end));
            return Err(fault(scene, Try::Splits, message));
        }
    }
    Ok(Some(()))
}

/// The request likewise, where it can be known when it is whole.
pub(super) fn request(scene: &Scene<'_>, before: &[u8]) -> Result<()> {
    let send = scene.example.send.as_slice();
    if send.len() < 2 || !scene.protocol.request.ends_by_itself() {
        return Ok(None);
    }
    for (pieces, how) in ways(send) {
        let requests = Device::open(scene, before).hears(pieces, scene.ending_of_requests()).all;
        let [only] = requests.as_slice() else {
            let heard: Vec<String> = requests.iter().map(called).collect();
            let message = format!("`send` {how} is not one request to the device half: {}", heard.join(", "));
            return Err(fault(scene, Try::Splits, message));
        };
        if is_it(scene, only).is_err() {
            let message = format!("`send` {how} is another request to the device half: {}", called(only));
            return Err(fault(scene, Try::Splits, message));
        }
    }
    Ok(Some(()))
}

/// Every way to cut bytes in two, and byte by byte; with what to call it.
fn ways(bytes: &[u8]) -> impl Iterator<Item = (Vec<&[u8]>, String)> {
    let cut = |at: usize| {
        let (first, second) = bytes.split_at(at);
        (vec![first, second], format!("cut behind byte {at}"))
    };
    let single = (bytes.chunks(1).collect(), "byte by byte".to_owned());
    places(bytes.len()).filter(|at| *at > 0).map(cut).chain([single])
}

/// Places from 0 up to `length`: all, or so many that it does not take long.
pub(super) fn places(length: usize) -> impl Iterator<Item = usize> {
    let most = (MOST_BYTES / length.max(1)).clamp(LEAST_CUTS, MOST_CUTS);
    let step = length.div_ceil(most).max(1);
    let at_the_ends = most / 8;
    (0..length).filter(move |at| at % step == 0 || *at < at_the_ends || length - at <= at_the_ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_bytes_are_cut_everywhere_long_ones_in_the_middle_less() {
        assert!(places(500).eq(0..500));
        let chosen: Vec<usize> = places(100_000).collect();
        assert!(chosen.len() < 2 * MOST_CUTS, "{}", chosen.len());
        assert!(chosen.starts_with(&[0, 1, 2]) && chosen.ends_with(&[99_998, 99_999]));
    }

    #[test]
    fn every_way_is_all_the_bytes() {
        let ways: Vec<_> = ways(b"abc").collect();
        assert_eq!(
            ways.iter().map(|(_, how)| how.as_str()).collect::<Vec<_>>(),
            ["cut behind byte 1", "cut behind byte 2", "byte by byte"]
        );
        assert!(ways.iter().all(|(pieces, _)| pieces.concat() == b"abc"));
    }
}
