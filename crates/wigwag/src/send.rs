//! `wigwag send`: one command to one device.

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::Arc;

use tokio::signal::unix::{Signal, SignalKind, signal};
use wigwag_net::drive::{Event, Watch, drive};
use wigwag_net::{Clock, Dialer, Endpoint};
use wigwag_protocol::Moment;
use wigwag_protocol::exchange::{End, Exchange, Expect};
use wigwag_protocol::layout::{Context, Encoded, Fields, Value};
use wigwag_protocol::protocol::{Protocol, Times};

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
    pub(crate) dialer: Dialer,
    pub(crate) protocol: Arc<Protocol>,
    /// The command as it was typed, where it was.
    pub(crate) command: Option<String>,
    pub(crate) request: Encoded,
}

impl Plan {
    pub(crate) fn new(arguments: &SendArgs) -> Result<Self, Problem> {
        let mut protocol = arguments.protocol.protocol()?;
        protocol.times = Times {
            connect: arguments.connect.connect_timeout,
            first: arguments.first_timeout,
            idle: arguments.idle_timeout,
            total: arguments.total_timeout,
        };
        let endpoint = cli::endpoint(&arguments.target, protocol.port)?;
        let request = encode(&protocol, arguments.message.body()?)?;
        Ok(Self {
            device: arguments.target.clone(),
            endpoint,
            dialer: arguments.connect.dialer()?,
            protocol: Arc::new(protocol),
            command: arguments.message.shown(),
            request,
        })
    }
}

fn encode(protocol: &Protocol, body: Option<Vec<u8>>) -> Result<Encoded, Problem> {
    let layout = &protocol.request;
    let takes_body = layout.wanted().any(|part| part == "body");
    let fields = match body {
        Some(body) if takes_body => Fields::from([("body", Value::Bytes(body))]),
        Some(_) => {
            return Err(Problem::usage("the request layout has no part `body` that could hold the command")
                .with_help(format!("the layout is: {}", layout.source())));
        }
        None if takes_body => {
            return Err(
                Problem::usage("no command was given").with_help("wigwag send HOST COMMAND, or --text, --hex, --file")
            );
        }
        None => Fields::new(),
    };
    if let Some(part) = layout.wanted().find(|part| *part != "body") {
        return Err(Problem::usage(format!("nothing says what the part `{part}` of the request layout should be"))
            .with_help(format!("give it a value in the layout, as in `{part}:u8=17`")));
    }
    let encoded = layout.encode(&fields, &Context::default());
    let encoded = encoded.map_err(|error| Problem::usage(format!("the command cannot be sent: {error}")))?;
    if encoded.bytes.is_empty() {
        return Err(Problem::usage("the command is empty: there is nothing to send"));
    }
    Ok(encoded)
}

pub(crate) fn run(arguments: SendArgs) -> Result<Exit, Problem> {
    let plan = Plan::new(&arguments)?;
    let mut stderr = io::stderr();
    if arguments.connect.is_insecure() {
        let _ = writeln!(stderr, "warning: --insecure: whoever answers at {} is believed", plan.endpoint);
    }
    let runtime = runtime()?;
    let end = match arguments.trace {
        true => {
            let mut trace = Trace::new(&plan, stderr.lock());
            let end = runtime.block_on(execute(&plan, &mut trace));
            if let Ok(end) = &end {
                trace.end(end);
            }
            end
        }
        false => runtime.block_on(execute(&plan, &mut ())),
    };
    // A resolver that never answers must not hold the program back.
    runtime.shutdown_background();
    let end = end?;
    let exit = Exit::from(end.outcome);
    report::outcome(arguments.output, &plan, &end, &mut io::stdout().lock(), &mut stderr.lock())?;
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
    let mut exchange = Exchange::new(plan.protocol.clone(), plan.request.clone(), Expect::Response, clock.now());
    let committed = Cell::new(false);
    {
        let mut watch = NoteCommit { committed: &committed, watch };
        let driven = drive(&mut exchange, &plan.dialer, &plan.endpoint, clock, &mut watch);
        tokio::pin!(driven);
        let mut interrupts = Interrupts::new()?;
        let mut asked = false;
        loop {
            tokio::select! {
                biased;
                () = &mut driven => break,
                () = interrupts.next() => {
                    if asked || !committed.get() {
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

/// Notes when the first byte of the command has left.
struct NoteCommit<'a, W> {
    committed: &'a Cell<bool>,
    watch: &'a mut W,
}

impl<W: Watch> Watch for NoteCommit<'_, W> {
    fn saw(&mut self, event: Event<'_>, now: Moment) {
        if matches!(event, Event::Wrote(_)) {
            self.committed.set(true);
        }
        self.watch.saw(event, now);
    }
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
