//! What a device says first.

use wigwag_protocol::exchange::Opening;
use wigwag_protocol::layout::{Fields, Layout, Value};
use wigwag_protocol::protocol::{LoginStep, Protocol};

use super::blank::plainest;
use super::seed::{Draw, Seed};

/// Greetings and logins say what the examples' greetings say; a text that none of them knows is drawn.
pub(super) fn opening(protocol: &Protocol, secrets: Fields, seed: Seed) -> Opening {
    let mut values = shown(protocol, &secrets);
    let greetings = protocol.session.greeting.iter().flat_map(|form| form.layouts());
    let logins = protocol.session.login.iter().filter_map(|step| match step {
        LoginStep::Expect(layout) => Some(layout),
        LoginStep::Command(_) | LoginStep::Send(_) => None,
    });
    for layout in greetings.chain(logins) {
        for name in layout.wanted() {
            let value = match values.get(name) {
                Some(_) => None,
                None => unsaid(layout, name, seed),
            };
            if let Some(value) = value {
                values.set(name, value);
            }
        }
    }
    Opening { values, secrets }
}

/// What the greetings of the examples say: first those in which clients have to know what these have to know.
fn shown(protocol: &Protocol, secrets: &Fields) -> Fields {
    let asks_alike = |asks: &Fields| asks.is_empty() == secrets.is_empty();
    let greeted = || protocol.examples.iter().filter(|example| !example.greeting.is_empty());
    let alike = greeted().filter(|example| asks_alike(&example.secrets));
    let others = greeted().filter(|example| !asks_alike(&example.secrets));
    let mut values = Fields::new();
    for example in alike.chain(others) {
        let mut forms = protocol.session.greeting.iter().flat_map(|form| form.layouts());
        let said = forms.find_map(|layout| layout.decode(&example.greeting, |greeting| greeting.fields()).ok());
        for (name, value) in said.unwrap_or_default().iter() {
            if values.get(name).is_none() {
                values.set(name, value.clone());
            }
        }
    }
    values
}

fn unsaid(layout: &Layout, name: &str, seed: Seed) -> Option<Value> {
    let part = layout.parameter(name)?;
    let place = name.bytes().fold(0, |place: u64, byte| place.wrapping_mul(31).wrapping_add(byte.into()));
    let word = Value::Text(format!("{:08x}", seed.draw(Draw::Word, 0, place) as u32));
    if part.check(&word).is_ok() { Some(word) } else { plainest(&part) }
}
