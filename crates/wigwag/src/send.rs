//! `wigwag send`: one command to one device.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use tokio::signal::unix::{Signal, SignalKind, signal};
use wigwag_fleet::{Ended, Order, Target, Task};
use wigwag_net::drive::{NoteCommit, Watch, drive};
use wigwag_net::{Clock, Endpoint};
use wigwag_protocol::exchange::{End, Exchange, Link};

use crate::cli::{self, SendArgs};
use crate::confirm;
use crate::exit::Exit;
use crate::fleet;
use crate::problem::Problem;
use crate::profile::{Connect, Device, Patience, Profile, Secrets};
use crate::report::{self, Form, Trace};

/// What will be sent to whom, and how: everything that can be wrong has been checked.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The device as it was named.
    pub(crate) device: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) task: Arc<Task>,
    /// What names the protocol on a command line.
    protocol_word: String,
    is_insecure: bool,
}

impl Plan {
    pub(crate) fn new(arguments: &SendArgs) -> Result<Self, Problem> {
        let ready = arguments.profile()?.ready(0, &mut Secrets::default())?;
        let device = arguments.targets_word().ok_or_else(|| {
            Problem::usage("no target and no command were given")
                .with_help("wigwag send HOST COMMAND, or an inventory: -i FILE")
        })?;
        let device = device.to_owned();
        let endpoint = cli::endpoint(&device, ready.protocol.port)?;
        let (task, _) = ready.task(&Device { name: &device })?;
        let protocol_word = ready.protocol_word().to_owned();
        Ok(Self { device, endpoint, task, protocol_word, is_insecure: ready.is_insecure() })
    }

    /// How it ended, as a run of many devices tells it.
    fn ended(&self, end: End) -> Ended {
        let order = Ok(Order { endpoint: self.endpoint.clone(), task: self.task.clone() });
        let target = Target { number: 0, name: self.device.as_str().into(), tried: 0, order };
        Ended { target, attempt: 1, outcome: end.outcome, evidence: end.evidence, time: SystemTime::now() }
    }

    /// What a person has to be asked about.
    fn hazard(&self) -> Option<&str> {
        self.task.call.command()?.hazard.as_deref()
    }
}

impl SendArgs {
    /// How every target is told what was typed, where nothing else is said of it.
    pub(crate) fn profile(&self) -> Result<Profile, Problem> {
        Ok(Profile {
            speech: self.protocol.speech(cli::Otherwise::default())?,
            connect: self.connect.connect(Connect::default()),
            times: self.patience(),
            secrets: self.secrets.secret.clone(),
            message: self.message.message(None)?,
            effect: self.effect.map(Into::into),
        })
    }

    pub(crate) fn patience(&self) -> Patience {
        Patience {
            connect: self.connect.connect_timeout,
            first: self.first_timeout,
            idle: self.idle_timeout,
            total: self.total_timeout,
        }
    }
}

/// A number that no other program has started from.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}

pub(crate) fn run(arguments: SendArgs) -> Result<Exit, Problem> {
    if arguments.is_a_run() {
        return fleet::send(arguments);
    }
    let plan = Plan::new(&arguments)?;
    if let Some(hazard) = plan.hazard().filter(|_| !arguments.yes) {
        let name = plan.task.command.as_deref().unwrap_or("the command");
        confirm::ask(&format!("{name} {hazard}"), &format!("on {}", plan.device))?;
    }
    let mut stderr = io::stderr();
    if plan.is_insecure {
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
    let form = arguments.output.unwrap_or(Form::Text);
    let next = report::next_for_one(&ended, &plan.protocol_word).filter(|_| form != Form::Json);
    report::outcome(form, ended, &mut io::stdout().lock(), &mut stderr.lock())?;
    if let Some(next) = next {
        let _ = writeln!(stderr, "next: {next}");
    }
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
    let link = Link::new(&plan.task.secrets, random());
    let mut exchange = Exchange::new(plan.task.protocol.clone(), plan.task.call.clone(), link, clock.now());
    let committed = AtomicBool::new(false);
    {
        let mut watch = NoteCommit { committed: &committed, watch };
        let driven = drive(&mut exchange, &plan.task.dialer, &plan.endpoint, clock, &mut watch);
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
