//! Simulated devices, and a client for them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use wigwag_device::simulate::{
    Fault, Places, Received, Recorder, Scenario, Seed, Setup, SetupError, Simulation, Spread, Summary,
};
use wigwag_net::accept::Stop;
use wigwag_net::{Channel, Dialer, Endpoint};
use wigwag_protocol::exchange::{End, Request};
use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::protocol::{Call, Protocol, Times, library};

/// Never reached unless a test fails.
pub(crate) const LONG: Duration = Duration::from_secs(20);

pub(crate) fn protocol(name: &str) -> Arc<Protocol> {
    Arc::new(Protocol::parse(library::text(name).unwrap()).unwrap())
}

/// What happened, in the order in which it did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) device: u32,
    pub(crate) local: SocketAddr,
    pub(crate) command: Option<String>,
    pub(crate) fault: Option<&'static str>,
    pub(crate) answer_bytes: usize,
    pub(crate) is_secret: bool,
}

#[derive(Default)]
pub(crate) struct Diary(Mutex<Vec<Seen>>);

impl Diary {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_empty()
    }
}

impl Recorder for Diary {
    fn received(&self, received: &Received<'_>) {
        let command = match received.request {
            Request::Command { command, .. } => command.as_ref().map(|command| command.name.to_string()),
            Request::Broken { .. } => None,
        };
        self.0.lock().unwrap().push(Seen {
            device: received.device,
            local: received.client.local.unwrap(),
            command,
            fault: received.fault,
            answer_bytes: received.answer_bytes,
            is_secret: received.is_secret,
        });
    }
}

/// A setup of one device on loopback without anything wrong.
pub(crate) fn setup(protocol: Arc<Protocol>) -> Setup {
    Setup {
        protocol,
        secrets: Fields::new(),
        scenario: Scenario::default(),
        seed: Seed(1),
        devices: 1,
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        spread: Spread::Addresses,
        recorder: None,
    }
}

pub(crate) fn faults(texts: &[&str]) -> Scenario {
    Scenario { faults: texts.iter().map(|text| text.parse::<Fault>().unwrap()).collect(), ..Scenario::default() }
}

pub(crate) struct Stage {
    pub(crate) protocol: Arc<Protocol>,
    pub(crate) places: Places,
    pub(crate) diary: Arc<Diary>,
    secrets: Fields,
    stop: Stop,
    serving: JoinHandle<Summary>,
}

impl Stage {
    pub(crate) fn new(setup: Setup) -> Result<Self, SetupError> {
        let (protocol, secrets) = (setup.protocol.clone(), setup.secrets.clone());
        let diary = Arc::new(Diary::default());
        let simulation = Simulation::new(Setup { recorder: Some(diary.clone()), ..setup })?;
        let (places, stop) = (simulation.places().clone(), Stop::new());
        let serving = tokio::spawn({
            let stop = stop.clone();
            async move { simulation.serve(stop).await.unwrap() }
        });
        Ok(Self { protocol, places, diary, secrets, stop, serving })
    }

    /// A client of the device of this number; the first is 1.
    pub(crate) fn client(&self, device: u32) -> Channel {
        self.client_at(&self.places.address_of(device - 1).unwrap().to_string())
    }

    /// A client of whoever is at this address.
    pub(crate) fn client_at(&self, address: &str) -> Channel {
        let endpoint = Endpoint::parse(address, None).unwrap();
        Channel::new(Dialer::default(), endpoint, self.protocol.clone(), self.secrets.clone(), 77)
    }

    /// Sends one command on a connection of its own.
    pub(crate) async fn send(&self, device: u32, call: Call) -> End {
        self.client(device).exchange(Arc::new(call), &mut ()).await
    }

    pub(crate) fn call(&self, line: &str) -> Call {
        call(&self.protocol, line)
    }

    pub(crate) async fn end(self) -> (Summary, Vec<Seen>) {
        self.stop.stop();
        let summary = tokio::time::timeout(LONG, self.serving).await.unwrap().unwrap();
        let seen = std::mem::take(&mut *self.diary.0.lock().unwrap());
        (summary, seen)
    }
}

/// `receptacle n=1 on=on`, or a body where the protocol has no commands.
pub(crate) fn call(protocol: &Protocol, line: &str) -> Call {
    let patient = Times { connect: LONG, first: LONG, idle: LONG, total: LONG };
    if protocol.commands.is_empty() {
        return protocol.call_body(Some(line.into()), Fields::new()).unwrap().with_times(patient);
    }
    let mut words = line.split(' ');
    let name = words.next().unwrap();
    let params = words.fold(Fields::new(), |mut params, word| {
        let (name, text) = word.split_once('=').unwrap();
        params.set(name, text.parse().map_or_else(|_| Value::Text(text.to_owned()), Value::Integer));
        params
    });
    protocol.call(name, params).unwrap().with_times(patient)
}

/// `unconfirmed no-reply`
pub(crate) fn words(end: &End) -> String {
    let reason = end.outcome.reason().map(|reason| format!(" {reason}"));
    format!("{}{}", end.outcome.word(), reason.unwrap_or_default())
}
