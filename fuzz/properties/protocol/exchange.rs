//! The client's half of a command, told anything in any order.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Evidence, Exchange, Failure, Link, NoConnection, Transmit};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::{Garbled, Outcome, Unconfirmed, Unreachable};
use wigwag_protocol::protocol::{Call, Example, Protocol};

use super::files::call;
use super::script::{Script, named};
use super::{PROTOCOLS, SMALL_FRAME, frames::forms, is_small};

/// The most bytes of one kind of evidence that nothing is decided by.
const KEPT: usize = 64 * 1024;

/// What a password is in here; it is in no error.
const PASSWORD: &str = "hunter2";

/// A command of a built-in protocol, and what is known to be said around it.
struct Scene {
    protocol: Arc<Protocol>,
    call: Arc<Call>,
    greeting: Vec<u8>,
    answer: Vec<u8>,
    secrets: Fields,
}

/// One for each example of each built-in protocol, by its name.
static SCENES: LazyLock<BTreeMap<&str, Vec<Scene>>> =
    LazyLock::new(|| PROTOCOLS.iter().map(|protocol| (protocol.name.as_str(), scenes(protocol))).collect());

fn scenes(protocol: &Protocol) -> Vec<Scene> {
    let shared = Arc::new(protocol.clone());
    let scene = |example: &Example| Scene {
        protocol: shared.clone(),
        call: Arc::new(call(protocol, example).expect("the example of a built-in protocol")),
        greeting: example.greeting.clone(),
        answer: example.recv.clone(),
        secrets: secrets(protocol),
    };
    protocol.examples.iter().map(scene).collect()
}

/// Every secret that a protocol knows of.
pub fn secrets(protocol: &Protocol) -> Fields {
    protocol.secrets().into_iter().fold(Fields::new(), |mut fields, name| {
        fields.set(name, Value::Text(PASSWORD.to_owned()));
        fields
    })
}

/// What happens to an exchange.
#[derive(Debug, Clone)]
enum Happening {
    Resolved,
    Connecting,
    Connected,
    Secured,
    Open,
    Unreachable,
    Written(usize),
    AllWritten,
    HalfClosed(bool),
    Received(Vec<u8>),
    Eof,
    Failure(Failure),
    Deadline,
    Interrupt,
    Time(Duration),
}

/// How bytes arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pieces {
    AsTheyCome,
    Single,
}

/// The fuzz target `exchange`: which example of a built-in protocol, whether secrets are configured, and what happens.
///
/// An exchange ends exactly once, left alone too; it never claims that nothing was sent after a byte was taken, nor a
/// whole answer before all were; what it keeps is bounded, of an answer by `max`; and it ends alike if the same bytes come one by one.
///
/// ```text
/// protocol  LF  example  secrets (odd: there are some)  what happens, one after the other
/// ```
pub fn exchange(data: &[u8]) {
    let Some((name, mut script)) = named(data) else { return };
    let Some(scenes) = SCENES.get(name) else { return };
    let scene = script.one(scenes);
    let secrets = if script.byte() & 1 == 1 { scene.secrets.clone() } else { Fields::new() };
    let happenings = happenings(scene, &mut script);
    let end = played(scene, &secrets, &happenings, Pieces::AsTheyCome);
    is_true(&end, scene, &happenings);
    let single = played(scene, &secrets, &happenings, Pieces::Single);
    if is_small(&scene.protocol) {
        let kept = single.evidence.response.len();
        assert!(kept <= SMALL_FRAME + 1, "{kept} bytes of an answer are kept: {happenings:?}");
    }
    assert_eq!(told(&end), told(&single), "byte by byte, of `{}`: {happenings:?}", scene.protocol.name);
}

fn happenings(scene: &Scene, script: &mut Script<'_>) -> Vec<Happening> {
    /// More show nothing new.
    const MOST: usize = 64;
    let mut happenings = Vec::new();
    while !script.is_over() && happenings.len() < MOST {
        happenings.push(happening(scene, script));
    }
    happenings
}

fn happening(scene: &Scene, script: &mut Script<'_>) -> Happening {
    let known = |bytes: &[u8], most: u8| bytes.get(..usize::from(most)).unwrap_or(bytes).to_vec();
    match script.byte() % 18 {
        0 => Happening::Resolved,
        1 => Happening::Connecting,
        2 => Happening::Connected,
        3 => Happening::Secured,
        4 => Happening::Unreachable,
        5 | 6 => Happening::Open,
        7 => Happening::Written(script.byte().into()),
        8 => Happening::AllWritten,
        9 => Happening::HalfClosed(script.byte() & 1 == 1),
        10 => Happening::Received(script.bytes().to_vec()),
        11 => Happening::Received(known(&scene.greeting, script.byte())),
        12 => Happening::Received(known(&scene.answer, script.byte())),
        13 => Happening::Eof,
        14 => Happening::Failure(*script.one(&[Failure::Reset, Failure::Truncated, Failure::Local])),
        15 => Happening::Deadline,
        16 => Happening::Interrupt,
        _ => Happening::Time(Duration::from_millis(16 * u64::from(script.byte()))),
    }
}

/// Tells an exchange what happens, then leaves it alone until its deadlines have ended it.
fn played(scene: &Scene, secrets: &Fields, happenings: &[Happening], pieces: Pieces) -> End {
    /// Each deadline moves it on: a step of the login, a silence, a time-out.
    const MOST_DEADLINES: usize = 64;
    let mut now = Moment::ORIGIN;
    let link = Link::new(secrets, 0);
    let mut exchange = Exchange::new(scene.protocol.clone(), scene.call.clone(), link, now);
    let mut ends = Vec::new();
    for happening in happenings {
        tell(&mut exchange, happening, pieces, &mut now);
        let over = exchange.is_over();
        assert_eq!(exchange.deadline().is_none(), over, "it waits for something unless it is over");
        assert!(!over || exchange.poll_transmit().is_none(), "nothing is written behind the end");
        let end = exchange.poll_end();
        assert_eq!(end.is_some(), over && ends.is_empty(), "it ends once");
        ends.extend(end);
    }
    for _ in 0..MOST_DEADLINES {
        let Some(deadline) = exchange.deadline() else { break };
        now = now.max(deadline);
        exchange.handle_deadline(now);
    }
    ends.extend(exchange.poll_end());
    assert_eq!(ends.len(), 1, "it ends once, and by itself: {exchange:?}");
    assert!(exchange.poll_end().is_none(), "it ends once");
    ends.remove(0)
}

fn tell(exchange: &mut Exchange, happening: &Happening, pieces: Pieces, now: &mut Moment) {
    match happening {
        Happening::Resolved => exchange.handle_resolved(*now),
        Happening::Connecting => exchange.handle_connecting(([10, 4, 0, 7], 9100).into(), *now),
        Happening::Connected => exchange.handle_connected(*now),
        Happening::Secured => exchange.handle_secured(*now),
        Happening::Unreachable => exchange.handle_unreachable(refused(), *now),
        Happening::Open => exchange.handle_open(*now),
        Happening::Written(count) => exchange.handle_written(*count, *now),
        Happening::AllWritten => match exchange.poll_transmit() {
            Some(Transmit::Bytes(bytes)) => {
                let count = bytes.len();
                exchange.handle_written(count, *now);
            }
            Some(Transmit::HalfClose) => exchange.handle_half_closed(true, *now),
            None => {}
        },
        Happening::HalfClosed(said) => exchange.handle_half_closed(*said, *now),
        Happening::Received(bytes) if pieces == Pieces::Single => {
            bytes.chunks(1).for_each(|byte| exchange.receive(byte, *now));
        }
        Happening::Received(bytes) => exchange.receive(bytes, *now),
        Happening::Eof => exchange.handle_eof(*now),
        Happening::Failure(failure) => exchange.handle_failure(*failure, "broken\x1b[2J", *now),
        Happening::Deadline => exchange.handle_deadline(*now),
        Happening::Interrupt => exchange.handle_interrupt(*now),
        Happening::Time(passes) => *now = *now + *passes,
    }
}

fn refused() -> NoConnection<'static> {
    NoConnection { reason: Unreachable::Refused, cause: "connection refused\x1b[2J", hint: None, lasting: false }
}

/// What must hold of any end.
fn is_true(end: &End, scene: &Scene, happenings: &[Happening]) {
    let evidence = &end.evidence;
    let all_written = evidence.bytes_written == evidence.request.len();
    assert_eq!(end.outcome.proves_not_sent(), evidence.bytes_written == 0, "{end:?}");
    match end.outcome {
        Outcome::Ok | Outcome::Rejected | Outcome::Sent | Outcome::Garbled(_) => assert!(all_written, "{end:?}"),
        Outcome::Unconfirmed(Unconfirmed::PartialSend) => assert!(!all_written, "{end:?}"),
        Outcome::Unconfirmed(Unconfirmed::Interrupted) => {}
        Outcome::Unconfirmed(_) => assert!(all_written, "{end:?}"),
        Outcome::Unreachable(_) | Outcome::Cancelled => {
            assert!(evidence.response.is_empty() && evidence.body.is_empty(), "{end:?}");
        }
        Outcome::Skipped(_) | Outcome::Expired => panic!("an exchange has begun: {end:?}"),
    }
    let answered = matches!(end.outcome, Outcome::Ok | Outcome::Rejected);
    let framed = answered || end.outcome == Outcome::Garbled(Garbled::Mismatch);
    assert_eq!(framed, evidence.ended_by.is_some(), "{end:?}");
    if end.link.is_some() {
        let clean = evidence.stale.is_empty() && evidence.extra.is_empty() && evidence.foreign.is_empty();
        let told_apart = forms(&scene.protocol).iter().any(|form| !form.matches.is_empty());
        assert!(answered && (clean || told_apart), "{end:?}");
    }
    says_no_secret(end);
    is_bounded(evidence, happenings);
}

/// Errors are one line without control characters, and without what may never be shown.
fn says_no_secret(end: &End) {
    let error = end.evidence.error.as_deref();
    assert_eq!(matches!(end.outcome, Outcome::Ok | Outcome::Sent), error.is_none(), "{end:?}");
    let error = error.unwrap_or_default();
    assert!(!error.contains(PASSWORD) && !error.chars().any(char::is_control), "{error:?}");
}

/// What is kept is bounded by limits, and by what came.
fn is_bounded(evidence: &Evidence, happenings: &[Happening]) {
    let came = |happening: &Happening| if let Happening::Received(bytes) = happening { bytes.len() } else { 0 };
    let came: usize = happenings.iter().map(came).sum();
    let Evidence { response, stale, extra, foreign, events, .. } = evidence;
    for kept in [stale, extra, foreign, events] {
        assert!(kept.len() <= KEPT, "{} bytes are kept", kept.len());
    }
    let kept = response.len() + stale.len() + extra.len() + foreign.len() + events.len();
    assert!(kept <= came, "{kept} bytes are kept of the {came} that came: {evidence:?}");
}

/// What may not hang on how the bytes were cut. What comes behind the end is seen or not.
fn told(end: &End) -> String {
    let Evidence { phase, bytes_written, request, response, body, fields, list, ended_by, refusal, .. } =
        &*end.evidence;
    // Of what is no answer there was as much as had come when that was known.
    let response = ended_by.map(|_| response);
    let outcome = end.outcome;
    format!("{outcome:?} {phase:?} {bytes_written} {request:?} {response:?} {body:?} {fields:?} {list:?} {refusal:?}")
}
