//! What comes behind changes nothing.

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::protocol::{AfterSend, Transport};

use super::recognise::{Recognised, is_it};
use super::{Result, Try, Whole, called, fault};
use crate::protocol::check::client;
use crate::protocol::check::device::Device;
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told::{Told, outcome};
use crate::protocol::check::transport::wired;

/// The most bytes that a message shows of what was left.
const SHOWN: usize = 60;

/// The answer with another one right behind it: the same comes of it, and the other one is left.
pub(super) fn answers(scene: &Scene<'_>, whole: &Whole, all: &[Scene<'_>]) -> Result<()> {
    let recv = scene.example.recv.as_slice();
    // What only a silence or a close ends has nothing behind it.
    if recv.is_empty() || !whole.by_itself {
        return Ok(None);
    }
    let behind = others(scene, all).map(|other| other.example.recv.as_slice()).find(|recv| !recv.is_empty());
    let behind = behind.unwrap_or(recv);
    let Ok(sent) = client::sends(scene) else { return Ok(None) };
    let end = sent.hears([[recv, behind].concat().as_slice()], whole.ending).end;
    let message = if Told::of(&end) != whole.told {
        format!("with another answer behind it `recv` comes to something else: {}", outcome(&end))
    } else if end.evidence.extra != behind && scene.protocol.transport == Transport::Plain {
        format!("the answer behind `recv` is not left whole: {}", escape(&end.evidence.extra).truncated(SHOWN))
    } else {
        return Ok(Some(()));
    };
    Err(fault(scene, Try::Pipelined, message))
}

/// The request with another one right behind it: both are known.
pub(super) fn requests(scene: &Scene<'_>, before: &[u8], heard: &Recognised, all: &[Scene<'_>]) -> Result<()> {
    if !heard.by_itself || !scene.protocol.request.ends_by_itself() {
        return Ok(None);
    }
    // Further on in a connection there are no digits of an authentication.
    let plain =
        |other: &Scene<'_>| Some(wired(scene.protocol.transport, other.call.encode(&scene.context(), &[]).ok()?.bytes));
    let known = |other: &&Scene<'_>| plain(other).is_some_and(|wire| is_known_alone(other, &wire));
    let second = others(scene, all).find(known).unwrap_or(scene);
    let Some(behind) = plain(second) else { return Ok(None) };
    let wire = [scene.example.send.as_slice(), &behind].concat();
    let requests = Device::open(scene, before).hears([wire.as_slice()], scene.ending_of_requests()).all;
    let known = match requests.as_slice() {
        [first, behind] => is_it(scene, first).is_ok() && is_it(second, behind).is_ok(),
        _ => false,
    };
    if known {
        return Ok(Some(()));
    }
    let heard: Vec<String> = requests.iter().map(called).collect();
    let message = format!("`send` with `{}` right behind it is heard as {}", second.name(), heard.join(", "));
    Err(fault(scene, Try::Pipelined, message))
}

/// The examples behind this one, then those before it.
fn others<'a, 's>(scene: &Scene<'_>, all: &'a [Scene<'s>]) -> impl Iterator<Item = &'a Scene<'s>> {
    let here = all.iter().position(|other| std::ptr::eq(other.example, scene.example)).unwrap_or(0);
    let behind = all.get(here + 1..).unwrap_or_default();
    behind.iter().chain(all.get(..here).unwrap_or_default())
}

/// Whether a request is known where nothing is around it: else there is no telling what it does behind another one.
fn is_known_alone(scene: &Scene<'_>, wire: &[u8]) -> bool {
    let heard = Device::going_on(scene).hears([wire], AfterSend::Open);
    matches!(heard.all.as_slice(), [only] if heard.by_themselves && is_it(scene, only).is_ok())
}
