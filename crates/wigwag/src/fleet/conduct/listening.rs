//! What is done with the events of a run on the thread that prints.

use std::io::{self, Stderr, Stdout, Write};
use std::thread;

use wigwag_fleet::event::{Next, WaveEnded};
use wigwag_fleet::{Control, Event, Stop};
use wigwag_protocol::bytes::display::escape_str;

use super::running::Refusal;
use crate::confirm;
use crate::exit::Exit;
use crate::problem::Problem;
use crate::report::{Audience, Readers};

/// Hears a run, prints what it tells, and has a hand on it.
pub(super) struct Listening {
    readers: Readers<Stdout, Stderr>,
    audience: Audience,
    control: Control,
    refusal: Refusal,
    has_told_refusal: bool,
    /// What went wrong with the report.
    problem: Option<Problem>,
}

impl Listening {
    pub(super) fn new(
        readers: Readers<Stdout, Stderr>,
        audience: Audience,
        control: Control,
        refusal: Refusal,
    ) -> Self {
        Self { readers, audience, control, refusal, has_told_refusal: false, problem: None }
    }

    /// Something happened.
    pub(super) fn hear(&mut self, batch: &[Event]) {
        // What goes wrong with the report must not leave devices half told: all is heard out.
        match self.readers.events(batch) {
            Ok(now) if now == Audience::Gone && self.audience == Audience::Here => {
                self.audience = now;
                self.control.stop();
            }
            Ok(_) => {}
            Err(error) => {
                self.control.stop();
                self.problem.get_or_insert(error);
            }
        }
        if batch.iter().any(asks) {
            self.readers.aside(|| ask_for_the_next_wave(&self.control));
        }
        self.has_told_refusal |= batch.iter().any(is_refused);
    }

    /// Nothing has happened for a while.
    pub(super) fn tick(&mut self) {
        self.readers.tick();
        if let Some(why) = self.refusal.get().filter(|_| !std::mem::replace(&mut self.has_told_refusal, true)) {
            self.readers.aside(|| warn_of_refusal(why));
        }
    }

    /// All has been heard.
    pub(super) fn finish(self) -> Result<Exit, Problem> {
        let exit = self.readers.finish()?;
        self.problem.map_or(Ok(exit), Err)
    }
}

fn is_refused(event: &Event) -> bool {
    matches!(event, Event::Stopped(Stop::Refused(_)))
}

fn warn_of_refusal(why: &str) {
    let why = escape_str(why);
    let _ = writeln!(
        io::stderr(),
        "warning: {why}; nothing is started, and what has been answered waits to be written down"
    );
}

fn asks(event: &Event) -> bool {
    matches!(event, Event::WaveEnded(WaveEnded { next: Next::Asked, .. }))
}

/// Asks on a thread of its own, so that an interrupt is heard meanwhile.
fn ask_for_the_next_wave(control: &Control) {
    let _ = write!(io::stderr(), "Type yes to go on with the next wave: ");
    let asking = control.clone();
    let body = move || match confirm::answer() {
        true => asking.agree(),
        false => asking.stop(),
    };
    if thread::Builder::new().name("question".to_owned()).spawn(body).is_err() {
        // Nobody can be asked: then nobody agrees.
        control.stop();
    }
}
