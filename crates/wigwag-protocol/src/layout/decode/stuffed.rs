//! Decoding of frames with stuffed bytes: they are turned into plain ones as far as the machine can use them.

use super::super::Program;
use super::super::coding::{Plain, Region, RegionEnd, Unstuffer};
use super::fault::{Fault, found};
use super::machine::{Input, Machine, Turn};
use super::{Closing, DecodeError, DecodeErrorKind, Step};

/// How many bytes are turned before the machine has seen that it needs them. A frame costs no more than its own size
/// and this, however much stands behind it.
const AHEAD: usize = 64;

/// What decoding of stuffed bytes needs beside.
#[derive(Debug, Default)]
pub(super) struct Stuffed {
    pub(super) plain: Plain,
    unstuffer: Unstuffer,
    inside: bool,
    ended: bool,
}

impl Stuffed {
    pub(super) fn reset(&mut self) {
        self.plain.clear();
        (self.unstuffer, self.inside, self.ended) = (Unstuffer::default(), false, false);
    }

    // Apart from the usual way, which has nothing to unstuff.
    #[inline(never)]
    pub(super) fn advance(
        &mut self,
        machine: &mut Machine,
        program: &Program,
        wire: &[u8],
        closing: Closing,
    ) -> Result<Step, DecodeError> {
        // The end of everything concerns the machine only once it has all bytes before that end.
        let mut seen = Closing::Open;
        loop {
            let turn = machine.run(&Input::new(program, &self.plain.bytes, seen));
            match turn.map_err(|fault| fault.into_error(|plain| self.plain.wire_offset(plain)))? {
                Turn::Done => return Ok(Step::Frame(self.plain.wire_offset(machine.pos))),
                Turn::Enter => {
                    self.plain.rewind(machine.pos);
                    (self.inside, seen) = (true, Closing::Open);
                }
                Turn::Leave if program.region.as_ref().is_some_and(Region::ends_with_its_parts) => {
                    self.plain.rewind(machine.pos);
                    self.leave(machine);
                    seen = Closing::Open;
                }
                Turn::Leave if self.ended => {
                    self.leave(machine);
                    seen = Closing::Open;
                }
                Turn::Leave | Turn::More => {
                    if self.pump(machine, program, wire, closing)? {
                        seen = Closing::Open;
                    } else if seen == closing {
                        return Ok(Step::NeedMore);
                    } else {
                        seen = closing;
                    }
                }
            }
        }
    }

    fn leave(&mut self, machine: &mut Machine) {
        self.inside = false;
        machine.leave();
    }

    /// Turns more of the wire into plain bytes; false if there was nothing to turn.
    fn pump(
        &mut self,
        machine: &mut Machine,
        program: &Program,
        wire: &[u8],
        closing: Closing,
    ) -> Result<bool, DecodeError> {
        let before = self.plain.taken;
        let ahead = AHEAD.max(self.plain.bytes.len());
        let Some(region) = program.region.as_ref().filter(|_| self.inside) else {
            self.plain.copy(wire, ahead);
            return Ok(self.plain.taken > before);
        };
        if self.ended {
            return Ok(false);
        }
        let most = program.max + program.overhead;
        if self.plain.bytes.len() > most {
            return Err(Fault::too_long(program, None, program.max).into_error(|plain| self.plain.wire_offset(plain)));
        }
        let enough = (self.plain.bytes.len() + ahead).min(most + 1);
        match self.unstuffer.take(region, &program.groups, wire, closing, &mut self.plain, enough) {
            Ok(ended) => self.ended = ended,
            // What stands before it comes first, in whatever pieces it came.
            Err(_) if self.plain.taken > before => return Ok(true),
            Err(bad) => return Err(bad_stuffing(wire, bad.wire_offset, bad.expected)),
        }
        if self.ended {
            machine.region_end = self.plain.bytes.len();
        } else if let RegionEnd::Literals(group) = region.end
            && !self.plain.bytes.is_empty()
        {
            machine.silence = program.groups.get(group).and_then(|group| group.idle);
        }
        Ok(self.ended || self.plain.taken > before)
    }
}

fn bad_stuffing(wire: &[u8], offset: usize, expected: &str) -> DecodeError {
    DecodeError {
        kind: DecodeErrorKind::Framing,
        part: None,
        offset,
        expected: expected.to_owned(),
        found: found(wire, offset),
        frame: None,
    }
}
