//! The client half makes of `recv` what the example says.

use super::{Finding, Result, Try, Whole, fault_with};
use crate::protocol::check::client::{self, Ending, Heard};
use crate::protocol::check::frames::{Fitting, frames};
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told::{self, Told, Unmet};

pub(super) fn decode(scene: &Scene<'_>) -> Result<Whole> {
    // What keeps a command from being sent has been told.
    let Ok(silent) = client::sends(scene) else { return Ok(None) };
    let silent = silent.hears([scene.example.recv.as_slice()], Ending::Silence);
    let Err(unmet) = told::meets(scene, &silent.end) else { return Ok(Some(whole(silent, Ending::Silence))) };
    // Some devices end their answer by closing the connection.
    if let Ok(closed) = client::sends(scene) {
        let closed = closed.hears([scene.example.recv.as_slice()], Ending::Eof);
        if told::meets(scene, &closed.end).is_ok() {
            return Ok(Some(whole(closed, Ending::Eof)));
        }
    }
    Err(with_class(scene, unmet))
}

fn whole(heard: Heard, ending: Ending) -> Whole {
    let Heard { end, by_itself } = heard;
    Whole { told: Told::of(&end), end, ending, by_itself }
}

/// What is wrong, and the class that may be the reason for it.
fn with_class(scene: &Scene<'_>, unmet: Unmet) -> Box<Finding> {
    let mut finding = fault_with(scene, Try::Decode, unmet.message, unmet.detail);
    let classes = frames(scene).into_iter().filter_map(|frame| frame.class);
    let fits: Vec<String> = classes.map(|class| fits(scene, class)).collect();
    finding.help = (!fits.is_empty()).then(|| format!("a frame of `recv` fits {}", fits.join(", then ")));
    finding
}

fn fits(scene: &Scene<'_>, Fitting { kind, index }: Fitting) -> String {
    let classes = &scene.protocol.classes;
    let class = match kind {
        "event" => classes.event.get(index),
        "progress" => classes.progress.get(index),
        _ => classes.error.get(index).map(|error| &error.class),
    };
    let body = class.and_then(|class| class.body.as_ref()).map_or("any body", |body| body.source());
    format!("[class] {kind}: {body}")
}
