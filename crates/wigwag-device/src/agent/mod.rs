//! A real device from a configuration file: the whole of `wigwag-agent`, and of `wigwag agent`.

mod actions;
mod config;
mod log;

pub use config::{Config, ConfigError};

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::signal::unix::{SignalKind, signal};
use wigwag_net::accept::{Counts, Limits, Listener, Stats, Stop};
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::{Answer, Request, SessionLimits};
use wigwag_protocol::layout::{Fields, Value};

use crate::serve::{Actions, Client, Device, Event, Reaction, serve};
use actions::{Asked, Deed, Deeds, Facts, Failure};
use log::Log;

/// How long clients in the middle of something may take once we have been told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves the device that the file at `path` describes until SIGTERM or SIGINT, and logs to standard error.
///
/// Exit code 0 after a stop, 2 if the file is wrong or an address cannot be listened on, 1 for a fault of our own.
pub fn main(path: &Path) -> ExitCode {
    let log = Log::stderr();
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => {
            log.line("error", &error.to_string());
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            log.line("error", &format!("could not start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(config, log.clone())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log.line("error", &error);
            ExitCode::from(2)
        }
    }
}

/// Reads the file at `path` and says on `out` what it makes of it, without serving anything.
///
/// Exit code 0 if it can be served, odd or not; 2 if it cannot.
pub fn check(path: &Path, out: &mut impl Write) -> ExitCode {
    let told = match Config::read(path) {
        Ok(config) => {
            let oddities = config.oddities().into_iter().map(|oddity| format!("warn: {oddity}\n"));
            let listen: Vec<String> = config.listen.iter().map(ToString::to_string).collect();
            let what = format!("{}: speaks {} on {}", path.display(), config.protocol.name, listen.join(", "));
            Ok(format!("{what}\n{}", oddities.collect::<String>()))
        }
        Err(error) => Err(error),
    };
    match told {
        // Whoever no longer listens need not be told.
        Ok(told) => {
            let _ = out.write_all(told.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            Log::stderr().line("error", &error.to_string());
            ExitCode::from(2)
        }
    }
}

async fn run(config: Config, log: Log) -> Result<(), String> {
    let listener = Listener::bind(&config.listen).map_err(|error| error.to_string())?;
    let stop = Stop::new();
    stop_on_signals(&stop).map_err(|error| format!("could not watch for signals: {error}"))?;
    for address in listener.local_addrs() {
        log.line("info", &format!("listening on {address}, protocol {}", config.protocol.name));
    }
    for oddity in config.oddities() {
        log.line("warn", &oddity);
    }
    let limits =
        Limits { connections: config.connections, per_address: config.per_address, allow: config.allow, grace: GRACE };
    let device = Device {
        protocol: Arc::new(config.protocol),
        actions: Configured { deeds: config.deeds, facts: Facts { started: Instant::now() }, log: log.clone() },
        limits: SessionLimits { idle: config.idle },
    };
    let stats = Stats::default();
    serve(listener, Arc::new(device), limits, stop, &stats).await;
    log.line("info", &stopped_after(stats.counts()));
    Ok(())
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

fn stop_on_signals(stop: &Stop) -> std::io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let mut signals = signal(kind)?;
        let stop = stop.clone();
        tokio::spawn(async move {
            signals.recv().await;
            stop.stop();
        });
    }
    Ok(())
}

/// Does with each command what the configuration says.
struct Configured<W: Write> {
    deeds: Deeds,
    facts: Facts,
    log: Log<W>,
}

impl<W: Write> Configured<W> {
    /// What is done with a request, whoever it is from; what nobody knows is logged.
    fn deed(&self, client: &Client, request: &Request) -> (&Deed, Fields) {
        if let Some(known) = self.deeds.of(request) {
            return known;
        }
        let peer = client.peer;
        match request {
            Request::Command { command, body, .. } => {
                let name = command.as_ref().map_or(body.as_slice(), |command| command.name.as_bytes());
                self.log.line("warn", &format!("{peer}: unknown command {}", escape(name).truncated(100)));
            }
            Request::Broken { error, wire } => {
                let shown = escape(wire).truncated(100);
                self.log.line("warn", &format!("{peer}: not a request: {error}: {shown}"));
            }
        }
        (&self.deeds.otherwise, Fields::new())
    }
}

impl<W: Write + Send + 'static> Actions for Configured<W> {
    async fn answer(&self, client: &Client, request: &Request) -> Reaction {
        let (deed, parts) = self.deed(client, request);
        let asked = Asked::new(request, parts, client, self.facts);
        let answer = deed.done(&asked).await.unwrap_or_else(|Failure { said, why }| {
            self.log.line("error", &format!("{}: {why}", client.peer));
            Answer::Error(Value::Text(said.to_owned()))
        });
        answer.into()
    }

    fn saw(&self, client: &Client, event: Event<'_>) {
        let peer = client.peer;
        match event {
            Event::Unanswerable(error) => {
                self.log.line("error", &format!("{peer}: the reply cannot be sent: {error}"));
            }
            Event::Idle => self.log.line("info", &format!("{peer}: closed, idle for too long")),
            Event::Connected
            | Event::Received(_)
            | Event::Requested(_)
            | Event::Wrote(_)
            | Event::HalfClosed
            | Event::Broke(_)
            | Event::Closed => {}
        }
    }
}
