//! Every fault, and the outcome that it must lead to.

use std::sync::Arc;
use std::time::Duration;

use wigwag_device::simulate::{Kind, Scenario, Setup};
use wigwag_protocol::layout::Value;
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{AfterSend, Protocol, Times};

use crate::stage::{LONG, Stage, faults, protocol, setup, words};

/// One fault, one command, and what is known in the end.
struct Case {
    fault: &'static str,
    protocol: &'static str,
    command: &'static str,
    /// How long the client waits for the first byte, and between bytes, where it has to give up.
    gives_up: Option<Duration>,
    outcome: &'static str,
}

/// Long enough for a greeting on a busy machine.
const SOON: Option<Duration> = Some(Duration::from_secs(1));

/// For a client that waits as long as it takes.
const fn case(fault: &'static str, protocol: &'static str, command: &'static str, outcome: &'static str) -> Case {
    Case { fault, protocol, command, gives_up: None, outcome }
}

/// For a client that gives up.
const fn given_up(fault: &'static str, protocol: &'static str, command: &'static str, outcome: &'static str) -> Case {
    Case { fault, protocol, command, gives_up: SOON, outcome }
}

const READ: &str = "read_registers unit=17 address=107 count=3";
const SWITCH: &str = "receptacle n=1 on=on";
const POWER: &str = "power power=on";

const CASES: &[Case] = &[
    case("slow:150ms", "modbus-tcp", READ, "ok"),
    case("slow:150ms", "esc-cr", "STATUS", "ok"),
    given_up("silent", "modbus-tcp", READ, "unconfirmed no-reply"),
    given_up("silent", "extron-sis", SWITCH, "unconfirmed no-reply"),
    // Where the client has closed its sending side it is no less silent.
    given_up("silent", "esc-cr", "STATUS", "unconfirmed no-reply"),
    case("reset", "modbus-tcp", READ, "unconfirmed reset"),
    case("reset", "esc-cr", "STATUS", "unconfirmed reset"),
    case("close-mid-frame", "modbus-tcp", READ, "unconfirmed closed"),
    case("close-mid-frame", "extron-sis", SWITCH, "unconfirmed closed"),
    case("close-mid-frame", "line", "STATUS", "unconfirmed closed"),
    // The end of the connection would end the frame; a reset does not.
    case("close-mid-frame", "esc-cr", "STATUS", "unconfirmed reset"),
    case("close-mid-frame", "raw", "STATUS", "unconfirmed reset"),
    case("split", "modbus-tcp", READ, "ok"),
    case("split", "line", "STATUS", "ok"),
    case("split", "esc-cr", "STATUS", "ok"),
    case("garble", "samsung-mdc", POWER, "garbled checksum"),
    // The byte that says which kind of frame it is.
    case("garble", "modbus-rtu-tcp", READ, "garbled framing"),
    case("garble", "modbus-tcp", READ, "garbled mismatch"),
    case("garble", "pjlink", "power_state", "garbled mismatch"),
    // Nothing but its end could give a line away.
    given_up("garble", "line", "STATUS", "unconfirmed stalled"),
    // Not even that: any bytes are an answer if the connection ends behind them.
    case("garble", "esc-cr", "STATUS", "unconfirmed reset"),
    case("garble", "raw", "STATUS", "unconfirmed reset"),
    given_up("wrong-id", "modbus-tcp", READ, "unconfirmed no-reply"),
    given_up("wrong-id", "samsung-mdc", POWER, "unconfirmed no-reply"),
    given_up("late:3s", "modbus-tcp", READ, "unconfirmed no-reply"),
    given_up("late:3s", "esc-cr", "STATUS", "unconfirmed no-reply"),
    case("busy", "modbus-tcp", READ, "rejected"),
    case("busy", "extron-sis", SWITCH, "rejected"),
    case("busy", "pjlink", POWER, "rejected"),
    case("no-half-close", "esc-cr", "STATUS", "unconfirmed closed-after-fin"),
    case("no-half-close", "line", "STATUS", "ok"),
    case("refuse", "modbus-tcp", READ, "unreachable refused"),
    case("refuse", "esc-cr", "STATUS", "unreachable refused"),
    // Where a greeting is due; elsewhere it comes when the command has left already, and is whatever it looks like.
    case("banner", "extron-sis", SWITCH, "unreachable greeting"),
    case("banner:ERR busy", "pjlink", POWER, "unreachable greeting"),
];

async fn play(case: &Case) {
    let spoken = protocol(case.protocol);
    let stage = Stage::new(Setup { scenario: faults(&[case.fault]), ..setup(spoken) }).unwrap();
    let call = stage.call(case.command);
    let call = match case.gives_up {
        None => call,
        Some(time) => call.with_times(Times { connect: LONG, first: time, idle: time, total: LONG }),
    };
    let end = stage.send(1, call).await;
    let name = format!("{} with {}: {:?}", case.fault, case.protocol, end.evidence.error);
    assert_eq!(words(&end), case.outcome, "{name}");
    let fault = case.fault.split([':', '=']).next().unwrap();
    if end.outcome == Outcome::Rejected {
        assert!(end.evidence.refusal.as_ref().unwrap().busy, "{name}");
    }
    match fault {
        "wrong-id" => assert!(!end.evidence.foreign.is_empty(), "{name}"),
        "slow" => assert!(end.evidence.timing.first_byte.unwrap() >= Duration::from_millis(100), "{name}"),
        _ => {}
    }
    let (summary, seen) = stage.end().await;
    if fault == "refuse" {
        assert_eq!((summary.connections, seen.len()), (0, 0), "{name}");
        return;
    }
    assert_eq!(summary.faults, [(fault, 1)], "{name}");
    let recorded = if fault == "banner" { vec![] } else { vec![Some(fault)] };
    assert_eq!(seen.iter().map(|seen| seen.fault).collect::<Vec<_>>(), recorded, "{name}");
}

#[tokio::test]
async fn every_fault_leads_to_its_outcome() {
    // All at once, so that their waits are beside each other.
    let mut playing = tokio::task::JoinSet::new();
    for case in CASES {
        playing.spawn(play(case));
    }
    playing.join_all().await;
    for name in Kind::NAMES {
        assert!(CASES.iter().any(|case| case.fault.starts_with(name)), "{name} is not tested");
    }
}

/// Whatever byte is changed: it is never taken for an answer.
#[tokio::test]
async fn a_garbled_answer_is_never_taken_for_one() {
    let cases = [
        ("modbus-tcp", READ, AfterSend::Open),
        ("modbus-rtu-tcp", READ, AfterSend::Open),
        ("samsung-mdc", POWER, AfterSend::Open),
        ("extron-sis", SWITCH, AfterSend::Open),
        ("pjlink", "power_state", AfterSend::Open),
        ("line", "STATUS", AfterSend::Open),
        ("line", "STATUS", AfterSend::Fin),
        ("esc-cr", "STATUS", AfterSend::Fin),
        ("raw", "STATUS", AfterSend::Open),
        ("escpos", "status", AfterSend::Open),
        ("scpi", "identify", AfterSend::Open),
    ];
    let mut playing = tokio::task::JoinSet::new();
    for (name, command, after_send) in cases {
        let mut spoken = (*protocol(name)).clone();
        spoken.session.after_send = after_send;
        playing.spawn(garble_often(Arc::new(spoken), command));
    }
    playing.join_all().await;
}

async fn garble_often(spoken: Arc<Protocol>, command: &'static str) {
    const TIMES: u64 = 25;
    let stage = Stage::new(Setup { scenario: faults(&["garble"]), ..setup(spoken) }).unwrap();
    let brief =
        Times { connect: LONG, first: Duration::from_millis(100), idle: Duration::from_millis(100), total: LONG };
    for _ in 0..TIMES {
        let end = stage.send(1, stage.call(command).with_times(brief)).await;
        let is_spoilt = matches!(end.outcome, Outcome::Garbled(_) | Outcome::Unconfirmed(_));
        assert!(is_spoilt, "{}: {}: {:x?}", stage.protocol.name, words(&end), end.evidence.response);
    }
    assert_eq!(stage.end().await.0.faults, [("garble", TIMES)]);
}

/// A late answer is not the answer to the next command.
#[tokio::test]
async fn a_late_answer_is_nobodys() {
    let scenario = faults(&["late:100ms"]);
    let stage = Stage::new(Setup { scenario, ..setup(protocol("modbus-tcp")) }).unwrap();
    let hasty = Times { connect: LONG, first: Duration::from_millis(20), idle: LONG, total: LONG };
    let mut client = stage.client(1);
    for _ in 0..3 {
        let end = client.exchange(Arc::new(stage.call(READ).with_times(hasty)), &mut ()).await;
        assert_eq!(words(&end), "unconfirmed no-reply");
    }
    let end = client.exchange(Arc::new(stage.call(READ)), &mut ()).await;
    assert_eq!((words(&end).as_str(), end.evidence.stale.len()), ("ok", 0));
}

/// What a spoilt answer was the answer to has happened all the same, unless the device was busy.
#[tokio::test]
async fn a_device_acts_on_what_it_answers_badly() {
    let mut playing = tokio::task::JoinSet::new();
    for (fault, volume) in [("silent", 33), ("reset", 33), ("garble", 33), ("close-mid-frame", 33), ("busy", 12)] {
        playing.spawn(act_and_answer_badly(fault, volume));
    }
    playing.join_all().await;
}

async fn act_and_answer_badly(fault: &'static str, volume: i128) {
    let steps = format!("[[step]]\nafter = 1\nfault = [{fault:?}]\n[[step]]\nafter = 2\nfault = []");
    let spoken = protocol("extron-sis");
    let scenario = Scenario::parse(&steps, &spoken).unwrap();
    let stage = Stage::new(Setup { scenario, ..setup(spoken) }).unwrap();
    assert_eq!(words(&stage.send(1, stage.call("volume volume=12")).await), "ok");
    let soon = SOON.unwrap();
    let call = stage.call("volume volume=33").with_times(Times { connect: LONG, first: soon, idle: soon, total: LONG });
    assert_ne!(words(&stage.send(1, call).await), "ok", "{fault}");
    let end = stage.send(1, stage.call("volume_state")).await;
    assert_eq!(end.evidence.fields.get("volume"), Some(&Value::Integer(volume)), "{fault}");
}

#[tokio::test]
async fn faults_that_a_protocol_cannot_play_are_refused() {
    let refused = |fault, name| {
        let problem = Stage::new(Setup { scenario: faults(&[fault]), ..setup(protocol(name)) }).err().unwrap();
        problem.message
    };
    assert_eq!(
        refused("wrong-id", "esc-cr"),
        "the fault wrong-id cannot be played with the protocol esc-cr: its answers repeat nothing of their requests (no `match`)"
    );
    assert_eq!(
        refused("busy", "line"),
        "the fault busy cannot be played with the protocol line: none of its errors is `busy`"
    );
}
