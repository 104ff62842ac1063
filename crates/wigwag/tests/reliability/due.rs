//! What must come of a fault at a place: what is true, worked out by hand.

use crate::exchange::{ESC_CR, Exchange, LINE};
use crate::fault::{AfterRequest, Fault, Place};
use crate::support::{Patience, Tries};

/// What must be said, and how often the device must have acted. Where it is chance which of several things happens, each
/// with its own number.
pub(crate) type Due = Vec<(&'static str, usize)>;

const DROPPED: (&str, usize) = ("unreachable (dropped)", 0);
const REFUSED: (&str, usize) = ("unreachable (refused)", 0);

/// What a client is due to say that may or may not try again.
pub(crate) fn due(exchange: &Exchange, fault: Fault, place: Place, tries: Tries) -> Due {
    let once = due_of_one(exchange, fault, place);
    match tries {
        Tries::One => once,
        Tries::More => once.into_iter().map(|(outcome, acts)| tried_again(outcome, acts)).collect(),
    }
}

/// What is proven not sent is sent once more, over a wire that is in order by then; nothing else is.
fn tried_again(outcome: &'static str, acts: usize) -> (&'static str, usize) {
    if outcome.starts_with("unreachable") { ("ok", 1) } else { (outcome, acts) }
}

fn due_of_one(exchange: &Exchange, fault: Fault, place: Place) -> Due {
    match fault {
        // All of it comes, and in order.
        Fault::Delay | Fault::Split | Fault::Merge => vec![("ok", 1)],
        Fault::Hold => vec![held(exchange, place)],
        // The end may be there before the command leaves, or not: both are the truth.
        Fault::Cut if may_be_before_the_request(exchange, place) => vec![DROPPED, (closed(exchange), 0)],
        Fault::Cut => vec![cut(exchange, place)],
        Fault::Reset if may_be_before_the_request(exchange, place) => {
            vec![DROPPED, REFUSED, ("unconfirmed (reset)", 0)]
        }
        Fault::Reset => reset(exchange, place),
    }
}

/// What is held comes too late for the client, but it comes.
fn held(exchange: &Exchange, place: Place) -> (&'static str, usize) {
    match place {
        Place::AtOnce => unreachable!("nothing is held there"),
        Place::Greeting(_) => ("unreachable (greeting)", 0),
        Place::Request(offset) if is_whole_request(exchange, offset) => ("ok", 1),
        Place::Request(_) => ("unconfirmed (no-reply)", 1),
        Place::Answer(offset) if is_whole_answer(exchange, offset) => ("ok", 1),
        Place::Answer(0) => ("unconfirmed (no-reply)", 1),
        Place::Answer(_) => ("unconfirmed (stalled)", 1),
    }
}

fn cut(exchange: &Exchange, place: Place) -> (&'static str, usize) {
    match place {
        Place::AtOnce => unreachable!("that is chance"),
        Place::Greeting(_) => DROPPED,
        Place::Request(offset) => (closed(exchange), usize::from(is_whole_request(exchange, offset))),
        Place::Answer(offset) if is_whole_answer(exchange, offset) => ("ok", 1),
        // The end of the connection is an end of the answer there: `body <NUL|EOF>`.
        Place::Answer(1..) if exchange.name == ESC_CR.name => ("ok", 1),
        Place::Answer(_) => (closed(exchange), 1),
    }
}

fn reset(exchange: &Exchange, place: Place) -> Due {
    const RESET: &str = "unconfirmed (reset)";
    match place {
        Place::AtOnce => unreachable!("that is chance"),
        // The client may hear of it before it has heard that it is connected.
        Place::Greeting(_) => vec![DROPPED, REFUSED],
        Place::Request(offset) if offset == exchange.shape().request => vec![(RESET, 1)],
        // `CR` and no word of what is behind it: it may be taken for the end of a line, or be forgotten.
        Place::Request(offset) if is_whole_request(exchange, offset) => vec![(RESET, 0), (RESET, 1)],
        Place::Request(_) => vec![(RESET, 0)],
        Place::Answer(offset) if is_whole_answer(exchange, offset) => vec![("ok", 1)],
        Place::Answer(_) => vec![(RESET, 1)],
    }
}

fn closed(exchange: &Exchange) -> &'static str {
    match exchange.after_request {
        AfterRequest::HalfCloses => "unconfirmed (closed-after-fin)",
        AfterRequest::StaysOpen => "unconfirmed (closed)",
    }
}

/// Whether the client sends its command there if it has not heard yet that the connection has ended.
fn may_be_before_the_request(exchange: &Exchange, place: Place) -> bool {
    match place {
        Place::AtOnce => true,
        Place::Greeting(offset) => offset == exchange.shape().greeting,
        Place::Request(_) | Place::Answer(_) => false,
    }
}

/// Whether the device can make a command of so many bytes.
fn is_whole_request(exchange: &Exchange, offset: usize) -> bool {
    offset + unneeded(exchange) >= exchange.shape().request
}

/// Whether the client can make an answer of so many bytes.
fn is_whole_answer(exchange: &Exchange, offset: usize) -> bool {
    offset + unneeded(exchange) >= exchange.shape().answer
}

/// A line may end in `CR` alone: `LF` behind it is not missed.
fn unneeded(exchange: &Exchange) -> usize {
    usize::from(exchange.name == LINE.name)
}

/// For what the client waits in vain, if the wire does that.
pub(crate) fn patience(exchange: &Exchange, fault: Fault, place: Place) -> Patience {
    match (fault, place) {
        (Fault::Hold, Place::Request(offset)) if is_whole_request(exchange, offset) => Patience::Long,
        (Fault::Hold, Place::Answer(offset)) if is_whole_answer(exchange, offset) => Patience::Long,
        (Fault::Hold, Place::Greeting(0)) => Patience::ShortFirst,
        (Fault::Hold, Place::Request(_) | Place::Answer(0)) if exchange.greeting.is_empty() => Patience::ShortFirst,
        (Fault::Hold, Place::Request(_) | Place::Answer(0)) => Patience::ShortFirstBehindGreeting,
        (Fault::Hold, Place::Greeting(_) | Place::Answer(_)) => Patience::ShortIdle,
        (Fault::Delay | Fault::Split | Fault::Merge | Fault::Hold | Fault::Cut | Fault::Reset, _) => Patience::Long,
    }
}
