//! A target that was taken in and has no outcome yet.

use std::net::SocketAddr;

use smallvec::SmallVec;
use wigwag_net::driver::Job;
use wigwag_protocol::exchange::Evidence;
use wigwag_protocol::outcome::Outcome;

use super::places::Place;
use crate::gate::Intent;
use crate::target::{Order, Target};

#[derive(Debug)]
pub(super) struct Active {
    pub(super) number: u32,
    name: Box<str>,
    /// How often it was tried in earlier processes of the run.
    tried: u16,
    pub(super) order: Order,
    /// The number of the present attempt, from 1; 0 before the first.
    pub(super) attempt: u16,
    /// How often it was tried again, by budget.
    pub(super) connect_retries: u16,
    pub(super) response_retries: u16,
    pub(super) shortages: u16,
    /// Empty until the name has been looked up, and where a proxy does that.
    pub(super) addresses: Vec<SocketAddr>,
    pub(super) state: State,
    /// How the attempts before ended.
    pub(super) before: Option<(Outcome, Box<Evidence>)>,
}

/// What is known after another attempt: an attempt that sent nothing takes nothing back of what an earlier one may have
/// done, and one that was not made says less than one that was.
pub(super) fn what_counts(
    before: Option<(Outcome, Box<Evidence>)>,
    last: (Outcome, Box<Evidence>),
) -> (Outcome, Box<Evidence>) {
    let Some(before) = before else { return last };
    let may_have_acted = before.0.leaves_it_open();
    let was_not_made = matches!(last.0, Outcome::Skipped(_) | Outcome::Cancelled | Outcome::Expired);
    if was_not_made || may_have_acted && last.0.proves_not_sent() { before } else { last }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Its name is being looked up.
    LookingUp,
    /// It may be asked for as soon as pace and place allow.
    Ready,
    /// Its first try is over; the next one is due at some moment.
    Waiting,
    /// It holds its place; the gate was asked.
    Asked,
    /// It holds its place and may be started.
    Granted,
    /// It holds its place and is being driven.
    InFlight,
}

impl State {
    /// Whether its present attempt has not begun.
    pub(super) fn is_before_attempt(self) -> bool {
        match self {
            Self::LookingUp | Self::Ready | Self::Asked | Self::Granted => true,
            Self::Waiting | Self::InFlight => false,
        }
    }

    /// Whether its device is taken by it.
    pub(super) fn holds_place(self) -> bool {
        match self {
            Self::LookingUp | Self::Ready | Self::Waiting => false,
            Self::Asked | Self::Granted | Self::InFlight => true,
        }
    }
}

impl Active {
    pub(super) fn new(number: u32, name: Box<str>, tried: u16, order: Order) -> Self {
        Self {
            attempt: tried,
            number,
            name,
            tried,
            order,
            connect_retries: 0,
            response_retries: 0,
            shortages: 0,
            addresses: Vec::new(),
            state: State::Ready,
            before: None,
        }
    }

    /// As it was taken in.
    pub(super) fn into_target(self) -> Target {
        let Self { number, name, tried, order, .. } = self;
        Target { number, name, tried, order: Ok(order) }
    }

    /// As [`into_target`](Self::into_target), where it is still on its way.
    pub(super) fn target(&self) -> Target {
        let (name, order) = (self.name.clone(), self.order.clone());
        Target { number: self.number, name, tried: self.tried, order: Ok(order) }
    }

    /// The name that has to be looked up here before it can be spoken to.
    pub(super) fn name_to_look_up(&self) -> Option<&str> {
        self.order.task.dialer.name_to_look_up(&self.order.endpoint)
    }

    /// What it is known by, at least one place.
    pub(super) fn places(&self) -> SmallVec<[Place; 1]> {
        Place::of(&self.order.endpoint, &self.addresses)
    }

    /// What is written down before it is sent; its places are these.
    pub(super) fn intent(&self, places: &[Place]) -> Intent {
        let place = places.first().unwrap_or_else(|| unreachable!("a device is known by a place at least")).clone();
        let fingerprint = self.order.task.fingerprint();
        Intent { target: self.number, attempt: self.attempt, place, fingerprint }
    }

    /// `seq` is where the numbers of its commands begin.
    pub(super) fn job(&self, seq: u64) -> Job {
        let Order { endpoint, task } = &self.order;
        Job {
            id: u64::from(self.number),
            protocol: task.protocol.clone(),
            call: task.call.clone(),
            secrets: task.secrets.clone(),
            seq,
            dialer: task.dialer.clone(),
            endpoint: endpoint.clone(),
            addresses: self.addresses.clone(),
        }
    }
}
