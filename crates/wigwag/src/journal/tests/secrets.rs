//! No byte of a secret reaches the disk, wherever a device repeats it.

use std::sync::Arc;

use wigwag_fleet::Event;
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{Evidence, Exchange, Link, Secrets};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{Protocol, Refusal};

use super::scene::{Running, Scene};
use crate::journal::outcome::KEPT;

const SECRET: &str = "hunter2-90125";

/// The secrets of an exchange that has this one.
fn secrets() -> Secrets {
    let protocol = Arc::new(Protocol::named("esc-cr").unwrap().unwrap());
    let call = Arc::new(protocol.call_body(Some(b"STATUS".to_vec()), Fields::new()).unwrap());
    let configured = Fields::from([("password", Value::Text(SECRET.to_owned())), ("pin", Value::Integer(4711))]);
    let mut exchange = Exchange::new(protocol, call, Link::new(&configured, 0), Moment::default());
    exchange.handle_interrupt(Moment::default());
    let secrets = exchange.poll_end().unwrap().evidence.secrets;
    assert!(secrets.are_in(SECRET.as_bytes()) && secrets.are_in(b"4711"));
    secrets
}

#[test]
fn a_secret_is_nowhere_on_the_disk() {
    let scene = Scene::new();
    let with = |before: &str| format!("{before}{SECRET}!").into_bytes();
    let mut end = scene.end(0, 1, Outcome::Rejected);
    *end.evidence = Evidence {
        request: with("login ").into(),
        // One that the cut goes through.
        response: with(&"x".repeat(KEPT - 4)),
        stale: with("stale "),
        extra: with("extra "),
        foreign: with("foreign "),
        events: with("events "),
        fields: Fields::from([
            ("text", Value::Text(format!("no {SECRET}"))),
            ("bytes", Value::Bytes(SECRET.as_bytes().to_vec())),
            ("pin", Value::Integer(4711)),
            ("list", Value::List(vec![Value::Record(Fields::from([("deep", Value::Integer(14_711))]))])),
            ("plain", Value::Integer(12)),
        ]),
        refusal: Some(Refusal {
            code: Some(Value::Integer(4711)),
            text: Some(Value::Bytes(with("bad password "))),
            busy: true,
        }),
        error: Some(format!("the device refused: {SECRET}")),
        hint: Some(format!("not {SECRET}")),
        secrets: secrets(),
        ..Evidence::default()
    };
    let mut running = Running::start(scene.begin(1));
    running.tell(vec![Event::Ended(end)]);
    running.finish();

    let (_, outcome) = scene.journal.outcomes(&scene.last(), 0).next().unwrap().unwrap();
    assert_eq!((outcome.request.wire.as_deref(), outcome.request.text()), (None, &b"login <secret>!"[..]));
    assert_eq!(outcome.request.length, 20);
    let fields = outcome.fields.unwrap().to_string();
    assert_eq!(
        fields,
        r#"{"text":"no <secret>","bytes":"<secret>","pin":"<secret>","list":[{"deep":"<secret>"}],"plain":12}"#
    );
    assert!(outcome.rare.unwrap().busy);

    scene.journal.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let disk = std::fs::read(scene.path()).unwrap();
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [SECRET, "4711", "hunt", &hex("hunt"), &hex("90125")] {
        let found = disk.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
        assert!(!found, "{secret} is on the disk");
    }
}
