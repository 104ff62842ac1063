//! The device half knows `send` as this command with these params.

use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::Request;
use wigwag_protocol::layout::Fields;

use super::{Finding, Result, Try, called, fault};
use crate::protocol::check::device::Device;
use crate::protocol::check::scene::Scene;
use crate::report::value;

/// A request that was known for what it is.
#[derive(Debug)]
pub(super) struct Recognised {
    pub(super) request: Request,
    /// Its bytes alone were enough to know that it is whole.
    pub(super) by_itself: bool,
}

pub(super) fn recognise(scene: &Scene<'_>, before: &[u8]) -> Result<Recognised> {
    let heard = Device::open(scene, before).hears([scene.example.send.as_slice()], scene.ending_of_requests());
    let mut requests = heard.all.into_iter();
    let Some(request) = requests.next() else {
        return Err(fault(scene, Try::Recognise, "the device half hears no request in `send`, which does not end"));
    };
    is_it(scene, &request)?;
    match requests.next() {
        None => Ok(Some(Recognised { request, by_itself: heard.by_themselves })),
        Some(second) => Err(fault(
            scene,
            Try::Recognise,
            format!("`send` is more than one request to the device half: behind it comes {}", called(&second)),
        )),
    }
}

/// Whether this is the command of the example, with its params.
pub(super) fn is_it(scene: &Scene<'_>, request: &Request) -> std::result::Result<(), Box<Finding>> {
    match (request, &scene.example.command) {
        (Request::Command { command: Some(heard), fields, .. }, Some(command)) if heard == command => {
            match misheard(scene.call.fields(), fields) {
                None => Ok(()),
                Some(misheard) => Err(fault(scene, Try::Recognise, format!("the device half hears {misheard}"))),
            }
        }
        (Request::Command { command: None, body, .. }, None) if Some(body) == scene.example.body.as_ref() => Ok(()),
        (Request::Command { command: None, body, .. }, None) => {
            Err(fault(scene, Try::Recognise, format!("the device half hears the body {}", escape(body))))
        }
        (heard, _) => {
            let first = match heard {
                Request::Command { command: Some(_), .. } => ", which comes first in the file",
                Request::Command { command: None, .. } | Request::Broken { .. } => "",
            };
            let message = format!("the device half takes `send` for {}{first}", called(heard));
            Err(fault(scene, Try::Recognise, message))
        }
    }
}

/// The first value that was heard as another, in words.
fn misheard(said: &Fields, heard: &Fields) -> Option<String> {
    said.iter().find_map(|(name, said)| match heard.get(name) {
        // The body as a whole is heard in its parts.
        None if name == "body" => None,
        None => Some(format!("no `{name}`")),
        Some(heard) if !said.agrees_with(heard) => Some(format!("`{name}` as {}, not {}", value(heard), value(said))),
        Some(_) => None,
    })
}
