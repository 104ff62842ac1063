//! How each target of a run stands: what was asked for and what came of it, played back in the order of writing.

use wigwag_protocol::outcome::Outcome;

use super::Run;
use crate::journal::bundle::{Pieces, Table, Unread, select};
use crate::journal::intent::Asked;
use crate::journal::outcome;
use crate::journal::run::index_of;
use crate::journal::{Journal, JournalError, schema};

/// How a target stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Nothing was tried and nothing was asked for.
    NeverStarted,
    /// It was about to be sent, and nothing tells what became of that: of a run that is under way it is in flight, of one
    /// that broke off it is lost.
    Lost { attempt: u16 },
    /// What its last attempt came to; where that is not final, another attempt was to follow.
    Ended { outcome: Outcome, attempt: u16, is_final: bool },
}

/// How the targets of a run stand: 24 bytes each.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standings {
    targets: Vec<Standing>,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Where its last outcome stands in the order of the run; 0 where it has none.
    order: u64,
    /// A bit for each attempt from 1 on that is proven not to have sent anything.
    released: u32,
    /// The attempt that was asked for last.
    asked: u16,
    /// The attempt of its last outcome.
    attempt: u16,
    outcome: u8,
    is_final: bool,
    /// An attempt was asked for and has not ended.
    is_open: bool,
    /// Its attempts were asked for; those of a command that only reads are not.
    has_intents: bool,
}

const NOTHING: Standing = Standing {
    order: 0,
    released: 0,
    asked: 0,
    attempt: 0,
    outcome: u8::MAX,
    is_final: false,
    is_open: false,
    has_intents: false,
};

/// An outcome, as much of it as counts here.
struct End {
    target: u32,
    attempt: u16,
    is_final: bool,
    outcome: Outcome,
}

impl Journal {
    /// How the targets of a run stand now.
    pub(crate) fn standings(&self, run: &Run) -> Result<Standings, JournalError> {
        let mut standings = Standings::default();
        standings.reserve(self.listed(run)?);
        let played = self.play_back(run, &mut standings);
        played.map_err(|unread| unread.told(&run.id.to_string(), |error| self.failed(error)))?;
        Ok(standings)
    }

    /// Both tables have one order.
    fn play_back(&self, run: &Run, standings: &mut Standings) -> Result<(), Unread> {
        let first = *schema::keys(run.number).start();
        // One picture of both, whatever is written meanwhile.
        let picture = self.connection.unchecked_transaction()?;
        let (mut intents, mut ends) = (select(&picture, Table::Intents)?, select(&picture, Table::Ends)?);
        let mut intents: Pieces<'_, Asked> = Pieces::of(&mut intents, first, run.number)?;
        let mut ends: Pieces<'_, outcome::Standing> = Pieces::of(&mut ends, first, run.number)?;
        let mut intent = intents.next()?;
        while let Some((order, end)) = ends.next()? {
            while let Some((_, Asked(target, attempt, ..))) = intent.take_if(|(asked, _)| *asked < order) {
                standings.asked(target, attempt);
                intent = intents.next()?;
            }
            let outcome = end.outcome().map_err(Unread::Unreadable)?;
            let (target, attempt, is_final) = (end.target(), end.attempt(), end.is_final());
            standings.ended(&End { target, attempt, is_final, outcome }, order);
        }
        while let Some((_, Asked(target, attempt, ..))) = intent {
            standings.asked(target, attempt);
            intent = intents.next()?;
        }
        Ok(())
    }
}

impl Standings {
    /// How many targets there are.
    pub(crate) fn len(&self) -> u32 {
        // A number of a target has 32 bits.
        self.targets.len() as u32
    }

    /// How a target stands.
    pub(crate) fn state(&self, number: u32) -> State {
        match self.get(number) {
            Standing { is_open: true, asked, .. } => State::Lost { attempt: asked },
            Standing { attempt, outcome, is_final, .. } => match Outcome::ALL.get(usize::from(outcome)) {
                Some(outcome) => State::Ended { outcome: *outcome, attempt, is_final },
                None => State::NeverStarted,
            },
        }
    }

    /// What came of a target, if anything did. What is in flight has no outcome, even if an earlier attempt had.
    pub(crate) fn outcome(&self, number: u32) -> Option<Outcome> {
        match self.state(number) {
            State::Ended { outcome, .. } => Some(outcome),
            State::NeverStarted | State::Lost { .. } => None,
        }
    }

    /// Whether what stands at this place in the order of the run is how the target stands.
    pub(crate) fn is_latest(&self, number: u32, order: u64) -> bool {
        let standing = self.get(number);
        standing.order == order && !standing.is_open
    }

    /// The attempt that was asked for last and has not ended, or 0; and how often the target was tried at all.
    pub(crate) fn tried(&self, number: u32) -> u16 {
        let standing = self.get(number);
        standing.asked.max(standing.attempt)
    }

    /// Whether an attempt is proven not to have sent anything. Of attempts beyond the 32nd that is not known any more.
    pub(super) fn is_released(&self, number: u32, attempt: u16) -> bool {
        bit(attempt).is_some_and(|bit| self.get(number).released & bit != 0)
    }

    pub(super) fn has_intents(&self, number: u32) -> bool {
        self.get(number).has_intents
    }

    /// What was lost has its outcome now.
    pub(in crate::journal) fn settle(&mut self, number: u32, outcome: Outcome, attempt: u16, order: u64) {
        self.ended(&End { target: number, attempt, is_final: true, outcome }, order);
    }

    fn get(&self, number: u32) -> Standing {
        self.targets.get(number as usize).copied().unwrap_or(NOTHING)
    }

    fn reserve(&mut self, targets: u32) {
        if self.targets.len() < targets as usize {
            self.targets.resize(targets as usize, NOTHING);
        }
    }

    fn at(&mut self, number: u32) -> Option<&mut Standing> {
        self.reserve(number.saturating_add(1));
        self.targets.get_mut(number as usize)
    }

    fn asked(&mut self, target: u32, attempt: u16) {
        let Some(standing) = self.at(target) else { return };
        standing.asked = attempt;
        standing.is_open = true;
        standing.has_intents = true;
    }

    fn ended(&mut self, end: &End, order: u64) {
        let Some(standing) = self.at(end.target) else { return };
        // The end of an earlier attempt may be written behind the question for the next one. A final end is the last thing
        // that is told of a target, even if it was asked for and never started.
        if end.is_final || end.attempt >= standing.asked {
            standing.is_open = false;
        }
        if end.outcome.proves_not_sent() {
            standing.released |= bit(end.attempt).unwrap_or_default();
            if end.is_final && end.attempt < standing.asked {
                standing.released |= bit(standing.asked).unwrap_or_default();
            }
        }
        standing.order = order;
        standing.attempt = end.attempt;
        standing.outcome = index_of(end.outcome);
        standing.is_final = end.is_final;
    }
}

fn bit(attempt: u16) -> Option<u32> {
    1_u32.checked_shl(u32::from(attempt.checked_sub(1)?))
}
