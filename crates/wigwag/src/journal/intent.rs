//! What is about to be sent, as it is written down: `[target, attempt, place, fingerprint]`.

use serde::Deserialize;
use wigwag_fleet::Intent;

use crate::report::json_writer as json;

/// An intent as it is read. Its fingerprint is that of the command, as a signed number: SQLite has no other.
#[derive(Debug, Deserialize)]
pub(super) struct Asked(pub(super) u32, pub(super) u16, pub(super) String, pub(super) i64);

/// Writes an intent.
pub(super) fn write(intent: &Intent, out: &mut Vec<u8>) {
    let Intent { target, attempt, place, fingerprint } = intent;
    out.push(b'[');
    json::whole(out, (*target).into());
    out.push(b',');
    json::whole(out, (*attempt).into());
    out.push(b',');
    json::string(out, place);
    out.push(b',');
    json::signed(out, *fingerprint as i64);
    out.push(b']');
}
