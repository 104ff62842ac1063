//! Starting, reloading and stopping.

use std::convert::Infallible;
use std::io::Stderr;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use wigwag_net::accept::{Changer, Changes, Counts, Limits, Listener, Stats, Stop};
use wigwag_protocol::exchange::SessionLimits;

use super::actions::Facts;
use super::config::{Config, Remember};
use super::configured::Configured;
use super::log::Log;
use super::memory::{Memory, MemoryError};
use super::sandbox::Sandbox;
use super::systemd;
use crate::serve::{Device, serve};

/// How long clients in the middle of something may take once we have been told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Why an agent does not run.
pub(super) struct Trouble {
    /// The exit code.
    pub(super) code: u8,
    pub(super) text: String,
}

impl Trouble {
    /// Of the configuration, or of the machine that it is for.
    fn configured(text: impl ToString) -> Self {
        Self { code: 2, text: text.to_string() }
    }

    /// Of our own.
    fn own(what: &str, error: &std::io::Error) -> Self {
        Self { code: 1, text: format!("{what}: {error}") }
    }
}

type Served = Arc<Device<Configured<Stderr>>>;

/// Serves what the file at `path` says until a signal to stop.
pub(super) fn run(path: &Path, log: &Log) -> Result<(), Trouble> {
    let config = Config::read(path).map_err(Trouble::configured)?;
    let descriptors = raise_descriptors();
    let mut memories = Memories::default();
    let memory = memories.for_config(&config).map_err(Trouble::configured)?;
    let (sandbox, said) = Sandbox::enter(&config.needs);
    if let Some(said) = said {
        log.warn(&said);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Trouble::own("could not start", &error))?;
    runtime.block_on(async {
        let signals = Signals::new().map_err(|error| Trouble::own("could not watch for signals", &error))?;
        let listener = listener(&config)?;
        let facts = Facts { started: Instant::now() };
        let (limits, is_handed) = (limits(&config, descriptors, log), listener.is_handed);
        tell(log, "listening on", &listener.sockets.local_addrs(), &config);
        let (devices, device) = watch::channel(device(config, memory, facts, log.clone()));
        let (changer, changes) = Changes::channel();
        let agent = Agent {
            path: path.to_owned(),
            descriptors,
            log: log.clone(),
            facts,
            sandbox,
            memories,
            devices,
            changer,
            is_handed,
        };
        let stop = Stop::new();
        systemd::ready();
        let stats = Stats::default();
        tokio::select! {
            () = serve(listener.sockets, || device.borrow().clone(), limits, changes, stop.clone(), &stats) => {}
            never = agent.obey(signals, &stop, &stats) => match never {},
        }
        log.info(&stopped_after(stats.counts()));
        Ok(())
    })
}

/// What reloading needs.
struct Agent {
    path: PathBuf,
    descriptors: u64,
    log: Log,
    facts: Facts,
    sandbox: Sandbox,
    memories: Memories,
    devices: watch::Sender<Served>,
    changer: Changer,
    /// A service manager says where we listen, not the file.
    is_handed: bool,
}

struct Signals {
    reload: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            reload: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

impl Agent {
    /// Does what signals say, for ever.
    async fn obey(mut self, mut signals: Signals, stop: &Stop, stats: &Stats) -> Infallible {
        let mut watchdog = std::pin::pin!(systemd::watchdog());
        loop {
            tokio::select! {
                never = &mut watchdog => match never {},
                _ = signals.reload.recv(), if !stop.is_stopped() => {
                    systemd::reloading();
                    if let Err(why) = self.reload(stats).await {
                        self.log.error(&format!("{why}\nnot reloaded: what was read before stays"));
                    }
                    systemd::ready();
                }
                _ = signals.terminate.recv() => Self::stop(stop),
                _ = signals.interrupt.recv() => Self::stop(stop),
            }
        }
    }

    fn stop(stop: &Stop) {
        systemd::stopping();
        stop.stop();
    }

    /// Reads the file again, for all who connect from now on. All of it or nothing.
    async fn reload(&mut self, stats: &Stats) -> Result<(), String> {
        let config = Config::read(&self.path).map_err(|error| error.to_string())?;
        if let Some(lacking) = self.sandbox.lacks(&config.needs) {
            return Err(format!("{}: the sandbox does not allow {lacking}: start anew", self.path.display()));
        }
        let memory = self.memories.for_config(&config).map_err(|error| error.to_string())?;
        let listen = (!self.is_handed).then(|| config.listen.clone());
        let addresses = self
            .changer
            .change(listen, limits(&config, self.descriptors, &self.log))
            .await
            .map_err(|error| error.to_string())?;
        tell(&self.log, "reloaded: listening on", &addresses, &config);
        if let (Some((_, memory)), Some(remember)) = (&memory, &config.remember) {
            memory.bound(remember.bounds);
        }
        self.devices.send_replace(device(config, memory, self.facts, self.log.clone()));
        let open = stats.counts().open();
        if open > 0 {
            self.log.info(&format!("{open} open connections keep to what was read before, until they end"));
        }
        Ok(())
    }
}

/// The memories that are open: those of devices that clients are still served by.
#[derive(Default)]
struct Memories(Vec<(PathBuf, Weak<Memory>)>);

impl Memories {
    /// The one that a configuration asks for, if it does, with the part of a request that it goes by.
    fn for_config(&mut self, config: &Config) -> Result<Option<(String, Arc<Memory>)>, MemoryError> {
        let Some(Remember { part, bounds, folder }) = &config.remember else { return Ok(None) };
        self.0.retain(|(_, memory)| memory.strong_count() > 0);
        let open = self.0.iter().find(|(open, _)| open == folder).and_then(|(_, memory)| memory.upgrade());
        let memory = match open {
            Some(memory) => memory,
            None => {
                let memory = Arc::new(Memory::open(folder, *bounds)?);
                self.0.push((folder.clone(), Arc::downgrade(&memory)));
                memory
            }
        };
        Ok(Some((part.clone(), memory)))
    }
}

/// Sockets, and who opened them.
struct Listening {
    sockets: Listener,
    is_handed: bool,
}

/// The sockets that were handed to us, or those of the file.
fn listener(config: &Config) -> Result<Listening, Trouble> {
    let handed = systemd::sockets().map_err(|error| Trouble::configured(format!("a socket handed to us: {error}")))?;
    if handed.is_empty() {
        let sockets = Listener::bind(&config.listen).map_err(Trouble::configured)?;
        return Ok(Listening { sockets, is_handed: false });
    }
    let sockets = Listener::adopt(handed).map_err(|error| Trouble::own("a socket handed to us", &error))?;
    Ok(Listening { sockets, is_handed: true })
}

/// What the file says, as far as the system lets us: with too few descriptors nobody new could be let in, whoever gives way.
fn limits(config: &Config, descriptors: u64, log: &Log) -> Limits {
    let room = usize::try_from(descriptors).unwrap_or(usize::MAX);
    // Those of our own, and of programs that run.
    let room = room.saturating_sub(64).max(room / 2).max(1);
    if room < config.connections {
        log.warn(&format!(
            "limits.connections is {}, but only {descriptors} files may be open: {room}",
            config.connections
        ));
    }
    Limits {
        connections: config.connections.min(room),
        per_address: config.per_address,
        allow: config.allow.clone(),
        grace: GRACE,
    }
}

fn device(config: Config, memory: Option<(String, Arc<Memory>)>, facts: Facts, log: Log) -> Served {
    Arc::new(Device {
        protocol: Arc::new(config.protocol),
        actions: Configured { deeds: config.deeds, facts, memory, log },
        limits: SessionLimits { idle: config.idle },
        tls: config.tls,
    })
}

/// Where we listen, and what is odd.
fn tell(log: &Log, what: &str, addresses: &[SocketAddr], config: &Config) {
    let over = if config.tls.is_some() { " over TLS" } else { "" };
    for address in addresses {
        log.info(&format!("{what} {address}, protocol {}{over}", config.protocol.name));
    }
    for oddity in config.oddities() {
        log.warn(&oddity);
    }
}

/// As many descriptors as we may have: each client is one, and each program that runs is several. Returns how many that are.
fn raise_descriptors() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    // Where it cannot be raised we make do.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// What became of all connections.
fn stopped_after(counts: Counts) -> String {
    let more = [
        (counts.not_allowed, "not allowed"),
        (counts.gave_way, "cut to make room for others"),
        (counts.over_limit, "closed because there was no room"),
    ];
    let more = more.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!(", {count} {what}"));
    format!("stopped after {} connections{}", counts.accepted, more.collect::<String>())
}
