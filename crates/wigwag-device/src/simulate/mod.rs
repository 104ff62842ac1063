//! Plays any device, or many, from a protocol file alone; badly, if asked to.
//!
//! | file | what it decides |
//! |---|---|
//! | `examples` | what the protocol's examples show |
//! | `script` | how one command is answered |
//! | `blank` | where the value of a part of a reply comes from |
//! | `memory`, `numbered` | what a device remembers |
//! | `complaint` | how it says no |
//! | `opening` | what it says first |
//! | `faults/` | what can be wrong with it |
//! | `scenario/` | what is wrong with which device, and when |
//! | `trouble` | what of that is wrong now |
//! | `seed` | chance that can be had again |
//! | `places` | where devices are, and how they are told apart |
//! | `inventory` | the same for whoever talks to them |
//! | `slots` | what there is of each device |
//! | `recorder` | who is told what they were sent |

mod blank;
mod complaint;
mod examples;
mod faults;
mod inventory;
mod memory;
mod numbered;
mod opening;
mod places;
mod recorder;
mod scenario;
mod script;
mod seed;
mod simulator;
mod slots;
#[cfg(test)]
mod tests;
mod trouble;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use wigwag_net::accept::{Changes, Limits, Listener, Stats, Stop};
use wigwag_protocol::exchange::SessionLimits;
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::Protocol;

use crate::serve::{Device, serve};
use places::Sockets;
use simulator::Simulator;
use trouble::Trouble;

pub use faults::{Fault, FaultError, Kind};
pub use places::{FIRST, Places, Spread};
pub use recorder::{Received, Recorder};
pub use scenario::{Exception, From, Scenario, Step, Which};
pub use seed::Seed;

/// How long a client may go without a whole request: longer than any client waits for an answer.
const IDLE: Duration = Duration::from_secs(600);

/// How long clients in the middle of something may take once devices are told to stop.
const GRACE: Duration = Duration::from_secs(1);

/// What is to be simulated.
pub struct Setup {
    /// What the devices speak.
    pub protocol: Arc<Protocol>,
    /// What their clients have to know.
    pub secrets: Fields,
    /// What is wrong with them. Its seed and its number of devices are for whoever reads it.
    pub scenario: Scenario,
    /// What all draws follow from.
    pub seed: Seed,
    /// How many there are.
    pub devices: u32,
    /// Where they are; the first of them, where there are many. Port 0 lets the system choose.
    pub listen: SocketAddr,
    /// How they are told apart, where there are many.
    pub spread: Spread,
    /// Who is told what they are sent.
    pub recorder: Option<Arc<dyn Recorder>>,
}

/// What cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SetupError {
    /// One line: what is wrong.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
}

impl SetupError {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }
}

/// Devices that can be connected to, and wait to be served.
pub struct Simulation {
    device: Arc<Device<Simulator>>,
    sockets: Sockets,
}

/// What has happened in a simulation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// How many connections were made.
    pub connections: u64,
    /// How many could not be accepted, mostly for want of descriptors; they were accepted later or given up.
    pub accept_errors: u64,
    /// How many commands came, with what was no command.
    pub commands: u64,
    /// How often each fault was played.
    pub faults: Vec<(&'static str, u64)>,
}

impl Simulation {
    /// Makes devices. Whoever connects from now on waits to be served. Within a Tokio runtime.
    ///
    /// # Errors
    ///
    /// A fault does not fit the protocol, or the devices cannot be where they should be.
    pub fn new(setup: Setup) -> Result<Self, SetupError> {
        let Setup { protocol, secrets, scenario, seed, devices, listen, spread, recorder } = setup;
        check_secrets(&protocol, &secrets)?;
        let device_with = |address: IpAddr| match (devices, spread) {
            (1, _) => (address == listen.ip()).then_some(0),
            (_, Spread::Addresses) => places::distance(listen.ip(), address).filter(|device| *device < devices),
            (_, Spread::Ports) => None,
        };
        let trouble = Trouble::new(&scenario, seed, &protocol, devices, device_with)?;
        let refuses = |device| trouble.refuses(device);
        let (places, sockets) = match (devices, spread) {
            (1, _) => Places::one(listen, refuses(0))?,
            (_, Spread::Addresses) => Places::addresses(listen, devices, refuses)?,
            (_, Spread::Ports) => Places::ports(listen, devices, refuses)?,
        };
        let simulator = Simulator::new(protocol.clone(), secrets, seed, trouble, places, recorder);
        let device = Device { protocol, actions: simulator, limits: SessionLimits { idle: IDLE }, tls: None };
        Ok(Self { device: Arc::new(device), sockets })
    }

    /// Where they are.
    pub fn places(&self) -> &Places {
        self.device.actions.places()
    }

    /// Serves whoever connects until `stop`.
    ///
    /// # Errors
    ///
    /// The runtime does not take the sockets.
    pub async fn serve(self, stop: Stop) -> std::io::Result<Summary> {
        let Self { device, sockets } = self;
        let limits = Limits { grace: GRACE, ..Limits::default() };
        let listener = Listener::adopt(sockets.listening)?;
        let stats = Stats::default();
        serve(listener, || device.clone(), limits, Changes::none(), stop, &stats).await;
        let counts = stats.counts();
        Ok(Summary { connections: counts.accepted, accept_errors: counts.accept_errors, ..device.actions.summary() })
    }
}

/// Refuses secrets that nobody will ever be asked for: mostly a wrong name.
fn check_secrets(protocol: &Protocol, secrets: &Fields) -> Result<(), SetupError> {
    use wigwag_protocol::protocol::LoginStep;
    let of_login = protocol.session.login.iter().filter_map(|step| match step {
        LoginStep::Send(layout) | LoginStep::Expect(layout) => Some(layout),
        LoginStep::Command(_) => None,
    });
    let of_login = of_login.flat_map(|layout| layout.learned());
    let of_auth = protocol.session.auth.iter().flat_map(|auth| auth.needs());
    let known: Vec<&str> = of_login.chain(of_auth).filter_map(|name| name.strip_prefix("secret.")).collect();
    match secrets.iter().find(|(name, _)| !known.contains(name)) {
        None => Ok(()),
        Some((name, _)) => {
            let message = format!("the protocol {} asks for no secret `{name}`", protocol.name);
            let help = if known.is_empty() { None } else { Some(format!("it asks for {}", known.join(", "))) };
            Err(SetupError { message, help })
        }
    }
}
