//! Outcomes made by hand, for tests.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use wigwag_fleet::{Ended, Event, Invalid, Order, Target, Task};
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::exchange::{Evidence, Phase, Timing};
use wigwag_protocol::layout::{EndReason, Fields, Value};
use wigwag_protocol::outcome::{Outcome, Skipped, Unconfirmed, Unreachable};
use wigwag_protocol::protocol::Refusal;

use crate::protocols;
use crate::report::run::{Begun, Finished};

/// 2026-11-22 15:42:01 UTC.
pub(super) fn time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_362_121_250)
}

pub(super) fn begun(targets: u32) -> Begun<'static> {
    Begun {
        run: Some("20261122-154201-k3x9"),
        command: Some("STATUS"),
        targets: Some(targets),
        longest_name: Some(9),
        time: time(),
    }
}

pub(super) fn finished() -> Finished {
    Finished { time: time(), wall: Duration::from_millis(2_100), ..Finished::default() }
}

pub(super) fn events(ended: impl IntoIterator<Item = Ended>) -> Vec<Event> {
    ended.into_iter().map(Event::Ended).collect()
}

/// `STATUS` in the protocol of the first script.
pub(super) fn status() -> Arc<Task> {
    let protocol = Arc::new(protocols::read("esc-cr").unwrap());
    let call = protocol.call_body(Some(b"STATUS".to_vec()), Fields::new()).unwrap();
    task(protocol, call, "STATUS")
}

/// A command with parameters that says how to find out whether it took effect.
pub(super) fn receptacle() -> Arc<Task> {
    let protocol = Arc::new(protocols::read("extron-sis").unwrap());
    let params = Fields::from([("n", Value::Integer(1)), ("on", Value::Name("on".into()))]);
    let call = protocol.call_command(protocol.command("receptacle").unwrap(), params).unwrap();
    task(protocol, call, "receptacle")
}

fn task(
    protocol: Arc<wigwag_protocol::protocol::Protocol>,
    call: wigwag_protocol::protocol::Call,
    command: &str,
) -> Arc<Task> {
    let (dialer, secrets) = (Arc::new(Dialer::default()), Arc::new(Fields::new()));
    Arc::new(Task::new(protocol, Arc::new(call), dialer, secrets, Some(command.into()), 0))
}

/// How it ended for `press-007`, or another number.
pub(super) fn ended(task: &Arc<Task>, number: u32, outcome: Outcome, evidence: Evidence) -> Ended {
    let name = format!("press-{number:03}");
    let endpoint = Endpoint::parse(&name, Some(9100)).unwrap();
    let order = Ok(Order { endpoint, task: task.clone() });
    Ended {
        target: Target { number, name: name.into(), tried: 0, order },
        attempt: 1,
        outcome,
        evidence: evidence.into(),
        time: time(),
    }
}

/// It answered with this body.
pub(super) fn answered(task: &Arc<Task>, number: u32, body: &[u8]) -> Ended {
    let evidence = Evidence {
        response: [body, b"\0"].concat(),
        body: body.to_vec(),
        fields: Fields::from([("body", Value::Bytes(body.to_vec()))]),
        ended_by: Some(EndReason::Terminator),
        ..sent(number)
    };
    ended(task, number, Outcome::Ok, evidence)
}

/// It answered with these parts.
pub(super) fn said(task: &Arc<Task>, number: u32, fields: Fields) -> Ended {
    let evidence = Evidence { fields, ..*answered(task, number, b"Cpn01 Ppc1\r\n").evidence };
    ended(task, number, Outcome::Ok, evidence)
}

pub(super) fn refused(task: &Arc<Task>, number: u32) -> Ended {
    let evidence = Evidence {
        phase: Phase::Connect,
        error: Some("could not connect: connection refused".to_owned()),
        ..Evidence::default()
    };
    ended(task, number, Outcome::Unreachable(Unreachable::Refused), evidence)
}

pub(super) fn silent(task: &Arc<Task>, number: u32) -> Ended {
    let error = "no response within 5 s; it is not known whether the device acted on the command";
    let evidence = Evidence { error: Some(error.to_owned()), ..sent(number) };
    ended(task, number, Outcome::Unconfirmed(Unconfirmed::NoReply), evidence)
}

pub(super) fn rejected(task: &Arc<Task>, number: u32) -> Ended {
    let refusal = Refusal { code: Some(Value::Integer(22)), text: Some(Value::Text("busy".to_owned())), busy: true };
    let evidence = Evidence {
        refusal: Some(refusal),
        error: Some("the device refused: busy (code 22)".to_owned()),
        hint: Some("wait, and ask again".to_owned()),
        ..*answered(task, number, b"E22").evidence
    };
    ended(task, number, Outcome::Rejected, evidence)
}

/// It was never tried.
pub(super) fn skipped(task: &Arc<Task>, number: u32, reason: Skipped) -> Ended {
    Ended { attempt: 0, ..ended(task, number, Outcome::Skipped(reason), Evidence::default()) }
}

/// What it was to be told did not fit.
pub(super) fn invalid(number: u32) -> Ended {
    let invalid = Invalid { reason: Skipped::Invalid, message: "`limit` is not a number: \u{1b}[2J".to_owned() };
    let target = Target { number, name: format!("press-{number:03}").into(), tried: 0, order: Err(invalid) };
    let outcome = Outcome::Skipped(Skipped::Invalid);
    Ended { target, attempt: 0, outcome, evidence: Box::default(), time: time() }
}

/// One of each that a report shows differently.
pub(crate) fn mixed() -> Vec<Ended> {
    let task = status();
    let mut hostile = answered(&task, 5, b"a\x1b[2J,\"b\"\r\n=1+1 \xe2\x80\xae");
    hostile.evidence.stale = b"hello".to_vec();
    vec![
        answered(&task, 1, b"OK"),
        answered(&task, 2, b"OK"),
        answered(&task, 3, b"BUSY"),
        refused(&task, 4),
        hostile,
        silent(&task, 6),
        rejected(&task, 7),
        skipped(&task, 8, Skipped::Halted),
        invalid(9),
        ended(&task, 10, Outcome::Sent, sent(10)),
        ended(&task, 11, Outcome::Cancelled, Evidence::default()),
    ]
}

/// What is known when all was sent and nothing has come.
pub(super) fn sent(number: u32) -> Evidence {
    let request = b"\x1bSTATUS\r".to_vec();
    let ms = |ms: f64| Duration::from_secs_f64(ms / 1000.0);
    Evidence {
        address: Some(([10, 4, 0, number as u8], 9100).into()),
        phase: Phase::Response,
        bytes_written: request.len(),
        request: request.into(),
        timing: Timing {
            resolve: Some(ms(0.1)),
            connect: Some(ms(0.5)),
            first_byte: Some(ms(1.25)),
            total: ms(1.9 + f64::from(number) / 10.0),
            ..Timing::default()
        },
        ..Evidence::default()
    }
}
