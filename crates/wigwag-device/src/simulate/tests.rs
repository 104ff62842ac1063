//! What devices say and remember: a protocol, what a client says, and what it is told. No sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Exchange, Link, Opening, Request, Session, SessionLimits, Transmit};
use wigwag_protocol::layout::{Context, Fields, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{Call, Expected, Protocol, library};

use super::opening::opening;
use super::places::Places;
use super::scenario::Scenario;
use super::seed::Seed;
use super::simulator::Simulator;
use super::trouble::Trouble;
use crate::serve::{Client, Manner};

struct Bench {
    protocol: Arc<Protocol>,
    simulator: Simulator,
    client: Client,
}

impl Bench {
    fn of(protocol: Protocol, scenario: &str) -> Self {
        let protocol = Arc::new(protocol);
        let scenario = Scenario::parse(scenario, &protocol).unwrap();
        let at = SocketAddr::from(([127, 0, 0, 1], 0));
        let (places, _sockets) = Places::one(at, false).unwrap();
        let trouble = Trouble::new(&scenario, Seed(1), &protocol, 1, |_| Some(0)).unwrap();
        let simulator = Simulator::new(protocol.clone(), Fields::new(), Seed(1), trouble, places, None);
        Self { protocol, simulator, client: Client { peer: at, local: Some(at) } }
    }

    fn library(name: &str) -> Self {
        Self::of(Protocol::parse(library::text(name).unwrap()).unwrap(), "")
    }

    fn new(text: &str) -> Self {
        Self::of(Protocol::parse(text).unwrap(), "")
    }

    /// `receptacle n=1 on=on`: what comes of it, in words.
    fn ask(&self, line: &str) -> String {
        let mut words = line.split(' ');
        let name = words.next().unwrap();
        let params = words.fold(Fields::new(), |mut params, word| {
            let (name, text) = word.split_once('=').unwrap();
            params.set(name, value(text));
            params
        });
        let end = self.exchange(self.protocol.call(name, params).unwrap());
        told(&end)
    }

    fn say(&self, body: &[u8]) -> String {
        let end = self.exchange(self.protocol.call_body(Some(body.to_vec()), Fields::new()).unwrap());
        format!("{}: {}", end.outcome.word(), String::from_utf8_lossy(&end.evidence.body))
    }

    /// These bytes, and the bytes that are answered.
    fn wire(&self, bytes: &[u8]) -> Vec<u8> {
        let mut session = self.session();
        self.pump(&mut session, bytes)
    }

    fn session(&self) -> Session {
        let limits = SessionLimits { idle: Duration::from_secs(60) };
        let mut session = Session::new(self.protocol.clone(), limits, &Opening::default(), Moment::ORIGIN);
        written(&mut session);
        session
    }

    fn exchange(&self, call: Call) -> End {
        let (now, mut session) = (Moment::ORIGIN, self.session());
        let protocol = Protocol { session: Default::default(), ..(*self.protocol).clone() };
        let link = Link::new(&Fields::new(), 7);
        let mut exchange = Exchange::new(Arc::new(protocol), Arc::new(call), link, now);
        exchange.handle_open(now);
        while let Some(Transmit::Bytes(out)) = exchange.poll_transmit() {
            let out = out.to_vec();
            exchange.handle_written(out.len(), now);
            let answer = self.pump(&mut session, &out);
            if !answer.is_empty() {
                exchange.receive(&answer, now);
            }
        }
        // Whatever is still waited for does not come.
        if !exchange.is_over() {
            exchange.handle_eof(now);
        }
        exchange.poll_end().unwrap()
    }

    fn pump(&self, session: &mut Session, bytes: &[u8]) -> Vec<u8> {
        session.receive(bytes, Moment::ORIGIN);
        let mut answers = Vec::new();
        while let Some(request) = session.poll_request(Moment::ORIGIN) {
            self.react(session, &request);
            answers.extend(written(session));
        }
        answers
    }

    fn react(&self, session: &mut Session, request: &Request) {
        let played = self.simulator.act(&self.client, request);
        assert!(matches!(played.reaction.manner, Manner::InOne | Manner::ThenClose));
        session.answer(request, &played.reaction.answer).unwrap();
    }
}

fn written(session: &mut Session) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(Transmit::Bytes(bytes)) = session.poll_transmit() {
        all.extend_from_slice(bytes);
        let count = bytes.len();
        session.handle_written(count, Moment::ORIGIN);
    }
    all
}

fn value(text: &str) -> Value {
    match text.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => Value::List(list.split(',').map(value).collect()),
        None => text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Integer),
    }
}

fn told(end: &End) -> String {
    let fields = match end.evidence.list.as_slice() {
        [] => shown(&end.evidence.fields),
        list => list.iter().map(shown).collect::<Vec<_>>().join(" | "),
    };
    match (end.outcome, &end.evidence.refusal) {
        (Outcome::Ok, _) => fields,
        (Outcome::Rejected, Some(refusal)) => {
            let text = refusal.text.as_ref().or(refusal.code.as_ref());
            format!("no: {}", text.map(shown_value).unwrap_or_default())
        }
        (outcome, _) => format!("{} {}", outcome.word(), outcome.reason().unwrap_or_default()).trim_end().to_owned(),
    }
}

fn shown(fields: &Fields) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", shown_value(value))).collect::<Vec<_>>().join(" ")
}

fn shown_value(value: &Value) -> String {
    match value {
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Value::Text(text) => text.clone(),
        Value::Name(name) => name.to_string(),
        Value::Bits(number, _) => format!("{number:#x}"),
        Value::List(elements) => format!("[{}]", elements.iter().map(shown_value).collect::<Vec<_>>().join(",")),
        Value::Record(fields) => format!("{{{}}}", shown(fields)),
    }
}

/// What is asked, line by line, and what is told.
fn converse(bench: &Bench, lines: &[(&str, &str)]) {
    for (number, (asked, expected)) in lines.iter().enumerate() {
        assert_eq!(bench.ask(asked), *expected, "line {}: {asked}", number + 1);
    }
}

#[test]
fn a_device_answers_with_what_it_was_told_and_else_with_its_examples() {
    converse(
        &Bench::library("extron-sis"),
        &[
            // Nobody said anything: the example of this command, whatever the receptacle.
            ("receptacle_state n=1", "on=on"),
            ("receptacle n=1 on=off", "n=1 on=off"),
            ("receptacle_state n=1", "on=off"),
            // What was said of one is not said of another.
            ("receptacle_state n=2", "on=on"),
            ("receptacle n=2 on=on", "n=2 on=on"),
            ("receptacle_state n=1", "on=off"),
            ("receptacle n=1 on=on", "n=1 on=on"),
            ("receptacle_state n=1", "on=on"),
            // A command that asks nothing answers with what another said.
            ("volume volume=33", "volume=33"),
            ("volume_state", "volume=33"),
            ("volume_up", "volume=33"),
            // The tie of an output, not the input that was chosen last.
            ("tie input=2 output=3", "output=3 input=2"),
            ("tie input=5 output=4", "output=4 input=5"),
            ("input input=7", "input=7"),
            ("tie_state output=3", "input=2"),
            ("tie_state output=4", "input=5"),
            ("input_state", "input=7"),
        ],
    );
}

#[test]
fn an_example_that_was_refused_is_refused_again_unless_the_device_was_only_busy() {
    let bench = Bench::library("extron-sis");
    converse(
        &bench,
        &[
            ("receptacle n=4 on=off", "no: invalid value"),
            // What was refused is not remembered.
            ("receptacle_state n=4", "on=on"),
            ("receptacle n=4 on=on", "n=4 on=on"),
            // An example shows that it was busy at the time.
            ("input input=2", "input=2"),
        ],
    );
    // Beyond its limits, and no command at all.
    assert_eq!(bench.wire(b"\x1b9PC\r"), b"E13\r\n");
    assert_eq!(bench.wire(b"WHAT\r"), b"E10\r\n");
}

#[test]
fn registers_hold_what_was_written_address_by_address() {
    converse(
        &Bench::library("modbus-tcp"),
        &[
            ("read_registers unit=17 address=107 count=3", "unit=17 fc=3 values=[555,0,100]"),
            // What no example and nobody says is zero.
            ("read_registers unit=17 address=107 count=5", "unit=17 fc=3 values=[555,0,100,0,0]"),
            ("write_registers unit=17 address=108 values=[1,2]", "unit=17 fc=16 address=108 count=2"),
            ("read_registers unit=17 address=107 count=3", "unit=17 fc=3 values=[555,1,2]"),
            ("write_register unit=17 address=109 value=9", "unit=17 fc=6 address=109 value=9"),
            ("read_registers unit=17 address=108 count=2", "unit=17 fc=3 values=[1,9]"),
            ("read_register unit=17 address=108", "unit=17 fc=3 value=1"),
            // Another unit is another device.
            ("read_registers unit=18 address=108 count=2", "unit=18 fc=3 values=[0,0]"),
            ("write_coil unit=17 address=5 state=on", "unit=17 fc=5 address=5 state=on"),
            ("read_coil unit=17 address=5", "unit=17 fc=1 state=on"),
            ("write_coil unit=17 address=5 state=off", "unit=17 fc=5 address=5 state=off"),
            ("read_coil unit=17 address=5", "unit=17 fc=1 state=off"),
            (
                "write_and_read_registers address=20 count=3 write_address=21 write_values=[7,8]",
                "unit=1 fc=23 values=[0,7,8]",
            ),
        ],
    );
}

#[test]
fn the_answers_of_registers_repeat_the_id_of_their_requests() {
    let bench = Bench::library("modbus-tcp");
    assert_eq!(
        bench.wire(b"\x12\x34\x00\x00\x00\x06\x11\x03\x00\x6b\x00\x02"),
        b"\x12\x34\x00\x00\x00\x07\x11\x03\x04\x02\x2b\x00\x00"
    );
    // 126 registers are too many; there is no function 99.
    assert_eq!(
        bench.wire(b"\x12\x35\x00\x00\x00\x06\x11\x03\x00\x6b\x00\x7e"),
        b"\x12\x35\x00\x00\x00\x03\x11\x83\x03"
    );
    assert_eq!(bench.wire(b"\x12\x36\x00\x00\x00\x04\x11\x63\x00\x6b"), b"\x12\x36\x00\x00\x00\x03\x11\xe3\x01");
}

#[test]
fn at_most_64_things_are_remembered_and_each_only_once() {
    let bench = Bench::new(
        r#"
        name = "lamps"
        [request]
        layout = "body <CR>"
        [response]
        layout = "body <CR>"
        [command.dim]
        send = "'D' lamp:dec ',' level:dec"
        reply = "'OK'"
        effect = "idempotent"
        [command.level]
        send = "'L' lamp:dec"
        reply = "level:dec"
        effect = "read"
        "#,
    );
    for _ in 0..100 {
        bench.ask("dim lamp=1 level=10");
    }
    for lamp in 2..=64 {
        bench.ask(&format!("dim lamp={lamp} level={lamp}"));
    }
    converse(&bench, &[("level lamp=1", "level=10"), ("level lamp=64", "level=64"), ("dim lamp=65 level=1", "")]);
    // The 65th took the place of the oldest; without an example the plainest value is said.
    converse(&bench, &[("level lamp=1", "level=0"), ("level lamp=2", "level=2")]);
}

#[test]
fn a_scenario_says_what_a_device_remembers_at_the_start() {
    let protocol = || Protocol::parse(library::text("extron-sis").unwrap()).unwrap();
    let bench = Bench::of(protocol(), "[device.1]\nstate = [{ n = 1, on = \"off\" }, { volume = 5 }]");
    converse(
        &bench,
        &[
            ("receptacle_state n=1", "on=off"),
            ("receptacle_state n=2", "on=on"),
            ("volume_state", "volume=5"),
            ("receptacle n=1 on=on", "n=1 on=on"),
            ("receptacle_state n=1", "on=on"),
        ],
    );
    let registers = Protocol::parse(library::text("modbus-tcp").unwrap()).unwrap();
    let bench = Bench::of(registers, "[device.1]\nstate = { address = 10, values = [1, 2, 3] }");
    converse(&bench, &[("read_registers address=11 count=2", "unit=1 fc=3 values=[2,3]")]);
}

/// Without the bits that have no name and are always set it would be no status at all.
#[test]
fn bits_of_a_state_leave_the_others_as_they_are_known() {
    let escpos = Protocol::parse(library::text("escpos").unwrap()).unwrap();
    let bench = Bench::of(escpos, "[device.1]\nstate = { status = { offline = true, drawer_high = false } }");
    converse(&bench, &[("status", "status=0x1a"), ("offline", "cause=0x16")]);
}

#[test]
fn bodies_that_are_no_commands_are_answered_as_in_the_examples() {
    let line = Bench::library("line");
    assert_eq!(line.say(b"STATUS"), "ok: READY");
    assert_eq!(line.say(b"ANYTHING"), "ok: READY");
    let echo = Bench::new("name = \"echo\"\n[request]\nlayout = \"body <CR>\"\n[response]\nlayout = \"body <CR>\"");
    assert_eq!(echo.say(b"ANYTHING"), "ok: ANYTHING");
    let more = Bench::new(
        r#"
        name = "more"
        [request]
        layout = "id:u8=1 body <CR>"
        [response]
        layout = "state:u8(idle=1, run=2) body <CR>"
        [[example]]
        body = "a"
        send = "01 61 0D"
        recv = "02 41 0D"
        [[example]]
        body = "b"
        send = "01 62 0D"
        recv = "01 42 0D"
        "#,
    );
    assert_eq!(more.wire(b"\x01b\r"), b"\x01B\r");
    assert_eq!(more.wire(b"\x01c\r"), b"\x02A\r");
}

#[test]
fn a_greeting_says_what_the_examples_say_and_else_something_drawn() {
    let said = |name: &str, secrets: Fields| {
        let protocol = Protocol::parse(library::text(name).unwrap()).unwrap();
        let values = opening(&protocol, secrets, Seed(3)).values;
        (
            values.get("salt").map(shown_value),
            values.get("banner").map(shown_value),
            values.get("level").map(shown_value),
        )
    };
    let secrets = || Fields::from([("password", Value::Text("x".to_owned()))]);
    assert_eq!(said("pjlink", secrets()).0.as_deref(), Some("498e4a67"));
    let (_, banner, level) = said("extron-sis", Fields::new());
    assert!(banner.unwrap().contains("Extron"));
    let level = level.unwrap();
    assert!(level.len() == 8 && level.bytes().all(|byte| byte.is_ascii_hexdigit()), "{level}");
    assert_eq!(Some(level), said("extron-sis", Fields::new()).2);
}

#[test]
fn many_frames_come_as_in_the_example_and_end() {
    let text = |example: &str| {
        format!(
            r#"
            name = "list"
            [request]
            layout = "body <CR>"
            [response]
            layout = "body <CR LF>"
            [command.list]
            send = "'LIST ' group:dec"
            reply = "n:dec ' ' more:dec1(no=0, yes=1)"
            until = "more == 0"
            effect = "read"
            {example}
            "#
        )
    };
    let example = r#"
        [[example]]
        command = "list"
        params = { group = 3 }
        send = "'LIST 3' <CR>"
        recv = "'11 1' <CR LF> '12 1' <CR LF> '13 0' <CR LF>"
        fields = [{ n = 11 }, { n = 12 }, { n = 13 }]
    "#;
    converse(&Bench::new(&text(example)), &[("list group=5", "n=11 more=yes | n=12 more=yes | n=13 more=no")]);
    converse(&Bench::new(&text("")), &[("list group=5", "n=0 more=no")]);
}

/// Every example of every built-in protocol is asked of a simulated device that was told nothing before: it answers as
/// the first example does that asks the same. Only what the command itself says it repeats as it was said.
#[test]
fn every_example_of_the_library_is_answered_as_it_says() {
    let mut asked = 0;
    for name in library::names() {
        let protocol = Protocol::parse(library::text(name).unwrap()).unwrap();
        let mut questions: Vec<Vec<u8>> = Vec::new();
        for example in &protocol.examples {
            let bench = Bench::of(protocol.clone(), "");
            let call = match &example.command {
                Some(command) => bench.protocol.call_command(command, example.params.clone()),
                None => bench.protocol.call_body(example.body.clone(), example.params.clone()),
            };
            let call = call.unwrap();
            let question = call.encode(&Context::default(), &[]).unwrap().bytes;
            if questions.contains(&question) {
                continue;
            }
            questions.push(question);
            let end = bench.exchange(call);
            let what = example.command.as_ref().map_or("", |command| &command.name);
            let failed = format!("{name} {what}: {}: {:?}", told(&end), end.evidence.error);
            match &example.expected {
                Expected::Fields(fields) => {
                    assert!(matches!(end.outcome, Outcome::Ok | Outcome::Sent), "{failed}");
                    let mut said = fields.iter().filter(|(name, _)| example.params.get(name).is_none());
                    let agrees = said
                        .all(|(name, value)| end.evidence.fields.get(name).is_some_and(|told| value.agrees_with(told)));
                    assert!(agrees, "{failed}, not {}", shown(fields));
                }
                Expected::List(list) => {
                    assert_eq!(end.outcome, Outcome::Ok, "{failed}");
                    let agree = list.iter().zip(&end.evidence.list).all(|(fields, said)| fields.agree_with(said));
                    assert!(agree && list.len() == end.evidence.list.len(), "{failed}");
                }
                Expected::Error(_) => {
                    let was_busy = end.evidence.refusal.is_none();
                    let expected = if was_busy { Outcome::Ok } else { Outcome::Rejected };
                    assert_eq!(end.outcome, expected, "{failed}");
                }
            }
            asked += 1;
        }
    }
    assert!(asked > 150, "{asked}");
}
