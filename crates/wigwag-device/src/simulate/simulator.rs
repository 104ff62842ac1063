//! What simulated devices do.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wigwag_protocol::exchange::{Answer, Opening, Request};
use wigwag_protocol::layout::Fields;
use wigwag_protocol::protocol::{AfterSend, Command, Form, Protocol};

use super::Summary;
use super::complaint::Complaint;
use super::examples::{self, Shown, ShownFrame, Verdict};
use super::faults::{Kind, Played, is_acted_on, play};
use super::memory::Memory;
use super::numbered::Numbered;
use super::opening::opening;
use super::places::Places;
use super::recorder::{Received, Recorder, answer_bytes, is_secret};
use super::script::{Refused, Script};
use super::seed::Seed;
use super::slots::{Slot, Slots};
use super::trouble::Trouble;
use crate::serve::{Acting, Actions, Client, Event, OnHalfClose, Reaction, Welcome};

/// How long a device that drops connections at a half-close takes to answer: longer than the half-close takes to come. Where
/// the protocol says that one comes it may come late, from a machine that has a thousand others to tell.
const HESITATION: Duration = Duration::from_millis(50);
const LONG_HESITATION: Duration = Duration::from_secs(1);

/// All devices of a simulation.
pub(super) struct Simulator {
    protocol: Arc<Protocol>,
    opening: Opening,
    examples: Vec<Shown>,
    /// By the places of the protocol's commands.
    scripts: Vec<Script>,
    /// The examples of bodies that are no commands, by body.
    bodies: HashMap<Vec<u8>, usize>,
    /// What the examples say is written where.
    numbered: Numbered,
    /// Whether an answer's frame has parts that no request says.
    frame_has_more: bool,
    trouble: Trouble,
    slots: Slots,
    /// Whether commands change anything in a device.
    remembers: bool,
    places: Places,
    recorder: Option<Arc<dyn Recorder>>,
    records: bool,
    commands: AtomicU64,
    played: [AtomicU64; Kind::NAMES.len()],
}

/// What is said to a request.
enum Said<'s> {
    Answer(Answer),
    /// What an example says.
    Again(&'s ShownFrame, &'s Form),
}

/// What a device has made of a request.
struct Considered<'s> {
    said: Said<'s>,
    /// What is wrong with that.
    fault: Option<&'s Kind>,
    /// Where, if it is wrong at some place.
    place: u64,
    /// The client's half-close would end the connection.
    ends_at_half_close: bool,
}

impl<'s> Considered<'s> {
    const fn well(said: Said<'s>) -> Self {
        Self { said, fault: None, place: 0, ends_at_half_close: false }
    }
}

impl Said<'_> {
    fn to(&self, request: &Request) -> Reaction {
        match self {
            Self::Answer(answer) => answer.clone().into(),
            Self::Again(frame, form) => frame.said_again(request, form),
        }
    }

    fn into_reaction(self, request: &Request) -> Reaction {
        match self {
            Self::Answer(answer) => answer.into(),
            Self::Again(..) => self.to(request),
        }
    }
}

impl Simulator {
    pub(super) fn new(
        protocol: Arc<Protocol>,
        secrets: Fields,
        seed: Seed,
        trouble: Trouble,
        places: Places,
        recorder: Option<Arc<dyn Recorder>>,
    ) -> Self {
        let examples = examples::read(&protocol);
        let commands = protocol.commands.iter().enumerate();
        let scripts: Vec<Script> =
            commands.map(|(place, command)| Script::new(&protocol, place, command, &examples)).collect();
        let mut numbered = Numbered::default();
        for script in &scripts {
            script.show_numbered(&examples, &mut numbered);
        }
        let mut bodies = HashMap::new();
        for (index, shown) in examples.iter().enumerate() {
            if let Some(body) = shown.body.as_ref().filter(|_| !shown.frames.is_empty()) {
                bodies.entry(body.clone()).or_insert(index);
            }
        }
        let requested = protocol.request.layouts().flat_map(|layout| layout.names()).collect::<Vec<_>>();
        let wanted = protocol.response.wanted();
        Self {
            opening: opening(&protocol, secrets, seed),
            frame_has_more: wanted.iter().any(|part| *part != "body" && !requested.contains(part)),
            slots: Slots::new(places.count()),
            remembers: trouble.has_state() || scripts.iter().any(|script| script.remembered().is_some()),
            commands: AtomicU64::new(0),
            played: Default::default(),
            protocol,
            examples,
            scripts,
            bodies,
            numbered,
            trouble,
            places,
            records: recorder.as_ref().is_some_and(|recorder| recorder.wants_commands()),
            recorder,
        }
    }

    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    pub(super) fn summary(&self) -> Summary {
        let counts = self.played.iter().map(|count| count.load(Ordering::Relaxed));
        let played = Kind::NAMES.into_iter().zip(counts).filter(|(_, count)| *count > 0);
        let commands = self.commands.load(Ordering::Relaxed);
        Summary { connections: 0, accept_errors: 0, commands, faults: played.collect() }
    }

    fn fresh(&self, device: u32) -> Slot {
        Slot { memory: Memory::of(self.trouble.state(device)), ..Slot::default() }
    }

    fn count(&self, kind: &Kind) {
        if let Some(count) = self.played.get(kind.index()) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The device that a client has reached; the first is 0.
    fn device_of(&self, client: &Client) -> Option<u32> {
        self.places.device_at(client.local?)
    }

    /// What a device does about a request.
    pub(super) fn act(&self, client: &Client, request: &Request) -> Played {
        self.commands.fetch_add(1, Ordering::Relaxed);
        let Some(device) = self.device_of(client) else {
            return Played { reaction: Answer::Silence.into(), after: Duration::ZERO };
        };
        let Considered { said, fault, place, ends_at_half_close } = self.consider(device, client, request);
        let spoilt = fault.and_then(|kind| {
            let played = play(kind, &self.protocol, request, &|request| said.to(request), place)?;
            self.count(kind);
            Some((kind.name(), played))
        });
        let (mut fault, mut played) = match spoilt {
            Some((name, played)) => (Some(name), played),
            None => (None, Played { reaction: said.into_reaction(request), after: Duration::ZERO }),
        };
        if ends_at_half_close {
            played.after = played.after.max(match self.protocol.session.after_send {
                AfterSend::Fin => LONG_HESITATION,
                AfterSend::Open => HESITATION,
            });
            fault = fault.or(Some(Kind::NoHalfClose.name()));
        }
        if let Some(recorder) = self.recorder.as_ref().filter(|_| self.records) {
            let protocol = &*self.protocol;
            recorder.received(&Received {
                protocol,
                device: device + 1,
                client,
                request,
                is_secret: is_secret(protocol, &self.opening.secrets, request),
                fault,
                answer_bytes: answer_bytes(protocol, request, &played.reaction.answer),
            });
        }
        played
    }

    /// What a device says, and what is wrong with that.
    fn consider(&self, device: u32, client: &Client, request: &Request) -> Considered<'_> {
        let troubled = self.trouble.concerns_commands || self.trouble.concerns_connections;
        if !troubled && !self.remembers {
            return Considered::well(self.say(request, None, true));
        }
        let considered = self.slots.with(
            device,
            || self.fresh(device),
            |slot| {
                let number = slot.commands;
                slot.commands += 1;
                let fault = if troubled { self.trouble.with_command(device, number) } else { None };
                Considered {
                    said: self.say(request, Some(&mut slot.memory), fault.is_none_or(is_acted_on)),
                    fault,
                    place: self.trouble.place(device, number),
                    ends_at_half_close: slot.dropped_at_fin.contains(&client.peer),
                }
            },
        );
        considered.unwrap_or(Considered::well(Said::Answer(Answer::Silence)))
    }

    /// The answer to a request; the device remembers it if it `acts` on it.
    fn say(&self, request: &Request, memory: Option<&mut Memory>, acts: bool) -> Said<'_> {
        match request {
            Request::Broken { .. } => Said::Answer(Complaint::Broken.answer(&self.protocol)),
            Request::Command { command: Some(command), fields, .. } => {
                self.say_to_command(command, fields, memory, acts)
            }
            Request::Command { command: None, body, .. } if self.protocol.commands.is_empty() => self.say_to_body(body),
            Request::Command { command: None, .. } => Said::Answer(Complaint::UnknownCommand.answer(&self.protocol)),
        }
    }

    fn say_to_command(
        &self,
        command: &Arc<Command>,
        asked: &Fields,
        mut memory: Option<&mut Memory>,
        acts: bool,
    ) -> Said<'_> {
        let place = self.protocol.commands.iter().position(|known| Arc::ptr_eq(known, command));
        let Some(script) = place.and_then(|place| self.scripts.get(place)) else {
            return Said::Answer(Answer::Silence);
        };
        match script.refused(asked, &self.examples) {
            Some(Refused::BeyondLimits) => return Said::Answer(Complaint::BeyondLimits.answer(&self.protocol)),
            Some(Refused::AsShown(frame, form)) => return Said::Again(frame, form),
            None => {}
        }
        if let (Some(memory), Some(what), true) = (&mut memory, script.remembered(), acts) {
            memory.remember(what, asked);
        }
        Said::Answer(script.answer(asked, memory.as_deref(), &self.numbered, &self.examples))
    }

    /// A protocol without commands: the example that says the same, else the first that says yes, else the same again.
    fn say_to_body(&self, body: &[u8]) -> Said<'_> {
        let first = || self.examples.iter().find(|shown| shown.verdict == Verdict::Yes && !shown.frames.is_empty());
        let same = self.bodies.get(body).and_then(|index| self.examples.get(*index));
        match same.or_else(first).and_then(|shown| shown.frames.first()) {
            Some(frame) if self.frame_has_more => Said::Again(frame, &self.protocol.response),
            Some(frame) => Said::Answer(Answer::Body(frame.body.clone())),
            None => Said::Answer(Answer::Body(body.to_vec())),
        }
    }
}

impl Actions for Simulator {
    const WANTS_LOCAL: bool = true;

    fn welcome(&self, client: &Client) -> Welcome {
        let Some(device) = self.device_of(client) else {
            // One socket listens on all addresses, those of no device among them.
            return Welcome { turned_away: true, ..Welcome::default() };
        };
        let mut welcome = Welcome { opening: self.opening.clone(), ..Welcome::default() };
        if !self.trouble.concerns_connections {
            return welcome;
        }
        let kind = self.slots.with(
            device,
            || self.fresh(device),
            |slot| {
                let number = slot.connections;
                slot.connections += 1;
                let kind = self.trouble.with_connection(device, number, slot.commands)?;
                if matches!(kind, Kind::NoHalfClose) {
                    slot.dropped_at_fin.push(client.peer);
                }
                Some(kind)
            },
        );
        let Some(kind) = kind.flatten() else { return welcome };
        self.count(kind);
        match kind {
            Kind::NoHalfClose => welcome.on_half_close = OnHalfClose::Drops,
            Kind::Banner(text) => {
                welcome.banner = text.clone().into_bytes();
                welcome.turned_away = true;
            }
            _ => {}
        }
        welcome
    }

    fn answer<'a>(&'a self, client: &'a Client, request: &'a Request) -> Acting<'a> {
        let Played { reaction, after } = self.act(client, request);
        if after.is_zero() {
            return Acting::Done(reaction);
        }
        Acting::goes(async move {
            tokio::time::sleep(after).await;
            reaction
        })
    }

    fn saw(&self, client: &Client, event: Event<'_>) {
        match event {
            Event::Closed if self.trouble.concerns_connections => {
                if let Some(device) = self.device_of(client) {
                    self.slots.with_known(device, |slot| slot.dropped_at_fin.retain(|peer| *peer != client.peer));
                }
            }
            Event::Unanswerable(error) => {
                if let (Some(recorder), Some(device)) = (&self.recorder, self.device_of(client)) {
                    recorder.could_not_answer(device + 1, error);
                }
            }
            _ => {}
        }
    }
}
