//! `wigwag send`: one command to one device.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use tokio::signal::unix::{Signal, SignalKind, signal};
use wigwag_fleet::{Ended, Order, Target, Task};
use wigwag_net::drive::{NoteCommit, Watch, drive};
use wigwag_net::{Clock, Dialer, Endpoint};
use wigwag_protocol::bytes::display::escape_str;
use wigwag_protocol::exchange::{End, Exchange, Link};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Call, Protocol, Times};

use crate::cli::{self, SendArgs};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report::{self, Trace};

/// What will be sent to whom, and how: everything that can be wrong has been checked.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The device as it was named.
    pub(crate) device: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) protocol: Arc<Protocol>,
    /// The command as it was typed, where it was.
    pub(crate) command: Option<String>,
    pub(crate) call: Arc<Call>,
    secrets: Arc<Fields>,
}

impl Plan {
    pub(crate) fn new(arguments: &SendArgs) -> Result<Self, Problem> {
        let protocol = arguments.protocol.protocol()?;
        let endpoint = cli::endpoint(&arguments.target, protocol.port)?;
        arguments.secrets.check(&protocol)?;
        let secrets = arguments.secrets.read()?;
        let call = arguments.message.call(&protocol, &secrets)?;
        if arguments.effect.is_some() && call.command().is_some() {
            return Err(Problem::usage("the protocol says itself what the effect of its commands is")
                .with_help("--effect is for bodies: text, --hex, --file"));
        }
        let call = match arguments.effect {
            Some(effect) => call.with_effect(effect.into()),
            None => call,
        };
        let declared = *call.times();
        let times = Times {
            connect: arguments.connect.connect_timeout.unwrap_or(declared.connect),
            first: arguments.first_timeout.unwrap_or(declared.first),
            idle: arguments.idle_timeout.unwrap_or(declared.idle),
            total: arguments.total_timeout.unwrap_or(declared.total),
        };
        Ok(Self {
            device: arguments.target.clone(),
            endpoint,
            dialer: Arc::new(arguments.connect.dialer(declared.connect)?),
            protocol: Arc::new(protocol),
            command: arguments.message.shown(),
            call: Arc::new(call.with_times(times)),
            secrets: Arc::new(secrets),
        })
    }

    /// How it ended, as a run of many devices tells it.
    fn ended(&self, end: End) -> Ended {
        let (protocol, call, dialer) = (self.protocol.clone(), self.call.clone(), self.dialer.clone());
        let command = self.command.as_deref().map(Arc::from);
        let task = Arc::new(Task::new(protocol, call, dialer, self.secrets.clone(), command, 0));
        let order = Ok(Order { endpoint: self.endpoint.clone(), task });
        let target = Target { number: 0, name: self.device.as_str().into(), tried: 0, order };
        Ended { target, attempt: 1, outcome: end.outcome, evidence: end.evidence, time: SystemTime::now() }
    }

    /// What a person has to be asked about.
    fn hazard(&self) -> Option<&str> {
        self.call.command()?.hazard.as_deref()
    }
}

/// A number that no other program has started from.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}

/// Asks whether a hazard is meant. Only on a terminal; elsewhere `--yes` has to say so.
fn confirm(plan: &Plan, hazard: &str) -> Result<(), Problem> {
    let name = plan.command.as_deref().unwrap_or("the command");
    let what = format!("{name} {hazard}");
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Problem::usage(format!("{what}; nothing was sent")).with_help("add --yes if that is meant"));
    }
    let _ = write!(io::stderr(), "{} on {}. Type yes to go on: ", escape_str(&what), escape_str(&plan.device));
    let mut answer = String::new();
    match io::stdin().read_line(&mut answer) {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => Err(Problem::usage("not confirmed; nothing was sent")),
    }
}

pub(crate) fn run(arguments: SendArgs) -> Result<Exit, Problem> {
    let plan = Plan::new(&arguments)?;
    if let Some(hazard) = plan.hazard().filter(|_| !arguments.yes) {
        confirm(&plan, hazard)?;
    }
    let mut stderr = io::stderr();
    if arguments.connect.is_insecure() {
        let _ = writeln!(stderr, "warning: --insecure: whoever answers at {} is believed", plan.endpoint);
    }
    let runtime = runtime()?;
    let ended = match arguments.trace {
        true => {
            let mut trace = Trace::new(&plan, stderr.lock());
            let ended = runtime.block_on(execute(&plan, &mut trace)).map(|end| plan.ended(end));
            if let Ok(ended) = &ended {
                trace.end(ended);
            }
            ended
        }
        false => runtime.block_on(execute(&plan, &mut ())).map(|end| plan.ended(end)),
    };
    // A resolver that never answers must not hold the program back.
    runtime.shutdown_background();
    let ended = ended?;
    let exit = Exit::from(ended.outcome);
    report::outcome(arguments.output, &ended, &mut io::stdout().lock(), &mut stderr.lock())?;
    Ok(exit)
}

/// One thread is all that one exchange needs, and it starts fastest.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, Problem> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Fault(format!("could not start: {error}")))
}

/// Sends the command and waits for what comes of it. A first interrupt before anything was sent cancels, after that it
/// only announces; a second one cuts.
pub(crate) async fn execute(plan: &Plan, watch: &mut impl Watch) -> Result<End, Problem> {
    let clock = Clock::start();
    let link = Link::new(&plan.secrets, random());
    let mut exchange = Exchange::new(plan.protocol.clone(), plan.call.clone(), link, clock.now());
    let committed = AtomicBool::new(false);
    {
        let mut watch = NoteCommit { committed: &committed, watch };
        let driven = drive(&mut exchange, &plan.dialer, &plan.endpoint, clock, &mut watch);
        tokio::pin!(driven);
        let mut interrupts = Interrupts::new()?;
        let mut asked = false;
        loop {
            tokio::select! {
                biased;
                _kept = &mut driven => break,
                () = interrupts.next() => {
                    if asked || !committed.load(Ordering::Relaxed) {
                        break;
                    }
                    asked = true;
                    let _ = writeln!(io::stderr(), "waiting for the response; again to cut");
                }
            }
        }
    }
    exchange.handle_interrupt(clock.now());
    exchange.poll_end().ok_or_else(|| Problem::Fault("the exchange has no end".to_owned()))
}

/// Ctrl-C, SIGTERM and SIGHUP.
pub(crate) struct Interrupts {
    signals: [Signal; 3],
}

impl Interrupts {
    pub(crate) fn new() -> Result<Self, Problem> {
        let watch =
            |kind| signal(kind).map_err(|error| Problem::Fault(format!("could not watch for signals: {error}")));
        let signals = [watch(SignalKind::interrupt())?, watch(SignalKind::terminate())?, watch(SignalKind::hangup())?];
        Ok(Self { signals })
    }

    /// Waits for the next of them.
    pub(crate) async fn next(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
