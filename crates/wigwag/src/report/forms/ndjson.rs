//! An event on each line.

use wigwag_fleet::{Counts, Ended};

use super::Report;
use crate::report::json::{Outcomes, finished, started};
use crate::report::run::{Begun, Finished};

#[derive(Debug, Default)]
pub(super) struct Events {
    run: Option<String>,
    outcomes: Outcomes,
}

impl Report for Events {
    fn begin(&mut self, begun: &Begun<'_>, out: &mut Vec<u8>) {
        self.run = begun.run.map(str::to_owned);
        self.outcomes = Outcomes::of_run(begun.run);
        started(begun, out);
        out.push(b'\n');
    }

    fn ended(&mut self, ended: &Ended, out: &mut Vec<u8>) {
        self.outcomes.write(ended, out);
        out.push(b'\n');
    }

    fn finish(&mut self, how: &Finished, counts: &Counts, out: &mut Vec<u8>) {
        finished(self.run.as_deref(), how, counts, out);
        out.push(b'\n');
    }
}
