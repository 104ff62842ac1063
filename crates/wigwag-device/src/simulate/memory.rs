//! What a device remembers.

use std::collections::VecDeque;
use std::sync::Arc;

use wigwag_protocol::layout::{Fields, Value};
use wigwag_protocol::protocol::{Command, Effect, Protocol};

use super::numbered::{Area, Numbered};

/// The most records of one device; the oldest is forgotten.
const MOST: usize = 64;

/// What a device was told.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// The newest last.
    records: VecDeque<Record>,
    numbered: Numbered,
}

/// The parameters of one command.
#[derive(Debug)]
struct Record {
    /// The command's place among the protocol's; none for what was there from the start.
    command: Option<usize>,
    params: Fields,
}

/// What of a command is remembered.
#[derive(Debug)]
pub(super) struct Remembered {
    /// The command's place among the protocol's.
    command: usize,
    params: Vec<Arc<str>>,
    /// What it is about: told again with these the same, the command takes the place of what it said before.
    identity: Vec<Arc<str>>,
    areas: Vec<Area>,
}

impl Remembered {
    /// What is remembered of a command: nothing of one that only reads.
    pub(super) fn of(protocol: &Protocol, place: usize, command: &Command) -> Option<Self> {
        if command.effect == Effect::Read || command.params.is_empty() {
            return None;
        }
        let params: Vec<Arc<str>> = command.params.iter().map(|param| param.name.clone()).collect();
        let areas = Area::among(params.iter().map(|name| &**name));
        let identity = identity(protocol, command).unwrap_or_else(|| params.clone());
        Some(Self { command: place, params, identity, areas })
    }
}

/// The parameters that say what a command is about: those with which some command asks for the others. `receptacle n on`
/// is about `n` where `receptacle_state n` answers `on`.
fn identity(protocol: &Protocol, command: &Command) -> Option<Vec<Arc<str>>> {
    let reads = protocol.commands.iter().filter(|other| other.effect == Effect::Read);
    let asks_for_it = reads.filter(|read| {
        let frames = read.reply.layouts().len().max(1);
        let answers = |name: &str| (0..frames).any(|index| read.answer_parts(index).contains(&name));
        let asked = |name: &str| read.param(name).is_some();
        let knows_all =
            read.params.iter().filter(|param| param.required).all(|param| command.param(&param.name).is_some());
        knows_all && command.params.iter().any(|param| answers(&param.name) && !asked(&param.name))
    });
    let asked = asks_for_it.map(|read| {
        let shared = command.params.iter().filter(|param| read.param(&param.name).is_some());
        shared.map(|param| param.name.clone()).collect::<Vec<_>>()
    });
    asked.max_by_key(Vec::len)
}

impl Memory {
    /// What is there from the start.
    pub(super) fn of(state: &[Fields]) -> Self {
        let mut memory = Self::default();
        for params in state {
            for area in Area::among(params.iter().map(|(name, _)| name).collect::<Vec<_>>().iter().copied()) {
                memory.numbered.write(&area, params);
            }
            memory.records.push_back(Record { command: None, params: params.clone() });
        }
        memory
    }

    /// Takes in what a command said.
    pub(super) fn remember(&mut self, what: &Remembered, said: &Fields) {
        let mut params = Fields::new();
        for name in &what.params {
            if let Some(value) = said.get(name) {
                params.set(name.clone(), value.clone());
            }
        }
        for area in &what.areas {
            self.numbered.write(area, &params);
        }
        let is_older = |record: &Record| {
            let same = |name: &Arc<str>| record.params.get(name) == params.get(name);
            record.command == Some(what.command) && what.identity.iter().all(same)
        };
        if let Some(older) = self.records.iter().position(is_older) {
            self.records.remove(older);
        }
        if self.records.len() >= MOST {
            self.records.pop_front();
        }
        self.records.push_back(Record { command: Some(what.command), params });
    }

    /// The value of this name that was told last and concerns what is asked: no parameter says otherwise. What was told
    /// with all parameters of the question goes before what was told with some.
    pub(super) fn recall(&self, name: &str, asked: &Fields, question: &Command) -> Option<&Value> {
        let concerned = |record: &&Record| {
            record.params.iter().all(|(name, value)| asked.get(name).is_none_or(|asked| value.agrees_with(asked)))
        };
        let told = || self.records.iter().rev().filter(|record| record.params.get(name).is_some()).filter(concerned);
        let all_told = |record: &&Record| {
            let said = question.params.iter().filter(|param| asked.get(&param.name).is_some());
            said.into_iter().all(|param| record.params.get(&param.name).is_some())
        };
        told().find(all_told).or_else(|| told().next()).and_then(|record| record.params.get(name))
    }

    /// What was written at an address.
    pub(super) fn numbered(&self) -> &Numbered {
        &self.numbered
    }
}
