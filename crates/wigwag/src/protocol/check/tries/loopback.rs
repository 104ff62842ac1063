//! All of it over sockets: a simulated device on loopback, and the client as it is when it talks to real ones.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use wigwag_device::serve::{Acting, Actions, Client, Device, Manner, Reaction, Welcome, serve};
use wigwag_net::accept::{Changes, Limits, Listener, Stats, Stop};
use wigwag_net::{Channel, Dialer, Endpoint, Host};
use wigwag_protocol::exchange::{Answer, End, Opening, Request, SessionLimits};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{Call, Expected, Finish, LoginStep, Protocol, Reply, Times, Transport};

use super::{Holding, Result, Try, fault_with};
use crate::problem::Problem;
use crate::protocol::check::client::Ending;
use crate::protocol::check::scene::Scene;
use crate::protocol::check::told;
use crate::send::runtime;

/// What nobody should run into: everything is on this machine.
const TIMES: Times = Times {
    connect: Duration::from_secs(5),
    first: Duration::from_secs(5),
    idle: Duration::from_secs(5),
    total: Duration::from_secs(10),
};

/// How long it must stay silent where no answer is due.
const SILENCE: Duration = Duration::from_millis(30);

/// A longer silence than this is not waited for.
const LONGEST_SILENCE: Duration = Duration::from_secs(1);

/// The most connections at a time.
const AT_ONCE: usize = 32;

/// Plays every example, and tells what came of each.
pub(super) fn all<'s>(holding: &[Holding<'s>]) -> std::result::Result<Vec<(&'s Scene<'s>, Result<()>)>, Problem> {
    let lines = lines(holding);
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let runtime = runtime()?;
    let ends = runtime.block_on(play(lines))?;
    runtime.shutdown_background();
    let result = |(index, holding): (usize, &Holding<'s>)| {
        let scene = holding.scene;
        // A silence that takes too long was not waited for.
        let Some(end) = ends.get(&index) else { return (scene, Ok(None)) };
        let met = told::meets(scene, end).map(Some).map_err(|unmet| {
            let message = format!("over sockets: {}", unmet.message);
            fault_with(scene, Try::Loopback, message, unmet.detail)
        });
        (scene, met)
    };
    Ok(holding.iter().enumerate().map(result).collect())
}

/// The silence that ends an answer or stands for a greeting.
fn silence(holding: &Holding<'_>) -> Duration {
    let scene = holding.scene;
    let of_answer = scene.call.response(0).filter(|_| !holding.whole.by_itself && !closes(holding));
    let layouts = of_answer.into_iter().flat_map(|form| form.layouts());
    let greetings = scene.protocol.session.greeting.iter().flat_map(|form| form.layouts());
    layouts.chain(greetings).filter_map(|layout| layout.ends_by_closing().1).max().unwrap_or_default()
}

/// Whether the device ends its answer by closing the connection: where it may, nobody has to wait for a silence.
fn closes(holding: &Holding<'_>) -> bool {
    let response = holding.scene.call.response(0).into_iter().flat_map(|form| form.layouts());
    let may = response.into_iter().any(|layout| layout.ends_by_closing().0);
    holding.whole.ending == Ending::Eof || may && !holding.whole.by_itself
}

/// Commands that share a connection, one behind the other.
struct Line {
    protocol: Arc<Protocol>,
    secrets: Fields,
    seq: u64,
    /// Each with the index of its example.
    calls: Vec<(usize, Arc<Call>)>,
    player: Player,
}

/// A connection for each example; one for all where the protocol keeps connections and nothing tells them apart.
fn lines(holding: &[Holding<'_>]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for (index, holding) in holding.iter().enumerate() {
        let scene = holding.scene;
        if silence(holding) > LONGEST_SILENCE {
            continue;
        }
        let shares = scene.protocol.session.finish == Finish::Keep && holding.whole.by_itself && !scene.counts();
        let is_its = |line: &&mut Line| {
            Arc::ptr_eq(&line.protocol, &scene.protocol)
                && line.player.shares
                && line.secrets == scene.example.secrets
                && line.player.greeting == scene.example.greeting
        };
        match lines.iter_mut().find(is_its).filter(|_| shares) {
            Some(line) => line.add(index, holding),
            None => {
                let mut line = Line::of(scene, shares);
                line.add(index, holding);
                lines.push(line);
            }
        }
    }
    lines
}

impl Line {
    fn of(scene: &Scene<'_>, shares: bool) -> Self {
        Self {
            protocol: scene.protocol.clone(),
            secrets: scene.example.secrets.clone(),
            seq: scene.seq,
            calls: Vec::new(),
            player: Player {
                opening: scene.opening.clone(),
                greeting: scene.example.greeting.clone(),
                shares,
                parts: Vec::new(),
                logins: logins(&scene.protocol),
                turn: AtomicUsize::new(0),
            },
        }
    }

    fn add(&mut self, index: usize, holding: &Holding<'_>) {
        let scene = holding.scene;
        let idle = match (scene.call.reply(), &scene.example.expected) {
            (Reply::Nothing, Expected::Fields(_) | Expected::List(_)) => SILENCE,
            _ => TIMES.idle,
        };
        let call = (*scene.call).clone().with_times(Times { idle, ..TIMES });
        self.calls.push((index, Arc::new(call)));
        self.player.parts.push(Part::of(holding));
    }

    /// Plays it on a port of its own.
    async fn play(self) -> std::result::Result<Vec<(usize, End)>, Problem> {
        let listener = Listener::bind(&[SocketAddr::from((Ipv4Addr::LOCALHOST, 0))])
            .map_err(|error| Problem::Fault(error.to_string()))?;
        let address = listener.local_addrs().first().copied();
        let address = address.ok_or_else(|| Problem::Fault("the system gave no port".to_owned()))?;
        let limits = SessionLimits { idle: TIMES.total };
        let device = Arc::new(Device { protocol: self.protocol.clone(), actions: self.player, limits, tls: None });
        let stop = Stop::new();
        let serving = tokio::spawn({
            let (device, stop) = (device.clone(), stop.clone());
            async move {
                let limits = Limits { connections: AT_ONCE, ..Limits::default() };
                serve(listener, || device.clone(), limits, Changes::none(), stop, &Stats::default()).await;
            }
        });
        let endpoint = Endpoint::new(Host::Ip(address.ip()), address.port());
        let mut channel = Channel::new(Dialer::default(), endpoint, self.protocol, self.secrets, self.seq);
        let mut ends = Vec::new();
        for (turn, (index, call)) in self.calls.into_iter().enumerate() {
            device.actions.turn.store(turn, Ordering::Relaxed);
            ends.push((index, channel.exchange(call, &mut ()).await));
        }
        channel.close();
        stop.stop();
        // It ends by itself once it is told to.
        let _ = serving.await;
        Ok(ends)
    }
}

async fn play(lines: Vec<Line>) -> std::result::Result<HashMap<usize, End>, Problem> {
    let mut ends = HashMap::new();
    let mut playing = JoinSet::new();
    for line in lines {
        if playing.len() >= AT_ONCE {
            take(&mut ends, playing.join_next().await)?;
        }
        playing.spawn(line.play());
    }
    while let Some(played) = playing.join_next().await {
        take(&mut ends, Some(played))?;
    }
    Ok(ends)
}

type Played = std::result::Result<std::result::Result<Vec<(usize, End)>, Problem>, tokio::task::JoinError>;

fn take(ends: &mut HashMap<usize, End>, played: Option<Played>) -> std::result::Result<(), Problem> {
    match played {
        Some(Ok(played)) => ends.extend(played?),
        Some(Err(error)) => return Err(Problem::Fault(error.to_string())),
        None => {}
    }
    Ok(())
}

/// A device that knows the examples of one line, and what it is asked next.
struct Player {
    opening: Opening,
    greeting: Vec<u8>,
    shares: bool,
    parts: Vec<Part>,
    /// The answers to the commands of a login.
    logins: Vec<(String, Vec<u8>)>,
    turn: AtomicUsize,
}

/// What is answered to what.
struct Part {
    command: Option<String>,
    body: Option<Vec<u8>>,
    reaction: Reaction,
}

impl Part {
    fn of(holding: &Holding<'_>) -> Self {
        let scene = holding.scene;
        let recv = match scene.protocol.transport {
            Transport::Plain => scene.example.recv.clone(),
            // What the transport puts between is put there again.
            Transport::Telnet => holding.whole.end.evidence.response.clone(),
        };
        let answer = if recv.is_empty() { Answer::Silence } else { Answer::Wire(recv) };
        let manner = if closes(holding) { Manner::ThenClose } else { Manner::InOne };
        Self {
            command: scene.example.command.as_ref().map(|command| command.name.to_string()),
            body: scene.example.body.clone(),
            reaction: Reaction { answer, manner },
        }
    }

    fn is(&self, request: &Request) -> bool {
        match request {
            Request::Command { command: Some(command), .. } => self.command.as_deref() == Some(&*command.name),
            Request::Command { command: None, body, .. } => self.command.is_none() && self.body.as_ref() == Some(body),
            Request::Broken { .. } => false,
        }
    }
}

/// The commands of a login and how a device says yes to them.
fn logins(protocol: &Protocol) -> Vec<(String, Vec<u8>)> {
    let names = protocol.session.login.iter().filter_map(|step| match step {
        LoginStep::Command(name) => Some(name),
        _ => None,
    });
    let says_yes = |name: &String| {
        let shown = protocol.examples.iter().find(|example| {
            let is_it = example.command.as_ref().is_some_and(|command| *command.name == **name);
            is_it && !matches!(example.expected, Expected::Error(_))
        });
        Some((name.clone(), shown?.recv.clone()))
    };
    names.filter_map(says_yes).collect()
}

impl Actions for Player {
    fn welcome(&self, _client: &Client) -> Welcome {
        Welcome { opening: self.opening.clone(), ..Welcome::default() }
    }

    fn answer<'a>(&'a self, _client: &'a Client, request: &'a Request) -> Acting<'a> {
        let part = self.parts.get(self.turn.load(Ordering::Relaxed));
        if let Some(part) = part.filter(|part| part.is(request)) {
            return Acting::Done(part.reaction.clone());
        }
        let Request::Command { command: Some(command), .. } = request else { return Answer::Silence.into() };
        let login = self.logins.iter().find(|(name, _)| *name == *command.name);
        login.map_or(Answer::Fields(vec![Fields::new()]), |(_, recv)| Answer::Wire(recv.clone())).into()
    }
}
