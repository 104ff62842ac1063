//! What comes between the greeting and the command.

use std::sync::Arc;

use super::turn::Turn;
use super::{Exchange, Stage, State};
use crate::Moment;
use crate::exchange::evidence::Phase;
use crate::exchange::{Link, keep, words};
use crate::layout::{Closing, EncodeError, Fields, Layout, Step};
use crate::outcome::Unreachable;
use crate::protocol::{LoginStep, Protocol};

/// The most bytes in which the device's part of a login is looked for.
const MOST_SEARCHED: usize = 64 * 1024;

impl Exchange {
    /// Goes on to the next step of the login, or to the command.
    pub(super) fn next_step(&mut self, now: Moment) {
        let protocol = self.protocol.clone();
        let step = match self.stage {
            _ if self.link.kept || !can_log_in(&protocol, &self.link) => None,
            Stage::Login { step } => protocol.session.login.get(step),
            Stage::Command => None,
        };
        let Some(step) = step else {
            self.start_command(now);
            return;
        };
        if self.evidence.phase != Phase::Login {
            self.begin_phase(Phase::Login, now);
        }
        if let Stage::Login { step } = &mut self.stage {
            *step += 1;
        }
        match step {
            LoginStep::Command(name) => match protocol.call(name, Fields::new()) {
                Ok(call) => {
                    self.turn = Turn::new(Arc::new(call));
                    self.start_sending(now);
                }
                Err(error) => self.not_logged_in(&error.to_string(), now),
            },
            LoginStep::Expect(layout) => {
                self.state = State::Expecting;
                self.expected = Some(Box::new(layout.decoder()));
                self.waiting_since = now;
                self.moved = now;
                self.look_for_expected(now);
            }
            LoginStep::Send(layout) => match layout.encode(&Fields::new(), &self.link.context()) {
                Ok(encoded) => {
                    self.turn = Turn::new(self.call.clone());
                    self.turn.out = Link::wire(protocol.transport, encoded.bytes).into();
                    self.state = State::Telling;
                    self.moved = now;
                    self.all_told(now);
                }
                Err(error) => self.not_logged_in(&error.to_string(), now),
            },
        }
    }

    /// Goes on once the bytes of a step are written.
    pub(super) fn all_told(&mut self, now: Moment) {
        if self.state == State::Telling && self.turn.is_written() {
            self.next_step(now);
        }
    }

    /// These bytes came while we wait for the device's part of the login.
    pub(super) fn receive_expected(&mut self, bytes: &[u8], now: Moment) {
        self.moved = now;
        self.inbox.extend(bytes);
        self.look_for_expected(now);
    }

    /// Drops what comes before the device's part, which starts at the first byte that does not contradict it.
    pub(super) fn look_for_expected(&mut self, now: Moment) {
        while let Some(decoder) = &mut self.expected {
            let input = self.inbox.unread();
            match decoder.advance(input, Closing::Open) {
                Ok(Step::NeedMore) => return,
                Ok(Step::Frame(size)) => {
                    let learned = decoder.frame(input).fields();
                    self.inbox.drop_front(size);
                    self.link.learn("login", &learned);
                    self.expected = None;
                    self.next_step(now);
                    return;
                }
                Err(_) if self.searched >= MOST_SEARCHED => {
                    self.not_logged_in(&words::never_expected(MOST_SEARCHED), now);
                    return;
                }
                Err(_) => {
                    decoder.reset();
                    self.searched += 1;
                    let dropped = self.inbox.take(1);
                    keep(&mut self.said_in_login, &dropped);
                }
            }
        }
    }

    /// The command itself: nothing comes before it any more.
    fn start_command(&mut self, now: Moment) {
        if self.stage != (Stage::Login { step: 0 }) {
            self.turn = Turn::new(self.call.clone());
        }
        self.stage = Stage::Command;
        let leftover = std::mem::take(&mut self.link.leftover);
        self.inbox.put_back(&leftover);
        let early = self.inbox.take_all();
        self.receive_early(&early);
        match self.link.quiet_until.filter(|until| *until > now) {
            Some(until) => self.state = State::Pausing { until },
            None => self.start_sending(now),
        }
    }

    /// What comes before the command is sent cannot be its answer.
    pub(super) fn receive_early(&mut self, bytes: &[u8]) {
        keep(&mut self.early, bytes);
        keep(&mut self.evidence.stale, bytes);
    }

    /// Writes the request of a turn, with the digits of an authentication before the first one of a connection.
    pub(super) fn prepare(&mut self) -> Result<(), EncodeError> {
        let protocol = self.protocol.clone();
        let digits = match &protocol.session.auth {
            Some(auth) if !self.link.authenticated && auth.needs().all(|name| self.link.knows(name)) => {
                let digits = auth.digits(self.link.learned())?;
                self.evidence.secrets.add(digits.clone());
                digits
            }
            _ => String::new(),
        };
        self.link.authenticated = true;
        self.turn.write(&protocol, &mut self.link, digits.as_bytes())
    }

    /// The secret that the device asks for and nobody configured.
    pub(super) fn missing_secret(&self) -> Option<String> {
        let auth = self.protocol.session.auth.as_ref().filter(|_| !self.link.authenticated)?;
        let learned = auth.needs().filter(|name| !name.starts_with("secret.")).all(|name| self.link.knows(name));
        let missing = auth.needs().find(|name| name.starts_with("secret.") && !self.link.knows(name));
        missing.filter(|_| learned).map(str::to_owned)
    }

    /// The login came to nothing.
    pub(super) fn not_logged_in(&mut self, cause: &str, now: Moment) {
        keep(&mut self.said_in_login, self.inbox.unread());
        self.inbox.clear();
        let error = words::not_logged_in(cause, &self.said_in_login);
        self.unreachable(Unreachable::Login, error, now);
    }
}

/// Whether every secret that the login names is configured; without one there is none.
fn can_log_in(protocol: &Protocol, link: &Link) -> bool {
    let of_layout =
        |layout: &Layout| layout.learned().filter(|name| name.starts_with("secret.")).all(|name| link.knows(name));
    protocol.session.login.iter().all(|step| match step {
        LoginStep::Expect(layout) | LoginStep::Send(layout) => of_layout(layout),
        LoginStep::Command(name) => protocol.command(name).is_none_or(|command| {
            of_layout(&command.send) && command.request.iter().flat_map(|form| form.layouts()).all(of_layout)
        }),
    })
}
