//! `wigwag demo`: six devices inside this process, one command to each over real sockets, and what came of it.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use wigwag_device::serve::{Acting, Actions, Client, Device, OnHalfClose, Welcome, serve};
use wigwag_net::accept::{Changes, Limits, Listener, Stats, Stop};
use wigwag_protocol::bytes::display::escape;
use wigwag_protocol::exchange::{Answer, End, Request, SessionLimits};
use wigwag_protocol::layout::{Layout, Options, Value};
use wigwag_protocol::outcome::Outcome;
use wigwag_protocol::protocol::{Classes, ErrorClass, Form};

use crate::cli::{Cli, Command};
use crate::exit::Exit;
use crate::problem::Problem;
use crate::protocols;
use crate::report;
use crate::send::{self, Interrupts, Plan, runtime};

/// One simulated device, and the command that is sent to it.
struct Actor {
    name: &'static str,
    about: &'static str,
    protocol: &'static str,
    /// Layouts in place of the protocol's: request, response, error.
    layouts: [Option<&'static str>; 3],
    behaviour: Behaviour,
    /// What is typed behind `wigwag send HOST:PORT`.
    arguments: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Behaviour {
    Answers(&'static [u8]),
    SaysNo(&'static str),
    Silent,
    DropsOnHalfClose,
}

const CAST: [Actor; 6] = [
    Actor {
        name: "printer",
        about: "ESC command CR, answers up to a NUL",
        protocol: "esc-cr",
        layouts: [None, None, None],
        behaviour: Behaviour::Answers(b"READY"),
        arguments: &["STATUS"],
    },
    Actor {
        name: "switcher",
        about: "speaks lines",
        protocol: "line",
        layouts: [None, None, None],
        behaviour: Behaviour::Answers(b"INPUT 3"),
        arguments: &["--protocol", "line", "INPUT?"],
    },
    Actor {
        name: "receipt-printer",
        about: "binary: three bytes there, one status byte back",
        protocol: "esc-cr",
        layouts: [Some("<DLE EOT> body:1"), Some("body:1"), None],
        behaviour: Behaviour::Answers(b"\x16"),
        arguments: &["--hex", "10 04 01", "--request", "body", "--response", "status:u8", "--output", "json"],
    },
    Actor {
        name: "instrument",
        about: "refuses the command",
        protocol: "line",
        layouts: [None, None, Some("'ERR ' text")],
        behaviour: Behaviour::SaysNo("out of range"),
        arguments: &["--protocol", "line", "--error", "'ERR ' text", "RANGE 99"],
    },
    Actor {
        name: "tank-gauge",
        about: "takes the command and never answers",
        protocol: "esc-cr",
        layouts: [None, None, None],
        behaviour: Behaviour::Silent,
        arguments: &["LEVEL", "--first-timeout", "500ms"],
    },
    Actor {
        name: "small-board",
        about: "drops the connection at the half-close",
        protocol: "esc-cr",
        layouts: [None, None, None],
        behaviour: Behaviour::DropsOnHalfClose,
        arguments: &["STATUS"],
    },
];

pub(crate) fn run(keep: bool) -> Result<Exit, Problem> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let stop = Stop::new();
        let mut devices = tokio::task::JoinSet::new();
        let mut lines = Vec::new();
        for actor in &CAST {
            let listener = Listener::bind(&[SocketAddr::from(([127, 0, 0, 1], 0))])
                .map_err(|error| Problem::Fault(error.to_string()))?;
            let address = listener.local_addrs().first().copied();
            let address = address.ok_or_else(|| Problem::Fault("the system gave no port".to_owned()))?;
            lines.push(actor.command_line(address));
            let (device, stop) = (Arc::new(actor.device()?), stop.clone());
            devices.spawn(async move {
                let limits = Limits { connections: 100, ..Limits::default() };
                serve(listener, || device.clone(), limits, Changes::none(), stop, &Stats::default()).await;
            });
        }
        let ends = send_all(&lines).await?;
        // From here on, so that an interrupt right behind the last line is not missed.
        let mut interrupts = Interrupts::new()?;
        print(&CAST, &lines, &ends, keep).or_else(report::unless_closed)?;
        if keep {
            interrupts.next().await;
        }
        stop.stop();
        devices.join_all().await;
        Ok(Exit::Ok)
    })
}

/// Sends every line: what is printed is what `wigwag send` itself does with these words.
async fn send_all(lines: &[Vec<String>]) -> Result<Vec<(Plan, End)>, Problem> {
    let mut ends = Vec::new();
    for line in lines {
        let cli = Cli::try_parse_from(line).map_err(|error| Problem::Fault(error.to_string()))?;
        let Command::Send(arguments) = cli.command else {
            return Err(Problem::Fault("the demo sends, and nothing else".to_owned()));
        };
        let plan = Plan::new(&arguments)?;
        let end = send::execute(&plan, &mut ()).await?;
        ends.push((plan, end));
    }
    Ok(ends)
}

fn print(cast: &[Actor], lines: &[Vec<String>], ends: &[(Plan, End)], keep: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "Six simulated devices on loopback, one command to each, over real TCP connections:\n")?;
    for ((actor, line), (_, end)) in cast.iter().zip(lines).zip(ends) {
        let word = match end.outcome.reason() {
            Some(reason) => format!("{} ({reason})", end.outcome.word()),
            None => end.outcome.word().to_owned(),
        };
        let time = report::milliseconds(end.evidence.timing.total);
        let row = format!("{:<16} {word:<30} {time:>9}   {}", actor.name, says(end));
        writeln!(out, "{}", row.trim_end())?;
        writeln!(out, "  {}", actor.about)?;
        writeln!(out, "  $ {}", shell(line))?;
    }
    writeln!(out)?;
    writeln!(
        out,
        "unconfirmed: the command was sent and nobody answered, so it is not known whether the device acted."
    )?;
    writeln!(out, "The small board answers if its sending side is left open: add --after-send open.")?;
    match keep {
        true => writeln!(out, "The devices stay until Ctrl-C: try these lines in another terminal, with --trace too.")?,
        false => writeln!(out, "`wigwag demo --keep` leaves the devices running, to try these lines yourself.")?,
    }
    out.flush()
}

/// What came, in a few words.
fn says(end: &End) -> String {
    let fields = &end.evidence.fields;
    match end.outcome {
        Outcome::Ok if fields.get("body").is_some() => escape(&end.evidence.body).to_string(),
        Outcome::Ok => fields.iter().map(|(name, value)| format!("{name}={}", report::value(value))).collect(),
        Outcome::Rejected => match end.evidence.refusal.as_ref().and_then(|refusal| refusal.text.as_ref()) {
            Some(text) => report::value(text),
            None => escape(&end.evidence.body).to_string(),
        },
        Outcome::Sent
        | Outcome::Unreachable(_)
        | Outcome::Unconfirmed(_)
        | Outcome::Garbled(_)
        | Outcome::Skipped(_)
        | Outcome::Cancelled
        | Outcome::Expired => String::new(),
    }
}

/// Words as a shell takes them.
fn shell(words: &[String]) -> String {
    let plain = |word: &str| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/=".contains(c));
    let quote = |word: &String| match (plain(word), word.contains('\'')) {
        (true, _) => word.clone(),
        (false, false) => format!("'{word}'"),
        (false, true) => format!("\"{word}\""),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

impl Actor {
    fn command_line(&self, address: SocketAddr) -> Vec<String> {
        let head = ["wigwag".to_owned(), "send".to_owned(), address.to_string()];
        head.into_iter().chain(self.arguments.iter().map(|word| (*word).to_owned())).collect()
    }

    fn device(&self) -> Result<Device<Behaviour>, Problem> {
        let problem = |source: &str, error| Problem::layout("demo", source, error);
        let frame = |source: &str| {
            let layout = Layout::frame(source, &Options::default()).map_err(|error| problem(source, error))?;
            Ok::<_, Problem>(Arc::new(Form::of(layout)))
        };
        let mut protocol = protocols::read(self.protocol)?;
        let [request, response, error] = self.layouts;
        if let Some(request) = request {
            protocol.request = frame(request)?;
        }
        if let Some(response) = response {
            protocol.response = frame(response)?;
        }
        if let Some(error) = error {
            let layout = Layout::body(error, &Options::default()).map_err(|wrong| problem(error, wrong))?;
            protocol.classes = Arc::new(Classes { error: vec![ErrorClass::of(layout)], ..Classes::default() });
        }
        Ok(Device {
            protocol: Arc::new(protocol),
            actions: self.behaviour,
            limits: SessionLimits { idle: Duration::from_secs(30) },
            tls: None,
        })
    }
}

impl Actions for Behaviour {
    fn welcome(&self, _client: &Client) -> Welcome {
        let on_half_close = match self {
            Self::DropsOnHalfClose => OnHalfClose::Drops,
            Self::Answers(_) | Self::SaysNo(_) | Self::Silent => OnHalfClose::Answers,
        };
        Welcome { on_half_close, ..Welcome::default() }
    }

    fn answer<'a>(&'a self, _client: &'a Client, _request: &'a Request) -> Acting<'a> {
        match self {
            Self::Answers(body) => Answer::Body(body.to_vec()).into(),
            Self::SaysNo(text) => Answer::Error(Value::Text((*text).to_owned())).into(),
            // It keeps the connection, as a device does that is busy with something else.
            Self::Silent => Acting::goes(std::future::pending()),
            // It thinks for a moment, and in that moment the half-close arrives.
            Self::DropsOnHalfClose => Acting::goes(async {
                tokio::time::sleep(Duration::from_millis(100)).await;
                Answer::Body(b"READY".to_vec()).into()
            }),
        }
    }
}
