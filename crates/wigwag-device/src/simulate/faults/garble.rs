//! Answers that are wrong, so that no client can take them for answers.

use wigwag_protocol::exchange::Answer;
use wigwag_protocol::layout::Closing;

use super::client_view::{ClientView, Seen};
use crate::serve::{Manner, Reaction};

/// An answer with one byte changed, at a place that follows from what was drawn: best so that its frame or a checksum
/// gives it away, else so that it has no end. Where no byte does that its whole end is changed; where the end of the
/// connection would end it all the same, the connection is reset.
pub(super) fn garbled(client: &ClientView<'_>, mut bytes: Vec<u8>, drawn: u64) -> Reaction {
    let mut unended = None;
    for (place, bit) in places(bytes.len(), drawn) {
        flip(&mut bytes, place, bit);
        match fate(client, &bytes) {
            Fate::Garbled => return sent(bytes, Manner::InOne),
            Fate::Lost => _ = unended.get_or_insert_with(|| (bytes.clone(), Manner::InOne)),
            Fate::LostIfReset | Fate::Answer => {}
        }
        flip(&mut bytes, place, bit);
    }
    if let Some((bytes, manner)) = unended {
        return sent(bytes, manner);
    }
    without_end(client, &bytes).unwrap_or_else(|| half(client, bytes, End::Reset))
}

/// What becomes of changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// The client knows at once that they are no answer.
    Garbled,
    /// It waits in vain for the rest.
    Lost,
    /// It waits for the rest, which the end of the connection or a silence would be.
    LostIfReset,
    /// It takes them for an answer.
    Answer,
}

fn fate(client: &ClientView<'_>, bytes: &[u8]) -> Fate {
    let ends =
        || [Closing::Eof, Closing::Silent].into_iter().any(|closing| client.sees(bytes, closing) == Seen::Answer);
    match client.sees(bytes, Closing::Open) {
        Seen::Garbled => Fate::Garbled,
        Seen::Answer => Fate::Answer,
        Seen::Waiting if ends() => Fate::LostIfReset,
        Seen::Waiting => Fate::Lost,
    }
}

/// Where to try: some drawn places, then both ends, each bit of them from a drawn one on.
fn places(size: usize, drawn: u64) -> impl Iterator<Item = (usize, u32)> {
    const DRAWN: usize = 16;
    const AT_ENDS: usize = 8;
    let anywhere =
        (0..DRAWN.min(size)).map(move |count| (drawn as usize).wrapping_add(count.wrapping_mul(7)) % size.max(1));
    let ends = (size.saturating_sub(AT_ENDS)..size).rev().chain(0..AT_ENDS.min(size));
    let first_bit = (drawn >> 32) as u32;
    anywhere.chain(ends).flat_map(move |place| (0..8).map(move |bit| (place, first_bit.wrapping_add(bit) % 8)))
}

fn flip(bytes: &mut [u8], place: usize, bit: u32) {
    if let Some(byte) = bytes.get_mut(place) {
        *byte ^= 1 << bit;
    }
}

/// The same with its last bytes changed, as few as will do.
fn without_end(client: &ClientView<'_>, bytes: &[u8]) -> Option<Reaction> {
    const LONGEST_END: usize = 4;
    (1..=LONGEST_END.min(bytes.len())).find_map(|size| {
        let mut changed = bytes.to_vec();
        let end = changed.len() - size;
        changed.iter_mut().skip(end).for_each(|byte| *byte ^= 0x40);
        match fate(client, &changed) {
            Fate::Garbled | Fate::Lost => Some(sent(changed, Manner::InOne)),
            Fate::LostIfReset => Some(sent(changed, Manner::ThenReset)),
            Fate::Answer => None,
        }
    })
}

/// How an answer breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The connection is closed, unless the client would take that for the answer's end.
    Closed,
    Reset,
}

/// The first half of an answer, or less: so little that it cannot be taken for all of it.
pub(super) fn half(client: &ClientView<'_>, mut bytes: Vec<u8>, end: End) -> Reaction {
    bytes.truncate(bytes.len() / 2);
    while !bytes.is_empty() && client.sees(&bytes, Closing::Open) != Seen::Waiting {
        bytes.pop();
    }
    let is_whole_when_closed = !bytes.is_empty() && client.sees(&bytes, Closing::Eof) != Seen::Waiting;
    let manner = if end == End::Reset || is_whole_when_closed { Manner::ThenReset } else { Manner::ThenClose };
    sent(bytes, manner)
}

fn sent(bytes: Vec<u8>, manner: Manner) -> Reaction {
    Reaction { answer: Answer::Wire(bytes), manner }
}
