//! Protocol files.

use std::sync::Arc;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Opening, Request, Session, SessionLimits};
use wigwag_protocol::layout::{Context, Fields};
use wigwag_protocol::protocol::{Call, CallError, Example, Protocol, Transport};

use super::frames::{are_the_same_however_cut, forms};

/// The fuzz target `protocol_file`: a protocol file.
///
/// What is refused is refused at a place in the file, or because something is not there at all. What is taken keeps its
/// word: its frames are the same however they are cut, and what its client half writes for an example its device half
/// takes for that one request.
pub fn protocol_file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Protocol::parse(text) {
        Ok(protocol) => keeps_its_word(&Arc::new(protocol)),
        Err(error) => {
            let is_inside = error.at.clone().is_none_or(|at| text.get(at).is_some());
            assert!(is_inside, "{:?} is no place in the file: {error}", error.at);
            assert!(!error.message.is_empty());
        }
    }
}

fn keeps_its_word(protocol: &Arc<Protocol>) {
    let forms = forms(protocol);
    for example in &protocol.examples {
        for form in &forms {
            are_the_same_however_cut(form, &example.recv, &[1]);
            are_the_same_however_cut(form, &example.send, &[1]);
        }
        if let Ok(call) = call(protocol, example) {
            is_heard_as_it_is_sent(protocol, &call);
        }
    }
    for command in &protocol.commands {
        if let Ok(call) = protocol.call(&command.name, Fields::new()) {
            is_heard_as_it_is_sent(protocol, &call);
        }
    }
}

/// What an example says is sent.
pub fn call(protocol: &Protocol, example: &Example) -> Result<Call, CallError> {
    match &example.command {
        Some(command) => protocol.call(&command.name, example.params.clone()),
        None => protocol.call_body(example.body.clone(), example.params.clone()),
    }
}

/// The bytes of the call are one whole request to the device half, and nothing else.
fn is_heard_as_it_is_sent(protocol: &Arc<Protocol>, call: &Call) {
    let Ok(encoded) = call.encode(&Context::default(), &[]) else { return };
    if protocol.transport != Transport::Plain || !protocol.request.ends_by_itself() {
        return;
    }
    let limits = SessionLimits { idle: std::time::Duration::from_secs(30) };
    let mut device = Session::new(protocol.clone(), limits, &Opening::default(), Moment::ORIGIN);
    while let Some(wigwag_protocol::exchange::Transmit::Bytes(greeting)) = device.poll_transmit() {
        let count = greeting.len();
        device.handle_written(count, Moment::ORIGIN);
    }
    device.receive(&encoded.bytes, Moment::ORIGIN);
    device.handle_eof(Moment::ORIGIN);
    match device.poll_request(Moment::ORIGIN) {
        // A command that is a frame of its own may begin as a shorter one does, and stand before it in the file.
        Some(Request::Command { wire, .. }) if protocol.commands_are_frames => {
            assert!(encoded.bytes.starts_with(&wire), "`{}`: {wire:02x?}", call.request().source());
        }
        Some(Request::Command { wire, .. }) => assert_eq!(wire, encoded.bytes, "`{}`", call.request().source()),
        other => panic!("`{}` is heard as {other:?}", call.request().source()),
    }
}
