//! `wigwag simulate`: be one device or ten thousand, with faults.

mod log;

use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use wigwag_device::simulate::{
    FIRST, Fault, FaultError, Places, Scenario, Seed, Setup, SetupError, Simulation, Spread, Summary,
};
use wigwag_net::accept::Stop;
use wigwag_net::cause;
use wigwag_protocol::protocol::Protocol;

use crate::cli::{SimulateArgs, SpreadWord};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::profile::Secrets;
use crate::protocols;
use crate::report;
use crate::send::{Interrupts, runtime};
use log::Log;

pub(crate) fn run(arguments: SimulateArgs) -> Result<Exit, Problem> {
    let protocol = Arc::new(protocols::read(&arguments.protocol)?);
    let scenario = scenario(&arguments, &protocol)?;
    let log = Arc::new(Log::open(arguments.log.as_deref())?);
    let seed = arguments.seed.or(scenario.seed);
    let draws = !(scenario.faults.is_empty() && scenario.exceptions.is_empty() && scenario.steps.is_empty());
    let devices = arguments.devices.or(scenario.devices).unwrap_or(1);
    let setup = Setup {
        listen: listen(&arguments, &protocol, devices)?,
        secrets: Secrets::default().read(&arguments.secrets.secret)?,
        protocol: protocol.clone(),
        scenario,
        seed: seed.map_or_else(Seed::random, Seed),
        devices,
        spread: match arguments.spread {
            SpreadWord::Addresses => Spread::Addresses,
            SpreadWord::Ports => Spread::Ports,
        },
        recorder: Some(log.clone()),
    };
    let seed = draws.then_some(setup.seed);
    let _ = crate::descriptors::raise_limit();
    runtime()?.block_on(async {
        let simulation = Simulation::new(setup).map_err(refused)?;
        let mut interrupts = Interrupts::new()?;
        announce(simulation.places(), &arguments.protocol, &protocol, seed)?;
        let stop = Stop::new();
        let flushing = tokio::spawn(log.clone().flush_now_and_then());
        let serving = simulation.serve(stop.clone());
        tokio::pin!(serving);
        let summary = tokio::select! {
            summary = &mut serving => summary,
            () = interrupts.next() => {
                stop.stop();
                serving.await
            }
        };
        flushing.abort();
        let summary = summary.map_err(|error| Problem::Fault(format!("could not serve: {}", cause::words(&error))))?;
        let is_recorded = log.close();
        conclude(&summary);
        Ok(if is_recorded { Exit::Ok } else { Exit::Fault })
    })
}

/// What is wrong with them, of the file and of the command line.
fn scenario(arguments: &SimulateArgs, protocol: &Protocol) -> Result<Scenario, Problem> {
    let mut scenario = match &arguments.scenario {
        None => Scenario::default(),
        Some(path) => {
            let text = read(path)?;
            let parsed = Scenario::parse(&text, protocol);
            parsed.map_err(|error| Problem::in_file(&path.display().to_string(), &text, error))?
        }
    };
    if !arguments.fault.is_empty() {
        scenario.faults = arguments.fault.iter().map(|text| fault(text)).collect::<Result<_, _>>()?;
    }
    Ok(scenario)
}

fn read(path: &Path) -> Result<String, Problem> {
    std::fs::read_to_string(path)
        .map_err(|error| Problem::usage(format!("--scenario {}: {}", path.display(), cause::words(&error))))
}

fn fault(text: &str) -> Result<Fault, Problem> {
    text.parse().map_err(|FaultError { at, message, help }| Problem::marked("--fault", text, at, message, help))
}

fn refused(error: SetupError) -> Problem {
    let problem = Problem::usage(error.message);
    match error.help {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}

/// Where the device is, or the first of them.
fn listen(arguments: &SimulateArgs, protocol: &Protocol, devices: u32) -> Result<SocketAddr, Problem> {
    /// Below it a port is for the superuser.
    const UNPRIVILEGED: u16 = 1024;
    let said = arguments.listen()?;
    let by_address = devices > 1 && arguments.spread == SpreadWord::Addresses;
    let address = if by_address { FIRST } else { Ipv4Addr::LOCALHOST };
    let usual = protocol.port.filter(|port| *port >= UNPRIVILEGED).unwrap_or(0);
    Ok(SocketAddr::new(said.address.unwrap_or(IpAddr::V4(address)), said.port.unwrap_or(usual)))
}

/// Where they are: a single one on standard error, many as an inventory on standard output. Then that they are there.
fn announce(places: &Places, name: &str, protocol: &Protocol, seed: Option<Seed>) -> Result<(), Problem> {
    let mut err = io::stderr().lock();
    // Standard error that is gone leaves nobody to tell.
    match places.address_of(0).filter(|_| places.spread().is_none()) {
        Some(at) => _ = writeln!(err, "listening on {at}, protocol {}", protocol.name),
        None => {
            let mut out = io::BufWriter::new(io::stdout().lock());
            let written = places.write_inventory(name, &mut out).and_then(|()| out.flush());
            written.or_else(report::unless_closed)?;
        }
    }
    if let Some(Seed(seed)) = seed {
        let _ = writeln!(err, "seed {seed}");
    }
    let _ = writeln!(err, "ready");
    Ok(())
}

fn conclude(summary: &Summary) {
    let counted = |count: u64, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let (connections, commands) = (counted(summary.connections, "connection"), counted(summary.commands, "command"));
    let mut line = format!("stopped after {connections}, {commands}");
    if !summary.faults.is_empty() {
        let played: Vec<String> = summary.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
        line += &format!("; faults: {}", played.join(", "));
    }
    if summary.accept_errors > 0 {
        line += &format!("; {} could not be accepted at once", counted(summary.accept_errors, "connection"));
    }
    let _ = writeln!(io::stderr(), "{line}");
}
