//! Scenarios of the simulator.

use std::sync::LazyLock;

use wigwag_device::simulate::{Fault, Scenario, Which};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Protocol, library};

/// With commands and parameters, with frames that carry numbers, and with neither.
const NAMES: [&str; 3] = ["extron-sis", "modbus-tcp", "line"];

static PROTOCOLS: LazyLock<Vec<Protocol>> = LazyLock::new(|| {
    let texts = NAMES.iter().filter_map(|name| library::text(name));
    texts.map(|text| Protocol::parse(text).expect("a built-in protocol")).collect()
});

/// The fuzz target `scenario`: a scenario file, or a fault.
///
/// What is refused is refused at a place in the file. What is taken speaks of devices that there can be, each of them in one
/// place at most, and of things that the protocol knows.
pub fn scenario(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for protocol in PROTOCOLS.iter() {
        match Scenario::parse(text, protocol) {
            Ok(scenario) => is_sound(&scenario, protocol),
            Err(error) => {
                let is_inside = error.at.clone().is_none_or(|at| text.get(at).is_some());
                assert!(is_inside, "{:?} is no place in {text:?}: {error}", error.at);
                assert!(!error.message.is_empty());
            }
        }
    }
    if let Err(error) = text.parse::<Fault>() {
        assert!(text.get(error.at.clone()).is_some(), "{:?} is no place in {text:?}: {error}", error.at);
    }
}

fn is_sound(scenario: &Scenario, protocol: &Protocol) {
    assert_ne!(scenario.devices, Some(0));
    for (place, exception) in scenario.exceptions.iter().enumerate() {
        if let Which::Numbers(numbers) = &exception.devices {
            assert!(*numbers.start() > 0 && numbers.start() <= numbers.end(), "{numbers:?}");
        }
        let others = scenario.exceptions.iter().skip(place + 1);
        assert!(others.clone().all(|other| !meet(&exception.devices, &other.devices)), "{:?}", exception.devices);
        assert!(exception.state.iter().all(|state| is_known(state, protocol)), "{:?}", exception.state);
    }
}

/// Whether some device is meant by both.
fn meet(one: &Which, other: &Which) -> bool {
    match (one, other) {
        (Which::Numbers(a), Which::Numbers(b)) => a.contains(b.start()) || b.contains(a.start()),
        (Which::Address(a), Which::Address(b)) => a == b,
        (Which::Numbers(_), Which::Address(_)) | (Which::Address(_), Which::Numbers(_)) => false,
    }
}

/// Whether each name is a parameter of a command or a part of a reply.
fn is_known(state: &Fields, protocol: &Protocol) -> bool {
    let of_commands = |name: &str| {
        protocol.commands.iter().any(|command| {
            let mut layouts = command.responses.iter().flat_map(|form| form.layouts()).chain(command.reply.layouts());
            command.param(name).is_some() || layouts.any(|layout| layout.names().any(|part| part == name))
        })
    };
    state.iter().all(|(name, _)| of_commands(name))
}
