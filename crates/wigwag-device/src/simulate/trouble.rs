//! What is wrong with a device at some time.

use std::net::IpAddr;

use tokio::time::Instant;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::Protocol;

use super::SetupError;
use super::faults::{Fault, Faults, Kind, Level, answers_match, can_be_busy};
use super::scenario::{From, Scenario, Step, Which};
use super::seed::{Draw, Seed};

/// What is wrong with which device, and when.
#[derive(Debug)]
pub(super) struct Trouble {
    seed: Seed,
    began: Instant,
    common: Faults,
    /// In the order of their devices.
    own: Vec<Own>,
    steps: Vec<(From, Faults)>,
    /// Whether anything is ever wrong with a connection, with an answer.
    pub(super) concerns_connections: bool,
    pub(super) concerns_commands: bool,
}

/// Devices with faults or a state of their own; the first is 0.
#[derive(Debug)]
struct Own {
    first: u32,
    last: u32,
    faults: Option<Faults>,
    state: Vec<Fields>,
}

impl Trouble {
    /// The faults of a scenario. `device_with` tells which device has an address to itself.
    pub(super) fn new(
        scenario: &Scenario,
        seed: Seed,
        protocol: &Protocol,
        devices: u32,
        device_with: impl Fn(IpAddr) -> Option<u32>,
    ) -> Result<Self, SetupError> {
        let faults = |faults: &[Fault]| compiled(faults, protocol);
        let own = scenario.exceptions.iter().map(|exception| {
            let (first, last) = numbers(&exception.devices, devices, &device_with)?;
            let own = exception.faults.as_deref().map(faults).transpose()?;
            Ok(Own { first, last, faults: own, state: exception.state.clone() })
        });
        let mut own = own.collect::<Result<Vec<_>, SetupError>>()?;
        own.sort_by_key(|own| own.first);
        if let Some(twice) = own.windows(2).find_map(|pair| match pair {
            [earlier, later] if later.first <= earlier.last => Some(later.first + 1),
            _ => None,
        }) {
            return Err(SetupError::new(format!("two entries of the scenario speak of device {twice}")));
        }
        let steps = scenario.steps.iter().map(|Step { from, faults: later }| Ok((*from, faults(later)?)));
        let mut trouble = Self {
            seed,
            began: Instant::now(),
            common: faults(&scenario.faults)?,
            own,
            steps: steps.collect::<Result<_, SetupError>>()?,
            concerns_connections: false,
            concerns_commands: false,
        };
        let concerns = |level| trouble.all().any(|faults| !faults.at(level).is_empty());
        let (connections, commands) = (concerns(Level::Connection), concerns(Level::Command));
        trouble.concerns_connections = connections;
        trouble.concerns_commands = commands;
        Ok(trouble)
    }

    /// Whether a device refuses connections.
    pub(super) fn refuses(&self, device: u32) -> bool {
        let faults = self.own(device).and_then(|own| own.faults.as_ref()).unwrap_or(&self.common);
        faults.drawn(Level::Device, self.seed.draw(Draw::Device, device, 0)).is_some()
    }

    /// What is wrong with a device's connection number `connection`; it has had so many commands.
    pub(super) fn with_connection(&self, device: u32, connection: u64, commands: u64) -> Option<&Kind> {
        let drawn = self.seed.draw(Draw::Connection, device, connection);
        self.now(device, commands).drawn(Level::Connection, drawn)
    }

    /// What is wrong with a device's answer to its command number `command`; the first is 0.
    pub(super) fn with_command(&self, device: u32, command: u64) -> Option<&Kind> {
        let drawn = self.seed.draw(Draw::Command, device, command);
        self.now(device, command).drawn(Level::Command, drawn)
    }

    /// Where that goes wrong, if it does at some place.
    pub(super) fn place(&self, device: u32, command: u64) -> u64 {
        self.seed.draw(Draw::Place, device, command)
    }

    /// What a device remembers at the start.
    pub(super) fn state(&self, device: u32) -> &[Fields] {
        self.own(device).map_or(&[], |own| &own.state)
    }

    /// Whether any device remembers something at the start.
    pub(super) fn has_state(&self) -> bool {
        self.own.iter().any(|own| !own.state.is_empty())
    }

    fn now(&self, device: u32, commands: u64) -> &Faults {
        let has_come = |from: &From| match from {
            From::Commands(count) => commands >= *count,
            From::Time(time) => self.began.elapsed() >= *time,
        };
        match self.own(device).and_then(|own| own.faults.as_ref()) {
            Some(faults) => faults,
            None => self.steps.iter().rev().find(|(from, _)| has_come(from)).map_or(&self.common, |(_, faults)| faults),
        }
    }

    fn own(&self, device: u32) -> Option<&Own> {
        let behind = self.own.partition_point(|own| own.first <= device);
        self.own.get(behind.checked_sub(1)?).filter(|own| device <= own.last)
    }

    fn all(&self) -> impl Iterator<Item = &Faults> {
        let own = self.own.iter().filter_map(|own| own.faults.as_ref());
        [&self.common].into_iter().chain(own).chain(self.steps.iter().map(|(_, faults)| faults))
    }
}

/// Which devices are meant: the first and the last; the first of all is 0.
fn numbers(
    which: &Which,
    devices: u32,
    device_with: &impl Fn(IpAddr) -> Option<u32>,
) -> Result<(u32, u32), SetupError> {
    match which {
        Which::Numbers(numbers) if *numbers.end() > devices => {
            Err(SetupError::new(format!("there is no device {}: there are {devices}", numbers.end())))
        }
        Which::Numbers(numbers) => Ok((numbers.start() - 1, numbers.end() - 1)),
        Which::Address(address) => match device_with(*address) {
            Some(device) => Ok((device, device)),
            None => Err(SetupError::new(format!("no device has the address {address} to itself"))),
        },
    }
}

/// Faults that this protocol can play.
fn compiled(faults: &[Fault], protocol: &Protocol) -> Result<Faults, SetupError> {
    for fault in faults {
        let problem = match fault.kind {
            Kind::WrongId if !answers_match(protocol) => "its answers repeat nothing of their requests (no `match`)",
            Kind::Busy if !can_be_busy(protocol) => "none of its errors is `busy`",
            _ => continue,
        };
        return Err(SetupError::new(format!(
            "the fault {} cannot be played with the protocol {}: {problem}",
            fault.kind.name(),
            protocol.name
        )));
    }
    Faults::new(faults).map_err(|sums| SetupError::new(sums.to_string()))
}
