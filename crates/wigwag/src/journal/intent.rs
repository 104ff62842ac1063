//! What is about to be sent, as it is written down: `[target, attempt, place, fingerprint]`, without the last where it is
//! that of the one before.

use serde::Deserialize;
use wigwag_fleet::Intent;
use wigwag_fleet::schedule::Place;

use super::bundle::Piece;
use crate::report::json_writer as json;

/// An intent as it is read. Its fingerprint is that of the command, as a signed number: SQLite has no other.
#[derive(Debug, Deserialize)]
pub(super) struct Asked(pub(super) u32, pub(super) u16, pub(super) String, #[serde(default)] pub(super) Option<i64>);

impl Piece for Asked {
    fn follow(&mut self, before: &Self) {
        self.3 = self.3.or(before.3);
    }
}

/// Writes an intent behind those of its row, the last of which has the fingerprint `before`.
pub(super) fn write(intent: &Intent, before: Option<u64>, out: &mut Vec<u8>) {
    // Behind the bracket that opens a row nothing has been said.
    let before = before.filter(|_| out.len() > 1);
    let Intent { target, attempt, place, fingerprint } = intent;
    out.push(b'[');
    json::whole(out, (*target).into());
    out.push(b',');
    json::whole(out, (*attempt).into());
    out.push(b',');
    match place {
        Place::Address(address) => json::address(out, *address),
        Place::Name(name) => json::string(out, name),
    }
    if before != Some(*fingerprint) {
        out.push(b',');
        json::signed(out, *fingerprint as i64);
    }
    out.push(b']');
}
