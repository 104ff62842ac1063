//! What is damaged or cut off is never taken for an answer.

use wigwag_protocol::protocol::Form;

use super::splits::places;
use super::{Finding, Result, Try, Whole, fault};
use crate::protocol::check::client::{self, Ending};
use crate::protocol::check::frames::{CutFrame, frames};
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told::{Told, outcome};

/// What is changed in a byte: every checksum notices a single bit, but for one that leaves out the highest.
const FLIPS: [u8; 2] = [0x01, 0x80];

pub(super) fn corrupted(scene: &Scene<'_>, whole: &Whole) -> Result<()> {
    if scene.example.recv.is_empty() {
        return Ok(None);
    }
    damaged(scene, whole)?;
    cut_off(scene, whole)?;
    Ok(Some(()))
}

/// Changes one byte after the other. Whatever comes of it, nothing panics; and where a checksum covers the byte, it is
/// no answer.
fn damaged(scene: &Scene<'_>, whole: &Whole) -> std::result::Result<(), Box<Finding>> {
    let mut frames = frames(scene);
    frames.retain(|frame| !frame.checksummed.is_empty());
    let mut recv = scene.example.recv.clone();
    for at in places(recv.len()) {
        for flip in FLIPS {
            flip_byte(&mut recv, at, flip);
            let Ok(sent) = client::sends(scene) else { return Ok(()) };
            let end = sent.hears([recv.as_slice()], whole.ending).end;
            flip_byte(&mut recv, at, flip);
            if covers(&frames, at, flip) && Told::of(&end).is_an_answer() {
                let message = format!(
                    "with byte {at} of `recv` damaged, which a checksum covers, it is still taken for an answer: {}",
                    outcome(&end)
                );
                let mut unnoticed = fault(scene, Try::Corrupted, message);
                unnoticed.help =
                    Some("a frame without that checksum fits as well: another case, or a class".to_owned());
                return Err(unnoticed);
            }
        }
    }
    Ok(())
}

fn flip_byte(bytes: &mut [u8], at: usize, flip: u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= flip;
    }
}

fn covers(frames: &[CutFrame], at: usize, flip: u8) -> bool {
    let notices = |frame: &CutFrame| flip == 0x01 || !(frame.layout.contains("xor7") || frame.layout.contains('%'));
    frames.iter().any(|frame| notices(frame) && frame.checksummed.iter().any(|range| range.contains(&at)))
}

/// Cuts the answer off at every place and closes the connection there. Only an answer that such a close ends can be
/// shorter; and half an end (`CR` of `CR LF`) may be the end of the same answer.
fn cut_off(scene: &Scene<'_>, whole: &Whole) -> std::result::Result<(), Box<Finding>> {
    let forms = scene.call.response(0).into_iter().chain([&scene.protocol.response]);
    if forms.flat_map(|form| Form::layouts(form)).any(|layout| layout.ends_by_closing().0) {
        return Ok(());
    }
    let recv = scene.example.recv.as_slice();
    for size in places(recv.len()) {
        let Ok(sent) = client::sends(scene) else { return Ok(()) };
        let end = sent.hears([recv.get(..size).unwrap_or_default()], Ending::Eof).end;
        let told = Told::of(&end);
        if told.is_an_answer() && told != whole.told {
            let message = format!("the first {size} bytes of `recv` alone are another answer: {}", outcome(&end));
            return Err(fault(scene, Try::Corrupted, message));
        }
    }
    Ok(())
}
