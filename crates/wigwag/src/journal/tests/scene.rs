//! A journal in a folder of its own, and events made by hand.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, SystemTime};

use serde_json::value::RawValue;
use tempfile::TempDir;
use wigwag_fleet::schedule::Place;
use wigwag_fleet::{Batch, Ended, Event, Gate, Intent, Order, Sink, Target, Task};
use wigwag_net::{Dialer, Endpoint};
use wigwag_protocol::exchange::{Evidence, Phase, Timing};
use wigwag_protocol::layout::{EndReason, Fields, Value};
use wigwag_protocol::outcome::{Outcome, Unconfirmed, Unreachable};
use wigwag_protocol::protocol::{Effect, Protocol};

use crate::journal::{How, Journal, ListRows, Listed, NewRun, Run, RunHandle, Started, ToList, WriterEnd};

/// A test that waits longer than this for anything hangs.
pub(crate) const HUNG: Duration = Duration::from_secs(30);

pub(crate) struct Scene {
    pub(crate) folder: TempDir,
    pub(crate) journal: Journal,
    task: Arc<Task>,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self::on(tempfile::tempdir().unwrap())
    }

    pub(crate) fn on(folder: TempDir) -> Self {
        let journal = Journal::open(&folder.path().join("journal.db")).unwrap();
        Self { folder, journal, task: task() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("journal.db")
    }

    /// A run of so many targets, all of them listed.
    pub(crate) fn begin(&self, targets: u32) -> RunHandle {
        let mut handle = self.journal.begin(&new_run()).unwrap();
        handle.list(rows(&(0..targets).map(listed).collect::<Vec<_>>())).unwrap();
        handle.list_complete().unwrap();
        handle
    }

    pub(crate) fn last(&self) -> Run {
        self.journal.find("last").unwrap()
    }

    pub(crate) fn ended(&self, number: u32, attempt: u16, outcome: Outcome) -> Event {
        Event::Ended(self.end(number, attempt, outcome))
    }

    pub(crate) fn tried(&self, number: u32, attempt: u16, outcome: Outcome) -> Event {
        Event::Tried(self.end(number, attempt, outcome))
    }

    /// How an attempt ended; with an answer where that was good.
    pub(crate) fn end(&self, number: u32, attempt: u16, outcome: Outcome) -> Ended {
        let order = Order { endpoint: Endpoint::parse(&place(number), None).unwrap(), task: self.task.clone() };
        let target = Target { number, name: name(number).into(), tried: 0, order: Ok(order) };
        let evidence = match outcome {
            Outcome::Ok => answered(number),
            Outcome::Unreachable(_) => Evidence {
                address: place(number).parse().ok(),
                phase: Phase::Connect,
                error: Some("could not connect: connection refused".to_owned()),
                ..Evidence::default()
            },
            Outcome::Unconfirmed(_) => Evidence {
                response: Vec::new(),
                body: Vec::new(),
                fields: Fields::new(),
                ended_by: None,
                error: Some("no response within 5 s".to_owned()),
                ..answered(number)
            },
            _ => Evidence::default(),
        };
        Ended { target, attempt, outcome, evidence: Box::new(evidence), time: time() }
    }
}

pub(crate) const REFUSED: Outcome = Outcome::Unreachable(Unreachable::Refused);
pub(crate) const NO_REPLY: Outcome = Outcome::Unconfirmed(Unconfirmed::NoReply);
pub(crate) const LOST: Outcome = Outcome::Unconfirmed(Unconfirmed::Lost);

pub(crate) fn new_run() -> NewRun {
    NewRun {
        command: Some("STATUS".to_owned()),
        effect: Effect::Once,
        settings: r#"{"fanout":256}"#.to_owned(),
        profiles: vec![r#"{"protocol":"..."}"#.to_owned()],
    }
}

/// `STATUS` in esc-cr.
pub(crate) fn task() -> Arc<Task> {
    let protocol = Protocol::named("esc-cr").unwrap().unwrap();
    let call = protocol.call_body(Some(b"STATUS".to_vec()), Fields::new()).unwrap();
    let dialer = Arc::new(Dialer::default());
    let command = Some("STATUS".into());
    Arc::new(Task::new(Arc::new(protocol), Arc::new(call), dialer, Arc::new(Fields::new()), command, 0))
}

pub(crate) fn name(number: u32) -> String {
    format!("press-{number:03}")
}

pub(crate) fn place(number: u32) -> String {
    format!("10.{}.{}.{}:9100", number >> 16 & 255, number >> 8 & 255, number & 255)
}

/// Some time.
pub(crate) fn time() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(1_795_362_121_000_000_017)
}

/// Rows for these.
pub(crate) fn rows(listed: &[Listed]) -> ListRows {
    let mut rows = ListRows::default();
    for Listed { number, name, endpoint, profile, what, invalid } in listed {
        let what: Option<Box<RawValue>> = what.clone().map(|what| RawValue::from_string(what).unwrap());
        let invalid = invalid.as_ref().map(|(reason, message)| (*reason, message.as_str()));
        rows.add(ToList { number: *number, name, endpoint, profile: *profile, what: what.as_deref(), invalid });
    }
    rows
}

pub(crate) fn listed(number: u32) -> Listed {
    Listed { number, name: name(number), endpoint: place(number), profile: 0, what: None, invalid: None }
}

pub(crate) fn intent(number: u32, attempt: u16) -> Intent {
    Intent { target: number, attempt, place: Place::read(&place(number)), fingerprint: 0xFEDC_BA98_7654_3210 }
}

pub(crate) fn answered(number: u32) -> Evidence {
    let body = format!("READY {}", number % 3).into_bytes();
    let response = [body.as_slice(), b"\0"].concat();
    Evidence {
        address: place(number).parse().ok(),
        phase: Phase::Response,
        bytes_written: 8,
        request: (*b"\x1bSTATUS\r").into(),
        response,
        fields: Fields::from([("body", Value::Text(String::from_utf8(body.clone()).unwrap()))]),
        body,
        ended_by: Some(EndReason::Terminator),
        timing: Timing {
            connect: Some(Duration::from_micros(300)),
            first_byte: Some(Duration::from_micros(1200)),
            total: Duration::from_micros(1600),
            ..Timing::default()
        },
        ..Evidence::default()
    }
}

/// A run under way, with a report that reads all of it.
pub(crate) struct Running {
    pub(crate) started: Started,
    pub(crate) report: Receiver<Batch>,
    woken: Receiver<()>,
}

impl Running {
    pub(crate) fn start(handle: RunHandle) -> Self {
        Self::with_report(handle, 1024)
    }

    /// The report takes so many batches before anybody reads.
    pub(crate) fn with_report(handle: RunHandle, batches: usize) -> Self {
        let (to_report, report) = sync_channel(batches);
        let (wake, woken) = sync_channel(1);
        let wake = Arc::new(move || {
            // One that has not been heard yet is enough.
            let _ = wake.try_send(());
        });
        Self { started: handle.start(to_report, wake), report, woken }
    }

    pub(crate) fn ask(&mut self, intents: Vec<Intent>) {
        self.started.gate.ask(intents);
    }

    pub(crate) fn tell(&mut self, events: Vec<Event>) {
        assert!(self.started.sink.offer(&events.into()));
    }

    /// Waits until so many starts are granted.
    pub(crate) fn granted(&self, wanted: u64) {
        self.wait(|running| running.started.gate.granted() >= wanted);
    }

    pub(crate) fn refused(&self) -> String {
        self.wait(|running| running.started.gate.refusal().is_some());
        self.started.gate.refusal().unwrap().to_string()
    }

    pub(crate) fn wait(&self, done: impl Fn(&Self) -> bool) {
        while !done(self) {
            self.woken.recv_timeout(HUNG).expect("the writer wakes the run when there is something to see");
        }
    }

    /// The outcomes of the next batch that reaches the report.
    pub(crate) fn reported(&self) -> Vec<(u32, Outcome)> {
        outcomes(&self.report.recv_timeout(HUNG).expect("the report hears of it"))
    }

    pub(crate) fn finish(self) -> (WriterEnd, Vec<(u32, Outcome)>) {
        let end = self.started.writer.finish(How::Done);
        (end, self.report.iter().flat_map(|events| outcomes(&events)).collect())
    }

    /// The process dies: what was committed is on the disk, the rest is not.
    pub(crate) fn die(self) {
        let Started { gate, sink, lister, writer } = self.started;
        drop((gate, sink, lister));
        let end = writer.abandon();
        assert!(!end.finished);
    }
}

fn outcomes(events: &[Event]) -> Vec<(u32, Outcome)> {
    let outcome = |event: &Event| match event {
        Event::Ended(ended) => Some((ended.target.number, ended.outcome)),
        _ => None,
    };
    events.iter().filter_map(outcome).collect()
}
