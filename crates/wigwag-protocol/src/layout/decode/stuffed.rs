//! Decoding of frames with stuffed bytes: they are turned into plain ones as far as the machine can use them.

use super::super::Program;
use super::super::coding::{Plain, RegionEnd, Unstuffer};
use super::fault::{Fault, found};
use super::machine::{Machine, Turn};
use super::{Closing, DecodeError, DecodeErrorKind, Step};

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

    pub(super) fn advance(
        &mut self,
        machine: &mut Machine,
        program: &Program,
        input: &[u8],
        closing: Closing,
    ) -> Result<Step, DecodeError> {
        loop {
            let turn = machine.run(program, &self.plain.bytes, closing);
            let turn = turn.map_err(|fault| fault.into_error(|plain| self.plain.wire_offset(plain)))?;
            match turn {
                Turn::Done if machine.pos == self.plain.bytes.len() => return Ok(Step::Frame(self.plain.taken)),
                Turn::Done => return Ok(Step::Frame(self.plain.wire_offset(machine.pos))),
                Turn::Enter => {
                    self.plain.rewind(machine.pos);
                    self.inside = true;
                }
                Turn::Leave if self.ends_with_its_parts(program) => {
                    self.plain.rewind(machine.pos);
                    self.leave(machine);
                }
                Turn::Leave if self.ended => self.leave(machine),
                Turn::Leave | Turn::More => {
                    if !self.pump(machine, program, input, closing)? {
                        return Ok(Step::NeedMore);
                    }
                }
            }
        }
    }

    fn ends_with_its_parts(&self, program: &Program) -> bool {
        program.region.as_ref().is_some_and(|region| region.end == RegionEnd::Parts)
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
        input: &[u8],
        closing: Closing,
    ) -> Result<bool, DecodeError> {
        let before = self.plain.taken;
        let Some(region) = program.region.as_ref().filter(|_| self.inside) else {
            self.plain.copy(input);
            return Ok(self.plain.taken > before);
        };
        if self.ended {
            return Ok(false);
        }
        let ended = self.unstuffer.take(region, &program.groups, input, closing, &mut self.plain);
        self.ended = ended.map_err(|bad| DecodeError {
            kind: DecodeErrorKind::Framing,
            part: None,
            offset: bad.wire_offset,
            expected: bad.expected.to_owned(),
            found: found(input, bad.wire_offset),
            frame: None,
        })?;
        if self.plain.bytes.len() > program.max + program.overhead {
            return Err(Fault::too_long(program, None, program.max).into_error(|plain| self.plain.wire_offset(plain)));
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
