//! `wigwag listen`: take connections, show what arrives, and answer if asked to.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Zoned;
use wigwag_device::serve::{Actions, Device, Event, OnHalfClose, serve};
use wigwag_net::accept::{Limits, Listener, Stats, Stop};
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::{Answer, Request, SessionLimits};
use wigwag_protocol::layout::{Context, Fields, Layout, Options, Value};
use wigwag_protocol::protocol::Protocol;

use crate::cli::ListenArgs;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report;
use crate::send::{Interrupts, runtime};

/// Enough for a bench; a person cannot follow more.
const CONNECTIONS: usize = 1000;

/// A client may think for as long as a person does.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long clients in the middle of something may take after Ctrl-C.
const GRACE: Duration = Duration::from_secs(1);

pub(crate) fn run(arguments: ListenArgs) -> Result<Exit, Problem> {
    let framed = arguments.protocol.is_given();
    let protocol = if framed { arguments.protocol.protocol()? } else { pieces()? };
    if !protocol.request.ends_by_itself() {
        return Err(Problem::usage(format!(
            "a request `{}` has no end that could be heard",
            protocol.request.source()
        ))
        .with_help(
            "leave --protocol out to see bytes as they come, or give --request a terminator or `<IDLE 200ms>`",
        ));
    }
    let stop = Stop::new();
    let actions = Onlooker { framed, answer: Answering::new(&arguments)?, once: arguments.once.then(|| stop.clone()) };
    let addresses = addresses(&arguments.address)?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let listener = Listener::bind(&addresses).map_err(|error| Problem::usage(error.to_string()))?;
        let mut interrupts = Interrupts::new()?;
        for address in listener.local_addrs() {
            let what =
                if framed { format!("protocol {}", protocol.name) } else { "showing bytes as they come".to_owned() };
            let _ = writeln!(io::stderr(), "listening on {address}, {what}; Ctrl-C ends");
        }
        let device = Arc::new(Device {
            protocol: Arc::new(protocol),
            actions,
            on_half_close: OnHalfClose::Answers,
            limits: SessionLimits { idle: IDLE },
        });
        let limits = Limits { connections: CONNECTIONS, grace: GRACE };
        let stats = Stats::default();
        let serving = serve(listener, device, limits, stop.clone(), &stats);
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = interrupts.next() => stop.stop(),
        }
        serving.await;
        Ok(())
    })?;
    Ok(Exit::Ok)
}

/// Where no protocol is named, a piece is whatever comes without a pause.
fn pieces() -> Result<Protocol, Problem> {
    const PIECES: &str = "body <IDLE 20ms|EOF>";
    Protocol::new("pieces", PIECES, "body <EOF>").map_err(|error| Problem::layout("--request", PIECES, error))
}

/// `9100`, `:9100`, `127.0.0.1:9100`, `[::1]:9100`.
fn addresses(text: &str) -> Result<Vec<SocketAddr>, Problem> {
    let port_only = text.strip_prefix(':').unwrap_or(text);
    if let Ok(port) = port_only.parse::<u16>() {
        return Ok(vec![SocketAddr::from(([0, 0, 0, 0], port))]);
    }
    match text.parse::<SocketAddr>() {
        Ok(address) => Ok(vec![address]),
        Err(_) => Err(Problem::usage(format!("`{text}` is not an address to listen on"))
            .with_help("a port, or an address of this machine and a port: 9100, 127.0.0.1:9100, [::1]:9100")),
    }
}

/// How requests are answered.
enum Answering {
    Silently,
    Echoing,
    With(Layout),
}

impl Answering {
    fn new(arguments: &ListenArgs) -> Result<Self, Problem> {
        match &arguments.reply {
            Some(reply) => Layout::body(reply, &Options::default())
                .or_else(|_| Layout::frame(reply, &Options::default()))
                .map(Self::With)
                .map_err(|error| Problem::layout("--reply", reply, error)),
            None if arguments.echo => Ok(Self::Echoing),
            None => Ok(Self::Silently),
        }
    }
}

/// Shows everything, and answers as it was told.
struct Onlooker {
    framed: bool,
    answer: Answering,
    /// Ends all after the first connection.
    once: Option<Stop>,
}

impl Onlooker {
    fn show(&self, peer: SocketAddr, text: &str, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let time = Zoned::now().strftime("%H:%M:%S%.3f");
        let shown = writeln!(out, "{time} {peer} {text}")
            .and_then(|()| report::hexdump(&mut out, "    ", bytes))
            .and_then(|()| out.flush());
        if shown.is_err()
            && let Some(stop) = &self.once
        {
            stop.stop();
        }
    }

    fn show_request(&self, peer: SocketAddr, request: &Request) {
        match request {
            Request::Command { body, fields, .. } => {
                let named: Vec<String> = fields
                    .iter()
                    .filter(|(name, _)| *name != "body")
                    .map(|(name, value)| format!(" {name}={}", report::value(value)))
                    .collect();
                self.show(peer, &format!("request: {}{}", escape(body), named.concat()), &[]);
            }
            Request::Broken { error, .. } => self.show(peer, &format!("not a request: {error}"), &[]),
        }
    }
}

impl Actions for Onlooker {
    async fn answer(&self, peer: SocketAddr, request: &Request) -> Answer {
        let Request::Command { fields, wire, body } = request else { return Answer::Silence };
        match &self.answer {
            Answering::Silently => Answer::Silence,
            Answering::Echoing => Answer::Wire(wire.clone()),
            Answering::With(layout) => {
                let mut fields: Fields = fields.clone();
                fields.set("body", Value::Bytes(body.clone()));
                match layout.encode(&fields, &Context::default()) {
                    Ok(encoded) => Answer::Wire(encoded.bytes),
                    Err(error) => {
                        self.show(peer, &format!("cannot be answered: {error}"), &[]);
                        Answer::Silence
                    }
                }
            }
        }
    }

    fn saw(&self, peer: SocketAddr, event: Event<'_>) {
        match event {
            Event::Connected => self.show(peer, "connected", &[]),
            Event::Received(bytes) => self.show(peer, &format!("<- {} bytes", bytes.len()), bytes),
            Event::Requested(request) if self.framed => self.show_request(peer, request),
            Event::Requested(_) => {}
            Event::Unanswerable(error) => self.show(peer, &format!("cannot be answered: {error}"), &[]),
            Event::Wrote(bytes) => self.show(peer, &format!("-> {} bytes", bytes.len()), bytes),
            Event::HalfClosed => self.show(peer, "sends nothing more", &[]),
            Event::Idle => self.show(peer, "idle for too long", &[]),
            Event::Broke(error) => self.show(peer, &format!("broken: {}", wigwag_net::cause::words(error)), &[]),
            Event::Closed => {
                self.show(peer, "closed", &[]);
                if let Some(stop) = &self.once {
                    stop.stop();
                }
            }
        }
    }
}
