//! What a fault does to the answer to a command.

use std::time::Duration;

use wigwag_protocol::exchange::{Answer, Request};
use wigwag_protocol::layout::{Encoded, Value};
use wigwag_protocol::protocol::{Busy, ErrorClass, Form, Protocol};

use super::Kind;
use super::client_view::ClientView;
use super::garble::{End, garbled, half};
use crate::serve::{Manner, Reaction};
use crate::simulate::examples::on_the_wire;

/// How much later than a client's first time-out `late` is.
const LATER: Duration = Duration::from_secs(1);

/// An answer with a fault in it.
pub(in crate::simulate) struct Played {
    pub(in crate::simulate) reaction: Reaction,
    /// How long it is waited for.
    pub(in crate::simulate) after: Duration,
}

/// The answer to a request with this fault; nothing where there is nothing that the fault could spoil. `said` is the
/// answer as it would be, to this request or to one that is like it.
pub(in crate::simulate) fn play(
    kind: &Kind,
    protocol: &Protocol,
    request: &Request,
    said: &dyn Fn(&Request) -> Reaction,
    drawn: u64,
) -> Option<Played> {
    let at_once = |reaction| Some(Played { reaction, after: Duration::ZERO });
    let on_the_wire = || bytes(protocol, request, &said(request).answer);
    match kind {
        Kind::Slow(time) => Some(Played { reaction: said(request), after: *time }),
        Kind::Late(time) => {
            let after = time.unwrap_or_else(|| first_timeout(protocol, request) + LATER);
            Some(Played { reaction: said(request), after })
        }
        Kind::Silent => at_once(Reaction { answer: Answer::Silence, manner: Manner::ThenStays }),
        Kind::Reset => at_once(Reaction { answer: Answer::Silence, manner: Manner::ThenReset }),
        Kind::CloseMidFrame => match on_the_wire() {
            Some(bytes) => at_once(half(&ClientView::of(protocol, request), bytes, End::Closed)),
            None => at_once(Reaction { answer: Answer::Silence, manner: Manner::ThenClose }),
        },
        Kind::Split => {
            let whole = said(request);
            // An end of the connection that ends the frame cannot be split.
            (whole.manner == Manner::InOne).then_some(())?;
            at_once(Reaction { manner: Manner::ByteByByte, ..whole })
        }
        Kind::Garble => at_once(garbled(&ClientView::of(protocol, request), on_the_wire()?, drawn)),
        Kind::WrongId => wrong_id(protocol, request, said).and_then(at_once),
        Kind::Busy => at_once(busy(protocol, request)?),
        // They concern devices and connections.
        Kind::NoHalfClose | Kind::Refuse | Kind::Banner(_) => None,
    }
}

/// Whether what the command says is done is done, though its answer is spoilt.
pub(in crate::simulate) fn is_acted_on(kind: &Kind) -> bool {
    !matches!(kind, Kind::Busy)
}

fn bytes(protocol: &Protocol, request: &Request, answer: &Answer) -> Option<Vec<u8>> {
    let encoded = request.answered(protocol, answer).ok().flatten()?;
    Some(encoded.bytes).filter(|bytes| !bytes.is_empty())
}

/// How long a client waits for the first byte of its answer.
fn first_timeout(protocol: &Protocol, request: &Request) -> Duration {
    match request {
        Request::Command { command: Some(command), .. } => command.times.first,
        Request::Command { .. } | Request::Broken { .. } => protocol.times.first,
    }
}

/// The form of the answer to a request.
fn form<'a>(protocol: &'a Protocol, request: &'a Request) -> &'a Form {
    match request {
        Request::Command { command: Some(command), .. } => command.response(0).unwrap_or(&protocol.response),
        Request::Command { .. } | Request::Broken { .. } => &protocol.response,
    }
}

/// The answer to a request that differs in what an answer must repeat.
fn wrong_id(protocol: &Protocol, request: &Request, said: &dyn Fn(&Request) -> Reaction) -> Option<Reaction> {
    let right = bytes(protocol, request, &said(request).answer)?;
    form(protocol, request).matches.iter().find_map(|part| {
        let Request::Command { frame, fields, .. } = request else { return None };
        let asked = frame.get(part).or_else(|| fields.get(part))?;
        others(asked).into_iter().find_map(|other| {
            let changed = with_part(request, part, other);
            let encoded = changed.answered(protocol, &said(&changed).answer).ok().flatten()?;
            (encoded.bytes != right).then(|| on_the_wire(encoded))
        })
    })
}

/// Values beside this one, some of which fit where it does.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Integer(number) => [number ^ 1, number + 1, number - 1].map(Value::Integer).to_vec(),
        Value::Bits(number, _) => vec![Value::Integer(i128::from(number ^ 1))],
        Value::Float(number) => vec![Value::Float(number + 1.0)],
        Value::Text(text) => changed(text.as_bytes()).into_iter().map(Value::Bytes).collect(),
        Value::Bytes(bytes) => changed(bytes).into_iter().map(Value::Bytes).collect(),
        // The other names of the part are not known here, but the numbers behind them are mostly small.
        Value::Name(_) => (0..16).map(Value::Integer).collect(),
        Value::List(_) | Value::Record(_) => Vec::new(),
    }
}

/// The same bytes with the last one changed: to a letter or digit beside it.
fn changed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let with = |last: u8| Some([bytes.split_last()?.1, &[last]].concat());
    let Some(last) = bytes.last() else { return vec![b"x".to_vec()] };
    [last ^ 1, last ^ 2, b'x', b'7'].into_iter().filter_map(with).collect()
}

fn with_part(request: &Request, part: &str, value: Value) -> Request {
    let mut changed = request.clone();
    if let Request::Command { frame, fields, .. } = &mut changed {
        if fields.get(part).is_some() {
            fields.set(part, value.clone());
        }
        frame.set(part, value);
    }
    changed
}

/// The error with which the protocol says "try again later".
fn busy_class(protocol: &Protocol) -> Option<(&ErrorClass, Value)> {
    protocol.classes.error.iter().find_map(|error| match &error.busy {
        Busy::Never => None,
        Busy::Always => {
            let meaning = error.texts.first().map_or("busy", |(_, text)| text);
            Some((error, Value::Text(meaning.to_owned())))
        }
        Busy::Codes(codes) => {
            let code = codes.first()?;
            let meaning = error.texts.iter().find(|(known, _)| known.agrees_with(code));
            Some((error, meaning.map_or(code.clone(), |(_, text)| Value::Text(text.clone()))))
        }
    })
}

/// Whether the protocol can say "try again later".
pub(in crate::simulate) fn can_be_busy(protocol: &Protocol) -> bool {
    busy_class(protocol).is_some()
}

/// Whether answers of the protocol repeat something of their requests.
pub(in crate::simulate) fn answers_match(protocol: &Protocol) -> bool {
    let of_commands = protocol.commands.iter().flat_map(|command| &command.responses);
    of_commands.chain([&protocol.response]).any(|form| !form.matches.is_empty())
}

fn busy(protocol: &Protocol, request: &Request) -> Option<Reaction> {
    let (class, told) = busy_class(protocol)?;
    let mut asked = request.clone();
    let body = match &mut asked {
        Request::Command { frame, fields, .. } => class.spoken(&told, fields, frame).ok()?,
        Request::Broken { .. } => return None,
    };
    let is_frame = matches!(request, Request::Command { command: Some(command), .. } if command.reply_is_frame);
    let encoded: Encoded = match is_frame {
        true => return Some(Answer::Wire(body).into()),
        // What the class wants of the frame, its answer copies from the changed request.
        false => asked.answered(protocol, &Answer::Body(body)).ok().flatten()?,
    };
    Some(on_the_wire(encoded))
}
