//! The response's bytes and nothing else.

use wigwag_fleet::Ended;

use super::Report;

#[derive(Debug)]
pub(super) struct Raw;

impl Report for Raw {
    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        out.extend_from_slice(&ended.evidence.response);
    }
}
